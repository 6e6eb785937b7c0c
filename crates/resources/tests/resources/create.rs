//! Creates.

use causeway_core::{GroupResource, Key};
use causeway_resources::Error;
use serde_json::json;

use crate::door::{Door, dry, environment, environment_key, map, map_key, paths};

#[tokio::test]
async fn the_server_sets_what_is_the_servers_and_keeps_no_status_of_the_clients() {
    let door = Door::open().await;
    let mut given = environment("dev");
    given["metadata"]["uid"] = json!("mine");
    given["metadata"]["generation"] = json!(7);
    given["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
    given["metadata"]["deletionTimestamp"] = json!("2020-01-01T00:00:00Z");
    given["status"] = json!({"conditions": []});
    let written = door.create(given).await.expect("it is created");
    assert!(written.created && !written.gone && written.warnings.is_empty());
    let object = written.object;
    assert!(object.uid().len() == 36 && object.generation() == 1 && !object.is_deleting());
    assert_ne!(object.text(&["metadata", "creationTimestamp"]), "2020-01-01T00:00:00Z");
    assert!(object.status().is_null());
    assert_eq!(object.resource_version(), written.record.expect("it is stored").revision.to_string());
    assert_eq!(object.spec()["cluster"], "local", "defaults are in place");
    assert_eq!(door.find(&environment_key("dev")), Some(object));
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_and_changes_nothing() {
    let door = Door::open().await;
    let before = door.create(map("m")).await.expect("it is created").object;
    let mut again = map("m");
    again["data"]["a"] = json!("2");
    let error = door.create(again).await.expect_err("the name is taken");
    assert!(error.is_exists());
    assert_eq!(error.to_string(), "configmaps \"m\" already exists");
    assert_eq!(door.find(&map_key("m")), Some(before));
}

#[tokio::test]
async fn a_generated_name_is_free_and_short_enough() {
    let door = Door::open().await;
    let mut given = map("");
    given["metadata"] = json!({"namespace": "default", "generateName": "x".repeat(70)});
    let mut names = std::collections::HashSet::new();
    for _ in 0..5 {
        let name = door.create(given.clone()).await.expect("it is created").object.name().to_owned();
        assert!(name.starts_with("xxx") && name.len() == 63, "{name}");
        names.insert(name);
    }
    assert_eq!(names.len(), 5);
    given["metadata"] = json!({"namespace": "default"});
    assert_eq!(paths(&door.create(given).await.expect_err("no name")), ["metadata.name"]);
}

#[tokio::test]
async fn a_namespace_must_be_given_and_there() {
    let door = Door::open().await;
    let mut given = map("m");
    given["metadata"]["namespace"] = json!("nowhere");
    let error = door.create(given.clone()).await.expect_err("there is no such namespace");
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), "namespaces \"nowhere\" not found");
    given["metadata"].as_object_mut().expect("an object").shift_remove("namespace");
    assert!(matches!(door.create(given).await, Err(Error::BadRequest { .. })));
}

#[tokio::test]
async fn nothing_is_created_in_a_namespace_that_ends_but_what_is_there_can_change() {
    let door = Door::open().await;
    door.create(map("before")).await.expect("it is created");
    let key = Key::new(GroupResource::new("", "namespaces"), "", "default");
    assert!(!door.delete(&key).await.expect("it is marked").gone);
    match door.create(map("after")).await {
        Err(Error::Refused(why)) => {
            assert_eq!(why.cause.as_deref(), Some("NamespaceTerminating"));
            let wanted = "unable to create new content in namespace default because it is being terminated";
            assert_eq!(why.message, wanted);
        }
        other => panic!("it should be refused: {other:?}"),
    }
    door.merge(&map_key("before"), json!({"data": {"a": "2"}})).await.expect("it can change");
    door.delete(&map_key("before")).await.expect("and go");
}

#[tokio::test]
async fn a_resource_version_is_not_for_creates() {
    let door = Door::open().await;
    let mut given = map("m");
    given["metadata"]["resourceVersion"] = json!("1");
    let error = door.create(given).await.expect_err("it is refused");
    assert_eq!(error.to_string(), "resourceVersion should not be set on objects to be created");
}

#[tokio::test]
async fn a_dry_run_answers_as_if_and_writes_nothing() {
    let door = Door::open().await;
    let before = door.resources.revision();
    let written = door.create_with(environment("dev"), &dry()).await.expect("it would be created");
    assert!(written.created && written.record.is_none() && written.object.spec()["cluster"] == "local");
    let mut broken = environment("dev");
    broken["spec"]["cluster"] = json!(5);
    assert!(door.create_with(broken, &dry()).await.is_err(), "it would be refused");
    assert_eq!(door.resources.revision(), before);
    assert!(door.find(&environment_key("dev")).is_none());
    assert!(door.resources.store().audit_rows(0, 10).await.expect("rows").len() == 1, "the namespace's alone");
}

#[tokio::test]
async fn a_cluster_scoped_kind_ignores_a_namespace_and_says_so() {
    let door = Door::open().await;
    let given = json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Cluster",
        "metadata": {"namespace": "default", "name": "local"}, "spec": {"type": "local"}});
    let written = door.create(given.clone()).await.expect("it is created");
    let warning = "metadata.namespace \"default\" is ignored: clusters is not in a namespace";
    assert_eq!((written.object.namespace(), written.warnings.as_slice()), ("", [warning.to_owned()].as_slice()));
    let key = Key::new(GroupResource::new("platform.causeway.dev", "clusters"), "", "local");
    let replaced = door.replace(given).await.expect("it is replaced");
    assert_eq!(replaced.warnings, [warning]);
    let patched = door.merge(&key, json!({"metadata": {"namespace": "default", "labels": {"a": "b"}}})).await;
    assert_eq!(patched.expect("it is patched").warnings, [warning]);
    assert_eq!(door.get(&key)["metadata"].get("namespace"), None);
}

#[tokio::test]
async fn a_kind_on_which_nothing_acts_yet_says_so_and_keeps_saying_so() {
    let door = Door::open().await;
    for entry in door.resources.registry().all() {
        let definition = &entry.definition;
        assert!(definition.reconciled || definition.passive || definition.status_subresource, "{}", definition.kind);
    }
    let budget = json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Budget",
        "metadata": {"namespace": "default", "name": "b"}, "spec": {"monthly": 100}});
    let made = door.create(budget.clone()).await.expect("it is created").object;
    let ready = made.condition("Ready").expect("it has the condition");
    assert_eq!((format!("{:?}", ready.status), ready.reason.as_str()), ("Unknown".to_owned(), "NotReconciledYet"));
    let replaced = door.replace(budget).await.expect("it is replaced").object;
    assert_eq!(replaced.condition("Ready"), Some(ready));
    let reconciled = door.create(environment("dev")).await.expect("it is created").object;
    assert!(reconciled.condition("Ready").is_none(), "a kind with a controller says so itself");
}
