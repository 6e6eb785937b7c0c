//! Decisions about plans.

use causeway_kinds::plan::{Plan, PlanSpec};
use serde_json::{Value, json};

use crate::world::World;

async fn waiting(world: &World, fingerprint: &str) {
    let action = json!({"id": "a1", "operation": "delete", "target": {"kind": "Claim", "name": "db-pay.dev", "environment": "dev"},
        "summary": "Delete the database", "destructive": true, "diff": [{"field": "spec.type", "before": "postgres"}]});
    world
        .create(json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Plan", "metadata": {"name": "p1", "namespace": "default"},
            "spec": {"subject": {"kind": "Deployment", "name": "pay.dev"}, "operation": "deploy"},
            "status": {"fingerprint": fingerprint, "actions": [action], "needs": [{"reason": "It destroys data."}]}}))
        .await;
}

fn plan(world: &World) -> Plan {
    world.client.require::<PlanSpec>("default", "p1").expect("a plan")
}

#[tokio::test]
async fn an_approval_binds_to_the_fingerprint_that_was_looked_at() {
    let world = World::start().await;
    waiting(&world, "abcdef0123456789abcd").await;
    let page = world.get("/plans/p1").await;
    page.says("Waits for approval")
        .says("Cannot be undone.")
        .says("<del>postgres</del>")
        .says("name=\"fingerprint\" value=\"abcdef0123456789abcd\"");
    page.says("I have read that <b>db-pay.dev</b> is destroyed");
    world.get("/").await.says("Waiting for you <span>1</span>").says("href=\"/plans/p1\"");
    let stale = world.post("/plans/default/p1/approval", &[("fingerprint", "older")]).await;
    assert_eq!(stale.header("location"), "/plans/p1?changed=1");
    world.get("/plans/p1?changed=1").await.says("The plan has changed");
    assert!(plan(&world).status.approvals.is_empty());
    let given = world.post("/plans/default/p1/approval", &[("fingerprint", "abcdef0123456789abcd")]).await;
    assert_eq!(given.header("location"), "/plans/p1");
    let approvals = plan(&world).status.approvals;
    assert_eq!((approvals[0].by.as_str(), approvals[0].via.as_str()), ("admin", "portal"));
    world.get("/plans/p1").await.says("Approved").hides("action=\"/plans/default/p1/approval\"");
    world.stop().await;
}

#[tokio::test]
async fn deleting_a_service_shows_what_vanishes_and_asks_again_when_that_changes() {
    let world = World::start().await;
    let application: Value = json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Application", "metadata": {"name": "pay", "namespace": "default"},
        "spec": {"language": "go"}});
    world.create(application).await;
    let page = world.get("/delete/default/pay").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let fingerprint = page
        .text
        .split("name=\"fingerprint\" value=\"")
        .nth(1)
        .and_then(|t| t.split('"').next())
        .expect("a fingerprint")
        .to_owned();
    let refused = world.post("/delete/default/pay", &[("fingerprint", "older")]).await;
    assert_eq!(refused.status, 422);
    refused.says("Nothing was deleted");
    assert!(world.client.list::<PlanSpec>(None).await.expect("plans").is_empty());
    let begun = world.post("/delete/default/pay", &[("fingerprint", &fingerprint)]).await;
    assert!(begun.header("location").starts_with("/plans/pay-delete-"), "{} {}", begun.header("location"), begun.text);
    world.get(begun.header("location")).await.says("Delete pay");
    world.stop().await;
}
