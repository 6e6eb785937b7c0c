//! What goes when a service goes.

use causeway_kinds::deployment::Deployment;
use causeway_plan::deletion::{Belongings, plan};
use serde_json::json;

use crate::scene::{Scene, claim, lines, read};

#[test]
fn each_goes_after_what_depends_on_it_and_what_is_lost_is_told() {
    let deployment: Deployment = read(json!({
        "apiVersion": "platform.causeway.dev/v1", "kind": "Deployment", "metadata": {"namespace": "default", "name": "orders.dev"},
        "spec": {"workload": "orders", "environment": "dev"}, "status": {"replicas": 2, "url": "http://orders.dev.localhost"}}));
    let claims = [
        claim("db-orders.dev", "db", json!({})),
        claim("db-orders-keep.dev", "keep", json!({"deletionPolicy": "retain"})),
    ];
    let names = |name: &str| [name.to_owned()];
    let (releases, repositories, sources, entities) =
        (names("orders-1"), names("orders"), names("orders"), names("component:default/orders"));
    let belongings = Belongings {
        namespace: "default",
        name: "orders",
        deployments: std::slice::from_ref(&deployment),
        claims: &claims,
        releases: &releases,
        repositories: &repositories,
        sources: &sources,
        entities: &entities,
        types: &Scene::new(json!({})).types,
    };
    let outline = plan(&belongings);
    let wanted = [
        "- delete-deployment-orders.dev",
        "! delete-claim-db-orders.dev after delete-deployment-orders.dev",
        "- delete-claim-db-orders-keep.dev after delete-claim-db-orders.dev",
        "- delete-release-orders-1 after delete-claim-db-orders-keep.dev",
        "- delete-source-orders after delete-release-orders-1",
        "! delete-repository-orders after delete-source-orders",
        "- delete-application-orders after delete-repository-orders",
    ];
    assert_eq!(lines(&outline.actions), wanted);
    assert_eq!(outline.actions[1].summary, "small postgres: database, role and all data; the secret db/orders");
    let needs = outline.into_status().needs;
    assert_eq!(needs[0].actions, ["delete-claim-db-orders.dev", "delete-repository-orders"]);
    let kept = plan(&Belongings { repositories: &[], claims: &[], ..belongings });
    assert!(kept.into_status().needs.is_empty(), "nothing is lost where code and data stay");
}
