//! What is left in the audit trail.

use causeway_core::GroupResource;
use serde_json::json;

use crate::door::{Door, environment, environment_key, map, map_key};

#[tokio::test]
async fn every_decision_leaves_a_row_in_a_chain_and_traffic_leaves_none() {
    let door = Door::open().await;
    door.create(environment("dev")).await.expect("it is created");
    door.merge(&environment_key("dev"), json!({"spec": {"displayName": "Other"}})).await.expect("it is patched");
    let mut with_status = environment("dev");
    with_status["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    door.replace_status(with_status).await.expect("it is said");
    door.create(map("m")).await.expect("it is created");
    assert!(door.create(map("m")).await.is_err(), "what is refused leaves no row here");
    door.create(json!({"apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "default", "name": "e"},
        "involvedObject": {"kind": "ConfigMap", "name": "m"}}))
        .await
        .expect("it is created");
    door.delete(&map_key("m")).await.expect("it is deleted");
    let rows = door.resources.store().audit_rows(0, 100).await.expect("rows");
    let told: Vec<String> = rows.iter().map(|r| format!("{} {} {}", r.actor, r.verb, r.target)).collect();
    let wanted = [
        "user:default/jane create namespaces/default",
        "user:default/jane create environments.platform.causeway.dev/default/dev",
        "user:default/jane update environments.platform.causeway.dev/default/dev",
        "user:default/jane create configmaps/default/m",
        "user:default/jane delete configmaps/default/m",
    ];
    assert_eq!(told, wanted);
    let mut previous = String::new();
    for row in &rows {
        assert_eq!(row.digest, row.digest_after(&previous), "row {}", row.sequence);
        previous.clone_from(&row.digest);
    }
    assert_eq!(door.resources.store().count(&GroupResource::new("", "events"), "default"), 1);
}
