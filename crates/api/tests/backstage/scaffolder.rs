//! Templates and tasks, as Backstage's clients ask for them.

use std::path::PathBuf;

use axum::body::Body;
use causeway_core::Spec;
use causeway_kinds::run::{Conclusion, Run, RunSpec, Step, StepState};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::answers::{corpus, records};
use crate::host::{Answer, Host};

async fn post(host: &Host, url: &str, body: &Value) -> Answer {
    host.ask(Request::post(url).header("content-type", "application/json"), Body::from(body.to_string())).await
}

fn template(name: &str) -> Value {
    json!({
        "apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template",
        "metadata": {"name": name, "namespace": "default", "title": "A thing"},
        "spec": {"type": "service", "parameters": {"required": ["name"], "properties": {"name": {"type": "string"}}},
            "steps": [{"id": "say", "action": "debug:log", "input": {"message": "hello"}}]},
    })
}

/// Templates with `{{ name }}` where a value stands: to YAML that is a map whose key is a map, which is refused here.
fn is_unreadable(record: &Value) -> bool {
    ["template:default/aws-s3", "template:default/example-nodejs2-template"]
        .iter()
        .any(|name| record["template"] == *name)
}

#[tokio::test]
async fn pages_of_parameters_are_those_that_backstage_tells() {
    let Some(corpus) = corpus() else { return };
    let host = Host::start().await;
    let all = records(&corpus, "scaffolder/schemas.json");
    let of_kind = |kind: &str| all.iter().filter(|record| record["kind"] == kind).cloned().collect::<Vec<_>>();
    let schemas = of_kind("parameter-schema");
    let files: Vec<PathBuf> =
        schemas.iter().filter_map(|r| r["source"].as_str()?.strip_prefix("file:").map(PathBuf::from)).collect();
    host.read_files(&files).await;
    let mut wrong = Vec::new();
    let mut compared = 0;
    for record in schemas.iter().filter(|record| !is_unreadable(record)) {
        let reference = record["template"].as_str().unwrap_or_default();
        let (namespace, name) = reference.trim_start_matches("template:").split_once('/').expect("a reference");
        let answer =
            host.get(&format!("/api/scaffolder/v2/templates/{namespace}/template/{name}/parameter-schema")).await;
        compared += 1;
        if answer.status != StatusCode::OK || answer.json() != record["response"] {
            wrong.push(format!("{reference}: {} {}\n  instead of {}", answer.status, answer.text, record["response"]));
        }
    }
    for record in of_kind("task-refused").iter().filter(|record| !is_unreadable(record)) {
        let asked = json!({"templateRef": record["template"], "values": record["values"]});
        let answer = post(&host, "/api/scaffolder/v2/tasks", &asked).await;
        compared += 1;
        let count = |value: &Value| value["errors"].as_array().map(Vec::len);
        if answer.status != StatusCode::BAD_REQUEST || count(&answer.json()) != count(&record["response"]) {
            wrong.push(format!("{asked}: {} {}\n  instead of {}", answer.status, answer.text, record["response"]));
        }
    }
    assert!(compared > 40, "only {compared}");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    host.stop().await;
}

#[tokio::test]
async fn built_in_templates_are_offered_though_they_are_in_no_catalog() {
    let host = Host::start().await;
    let answer = host.get("/api/scaffolder/v2/templates/default/template/go-gin/parameter-schema").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.json()["steps"][0]["schema"]["properties"]["name"].is_object(), "{}", answer.text);
    let nobody = host.token("jane", &[]).await;
    let hidden = host.get_as(&nobody, "/api/scaffolder/v2/templates/default/template/go-gin/parameter-schema").await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    assert_eq!(hidden.json()["error"]["message"], "Template template:default/go-gin not found");
    let actions = host.get("/api/scaffolder/v2/actions").await.json();
    assert!(
        actions.as_array().is_some_and(|list| list.iter().any(|action| action["id"] == "fetch:template")),
        "{actions}"
    );
    host.stop().await;
}

#[tokio::test]
async fn a_task_is_a_run_and_its_events_end_with_it() {
    let host = Host::start().await;
    host.create(template("thing")).await;
    let refused =
        post(&host, "/api/scaffolder/v2/tasks", &json!({"templateRef": "template:default/thing", "values": {}})).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["errors"].as_array().map(Vec::len), Some(1), "{}", refused.text);

    let made = post(
        &host,
        "/api/scaffolder/v2/tasks",
        &json!({"templateRef": "template:default/thing", "values": {"name": "a"}}),
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let run = host.client.list::<RunSpec>(None).await.expect("runs").remove(0);
    assert_eq!((run.metadata.uid.as_str(), run.spec.created_by.as_str()), (id.as_str(), "admin"));
    let task = host.get(&format!("/api/scaffolder/v2/tasks/{id}")).await.json();
    assert_eq!((&task["status"], &task["spec"]["parameters"]["name"]), (&json!("open"), &json!("a")));
    let again = post(&host, &format!("/api/scaffolder/v2/tasks/{id}/retry"), &json!({})).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text);

    end(&host, &run).await;
    let events = host.get(&format!("/api/scaffolder/v2/tasks/{id}/events")).await.json();
    let told: Vec<_> =
        events.as_array().expect("events").iter().map(|e| (e["type"].clone(), e["body"]["status"].clone())).collect();
    assert_eq!(told, [(json!("log"), json!("failed")), (json!("completion"), Value::Null)], "{events}");
    assert_eq!(events[1]["body"]["error"]["message"], "no");
    let stream = host.get(&format!("/api/scaffolder/v2/tasks/{id}/eventstream")).await;
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert!(stream.text.ends_with("\n\n") && stream.text.contains("event: completion\ndata: {"), "{}", stream.text);

    let list = host.get("/api/scaffolder/v2/tasks?status=failed&order=desc:created_at&limit=5").await.json();
    assert_eq!((&list["totalTasks"], &list["tasks"][0]["id"]), (&json!(1), &json!(id)));
    let again = post(&host, &format!("/api/scaffolder/v2/tasks/{id}/retry"), &json!({})).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text);
    let second = again.json()["id"].as_str().expect("an id").to_owned();
    let cancelled = post(&host, &format!("/api/scaffolder/v2/tasks/{second}/cancel"), &json!({})).await;
    assert_eq!(cancelled.json(), json!({"status": "cancelled"}));
    let nobody = host.token("jane", &[]).await;
    assert_eq!(host.get_as(&nobody, &format!("/api/scaffolder/v2/tasks/{id}")).await.status, StatusCode::NOT_FOUND);
    host.stop().await;
}

/// Nothing executes runs here; the end is what the executor would write.
async fn end(host: &Host, run: &Run) {
    let step = Step {
        id: "say".into(),
        name: "Say".into(),
        state: StepState::Failed,
        message: "no".into(),
        ..Step::default()
    };
    let finish = |run: &mut Run| {
        run.status.steps = vec![step.clone()];
        run.status.started_at = Some(causeway_core::Timestamp::now());
        run.status.conclusion = Some(Conclusion::Failure);
    };
    let written = host.client.modify_status::<RunSpec>(run.namespace(), run.name(), finish).await;
    assert!(written.expect("written").is_some(), "{} is there", RunSpec::KIND);
}
