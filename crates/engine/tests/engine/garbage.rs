//! What becomes of dependents.

use causeway_core::definition::Origin;
use causeway_resources::Propagation;
use serde_json::json;

use crate::world::{World, config_map, environment, for_a_moment, until};

const HELD: &str = "example.com/held";

async fn world() -> World {
    let world = World::new().await;
    world.engine.start_housekeeping();
    world
}

#[tokio::test]
async fn dependents_follow_their_owner_in_the_background_down_the_chain() {
    let world = world().await;
    let owner = world.environment("dev").await;
    let child = world.owned("child", &[&owner], &[]).await;
    world.owned("grandchild", &[&child], &[]).await;
    world.owned("stranger", &[], &[]).await;
    assert!(world.delete(&environment("dev"), Propagation::Background).await.gone, "the owner goes at once");
    until("the chain is gone", || {
        world.find(&config_map("child")).is_none() && world.find(&config_map("grandchild")).is_none()
    })
    .await;
    assert!(world.find(&config_map("stranger")).is_some());
}

#[tokio::test]
async fn an_object_stays_while_one_of_its_owners_does() {
    let world = world().await;
    let (one, other) = (world.environment("one").await, world.environment("other").await);
    world.owned("shared", &[&one, &other], &[]).await;
    world.delete(&environment("one"), Propagation::Background).await;
    for_a_moment("it has an owner left", || world.find(&config_map("shared")).is_some()).await;
    world.delete(&environment("other"), Propagation::Background).await;
    until("it has none left", || world.find(&config_map("shared")).is_none()).await;
}

#[tokio::test]
async fn in_the_foreground_the_owner_waits_for_those_that_block_it() {
    let world = world().await;
    let owner = world.environment("dev").await;
    world.owned("quick", &[&owner], &[]).await;
    world.owned("slow", &[&owner], &[HELD]).await;
    assert!(!world.delete(&environment("dev"), Propagation::Foreground).await.gone);
    until("the quick one is gone", || world.find(&config_map("quick")).is_none()).await;
    until("the slow one is on its way", || world.find(&config_map("slow")).is_some_and(|o| o.is_deleting())).await;
    // one that appears meanwhile goes too, or the owner would wait for ever
    world.owned("late", &[&owner], &[]).await;
    until("the late one is gone", || world.find(&config_map("late")).is_none()).await;
    for_a_moment("the owner waits", || world.find(&environment("dev")).is_some()).await;
    world.patch(&config_map("slow"), json!({"metadata": {"finalizers": null}})).await;
    until("the owner is gone", || world.find(&environment("dev")).is_none()).await;
}

#[tokio::test]
async fn in_the_foreground_the_owner_does_not_wait_for_those_that_do_not_block_it() {
    let world = world().await;
    let owner = world.environment("dev").await;
    world.owned("blocking", &[&owner], &[]).await;
    let mut reference = json!(owner.controller_reference());
    reference["blockOwnerDeletion"] = json!(false);
    world
        .create(json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"namespace": "default", "name": "held", "finalizers": [HELD], "ownerReferences": [reference]}}))
        .await;
    world.delete(&environment("dev"), Propagation::Foreground).await;
    until("the owner is gone", || world.find(&environment("dev")).is_none()).await;
    assert!(world.find(&config_map("held")).is_some_and(|o| o.is_deleting()));
}

#[tokio::test]
async fn orphans_stay_without_their_owner() {
    let world = world().await;
    let owner = world.environment("dev").await;
    world.owned("child", &[&owner], &[]).await;
    world.delete(&environment("dev"), Propagation::Orphan).await;
    until("the owner is gone", || world.find(&environment("dev")).is_none()).await;
    for_a_moment("the orphan stays", || world.find(&config_map("child")).is_some()).await;
    assert!(world.find(&config_map("child")).expect("it stays").owner_references().is_empty());
}

#[tokio::test]
async fn what_lost_its_owner_while_nobody_looked_is_found_at_the_start() {
    let world = World::new().await;
    let owner = world.environment("dev").await;
    world.owned("child", &[&owner], &[]).await;
    world.delete(&environment("dev"), Propagation::Background).await;
    assert!(world.find(&config_map("child")).is_some());
    world.engine.start_housekeeping();
    until("the child is gone", || world.find(&config_map("child")).is_none()).await;
}

#[tokio::test]
async fn a_namesake_is_another_owner() {
    let world = world().await;
    let owner = world.environment("dev").await;
    world.delete(&environment("dev"), Propagation::Background).await;
    world.environment("dev").await;
    world.owned("child", &[&owner], &[]).await;
    until("the child of the one before is gone", || world.find(&config_map("child")).is_none()).await;
}

#[tokio::test]
async fn an_owner_of_a_kind_that_is_not_known_counts_as_there() {
    let world = World::new().await;
    let child = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default", "name": "child",
        "ownerReferences": [{"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "u-1"}]}});
    world.create(child).await;
    world.engine.start_housekeeping();
    for_a_moment("nothing is destroyed for what is not known", || world.find(&config_map("child")).is_some()).await;
    let known =
        causeway_kinds::builtin().into_iter().find(|k| k.definition.kind == "ConfigMap").expect("it is built in");
    let mut definition = known.definition;
    (definition.group, definition.kind, definition.plural) = ("example.com".into(), "Widget".into(), "widgets".into());
    definition.origin = Origin::BuiltIn;
    world.resources.registry().define(causeway_resources::Entry::custom(definition).expect("it compiles"));
    world.patch(&config_map("child"), json!({"data": {"touched": "yes"}})).await;
    until("it is known to be gone", || world.find(&config_map("child")).is_none()).await;
}

#[tokio::test]
async fn a_damaged_owner_does_not_take_its_dependents_along() {
    let world = World::new().await;
    let owner = world.environment("dev").await;
    world.owned("child", &[&owner], &[]).await;
    let World { resources, engine, folder } = world;
    resources.store().close().await;
    drop((resources, engine));
    let database =
        rusqlite::Connection::open(folder.path().join(causeway_store::sqlite::DATABASE_FILE)).expect("opens");
    database.execute("UPDATE versions SET json = '{' WHERE name = 'dev'", []).expect("is damaged");
    drop(database);
    let resources = crate::world::open(folder.path());
    let engine = causeway_engine::Engine::new(std::sync::Arc::clone(&resources), crate::world::options());
    let world = World { resources, engine, folder };
    world.engine.start_housekeeping();
    for_a_moment("the child stays", || world.find(&config_map("child")).is_some_and(|o| !o.is_deleting())).await;
}
