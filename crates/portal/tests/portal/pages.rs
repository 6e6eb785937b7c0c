//! Pages show what is stored, and nothing that is not.

use std::sync::Arc;

use causeway_core::definition::Origin;
use causeway_core::{Column, Definition, Version};
use causeway_kinds::run::RunSpec;
use causeway_resources::Entry;
use serde_json::{Value, json};

use crate::world::World;

fn component(name: &str) -> Value {
    json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Component",
        "metadata": {"name": name, "namespace": "default", "description": "Takes <payments> & more",
            "links": [{"url": "https://wiki.test/pay", "title": "Wiki"}, {"url": "javascript:alert(1)", "title": "Evil"}], "tags": ["go"]},
        "spec": {"type": "service", "lifecycle": "production", "owner": "team-a", "providesApis": ["pay-api"]}})
}

fn deployment(workload: &str, ready: &str, reason: &str, replicas: i32) -> Value {
    json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Deployment", "metadata": {"name": format!("{workload}.dev"), "namespace": "default"},
        "spec": {"workload": workload, "environment": "dev", "release": format!("{workload}-1"), "replicas": 2},
        "status": {"release": format!("{workload}-1"), "replicas": 2, "readyReplicas": replicas, "url": format!("http://{workload}.dev.localhost:7080"),
            "conditions": [{"type": "Ready", "status": ready, "reason": reason, "message": "Replica 1 exits with code 137."}]}})
}

#[tokio::test]
async fn the_home_page_puts_sick_services_first() {
    let world = World::start().await;
    world.get("/").await.says("No service was created here yet.").says("No plan waits for you.");
    world.create(deployment("calm", "True", "Ready", 2)).await;
    world.create(deployment("sick", "False", "Degraded", 1)).await;
    let page = world.get("/").await;
    let place = |text: &str| {
        page.text.find(&format!("<a class=\"plain\" href=\"/catalog/default/component/{text}\"")).expect("a row")
    };
    assert!(place("sick") < place("calm"));
    page.says("1 of 2 services needs attention.").says("Replica 1 exits with code 137.");
    world.stop().await;
}

#[tokio::test]
async fn an_entity_page_escapes_what_others_wrote_and_links_to_nothing_that_runs() {
    let world = World::start().await;
    world.create(component("pay")).await;
    world.create(deployment("pay", "True", "Ready", 2)).await;
    let page = world.get("/catalog/default/component/pay").await;
    page.says("Takes &lt;payments&gt; &amp; more")
        .hides("<payments>")
        .says("href=\"https://wiki.test/pay\"")
        .hides("javascript:");
    page.says("2 of 2").says("Healthy").says("is owned by").says("The catalog does not have it.");
    page.says("This page as JSON").says("/apis/backstage.io/v1alpha1/namespaces/default/components/pay");
    world.get("/catalog/default/Component/PAY").await.says("Takes");
    for tab in ["deployments", "claims", "runs", "events", "logs", "relations", "yaml"] {
        let page = world.get(&format!("/catalog/default/component/pay/{tab}")).await;
        assert_eq!(page.status, 200, "{tab}: {}", page.text);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_deployment_that_nobody_reported_on_is_neither_zero_nor_healthy() {
    let world = World::start().await;
    let mut silent = deployment("pay", "Unknown", "NotReconciledYet", 0);
    silent["status"] = Value::Null;
    world.create(silent).await;
    world.create(component("pay")).await;
    world.get("/catalog/default/component/pay").await.says("No data").hides("0 of 2").hides("Healthy");
    world.stop().await;
}

#[tokio::test]
async fn the_catalog_is_filtered_by_its_address() {
    let world = World::start().await;
    world.create(component("pay")).await;
    world.create(component("shop")).await;
    world.get("/catalog").await.says("2 of 2 entities");
    world.get("/catalog?q=SHOP&kind=component").await.says("1 of 2 entities").says("href=\"/catalog?kind=component\"");
    world.get("/catalog?kind=api").await.says("None of 2 entities has all that the filters ask for.");
    world.stop().await;
}

#[tokio::test]
async fn a_run_shows_its_steps_and_its_log_without_colours() {
    let world = World::start().await;
    let run = world
        .create(json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Run", "metadata": {"name": "r1", "namespace": "default"},
            "spec": {"program": "pipeline", "pipeline": {"repository": "pay", "commit": "a".repeat(40)}},
            "status": {"startedAt": "2026-11-21T12:00:00Z", "steps": [
                {"id": "build", "name": "Build", "state": "succeeded", "startedAt": "2026-11-21T12:00:00Z", "finishedAt": "2026-11-21T12:01:12Z"},
                {"id": "test", "name": "Test", "state": "running", "startedAt": "2026-11-21T12:01:12Z"},
                {"id": "test/1", "name": "go test", "job": "test", "state": "running"}]}}))
        .await;
    let log = world.app.run_logs.writer(run.uid(), "test").expect("a log");
    log.line("\u{1b}[31merror: <b>no</b>\u{1b}[0m");
    let page = world.get("/runs/r1").await;
    page.says("Pipeline pay aaaaaaa")
        .says("1 of 2 done")
        .says("1 min 12 s")
        .says("go test")
        .says("error: &lt;b&gt;no&lt;/b&gt;")
        .hides("\u{1b}");
    page.says("data-live=\"/live/runs/default/r1?after=1\"").says("http-equiv=\"refresh\"").says("If you cancel now");
    let cancelled = world.post("/runs/default/r1/cancel", &[]).await;
    assert_eq!((cancelled.status.as_u16(), cancelled.header("location")), (303, "/runs/r1"));
    world.get("/runs/r1").await.says("Stopping");
    world.get("/runs").await.says("Pipeline pay aaaaaaa").says("1 run, 1 under way.");
    world.stop().await;
}

