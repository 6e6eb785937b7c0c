//! What becomes of a reconcile that does not come to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use causeway_core::{Condition, ConditionStatus, Object};
use causeway_engine::{Failure, Next};
use causeway_resources::ensure_condition;
use causeway_store::{Batch, Precondition, Write, WriteKind};
use serde_json::json;

use crate::probe::Probe;
use crate::world::{World, actor, environment, for_a_moment, open, options, until};

fn ready(world: &World, name: &str) -> Option<(ConditionStatus, String, String)> {
    let condition = world.find(&environment(name))?.condition("Ready")?;
    Some((condition.status, condition.reason, condition.message))
}

#[tokio::test]
async fn a_transient_failure_is_said_and_tried_again_after_pauses_that_grow() {
    let world = World::new().await;
    let client = world.resources.client(actor());
    let probe = Probe::new(move |mut environment, call| {
        let client = client.clone();
        async move {
            if call < 7 {
                return Err(Failure::transient("ClusterDown", "The cluster does not answer."));
            }
            ensure_condition(&mut environment, Condition::ready(ConditionStatus::True, "Ready", "All is well."));
            client.update_status(&environment).await?;
            Ok(Next::Resync)
        }
    });
    world.engine.start(probe.clone());
    world.environment("dev").await;
    until("the failure was said", || {
        ready(&world, "dev")
            == Some((ConditionStatus::False, "ClusterDown".into(), "The cluster does not answer.".into()))
    })
    .await;
    until("it worked in the end", || ready(&world, "dev").is_some_and(|r| r.0 == ConditionStatus::True)).await;
    let times = probe.times("dev");
    let pauses: Vec<Duration> = times.windows(2).map(|w| w[1] - w[0]).collect();
    assert!(pauses[5] >= Duration::from_millis(200 * 3 / 4), "the sixth pause is the longest: {pauses:?}");
    assert!(pauses[2] < pauses[5], "pauses grow: {pauses:?}");
    assert_eq!(world.events("dev").await, ["Warning ClusterDown x1"], "the same words are not told twice");
}

#[tokio::test]
async fn a_repeated_failure_writes_the_status_once() {
    let world = World::new().await;
    let probe = Probe::new(|_, _| async { Err(Failure::transient("ClusterDown", "The cluster does not answer.")) });
    world.engine.start(probe.clone());
    world.environment("dev").await;
    until("it was said", || ready(&world, "dev").is_some()).await;
    let version = world.find(&environment("dev")).expect("it is there").resource_version().to_owned();
    let calls = probe.calls("dev");
    until("it was tried some more", || probe.calls("dev") >= calls + 4).await;
    assert_eq!(world.find(&environment("dev")).expect("it is there").resource_version(), version);
}

#[tokio::test]
async fn a_terminal_failure_waits_for_a_change() {
    let world = World::new().await;
    let probe = Probe::new(|environment, _| async move {
        match environment.spec.display_name.as_str() {
            "good" => Ok(Next::Resync),
            _ => Err(Failure::terminal("BadName", "The name will not do.")),
        }
    });
    world.engine.start(probe.clone());
    world.environment("dev").await;
    until("it was said", || ready(&world, "dev").is_some_and(|r| r.1 == "BadName")).await;
    until("its own words were seen", || probe.calls("dev") == 2).await;
    for_a_moment("it is not tried again", || probe.calls("dev") == 2).await;
    world.patch(&environment("dev"), json!({"spec": {"displayName": "good"}})).await;
    until("the change was seen", || probe.calls("dev") == 3).await;
}

#[tokio::test]
async fn a_conflict_is_tried_again_without_a_word() {
    let world = World::new().await;
    let probe = Probe::new(|_, call| async move { if call < 5 { Err(Failure::Conflict) } else { Ok(Next::Resync) } });
    world.engine.start(probe.clone());
    let before = world.environment("dev").await;
    until("it worked in the end", || probe.calls("dev") == 5).await;
    assert_eq!(world.find(&environment("dev")).expect("it is there").resource_version(), before.resource_version());
    assert!(world.events("dev").await.is_empty());
}

#[tokio::test]
async fn a_panic_parks_the_object_with_a_condition_and_harms_nothing_else() {
    let world = World::new().await;
    let fixed = Arc::new(AtomicBool::new(false));
    let is_fixed = Arc::clone(&fixed);
    let probe = Probe::new(move |environment, _| {
        let is_fixed = is_fixed.load(Ordering::SeqCst);
        async move {
            assert!(is_fixed || environment.metadata.name != "bad", "a defect");
            Ok(Next::After(Duration::from_millis(20)))
        }
    });
    world.engine.start(probe.clone());
    world.environment("bad").await;
    world.environment("good").await;
    until("it was said", || ready(&world, "bad").is_some_and(|r| r.1 == "ReconcilePanicked")).await;
    let calls = probe.calls("good");
    until("the other goes on", || probe.calls("good") > calls + 3).await;
    assert_eq!(probe.calls("bad"), 1, "the parked one is left alone");
    assert_eq!(world.events("bad").await, ["Warning ReconcilePanicked x1"]);
    fixed.store(true, Ordering::SeqCst);
    world.patch(&environment("bad"), json!({"spec": {"displayName": "again"}})).await;
    until("a change takes it up again", || probe.calls("bad") > 2).await;
}

#[tokio::test]
async fn a_poisoned_record_stops_neither_the_start_nor_the_others() {
    let world = World::new().await;
    world.environment("cut").await;
    world.environment("good").await;
    let mut odd = world.environment("odd").await;
    // past the door, as damage would: a spec that is no spec
    odd.set(&["spec"], "not a spec");
    let write = Write { key: environment("odd"), precondition: Precondition::Present, kind: WriteKind::Put(odd) };
    world.resources.store().commit(Batch { writes: vec![write], audit: Vec::new() }).await.expect("it is written");
    let World { resources, engine, folder } = world;
    resources.store().close().await;
    drop((resources, engine));
    let database =
        rusqlite::Connection::open(folder.path().join(causeway_store::sqlite::DATABASE_FILE)).expect("opens");
    let cut = database
        .execute("UPDATE versions SET json = '{\"metadata\":{\"na' WHERE name = 'cut'", [])
        .expect("is damaged");
    assert_eq!(cut, 1);
    drop(database);

    let resources = open(folder.path());
    let engine = causeway_engine::Engine::new(Arc::clone(&resources), options());
    let world = World { resources, engine, folder };
    let probe = Probe::new(|_, _| async { Ok(Next::Resync) });
    world.engine.start_housekeeping();
    world.engine.start(probe.clone());
    until("the good one was seen", || probe.calls("good") == 1).await;
    world.environment("new").await;
    until("a new one was seen", || probe.calls("new") == 1).await;
    assert_eq!((probe.calls("odd"), probe.calls("cut")), (0, 0));
    let found: Object = world.find(&environment("odd")).expect("it is kept");
    assert_eq!(found.spec(), &json!("not a spec"));
}
