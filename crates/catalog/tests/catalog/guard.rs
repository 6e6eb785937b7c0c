//! Who may write what comes from a file.

use causeway_core::{GroupResource, Key, Metadata, Resource};
use causeway_kinds::source::{SourceSpec, SourceType};
use causeway_resources::{Actor, DeleteOptions, WriteOptions};

use crate::host::Host;

const COMPONENT: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: payment-service}
spec: {type: service, lifecycle: experimental, owner: payments}
";

#[tokio::test]
async fn others_are_told_which_file_to_change() {
    let host = Host::start().await;
    host.repository("default", "payment-service", &[("catalog-info.yaml", COMPONENT)]).await;
    host.source("default", "payment-service", "payment-service").await;
    host.settled("default", "payment-service", "Synced", None).await;
    let entity = host.entity("components", "default", "payment-service").expect("it");
    let wanted =
        "component payment-service comes from catalog-info.yaml in repository payment-service; change it there";
    let refused = host.change_as("admin", entity.clone()).await.expect_err("refused");
    assert_eq!(refused.to_string(), wanted);
    let key = Key::new(GroupResource::new("backstage.io", "components"), "default", "payment-service");
    let refused =
        host.resources.delete(&Actor::user("admin"), &key, &DeleteOptions::default()).await.expect_err("refused");
    assert_eq!(refused.to_string(), wanted);
    // taking the label off is a change, too
    let mut freed = entity;
    freed.set(&["metadata", "labels"], serde_json::Value::Null);
    assert_eq!(host.change_as("admin", freed).await.expect_err("refused").to_string(), wanted);
    host.stop().await;
}

#[tokio::test]
async fn nobody_claims_that_an_entity_comes_from_a_file_which_does_not_hold_it() {
    let host = Host::start().await;
    let mut object = crate::host::object(serde_json::json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
        "metadata": {"name": "a", "namespace": "default", "labels": {"platform.causeway.dev/source": "x"}},
        "spec": {"type": "service", "lifecycle": "l", "owner": "o"},
    }));
    let actor = Actor::user("jane");
    let refused = host.resources.create(&actor, object.clone(), &WriteOptions::strict()).await.expect_err("refused");
    assert!(refused.to_string().contains("only the catalog may say"), "{refused}");
    object.set(&["metadata", "labels"], serde_json::Value::Null);
    host.resources.create(&actor, object, &WriteOptions::strict()).await.expect("an entity of her own");
    host.stop().await;
}

#[tokio::test]
async fn files_of_the_server_are_for_its_administrators() {
    let host = Host::start().await;
    let spec = SourceSpec { r#type: SourceType::File, path: "/etc/passwd".into(), ..SourceSpec::default() };
    let source = Resource::new(Metadata::named("default", "x"), spec).to_object();
    let refused = host
        .resources
        .create(&Actor::user("jane"), source.clone(), &WriteOptions::default())
        .await
        .expect_err("refused");
    assert!(refused.to_string().contains("files of the server"), "{refused}");
    let master = Actor { user: "admin".into(), groups: vec!["system:masters".into()] };
    host.resources.create(&master, source, &WriteOptions::default()).await.expect("allowed");
    host.settled("default", "x", "InvalidEntities", None).await;
    host.stop().await;
}
