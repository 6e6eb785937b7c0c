//! What a controller is called for, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use causeway_core::GroupResource;
use causeway_engine::{Cleaned, Next, ObjectName, Related};
use causeway_resources::Propagation;
use futures::StreamExt as _;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::probe::{FINALIZER, Holding, Probe};
use crate::world::{World, config_map, environment, for_a_moment, until};

fn idle() -> Probe {
    Probe::new(|_, _| async { Ok(Next::Resync) })
}

#[tokio::test]
async fn brings_in_line_what_was_there_before_it_and_what_comes_later() {
    let world = World::new().await;
    world.environment("early").await;
    let probe = idle();
    world.engine.start(probe.clone());
    until("the early one was seen", || probe.calls("early") == 1).await;
    world.environment("late").await;
    until("the late one was seen", || probe.calls("late") == 1).await;
    world.patch(&environment("early"), json!({"spec": {"displayName": "changed"}})).await;
    until("the change was seen", || probe.calls("early") == 2).await;
    assert_eq!(probe.calls("late"), 1, "a change of one object is no reason to look at another");
}

#[tokio::test]
async fn looks_again_when_it_said_it_would() {
    let world = World::new().await;
    let probe = Probe::new(|_, _| async { Ok(Next::After(Duration::from_millis(10))) });
    world.engine.start(probe.clone());
    world.environment("dev").await;
    until("it was looked at several times", || probe.calls("dev") >= 4).await;
}

#[tokio::test]
async fn looks_again_when_a_related_object_appears_changes_or_goes() {
    let world = World::new().await;
    let maps = GroupResource::new("", "configmaps");
    let probe = idle().related(Related::labelled(maps, "environment"));
    world.engine.start(probe.clone());
    world.environment("dev").await;
    world.environment("other").await;
    until("both were seen", || probe.calls("dev") == 1 && probe.calls("other") == 1).await;
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "default", "name": "m", "labels": {"environment": "dev"}}});
    world.create(map).await;
    until("the related object appeared", || probe.calls("dev") == 2).await;
    // the label moves: both the one before and the one after are concerned
    world.patch(&config_map("m"), json!({"metadata": {"labels": {"environment": "other"}}})).await;
    until("the label moved", || probe.calls("dev") == 3 && probe.calls("other") == 2).await;
    world.delete(&config_map("m"), Propagation::Background).await;
    until("the related object went", || probe.calls("other") == 3).await;
}

#[tokio::test]
async fn goes_on_when_it_cannot_be_told_whom_a_change_concerns() {
    let world = World::new().await;
    let related = Related::new(GroupResource::new("", "configmaps"), |object| {
        assert!(object.name() != "odd", "an odd object");
        vec![ObjectName::new("default", "dev")]
    });
    let probe = idle().related(related);
    world.engine.start(probe.clone());
    world.environment("dev").await;
    until("it was seen", || probe.calls("dev") == 1).await;
    world.owned("odd", &[], &[]).await;
    world.owned("even", &[], &[]).await;
    until("the next change was seen", || probe.calls("dev") == 2).await;
}

#[tokio::test]
async fn looks_again_when_nudged_from_outside() {
    let world = World::new().await;
    let (tx, rx) = tokio::sync::mpsc::unbounded_channel();
    let nudges = futures::stream::unfold(rx, |mut rx| async move { rx.recv().await.map(|n| (n, rx)) }).boxed();
    let probe = idle().nudged(nudges);
    world.engine.start(probe.clone());
    world.environment("dev").await;
    until("it was seen", || probe.calls("dev") == 1).await;
    tx.send(ObjectName::new("default", "dev")).expect("somebody listens");
    tx.send(ObjectName::new("default", "no-such")).expect("somebody listens");
    until("the nudge was felt", || probe.calls("dev") == 2).await;
}

#[tokio::test]
async fn holds_an_object_until_its_traces_are_gone() {
    let world = World::new().await;
    let probe = idle().cleaning(|_, call| async move {
        Ok(if call < 3 { Cleaned::Waiting(Duration::from_millis(5)) } else { Cleaned::Done })
    });
    let calls = probe.clone();
    world.engine.start(Holding(probe));
    world.environment("dev").await;
    until("the finalizer was set before the first work", || calls.calls("dev") > 0).await;
    assert_eq!(world.find(&environment("dev")).expect("it is there").finalizers(), [FINALIZER]);
    world.patch(&environment("dev"), json!({"metadata": {"finalizers": [FINALIZER, "example.com/other"]}})).await;
    let before = calls.calls("dev");
    assert!(!world.delete(&environment("dev"), Propagation::Background).await.gone);
    let left = |world: &World| world.find(&environment("dev")).map(|o| o.finalizers().join(" "));
    until("only the other's finalizer is left", || left(&world).as_deref() == Some("example.com/other")).await;
    assert!(calls.calls("dev") <= before + 1, "what goes is not brought in line any more");
    world.patch(&environment("dev"), json!({"metadata": {"finalizers": null}})).await;
    until("it is gone", || left(&world).is_none()).await;
}

#[tokio::test]
async fn works_on_one_object_in_one_place_at_a_time() {
    let world = World::new().await;
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, top) = (Arc::clone(&inside), Arc::clone(&most));
    let probe = Probe::new(move |_, _| {
        let (now, top) = (Arc::clone(&now), Arc::clone(&top));
        async move {
            top.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(Next::Resync)
        }
    });
    world.engine.start(probe.clone());
    world.environment("dev").await;
    for i in 0..20 {
        world.patch(&environment("dev"), json!({"spec": {"displayName": format!("n{i}")}})).await;
    }
    until("it came to rest", || probe.calls("dev") >= 2 && inside.load(Ordering::SeqCst) == 0).await;
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn finishes_what_is_under_way_at_the_end_and_begins_nothing_new() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let finished = Arc::new(AtomicUsize::new(0));
    let (inner, count) = (Arc::clone(&gate), Arc::clone(&finished));
    let probe = Probe::new(move |_, _| {
        let (gate, count) = (Arc::clone(&inner), Arc::clone(&count));
        async move {
            gate.acquire().await.expect("open").forget();
            count.fetch_add(1, Ordering::SeqCst);
            Ok(Next::Resync)
        }
    });
    world.engine.start(probe.clone());
    world.environment("dev").await;
    until("work began", || probe.calls("dev") == 1).await;
    let stop = world.engine.stop(Duration::from_secs(10));
    let rest = async {
        world.environment("late").await;
        for_a_moment("nothing new begins", || probe.calls("late") == 0).await;
        gate.add_permits(10);
    };
    tokio::join!(stop, rest);
    assert_eq!(finished.load(Ordering::SeqCst), 1, "what was under way was finished");
}
