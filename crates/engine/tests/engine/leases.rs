//! What only one may do.

use std::time::Duration;

use causeway_core::{GroupResource, Key, Timestamp};
use causeway_engine::{Lease, LeaseError};
use serde_json::json;

use crate::world::World;

fn lease(holder: &str) -> Lease {
    Lease {
        namespace: "default".into(),
        name: "leader".into(),
        holder: holder.into(),
        duration: Duration::from_secs(15),
    }
}

fn holder(error: Result<(), LeaseError>) -> String {
    match error {
        Err(LeaseError::Held { holder }) => holder,
        other => panic!("it should be held by another: {other:?}"),
    }
}

#[tokio::test]
async fn one_holds_it_renews_it_and_gives_it_back() {
    let world = World::new().await;
    let now = Timestamp::from_second(1_800_000_000);
    let (one, other) = (lease("one"), lease("other"));
    one.acquire(&world.resources, now).await.expect("nobody has it");
    assert_eq!(holder(other.acquire(&world.resources, now.after(Duration::from_secs(10))).await), "one");
    one.acquire(&world.resources, now.after(Duration::from_secs(10))).await.expect("it is renewed");
    // 15 seconds after the first time, but 10 after the renewal
    assert_eq!(holder(other.acquire(&world.resources, now.after(Duration::from_secs(20))).await), "one");
    other.release(&world.resources).await.expect("giving back what one does not have is nothing");
    assert_eq!(holder(other.acquire(&world.resources, now.after(Duration::from_secs(20))).await), "one");
    one.release(&world.resources).await.expect("it is given back");
    other.acquire(&world.resources, now.after(Duration::from_secs(20))).await.expect("it is free");
    let key = Key::new(GroupResource::new("coordination.k8s.io", "leases"), "default", "leader");
    let record = world.find(&key).expect("it is recorded");
    assert_eq!(record.at(&["spec", "leaseTransitions"]), Some(&json!(1)));
    assert_eq!(record.text(&["spec", "renewTime"]), "2027-01-15T08:00:20.000000Z");
}

#[tokio::test]
async fn one_that_ran_out_is_taken_over_and_its_holder_is_told() {
    let world = World::new().await;
    let now = Timestamp::from_second(1_800_000_000);
    let (one, other) = (lease("one"), lease("other"));
    one.acquire(&world.resources, now).await.expect("nobody has it");
    let later = now.after(Duration::from_secs(16));
    other.acquire(&world.resources, later).await.expect("it ran out");
    assert_eq!(holder(one.acquire(&world.resources, later).await), "other");
}

#[tokio::test]
async fn of_many_who_want_it_at_once_one_gets_it() {
    let world = World::new().await;
    let now = Timestamp::from_second(1_800_000_000);
    let names: Vec<String> = (0..10).map(|i| format!("h{i}")).collect();
    let tries = names.iter().map(|name| {
        let lease = lease(name);
        let resources = &world.resources;
        async move { lease.acquire(resources, now).await.is_ok() }
    });
    let got = futures::future::join_all(tries).await;
    assert_eq!(got.iter().filter(|got| **got).count(), 1);
}
