//! Events and how they are counted.

use std::sync::Arc;

use causeway_engine::{EventKind, Recorder, Regarding};
use futures::future::join_all;

use crate::world::World;

#[tokio::test]
async fn the_same_event_is_counted_whoever_tells_it_and_however_many_do_at_once() {
    let world = World::new().await;
    let dev = world.environment("dev").await;
    let recorder = Recorder::new(Arc::clone(&world.resources), "test");
    join_all((0..20).map(|_| recorder.warning(&dev, "Slow", "It was slow."))).await;
    recorder.warning(&dev, "Slow", "It was slow again.").await;
    recorder.normal(&dev, "Slow", "It was slow.").await;
    let mut events = world.events("dev").await;
    events.sort();
    assert_eq!(events, ["Normal Slow x1", "Warning Slow x1", "Warning Slow x20"]);
}

#[tokio::test]
async fn events_can_be_about_objects_with_any_name_and_without_a_namespace() {
    let world = World::new().await;
    let recorder = Recorder::new(Arc::clone(&world.resources), "test");
    let long = "x".repeat(253);
    for name in ["payment-service.dev", "system:discovery", "My_Service", "a..b-.c", "ä", long.as_str()] {
        let about =
            Regarding { kind: "Thing".into(), name: name.into(), uid: format!("uid-{name}"), ..Regarding::default() };
        recorder.record(&about, EventKind::Normal, "Seen", "It was seen.").await;
        assert_eq!(world.events(name).await, ["Normal Seen x1"], "{name}");
    }
}
