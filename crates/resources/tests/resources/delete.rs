//! Deletions.

use causeway_resources::{DeleteOptions, Preconditions, Propagation};
use serde_json::json;

use crate::door::{Door, actor, environment, environment_key, map, map_key};

#[tokio::test]
async fn an_object_that_nobody_holds_goes_at_once() {
    let door = Door::open().await;
    let made = door.create(map("m")).await.expect("it is created").object;
    let written = door.delete(&map_key("m")).await.expect("it is deleted");
    assert!(written.gone && written.record.is_none());
    assert_eq!(written.object.uid(), made.uid());
    assert_ne!(written.object.resource_version(), made.resource_version(), "the deletion has a version of its own");
    assert!(door.delete(&map_key("m")).await.expect_err("it is gone").is_not_found());
}

#[tokio::test]
async fn what_must_hold_of_it_is_checked() {
    let door = Door::open().await;
    let made = door.create(map("m")).await.expect("it is created").object;
    let delete = async |uid: Option<&str>, version: Option<&str>| {
        let preconditions = Preconditions { uid: uid.map(Into::into), resource_version: version.map(Into::into) };
        door.resources
            .delete(&actor(), &map_key("m"), &DeleteOptions { preconditions, ..DeleteOptions::default() })
            .await
    };
    assert!(delete(Some("another"), None).await.expect_err("another uid").is_conflict());
    assert!(delete(None, Some("1")).await.expect_err("another version").is_conflict());
    assert!(delete(Some(made.uid()), Some(made.resource_version())).await.expect("all holds").gone);
}

#[tokio::test]
async fn a_dry_run_deletes_nothing() {
    let door = Door::open().await;
    door.create(map("m")).await.expect("it is created");
    let mut held = map("held");
    held["metadata"]["finalizers"] = json!(["example.com/a"]);
    door.create(held).await.expect("it is created");
    let before = door.resources.revision();
    let options = DeleteOptions { dry_run: true, ..DeleteOptions::default() };
    assert!(door.resources.delete(&actor(), &map_key("m"), &options).await.expect("it would go").gone);
    let marked = door.resources.delete(&actor(), &map_key("held"), &options).await.expect("it would be marked");
    assert!(!marked.gone && marked.object.is_deleting());
    assert_eq!(door.resources.revision(), before);
}

#[tokio::test]
async fn a_mark_raises_the_generation_once_and_a_second_deletion_changes_nothing() {
    let door = Door::open().await;
    let mut held = environment("dev");
    held["metadata"]["finalizers"] = json!(["example.com/a"]);
    door.create(held).await.expect("it is created");
    let marked = door.delete(&environment_key("dev")).await.expect("it is marked").object;
    assert_eq!(marked.generation(), 2);
    let before = door.resources.revision();
    assert!(!door.delete(&environment_key("dev")).await.expect("it is marked already").gone);
    assert_eq!(door.resources.revision(), before);
}

#[tokio::test]
async fn propagation_is_kept_as_a_finalizer_and_can_be_changed() {
    let door = Door::open().await;
    door.create(map("m")).await.expect("it is created");
    let delete = async |propagation| {
        let options = DeleteOptions { propagation, ..DeleteOptions::default() };
        door.resources.delete(&actor(), &map_key("m"), &options).await.expect("it is deleted")
    };
    assert_eq!(delete(Propagation::Foreground).await.object.finalizers(), ["foregroundDeletion"]);
    assert_eq!(delete(Propagation::Orphan).await.object.finalizers(), ["orphan"]);
    assert!(delete(Propagation::Background).await.gone);
}

#[tokio::test]
async fn a_whole_collection_can_go() {
    let door = Door::open().await;
    for name in ["a", "b", "c"] {
        door.create(map(name)).await.expect("it is created");
    }
    let query = causeway_store::Query::all(map_key("a").resource).within("default");
    let gone = door.resources.delete_all(&actor(), query, &DeleteOptions::default(), |r| &*r.key.name != "b").await;
    assert_eq!(gone.expect("they are deleted").len(), 2);
    assert!(door.find(&map_key("b")).is_some() && door.find(&map_key("a")).is_none());
}
