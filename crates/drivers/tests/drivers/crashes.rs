//! Replicas that die, run out of memory, or hang.

use causeway_drivers::{Health, Runtime};

use crate::bench::{Bench, id, probe, service};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_ends_is_started_again_and_what_it_said_before_is_kept() {
    let Some(mut bench) = Bench::new().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    let before = bench.pids().await;
    bench.post("/say?farewell").await;
    // the answer is lost with the replica
    bench.post("/exit?7").await;
    let is_down = |health: &Health| matches!(health, Health::Crashing(_));
    bench.until("it restarts", |state| state.replicas.iter().any(|r| r.restarts == 1 || is_down(&r.health))).await;
    let state = bench.until("both are ready", |state| state.ready() == 2).await;
    assert_eq!(state.release.as_deref(), Some("shop-1"));
    assert_eq!(bench.pids().await.iter().filter(|pid| before.contains(pid)).count(), 1);
    let told = bench.told();
    let event = told.iter().find(|event| event.reason == "BackOff").unwrap();
    assert!(event.warning && event.message.contains("ended with code 7"), "{event:?}");
    let restarted = state.replicas.iter().find(|replica| replica.restarts == 1).unwrap();
    let previous = bench.runtime.logs(&id(), 10, true).await.unwrap();
    assert!(previous.contains(&(restarted.index.to_string(), "starting shop-1".into())), "{previous:?}");
    let now = bench.runtime.logs(&id(), 10, false).await.unwrap();
    assert_eq!(now.iter().filter(|(_, line)| line == "starting shop-1").count(), 2, "{now:?}");
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_takes_too_much_memory_ends_and_says_so() {
    let Some(mut bench) = Bench::as_root().await else { return };
    let mut instance = bench.instance("shop-1");
    instance.replicas = 1;
    service(&mut instance).resources.memory_bytes = Some(64 << 20);
    bench.roll_out(instance).await;
    let enforced = bench.state().await.enforced;
    assert!(enforced["memory"].starts_with("cgroup"), "{enforced:?}");
    assert!(bench.runtime.usage(&id()).await.memory_bytes > 1 << 20);
    bench.post("/hog").await;
    bench.until("it restarts", |state| state.replicas[0].restarts == 1 && state.ready() == 1).await;
    let told = bench.told();
    let event = told.iter().find(|event| event.reason == "OOMKilled").unwrap_or_else(|| panic!("{told:#?}"));
    assert!(event.message.contains("memory"), "{event:?}");
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_not_ready_gets_no_requests_and_one_that_hangs_is_started_again() {
    let Some(mut bench) = Bench::new().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    let before = bench.pids().await;
    let sick = bench.post("/sick").await.json()["port"].clone();
    let state = bench.until("it is not ready", |state| state.ready() == 1).await;
    let not_ready = state.replicas.iter().find(|replica| replica.health != Health::Ready).unwrap();
    assert_eq!(not_ready.health, Health::NotReady("GET /readyz answered 503".into()));
    assert_eq!(not_ready.port.map(|port| port.to_string()).as_deref(), sick.as_str());
    for _ in 0..10 {
        assert_ne!(bench.get("/").await.json()["port"], sick);
    }
    assert_eq!(bench.pids().await, before, "it was not restarted");
    let mut instance = bench.instance("shop-2");
    service(&mut instance).liveness = Some(probe("/livez"));
    bench.roll_out(instance).await;
    bench.post("/sick").await;
    bench.until("it restarts", |s| s.ready() == 2 && s.replicas.iter().any(|replica| replica.restarts == 1)).await;
    assert!(bench.told().iter().any(|e| e.reason == "Restarted" && e.message.contains("liveness")));
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_whose_port_was_taken_meanwhile_moves_to_another() {
    let Some(bench) = Bench::new().await else { return };
    let mut instance = bench.instance("shop-1");
    instance.replicas = 1;
    bench.roll_out(instance).await;
    let port = bench.state().await.replicas[0].port.unwrap();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    // takes the port as soon as it can
    let stranger = std::thread::spawn(move || {
        let listener = loop {
            if let Ok(listener) = std::net::TcpListener::bind(("127.0.0.1", port)) {
                break listener;
            }
            std::thread::yield_now();
        };
        let _ = stopped.recv();
        drop(listener);
    });
    bench.post("/exit?1").await;
    let moved = |state: &causeway_drivers::InstanceState| state.ready() == 1 && state.replicas[0].port != Some(port);
    bench.until("it moves", moved).await;
    assert_eq!(bench.get("/").await.json()["release"], "shop-1");
    drop(stop);
    stranger.join().unwrap();
    bench.end().await;
}
