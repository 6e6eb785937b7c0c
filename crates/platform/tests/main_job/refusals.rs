//! Bad input gets a clear error and changes nothing.

use causeway_testing::{Need, need, run};

#[test]
fn wrong_input_is_refused_in_words_and_nothing_is_made() {
    if !need(&[Need::Program("git")]) {
        return;
    }
    let server = super::server();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["create", "service", "a-b", "--language", "cobol", "--add-ci"], 1, "there is no golden path"),
        (&["create", "service", "Not_A_Name", "--language", "go", "--add-ci"], 1, "name"),
        (&["create", "service", "a-b", "--language", "go", "--add-cd"], 2, "--add-ci"),
        (&["create", "service", "a-b", "--language", "go", "--env", "nowhere", "--add-ci"], 1, "nowhere"),
        (&["create", "service", "a-b", "--language", "go", "--db", "oracle", "--add-ci"], 1, "oracle"),
    ];
    for (arguments, code, words) in cases {
        let said = server.platform(arguments);
        assert_eq!(said.code, *code, "{arguments:?}: {} {}", said.out, said.err);
        assert!(
            (said.err.clone() + &said.out).contains(words),
            "{arguments:?} says {words:?}: {}{}",
            said.out,
            said.err
        );
    }
    for kind in ["applications", "runs", "repositories"] {
        let left = server.get(&format!("/apis/platform.causeway.dev/v1/namespaces/default/{kind}"));
        assert_eq!(left["items"].as_array().map(Vec::len), Some(0), "{kind}");
    }
}

#[test]
fn a_second_server_on_the_same_data_says_who_holds_it() {
    let server = super::server();
    let mut second = std::process::Command::new(env!("CARGO_BIN_EXE_platform"));
    second
        .args(["up", "--listen", "127.0.0.1:0", "--ingress", "127.0.0.1:0", "--data"])
        .arg(server.data())
        .env("HOME", server.folder());
    let said = run(&mut second);
    assert_eq!(said.code, 1);
    assert!(said.err.contains(&server.pid().to_string()), "{}", said.err);
}

#[test]
fn every_route_but_the_open_ones_wants_a_token() {
    let server = super::server();
    let status = |path: &str| {
        causeway_testing::curl(["-o", "/dev/null", "-w", "%{http_code}", &format!("{}{path}", server.portal)]).ok()
    };
    for open in ["/healthz", "/livez", "/readyz", "/version", "/login"] {
        assert_eq!(status(open), "200", "{open}");
    }
    for closed in ["/api", "/apis", "/api/v1/secrets", "/openapi/v3", "/metrics", "/api/catalog/entities", "/whoami"] {
        assert_eq!(status(closed), "401", "{closed}");
    }
}
