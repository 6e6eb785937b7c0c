//! Replaces of the whole and of the status.

use serde_json::{Value, json};

use crate::door::{Door, actor, dry, environment, environment_key, map, map_key, object_of, paths};
use causeway_resources::Subresource;

fn with_version(mut object: Value, version: &str) -> Value {
    object["metadata"]["resourceVersion"] = json!(version);
    object
}

#[tokio::test]
async fn a_version_must_be_the_newest_and_without_one_the_newest_is_replaced() {
    let door = Door::open().await;
    let first = door.create(map("m")).await.expect("it is created").object.into_value();
    let mut second = first.clone();
    second["data"]["a"] = json!("2");
    door.replace(second.clone()).await.expect("it is the newest");
    let error = door.replace(second).await.expect_err("it was changed since");
    assert!(error.is_conflict());
    let wanted = "Operation cannot be fulfilled on configmaps \"m\": the object has been modified; please apply your changes to the latest version and try again";
    assert_eq!(error.to_string(), wanted);
    let mut third = map("m");
    third["data"]["a"] = json!("3");
    door.replace(third).await.expect("whatever is there is replaced");
    assert_eq!(door.get(&map_key("m"))["data"]["a"], "3");
    let error = door.replace(with_version(map("m"), "not a number")).await.expect_err("no such version");
    assert!(error.is_conflict());
    assert!(door.replace(map("other")).await.expect_err("it is not there").is_not_found());
}

#[tokio::test]
async fn another_uid_is_another_object() {
    let door = Door::open().await;
    let mut old = door.create(map("m")).await.expect("it is created").object.into_value();
    door.delete(&map_key("m")).await.expect("it is deleted");
    door.create(map("m")).await.expect("it is created again");
    old["metadata"].as_object_mut().expect("an object").shift_remove("resourceVersion");
    let error = door.replace(old).await.expect_err("it is another object");
    assert!(error.is_conflict() && error.to_string().contains("UID in precondition"), "{error}");
}

#[tokio::test]
async fn the_generation_rises_with_the_spec_alone() {
    let door = Door::open().await;
    let made = door.create(environment("dev")).await.expect("it is created").object;
    let key = environment_key("dev");
    let generation = |door: &Door| door.find(&key).expect("it is there").generation();
    door.merge(&key, json!({"metadata": {"labels": {"a": "b"}}})).await.expect("it is labelled");
    assert_eq!(generation(&door), 1);
    let mut with_status = environment("dev");
    with_status["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    door.replace_status(with_status).await.expect("it is said");
    assert_eq!(generation(&door), 1);
    door.merge(&key, json!({"spec": {"displayName": "Other"}})).await.expect("it is changed");
    assert_eq!(generation(&door), 2);
    let mut forged = environment("dev");
    forged["metadata"]["generation"] = json!(40);
    forged["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
    let replaced = door.replace(forged).await.expect("it is replaced").object;
    assert_eq!(replaced.generation(), 3);
    assert_eq!(replaced.created(), made.created());
}

#[tokio::test]
async fn status_and_the_rest_are_written_apart() {
    let door = Door::open().await;
    door.create(environment("dev")).await.expect("it is created");
    let key = environment_key("dev");
    let mut both = environment("dev");
    both["spec"]["displayName"] = json!("Sneaked in");
    both["metadata"]["labels"] = json!({"sneaked": "in"});
    both["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    door.replace_status(both.clone()).await.expect("the status is written");
    let stored = door.get(&key);
    assert_eq!(stored["spec"]["displayName"], "Development");
    assert_eq!(stored["metadata"].get("labels"), None);
    assert_eq!(stored["status"]["conditions"][0]["type"], "Ready");
    both["status"] = json!({"conditions": []});
    both["spec"]["displayName"] = json!("Other");
    door.replace(both).await.expect("the rest is written");
    let stored = door.get(&key);
    assert_eq!(stored["spec"]["displayName"], "Other");
    assert_eq!(stored["status"]["conditions"][0]["type"], "Ready", "the status is as it was");
}

#[tokio::test]
async fn what_changes_nothing_is_not_written() {
    let door = Door::open().await;
    door.create(environment("dev")).await.expect("it is created");
    let before = door.resources.revision();
    let same = door.replace(environment("dev")).await.expect("it is as it was");
    assert_eq!(same.object.resource_version(), same.record.expect("it is stored").revision.to_string());
    door.merge(&environment_key("dev"), json!({"spec": {"displayName": "Development"}}))
        .await
        .expect("it is as it was");
    assert_eq!(door.resources.revision(), before);
}

#[tokio::test]
async fn a_dry_run_of_a_replace_writes_nothing() {
    let door = Door::open().await;
    door.create(environment("dev")).await.expect("it is created");
    let before = door.resources.revision();
    let mut changed = environment("dev");
    changed["spec"]["displayName"] = json!("Other");
    let written =
        door.resources.replace(&actor(), object_of(changed), Subresource::None, &dry()).await.expect("it would do");
    assert_eq!((&written.object.spec()["displayName"], written.object.generation()), (&json!("Other"), 2));
    assert_eq!(door.resources.revision(), before);
}

#[tokio::test]
async fn finalizers_may_only_leave_while_an_object_is_deleted() {
    let door = Door::open().await;
    let mut held = map("m");
    held["metadata"]["finalizers"] = json!(["example.com/a", "example.com/b"]);
    door.create(held).await.expect("it is created");
    let key = map_key("m");
    let marked = door.delete(&key).await.expect("it is marked");
    assert!(!marked.gone && marked.object.is_deleting());
    assert_eq!(marked.object.at(&["metadata", "deletionGracePeriodSeconds"]), Some(&json!(0)));
    let more = json!({"metadata": {"finalizers": ["example.com/a", "example.com/b", "example.com/c"]}});
    assert_eq!(paths(&door.merge(&key, more).await.expect_err("none may come")), ["metadata.finalizers[2]"]);
    let alive = door.merge(&key, json!({"metadata": {"deletionTimestamp": null}})).await.expect("it is not heard");
    assert!(alive.object.is_deleting(), "nothing brings it back");
    assert!(!door.merge(&key, json!({"metadata": {"finalizers": ["example.com/b"]}})).await.expect("one leaves").gone);
    assert!(door.merge(&key, json!({"metadata": {"finalizers": []}})).await.expect("the last leaves").gone);
    assert!(door.find(&key).is_none());
}
