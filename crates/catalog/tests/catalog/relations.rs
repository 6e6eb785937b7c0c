//! Relations in both directions, as new as the store.

use causeway_catalog::Relation;
use causeway_core::{GroupResource, Key};
use causeway_resources::{DeleteOptions, WriteOptions};
use serde_json::{Value, json};

use crate::host::{Host, object};

async fn write(host: &Host, kind: &str, namespace: &str, name: &str, spec: Value) {
    let entity = json!({"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec});
    host.resources.create(host.client.actor(), object(entity), &WriteOptions::strict()).await.expect("created");
}

async fn of(host: &Host, reference: &str) -> Vec<String> {
    let relations = host.catalog.relations_of(reference).await.expect("relations");
    relations
        .into_iter()
        .map(|Relation { r#type, target_ref }| format!("{type} {target_ref}", r#type = r#type))
        .collect()
}

#[tokio::test]
async fn both_ends_have_a_relation_also_where_one_does_not_exist() {
    let host = Host::start().await;
    assert!(of(&host, "group:default/payments").await.is_empty());
    let spec = json!({"type": "service", "lifecycle": "l", "owner": "Payments", "system": "shop", "dependsOn": ["resource:db", "nokind"],
        "providesApis": ["other/api", "api:pay"], "dependencyOf": ["component:web"]});
    let refused = host
        .resources
        .create(
            host.client.actor(),
            object(json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Component",
        "metadata": {"name": "Pay", "namespace": "default"}, "spec": spec.clone()})),
            &WriteOptions::strict(),
        )
        .await;
    assert!(refused.is_err(), "a reference without a kind where there is no default is no reference");
    let mut spec = spec;
    spec["dependsOn"] = json!(["resource:db"]);
    write(&host, "Component", "default", "Pay", spec).await;
    let wanted = [
        "dependencyOf component:default/web",
        "dependsOn resource:default/db",
        "ownedBy group:default/payments",
        "partOf system:default/shop",
        "providesApi api:default/pay",
        "providesApi api:other/api",
    ];
    assert_eq!(of(&host, "component:default/Pay").await, wanted);
    assert_eq!(of(&host, "group:default/payments").await, ["ownerOf component:default/pay"]);
    assert_eq!(of(&host, "api:other/api").await, ["apiProvidedBy component:default/pay"]);
    assert_eq!(of(&host, "component:default/web").await, ["dependsOn component:default/pay"]);

    // the same relation said from the other end is the same relation, and stays when one of the two says so no more
    write(
        &host,
        "Component",
        "default",
        "web",
        json!({"type": "w", "lifecycle": "l", "owner": "x", "dependsOn": ["component:pay"]}),
    )
    .await;
    assert_eq!(
        of(&host, "component:default/web").await,
        ["dependsOn component:default/pay", "ownedBy group:default/x"]
    );
    let key = Key::new(GroupResource::new("backstage.io", "components"), "default", "Pay");
    host.resources.delete(host.client.actor(), &key, &DeleteOptions::default()).await.expect("deleted");
    assert_eq!(of(&host, "component:default/pay").await, ["dependencyOf component:default/web"]);
    assert!(of(&host, "group:default/payments").await.is_empty());
    host.stop().await;
}

#[tokio::test]
async fn groups_and_users_know_each_other_from_whichever_side_it_is_said() {
    let host = Host::start().await;
    write(&host, "Group", "default", "a", json!({"type": "team", "children": ["b"], "members": ["jane"]})).await;
    write(&host, "User", "default", "joe", json!({"memberOf": ["a"]})).await;
    assert_eq!(
        of(&host, "group:default/a").await,
        ["hasMember user:default/jane", "hasMember user:default/joe", "parentOf group:default/b"]
    );
    assert_eq!(of(&host, "group:default/b").await, ["childOf group:default/a"]);
    assert_eq!(of(&host, "user:default/jane").await, ["memberOf group:default/a"]);
    host.stop().await;
}
