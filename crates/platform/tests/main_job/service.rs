//! One command to a running, cataloged service, what pushes do to it, and one command to take it all away.

use std::process::Command;
use std::time::Duration;

use causeway_testing::{Need, Server, need, run};
use serde_json::Value;

const HOST: &str = "orders-api.dev.localhost";
/// A cold package cache on a busy machine.
const BUILD: Duration = Duration::from_secs(300);

#[test]
fn one_command_gives_a_running_service_and_one_takes_it_away() {
    if !need(&[Need::Postgres, Need::PythonVenv, Need::Program("git"), Need::Program("kubectl"), Need::Program("psql")])
    {
        return;
    }
    let mut server = super::server();
    let made = server.platform(&[
        "create",
        "service",
        "orders-api",
        "--language",
        "python",
        "--framework",
        "fastapi",
        "--db",
        "postgresql",
        "--add-ci",
        "--add-cd",
    ]);
    assert_eq!(made.code, 0, "{}\n{}\n{}", made.out, made.err, server.log());
    let uri = answers_from_its_database(&server);
    is_in_the_catalog(&server);
    let repository = clone(&server);
    survives_a_crash_of_the_server(&mut server);
    a_red_push_releases_nothing(&server, &repository);
    dropping_the_database_waits_for_an_approval(&server, &repository);
    everything_goes_again(&server, &uri);
    assert_eq!(server.stop(), 0);
}

fn answers_from_its_database(server: &Server) -> String {
    assert!(server.service(HOST, "/").ok().ends_with("\n200"));
    let ready = server.kubectl(&["wait", "--for=condition=Ready", "application/orders-api", "--timeout=10s"]).ok();
    assert!(ready.contains("condition met"), "{ready}");
    let deployment =
        server.kubectl(&["get", "deployments.platform.causeway.dev", "orders-api.dev", "-o", "json"]).json();
    assert_eq!(deployment["status"]["readyReplicas"], 2);
    let secret = server.platform(&["secret", "get", "db/orders-api", "--env", "dev", "-o", "json"]).json();
    let uri = secret["data"]["uri"].as_str().expect("an address").to_owned();
    let tables = run(Command::new("psql").args([&uri, "-Atc", "select count(*) from items"])).ok();
    assert_eq!(tables.trim(), "0");
    let password = secret["data"]["password"].as_str().expect("a password");
    assert!(!server.log().contains(password), "the log holds no password");
    uri
}

fn is_in_the_catalog(server: &Server) {
    let component = server.get("/api/catalog/entities/by-name/component/default/orders-api");
    let relations = component["relations"].as_array().expect("relations");
    let kinds: Vec<&str> = relations.iter().filter_map(|r| r["type"].as_str()).collect();
    assert!(kinds.contains(&"ownedBy") && kinds.contains(&"providesApi") && kinds.contains(&"dependsOn"), "{kinds:?}");
    let bearer = format!("Authorization: Bearer {}", server.token());
    let page =
        causeway_testing::curl(["-H", &bearer, &format!("{}/catalog/default/component/orders-api", server.portal)])
            .ok();
    assert!(page.contains(HOST), "the page says where it runs");
}

fn clone(server: &Server) -> std::path::PathBuf {
    let folder = server.folder().join("orders-api");
    server.git(server.folder(), &["clone", "-q", &format!("{}/git/orders-api.git", server.portal)]).ok();
    for file in
        ["README.md", "Dockerfile", "score.yaml", "catalog-info.yaml", "mkdocs.yml", ".github/workflows/ci.yaml"]
    {
        assert!(folder.join(file).exists(), "{file}");
    }
    folder
}

fn replica_pids(server: &Server) -> Vec<String> {
    let all = run(Command::new("pgrep").args(["-f", "/workspace/.venv/bin/python -m app"])).out;
    let _ = server;
    let mut pids: Vec<String> = all.lines().map(str::to_owned).collect();
    pids.sort();
    pids
}

