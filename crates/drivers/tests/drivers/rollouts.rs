//! First rollouts, updates, releases that do not work, more and fewer replicas.

use std::time::Duration;

use causeway_drivers::{Health, Runtime};

use crate::bench::{Bench, HOST, id, service, variables};
use crate::client::Load;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_loses_no_request_and_applying_it_again_does_nothing() {
    let Some(mut bench) = Bench::new().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    let before = bench.pids().await;
    bench.runtime.apply(bench.instance("shop-1")).await.unwrap();
    let load = Load::start(bench.address, HOST, 8);
    bench.roll_out(bench.instance("shop-2")).await;
    let asked = load.end().await;
    assert!(asked > 10, "{asked}");
    let after = bench.pids().await;
    assert!(after.len() == 2 && after.iter().all(|pid| !before.contains(pid)), "{before:?} {after:?}");
    assert_eq!(bench.get("/").await.json()["release"], "shop-2");
    let reasons: Vec<&str> = bench.told().iter().map(|event| event.reason).collect();
    assert_eq!(reasons.iter().filter(|reason| **reason == "RolledOut").count(), 2, "{reasons:?}");
    assert_eq!(reasons.iter().filter(|reason| **reason == "Started").count(), 4, "{reasons:?}");
    assert!(bench.told().iter().all(|event| !event.warning));
    let previous = bench.runtime.logs(&id(), 10, true).await.unwrap();
    assert!(previous.contains(&("0".into(), "starting shop-1".into())), "{previous:?}");
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_crashes_is_given_up_and_the_old_one_stays() {
    let Some(mut bench) = Bench::new().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    let before = bench.pids().await;
    bench.runtime.apply(bench.broken("shop-2", "crash")).await.unwrap();
    // waits for the decision about shop-2, although it could start at once
    bench.until("the rollout begins", |state| state.replicas.len() == 3).await;
    let state = bench.until("it is given up", |state| state.failed.is_some() && state.replicas.len() == 2).await;
    let why = state.failed.unwrap();
    assert!(why.contains("ended with code 3") && why.contains("there is no database"), "{why}");
    assert_eq!((state.release.as_deref(), state.digest.as_str()), (Some("shop-1"), "shop-2"));
    assert_eq!(bench.pids().await, before);
    let _ = bench.told();
    // the same again is not tried again, not even by another server
    bench.runtime.apply(bench.broken("shop-2", "crash")).await.unwrap();
    bench.replace_server().await;
    bench.runtime.apply(bench.broken("shop-2", "crash")).await.unwrap();
    let state = bench.until("it is known to fail", |state| state.digest == "shop-2" && state.ready() == 2).await;
    assert!(state.failed.is_some());
    assert_eq!(bench.get("/").await.json()["release"], "shop-1");
    assert!(bench.told().iter().all(|event| event.reason != "Started"));
    assert_eq!(bench.pids().await, before);
    bench.roll_out(bench.instance("shop-3")).await;
    assert_eq!(bench.state().await.failed, None);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_becomes_ready_says_why_and_what_comes_after_it_waits() {
    let Some(bench) = Bench::new().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    bench.runtime.apply(bench.broken("shop-2", "deaf")).await.unwrap();
    bench.until("the rollout begins", |state| state.replicas.len() == 3).await;
    bench.runtime.apply(bench.broken("shop-3", "unready")).await.unwrap();
    let state = bench.until("shop-3 is tried", |state| state.replicas.iter().any(|r| r.release == "shop-3")).await;
    assert_eq!(state.failed, None, "of what was asked for last");
    let state = bench.until("shop-3 is given up", |state| state.failed.is_some()).await;
    assert!(state.failed.unwrap().contains("GET /readyz answered 503"));
    bench.runtime.apply(bench.broken("shop-2", "deaf")).await.unwrap();
    let state = bench.until("shop-2 is given up", |state| state.digest == "shop-2" && state.failed.is_some()).await;
    let why = state.failed.unwrap();
    assert!(why.contains("it does not listen on the port that PORT names"), "{why}");
    assert_eq!(bench.get("/").await.json()["release"], "shop-1");
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_release_that_fails_is_tried_on_and_may_come_to_itself() {
    let Some(bench) = Bench::new().await else { return };
    let mut instance = bench.instance("shop-1");
    service(&mut instance).command =
        ["/bin/sh", "-c", "test -e go && exec python3 -I -S server.py; echo waiting; exit 1"].map(str::to_owned).into();
    bench.runtime.apply(instance).await.unwrap();
    let state = bench.until("it is said", |state| state.failed.is_some()).await;
    assert_eq!((state.release, state.replicas.len()), (None, 2));
    assert!(state.failed.unwrap().contains("waiting"));
    std::fs::write(bench.artifact().join("go"), "").unwrap();
    let state = bench.until("it works", |state| state.release.is_some()).await;
    assert_eq!((&state.failed, state.ready()), (&None, 2));
    assert!(state.replicas.iter().any(|replica| replica.restarts >= 3));
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_are_added_and_taken_away_without_a_restart() {
    let Some(bench) = Bench::new().await else { return };
    let with = |replicas: u32| {
        let mut instance = bench.instance("shop-1");
        instance.replicas = replicas;
        instance
    };
    bench.roll_out(with(1)).await;
    let first = bench.pids().await;
    bench.roll_out(with(3)).await;
    assert!(first.iter().all(|pid| futures::executor::block_on(bench.pids()).contains(pid)));
    let load = Load::start(bench.address, HOST, 2);
    bench.roll_out(with(1)).await;
    load.end().await;
    assert_eq!(bench.pids().await, first);
    bench.roll_out(with(0)).await;
    assert_eq!(bench.get("/").await.status, 503);
    // the same release with another password is rolled out, too
    bench.roll_out(with(1)).await;
    let mut instance = with(1);
    instance.digest = "shop-1 with another password".into();
    service(&mut instance).variables.extend(variables(&[("PASSWORD", "new")]));
    bench.runtime.apply(instance).await.unwrap();
    let state = bench.state().await;
    assert_eq!((state.digest.as_str(), state.release), ("shop-1 with another password", None), "at once");
    let is_through = |s: &causeway_drivers::InstanceState| s.release.is_some() && s.digest.ends_with("password");
    let state = bench.until("the new password", is_through).await;
    assert!(matches!(state.replicas.as_slice(), [only] if only.health == Health::Ready), "{state:?}");
    assert_eq!(bench.get("/env").await.json()["PASSWORD"], "new");
    tokio::time::timeout(Duration::from_secs(20), bench.end()).await.unwrap();
}
