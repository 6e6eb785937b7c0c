//! Services: plans come first, and nothing is changed that they did not show.

use serde_json::{Value, json};

use crate::server::Server;

const PLANS: &str = "/apis/platform.causeway.dev/v1/namespaces/default/plans";
const APPLICATIONS: &str = "/apis/platform.causeway.dev/v1/namespaces/default/applications";

fn plan(operation: &str, status: &Value) -> Value {
    json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Plan", "metadata": {"name": "web-plan", "namespace": "default"},
        "spec": {"operation": operation, "subject": {"kind": "Application", "name": "web", "namespace": "default", "uid": "u"}}, "status": status})
}

fn deletion(fingerprint: &str) -> Value {
    let action = json!({"id": "a", "operation": "delete", "target": {"kind": "Claim", "namespace": "default", "name": "db-web.dev"},
        "summary": "database, role and all data", "destructive": true});
    plan("delete", &json!({"fingerprint": fingerprint, "actions": [action]}))
}

#[tokio::test]
async fn changes_nothing_where_the_plan_has_problems() {
    let server = Server::start().await;
    let problem = json!({"message": "there is no golden path for cobol", "hint": "use one of: go with gin"});
    server.answer(&format!("POST {PLANS}"), 201, plan("create", &json!({"problems": [problem]})));
    let done = server.run(&["create", "service", "web", "--language", "cobol"]).await;
    insta::assert_snapshot!(format!("{}\n{}", done.code, done.stderr), @r"
    1
    Plan: create web (nothing to do)
      problem: there is no golden path for cobol
        hint: use one of: go with gin

    error: web cannot be created: there is no golden path for cobol; nothing was changed
      hint: use one of: go with gin
    ");
    let writes = server.writes();
    assert_eq!(writes.len(), 1);
    assert!(writes[0].what.contains("dryRun=All"));
}

#[tokio::test]
async fn prints_the_plan_of_a_dry_run_as_data_and_stops() {
    let server = Server::start().await;
    let action = json!({"id": "r", "operation": "create", "target": {"kind": "Repository", "name": "web"}, "summary": "31 files"});
    server.answer(
        &format!("POST {PLANS}"),
        201,
        plan("create", &json!({"actions": [action], "fingerprint": "0123456789abcdef"})),
    );
    let done = server.run(&["create", "service", "web", "--language", "go", "--dry-run"]).await;
    assert_eq!(done.code, 0);
    assert_eq!(
        done.stdout,
        "Plan: create web (1 action)\n   1 + Repository   web   31 files\n  fingerprint: 0123456789ab\n"
    );
    let writes = server.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(writes[0].body["spec"]["proposed"]["spec"]["delivery"], json!({"ci": false, "cd": false}));
    assert_eq!(writes[0].body["spec"]["proposed"]["spec"]["owner"], "platform");
}

#[tokio::test]
async fn follows_the_making_to_its_end_and_says_what_there_is_now() {
    let server = Server::start().await;
    server.answer(&format!("POST {PLANS}"), 201, plan("create", &json!({})));
    let condition =
        |kind: &str| json!({"type": kind, "status": "True", "reason": kind, "message": format!("{kind} is so.")});
    let application = json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Application",
        "metadata": {"name": "web", "namespace": "default", "uid": "u", "generation": 1},
        "spec": {"language": "go", "environment": "dev", "delivery": {"ci": false, "cd": false}},
        "status": {"observedGeneration": 1, "remoteUrl": "http://h/git/web.git", "component": "component:default/web",
            "conditions": [condition("Planned"), condition("Scaffolded"), condition("Cataloged"), condition("Ready")]}});
    server.answer(&format!("POST {APPLICATIONS}"), 201, application.clone());
    server.answer(&format!("GET {APPLICATIONS}/web"), 200, application);
    for plural in ["runs", "claims"] {
        server.answer(
            &format!("GET /apis/platform.causeway.dev/v1/namespaces/default/{plural}"),
            200,
            json!({"items": []}),
        );
    }
    let done = server.run(&["create", "service", "web", "--language", "go"]).await;
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stdout.starts_with("web is ready\n  repository   git clone http://h/git/web.git\n"),
        "{}",
        done.stdout
    );
    assert!(done.stderr.contains("✓ Repository: Scaffolded is so."), "{}", done.stderr);
}