fn survives_a_crash_of_the_server(server: &mut Server) {
    let before = replica_pids(server);
    server.crash();
    server.start_again();
    server.wait_for("the service behind the new ingress", Duration::from_secs(10), || {
        server.service(HOST, "/").out.ends_with("\n200").then_some(())
    });
    assert_eq!(replica_pids(server), before, "no replica was restarted");
}

fn push(server: &Server, repository: &std::path::Path, message: &str) -> String {
    server.git(repository, &["commit", "-qam", message]).ok();
    server.git(repository, &["push", "-q"]).ok();
    server.git(repository, &["rev-parse", "HEAD"]).ok().trim().to_owned()
}

fn pipeline_of(server: &Server, commit: &str) -> Option<Value> {
    let runs = server.get("/apis/platform.causeway.dev/v1/namespaces/default/runs");
    runs["items"].as_array()?.iter().find(|r| r["spec"]["pipeline"]["commit"] == commit).cloned()
}

fn a_red_push_releases_nothing(server: &Server, repository: &std::path::Path) {
    let test = repository.join("tests/test_broken.py");
    std::fs::write(&test, "def test_broken() -> None:\n    assert False\n").expect("a file");
    server.git(repository, &["add", "-A"]).ok();
    let commit = push(server, repository, "break the tests");
    let conclusion = server.wait_for("the end of the red run", BUILD, || {
        pipeline_of(server, &commit)?["status"]["conclusion"].as_str().map(str::to_owned)
    });
    assert_eq!(conclusion, "failure");
    let releases = server.get("/apis/platform.causeway.dev/v1/namespaces/default/releases");
    assert_eq!(releases["items"].as_array().map(Vec::len), Some(1));
    assert!(server.service(HOST, "/").ok().ends_with("\n200"), "the service stays on the old release");
    std::fs::remove_file(test).expect("the file goes");
}

fn dropping_the_database_waits_for_an_approval(server: &Server, repository: &std::path::Path) {
    let file = repository.join("score.yaml");
    let score = std::fs::read_to_string(&file).expect("a Score file");
    let kept = score.split("\nresources:\n  db:").next().expect("a part before the resources");
    let kept: String = kept.lines().filter(|l| !l.contains("resources.db")).map(|l| format!("{l}\n")).collect();
    std::fs::write(&file, kept).expect("written");
    server.git(repository, &["add", "-A"]).ok();
    push(server, repository, "drop the database");
    server.wait_for("the plan that waits", BUILD, || {
        let deployment = server.get("/apis/platform.causeway.dev/v1/namespaces/default/deployments/orders-api.dev");
        let conditions = deployment["status"]["conditions"].as_array()?.clone();
        conditions.iter().any(|c| c["reason"] == "AwaitingApproval").then_some(())
    });
    assert!(server.service(HOST, "/").ok().ends_with("\n200"), "nothing is touched meanwhile");
    let claims = server.get("/apis/platform.causeway.dev/v1/namespaces/default/claims");
    assert_eq!(claims["items"].as_array().map(Vec::len), Some(1), "the database is still there");
}

fn everything_goes_again(server: &Server, uri: &str) {
    let refused = server.platform(&["delete", "service", "orders-api"]);
    assert!(
        refused.code != 0 && refused.err.contains("--yes"),
        "without a terminal it asks for --yes: {}",
        refused.err
    );
    server.platform(&["delete", "service", "orders-api", "--yes"]).ok();
    for kind in ["applications", "deployments", "claims", "releases", "workloads", "sources", "repositories"] {
        let left = server.get(&format!("/apis/platform.causeway.dev/v1/namespaces/default/{kind}"));
        assert_eq!(left["items"].as_array().map(Vec::len), Some(0), "{kind}");
    }
    assert!(run(Command::new("psql").args([uri, "-Atc", "select 1"])).code != 0, "role and database are gone");
    assert!(replica_pids(server).is_empty(), "no process is left");
    let left = |folder: &str| {
        std::fs::read_dir(server.data().join(folder))
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .filter(|e| e.path().is_dir())
            .filter(|e| !e.file_name().to_string_lossy().starts_with('.'))
            .count()
    };
    assert_eq!((left("git"), left("local")), (0, 0), "no repository and no replica folder is left");
}
