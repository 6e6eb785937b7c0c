//! The end of a namespace.

use causeway_core::{GroupResource, Key};
use causeway_engine::Recorder;
use causeway_resources::{Error, Propagation, WriteOptions};
use serde_json::json;

use crate::world::{World, actor, namespace, until};

#[tokio::test]
async fn is_emptied_then_gone_and_refuses_new_content_meanwhile() {
    let world = World::new().await;
    world.engine.start_housekeeping();
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})).await;
    let map =
        |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "team", "name": name}});
    world.create(map("free")).await;
    let mut held = map("held");
    held["metadata"]["finalizers"] = json!(["example.com/held"]);
    let held = world.create(held).await;
    Recorder::new(std::sync::Arc::clone(&world.resources), "test").normal(&held, "Made", "It was made.").await;
    world.create(json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Environment", "metadata": {"namespace": "team", "name": "dev"}, "spec": {}})).await;

    let gone = world.delete(&namespace("team"), Propagation::Background).await;
    assert!(!gone.gone);
    assert_eq!(gone.object.text(&["status", "phase"]), "Terminating");
    let maps = GroupResource::new("", "configmaps");
    let key = |name: &str| Key::new(maps.clone(), "team", name);
    until("what can go is gone", || world.find(&key("free")).is_none()).await;
    until("what is held is on its way", || world.find(&key("held")).is_some_and(|o| o.is_deleting())).await;
    assert!(world.find(&namespace("team")).is_some());
    let late = causeway_core::Object::from_value(map("late")).expect("an object");
    let refused = world.resources.create(&actor(), late, &WriteOptions::strict()).await;
    assert!(matches!(refused, Err(Error::Refused(why)) if why.cause.as_deref() == Some("NamespaceTerminating")));

    world.patch(&key("held"), json!({"metadata": {"finalizers": null}})).await;
    until("the namespace is gone", || world.find(&namespace("team")).is_none()).await;
    assert!(world.resources.store().resources_in("team").is_empty());
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})).await;
}
