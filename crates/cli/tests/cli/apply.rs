//! `apply` and what it says of files that are not as they should be.

use serde_json::json;

use crate::server::Server;

const CLAIMS: &str = "/apis/platform.causeway.dev/v1/namespaces/default/claims";

fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claim.yaml").display().to_string();
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

const CLAIM: &str = "apiVersion: platform.causeway.dev/v1
kind: Claim
metadata:
  name: orders
spec:
  type: postgresql
  tier: huge
  environment: dev
";

#[tokio::test]
async fn points_at_the_line_that_the_server_does_not_accept() {
    let server = Server::start().await;
    let cause =
        json!({"field": "spec.tier", "reason": "FieldValueNotSupported", "message": "Unsupported value: \"huge\""});
    let status = json!({"kind": "Status", "code": 422, "reason": "Invalid", "message": "Claim \"orders\" is invalid: spec.tier: Unsupported value", "details": {"causes": [cause]}});
    server.answer(&format!("POST {CLAIMS}"), 422, status);
    let (_folder, path) = file(CLAIM);
    let done = server.run(&["apply", "-f", &path]).await;
    insta::assert_snapshot!(format!("{}\n{}", done.code, done.stderr.replace(&path, "claim.yaml")), @r#"
    1
    error: Claim "orders" was not applied: Claim "orders" is invalid
      claim.yaml:7:3: spec.tier: Unsupported value: "huge"
    "#);
}

#[tokio::test]
async fn makes_what_is_not_there_and_checks_it_strictly() {
    let server = Server::start().await;
    server.answer(&format!("POST {CLAIMS}"), 201, json!({"metadata": {"name": "orders"}}));
    let (_folder, path) = file(CLAIM);
    let done = server.run(&["apply", "-f", &path]).await;
    assert_eq!((done.code, done.stdout.as_str()), (0, "claim.platform.causeway.dev/orders created\n"));
    let writes = server.writes();
    assert_eq!(writes.len(), 1);
    assert!(writes[0].what.contains("fieldValidation=Strict"), "{}", writes[0].what);
    assert_eq!(writes[0].body["metadata"]["namespace"], "default");
}

#[tokio::test]
async fn leaves_alone_what_is_as_wanted_however_the_fields_are_written() {
    let server = Server::start().await;
    let claim = causeway_kinds::builtin().into_iter().find(|k| k.definition.kind == "Claim").unwrap();
    let mut schema = serde_json::Value::clone(&claim.definition.storage_version().schema);
    schema["x-kubernetes-group-version-kind"] =
        json!([{"group": "platform.causeway.dev", "version": "v1", "kind": "Claim"}]);
    server.answer(
        "GET /openapi/v3/apis/platform.causeway.dev/v1",
        200,
        json!({"components": {"schemas": {"c": schema}}}),
    );
    let applied = "{\"apiVersion\":\"platform.causeway.dev/v1\",\"kind\":\"Claim\",\"metadata\":{\"annotations\":{},\"name\":\"orders\",\"namespace\":\"default\"},\"spec\":{\"environment\":\"dev\",\"size\":\"huge\",\"type\":\"postgres\"}}\n";
    let live = json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Claim",
        "metadata": {"name": "orders", "namespace": "default", "resourceVersion": "7", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}},
        "spec": {"type": "postgres", "size": "huge", "environment": "dev"}});
    server.answer(&format!("GET {CLAIMS}/orders"), 200, live.clone());
    server.answer(&format!("PATCH {CLAIMS}/orders"), 200, live);
    let (_folder, path) = file(CLAIM);
    let done = server.run(&["apply", "-f", &path]).await;
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "claim.platform.causeway.dev/orders unchanged\n"),
        "{}",
        done.stderr
    );
    assert!(server.writes().iter().all(|w| w.body.get("spec").is_none()), "{:?}", server.writes());
}

#[tokio::test]
async fn goes_on_with_other_documents_and_fails_in_the_end() {
    let server = Server::start().await;
    server.answer(&format!("POST {CLAIMS}"), 201, json!({"metadata": {"name": "orders"}}));
    let (_folder, path) = file(&format!(
        "just: text\n---\n{CLAIM}---\napiVersion: platform.causeway.dev/v1\nkind: Clam\nmetadata: {{name: x}}\n"
    ));
    let done = server.run(&["apply", "-f", &path]).await;
    assert_eq!(done.code, 1);
    assert_eq!(done.stdout, "claim.platform.causeway.dev/orders created\n");
    insta::assert_snapshot!(done.stderr.replace(&path, "claim.yaml"), @r#"
    error: claim.yaml:1:1: this is no resource: it has no apiVersion
      hint: a resource begins with apiVersion and kind
    error: the server has no kind "Clam" in "platform.causeway.dev/v1"
      hint: did you mean "Claim"?
    "#);
}