#[tokio::test]
async fn shows_which_step_failed_with_its_last_lines_and_what_to_try() {
    let server = Server::start().await;
    server.answer(&format!("POST {PLANS}"), 201, plan("create", &json!({})));
    let ready = json!({"type": "Ready", "status": "False", "reason": "PipelineFailed", "message": "The pipeline web-ci failed: tests."});
    let application = json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Application",
        "metadata": {"name": "web", "namespace": "default", "uid": "u", "generation": 1},
        "spec": {"language": "go", "environment": "dev", "delivery": {"ci": true, "cd": true}},
        "status": {"observedGeneration": 1, "remoteUrl": "http://h/git/web.git", "conditions": [ready]}});
    server.answer(&format!("POST {APPLICATIONS}"), 201, application.clone());
    server.answer(&format!("GET {APPLICATIONS}/web"), 200, application);
    let step = json!({"id": "test/1", "job": "test", "name": "Test", "state": "failed", "message": "exit code 1"});
    let run = json!({"metadata": {"name": "web-ci", "namespace": "default"}, "spec": {"program": "pipeline"},
        "status": {"conclusion": "failure", "steps": [step]}});
    let namespace = "/apis/platform.causeway.dev/v1/namespaces/default";
    server.answer(&format!("GET {namespace}/runs"), 200, json!({"items": [run]}));
    server.answer(&format!("GET {namespace}/claims"), 200, json!({"items": []}));
    server.answer(
        &format!("GET {namespace}/runs/web-ci/log"),
        200,
        json!({"n": 1, "s": "test/1", "l": "1 of 3 tests failed"}),
    );
    let done = server.run(&["create", "service", "web", "--language", "go", "--add-ci", "--add-cd"]).await;
    let error = done.stderr.split_once("error:").map(|(_, error)| error.to_owned()).unwrap_or_default();
    insta::assert_snapshot!(format!("{}\nerror:{error}", done.code), @r#"
    1
    error: web was not made: The pipeline web-ci failed: tests.
      the step "test: Test" of web-ci failed: exit code 1
      | 1 of 3 tests failed
      hint: read all of it with `platform run logs web-ci`
      hint: put it right and push: git clone http://h/git/web.git
    "#);
}

#[tokio::test]
async fn deletes_nothing_without_being_told_to() {
    let server = Server::start().await;
    server.answer(&format!("POST {PLANS}"), 201, deletion("f1"));
    let done = server.run(&["delete", "service", "web"]).await;
    insta::assert_snapshot!(format!("{}\n{}", done.code, done.stderr), @r"
    1
    Plan: delete web (1 action)
       1 - Claim   db-web.dev   database, role and all data (cannot be brought back)

    error: there is no terminal to ask on; nothing was deleted
      hint: add --yes to delete without being asked
    ");
    assert_eq!(server.writes().len(), 1);
}

#[tokio::test]
async fn approves_exactly_what_was_shown_and_waits_until_it_is_gone() {
    let server = Server::start().await;
    server.answer(&format!("POST {PLANS}"), 201, deletion("f1"));
    server.answer(&format!("POST {PLANS}/web-plan/approval"), 200, deletion("f1"));
    let done = server.run(&["delete", "service", "web", "--yes", "--keep-repository"]).await;
    assert_eq!(done.code, 0, "{}", done.stderr);
    let writes = server.writes();
    assert_eq!(writes.len(), 3);
    assert!(writes[0].what.contains("dryRun=All") && !writes[1].what.contains("dryRun"));
    assert_eq!(writes[1].body["spec"]["options"], json!({"keepRepository": true, "apply": true}));
    assert_eq!(writes[2].body, json!({"fingerprint": "f1", "via": "cli"}));
}