#[tokio::test]
async fn every_kind_has_a_list_and_every_object_a_page() {
    let world = World::start().await;
    world.get("/resources").await.says("ClusterRole").hides(">Session<");
    world.get("/resources/platform.causeway.dev/environments").await.says("href=\"/environments/dev\"");
    world.get("/resources/core/namespaces/default").await.says("kind: Namespace");
    world
        .get("/resources/platform.causeway.dev/resourcetypes/postgres")
        .await
        .says("kind: ResourceType")
        .says("A PostgreSQL database");
    world.create(deployment("pay", "False", "Degraded", 1)).await;
    world
        .get("/resources/platform.causeway.dev/deployments/default/pay.dev")
        .await
        .says("What is known")
        .says("Degraded");
    assert_eq!(world.get("/resources/platform.causeway.dev/sessions").await.status, 404);
    assert_eq!(world.get("/resources/platform.causeway.dev/claims/default/none").await.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn values_of_secrets_are_on_no_page() {
    let world = World::start().await;
    world
        .create(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "plain", "namespace": "default"}, "stringData": {"password": "hunter22"}}))
        .await;
    for url in ["/resources/core/secrets/default/plain", "/resources/core/secrets"] {
        world.get(url).await.hides("hunter22").hides("aHVudGVyMjI");
    }
    world.get("/resources/core/secrets/default/plain").await.says("••••••••");
    world.stop().await;
}

#[tokio::test]
async fn environments_show_services_claims_and_names_of_secrets() {
    let world = World::start().await;
    world.create(deployment("pay", "False", "RolloutFailed", 2)).await;
    world.get("/environments").await.says("cell warn").says("Rollout failed, 2 of 2");
    world
        .get("/environments/dev")
        .await
        .says("Rollout failed")
        .says("This environment has no secret.")
        .says("No database, cache, queue or bucket is claimed.");
    assert_eq!(world.get("/environments/none").await.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn search_finds_names_before_descriptions() {
    let world = World::start().await;
    world.create(component("shop")).await;
    world.create(component("payments")).await;
    let page = world.get("/search?q=payments").await;
    let place = |name: &str| page.text.find(&format!("/catalog/default/component/{name}")).expect("a hit");
    assert!(place("payments") < place("shop"));
    world.get("/search?q=%3Cscript%3E").await.hides("<script>").says("&lt;script&gt;");
    world.stop().await;
}

#[tokio::test]
async fn a_kind_that_was_defined_at_run_time_has_pages_too() {
    let world = World::start().await;
    let columns = vec![
        Column::text("Flavour", ".spec.flavour"),
        Column::text("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
    ];
    let schema = json!({"type": "object", "description": "Something sweet.", "properties": {
        "spec": {"type": "object", "properties": {"flavour": {"type": "string"}}},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}});
    let claims = world.app.resources.registry().get("platform.causeway.dev", "claims").expect("a kind");
    let like = claims.definition.clone();
    let version = Version { schema: Arc::new(schema), columns, ..like.versions[0].clone() };
    let definition = Definition {
        group: "sweets.test".into(),
        kind: "IceCream".into(),
        plural: "icecreams".into(),
        singular: "icecream".into(),
        list_kind: "IceCreamList".into(),
        versions: vec![version],
        selectable_fields: Vec::new(),
        origin: Origin::Custom,
        ..like
    };
    world.app.resources.registry().define(Entry::custom(definition).expect("a schema"));
    world
        .create(json!({"apiVersion": "sweets.test/v1", "kind": "IceCream", "metadata": {"name": "one", "namespace": "default"},
            "spec": {"flavour": "lemon"},
            "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Melting", "message": "It is warm."}]}}))
        .await;
    world.get("/resources").await.says("IceCream").says("href=\"/resources/sweets.test/icecreams\"");
    let list = world.get("/resources/sweets.test/icecreams").await;
    list.says("Something sweet.").says("Flavour").says("lemon").says("Not ready");
    let page = world.get("/resources/sweets.test/icecreams/default/one").await;
    page.says("It is warm.").says("flavour: lemon").says("/apis/sweets.test/v1/");
    world.stop().await;
}

#[tokio::test]
async fn a_run_that_has_ended_can_be_run_again() {
    let world = World::start().await;
    world
        .create(json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Run",
            "metadata": {"name": "r1", "namespace": "default", "labels": {"a": "b"}},
            "spec": {"program": "pipeline", "pipeline": {"repository": "pay", "commit": "a".repeat(40)}},
            "status": {"conclusion": "failure"}}))
        .await;
    world.get("/runs/r1").await.says("action=\"/runs/default/r1/retry\"").hides("Cancel run");
    let answer = world.post("/runs/default/r1/retry", &[]).await;
    assert!(answer.header("location").starts_with("/runs/r1-retry-"), "{}", answer.text);
    let again = answer.header("location").trim_start_matches("/runs/").to_owned();
    let made = world.client.require::<RunSpec>("default", &again).expect("a run");
    assert_eq!((made.spec.retry_of.as_str(), made.spec.created_by.as_str()), ("r1", "admin"));
    assert_eq!(made.metadata.labels.get("a").map(String::as_str), Some("b"));
    let refused = world.post(&format!("/runs/default/{again}/retry"), &[]).await;
    refused.says("has not ended yet");
    world.stop().await;
}
