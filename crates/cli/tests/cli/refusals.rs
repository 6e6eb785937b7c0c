//! Exit codes and words where a server says no, says nothing, or is not there.

use serde_json::{Value, json};

use crate::server::{Server, run};

const CLAIMS: &str = "/apis/platform.causeway.dev/v1/namespaces/default/claims";

fn claim(ready: &str) -> Value {
    json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Claim", "metadata": {"name": "a", "namespace": "default", "uid": "u"},
        "status": {"conditions": [{"type": "Ready", "status": ready, "reason": "Applying", "message": "PostgreSQL is being asked."}]}})
}

#[tokio::test]
async fn ends_with_3_where_it_is_not_permitted() {
    let server = Server::start().await;
    server.answer(
        &format!("GET {CLAIMS}/a"),
        403,
        json!({"code": 403, "reason": "Forbidden", "message": "claims \"a\" is forbidden"}),
    );
    assert_eq!(server.run(&["get", "claim", "a"]).await.code, 3);
}

#[tokio::test]
async fn ends_with_4_where_it_does_not_happen_in_time_and_says_why() {
    let server = Server::start().await;
    server.answer(&format!("GET {CLAIMS}/a"), 200, claim("False"));
    let done = server.run(&["wait", "claim/a", "--for=condition=Ready", "--timeout", "10ms"]).await;
    insta::assert_snapshot!(format!("{}\n{}", done.code, done.stderr), @r"
    4
    error: timed out after 10ms waiting for claim.platform.causeway.dev/a
      Ready is False: Applying: PostgreSQL is being asked.
      hint: `platform describe claim.platform.causeway.dev/a` says more
    ");
    server.answer(&format!("GET {CLAIMS}/a"), 200, claim("True"));
    assert_eq!(server.run(&["wait", "claim/a", "--for=condition=Ready"]).await.code, 0);
}

#[tokio::test]
async fn says_how_to_sign_in_where_the_token_is_not_known() {
    let server = Server::start().await;
    server.answer("GET /whoami", 401, json!({"code": 401, "reason": "Unauthorized", "message": "Unauthorized"}));
    let done = server.run(&["whoami"]).await;
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("hint: sign in with `platform login`"), "{}", done.stderr);
}

#[tokio::test]
async fn says_how_to_start_a_server_where_there_is_none() {
    let done = run(["whoami", "--server", "http://127.0.0.1:1", "--token", "t"]).await;
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.starts_with("error: the server at http://127.0.0.1:1 could not be reached: "),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("hint: start one with `platform up`"), "{}", done.stderr);
    assert!(!done.stderr.contains("token"), "{}", done.stderr);
}

#[tokio::test]
async fn prints_a_secret_for_scripts_in_the_promised_form() {
    let server = Server::start().await;
    let secret = json!({"name": "db/web", "environment": "dev", "version": 2, "data": {"host": "h"}});
    server.answer("GET /apis/platform.causeway.dev/v1/namespaces/default/environments/dev/secrets/db/web", 200, secret);
    let done = server.run(&["secret", "get", "db/web", "-o", "json"]).await;
    assert_eq!(done.stdout, "{\"name\":\"db/web\",\"environment\":\"dev\",\"version\":2,\"data\":{\"host\":\"h\"}}\n");
}
