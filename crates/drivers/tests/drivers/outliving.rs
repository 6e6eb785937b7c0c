//! Servers that die or end, and what runs meanwhile.

use std::time::{Duration, Instant};

use causeway_drivers::{Health, ReplicaState, Runtime};

use crate::bench::{Bench, holders, id, service, variables};

const PASSWORD: &str = "correct-horse-battery-staple";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_server_finds_what_runs_and_restarts_nothing() {
    let Some(mut bench) = Bench::new().await else { return };
    let mut instance = bench.instance("shop-1");
    service(&mut instance).variables.extend(variables(&[("PASSWORD", PASSWORD)]));
    bench.roll_out(instance.clone()).await;
    let before = bench.pids().await;
    bench.replace_server().await;
    assert_eq!(bench.get("/").await.status, 200, "as soon as it has looked around");
    assert_eq!(bench.pids().await, before);
    let state = bench.state().await;
    assert_eq!((state.release.as_deref(), state.ready(), state.digest.as_str()), (Some("shop-1"), 2, "shop-1"));
    // what a start takes is not known yet, and nowhere written
    bench.post("/exit?1").await;
    let waits = |health: &Health| matches!(health, Health::Crashing(_));
    bench.until("one is down", |state| state.replicas.iter().any(|replica| waits(&replica.health))).await;
    assert_eq!(bench.get("/").await.status, 200);
    assert_eq!(files_with(&bench.cluster_folder(), PASSWORD), Vec::<std::path::PathBuf>::new());
    bench.runtime.apply(instance).await.unwrap();
    bench.until("it is back", |state| state.ready() == 2).await;
    assert_eq!(bench.pids().await.iter().filter(|pid| before.contains(pid)).count(), 1);
    assert_eq!(bench.get("/env").await.json()["PASSWORD"], PASSWORD);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_in_a_rollout_leaves_one_that_its_successor_finishes() {
    let Some(mut bench) = Bench::new().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    // slow, so that nothing else happens while the server changes
    bench.runtime.apply(bench.broken("shop-2", "slow")).await.unwrap();
    let runs = |replica: &ReplicaState| replica.release == "shop-2" && replica.pid.is_some();
    bench.until("shop-2 begins", |state| state.replicas.iter().any(runs)).await;
    bench.replace_server().await;
    assert_eq!(bench.get("/").await.status, 200);
    bench.roll_out(bench.broken("shop-2", "slow")).await;
    assert_eq!(holders(&bench.cluster_folder()).len(), 2);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_stops_everything_in_time() {
    let Some(mut bench) = Bench::new().await else { return };
    let mut instance = bench.instance("shop-1");
    service(&mut instance).command =
        ["/bin/bash", "-c", "trap '' TERM; python3 -I -S server.py & while true; do wait; done"]
            .map(str::to_owned)
            .into();
    bench.roll_out(instance.clone()).await;
    let begun = Instant::now();
    bench.runtime.shutdown().await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(holders(&bench.cluster_folder()), Vec::new());
    assert!(bench.runtime.apply(instance).await.is_err());
    bench.replace_server().await;
    assert_eq!(bench.runtime.inventory().await.unwrap(), vec![id()]);
    assert_eq!(bench.state().await.release.as_deref(), Some("shop-1"));
    bench.roll_out(bench.instance("shop-1")).await;
    bench.end().await;
}

fn files_with(folder: &std::path::Path, text: &str) -> Vec<std::path::PathBuf> {
    let output = std::process::Command::new("grep").args(["-rl", text]).arg(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(Into::into).collect()
}
