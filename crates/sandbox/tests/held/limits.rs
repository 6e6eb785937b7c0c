//! Limits, and what is said of the end.

use std::time::{Duration, Instant};

use causeway_sandbox::{Bind, Cause, Limits, Means, Stop};

use crate::bench::{Bench, skip, until, within};

/// Takes memory in an own process, as a service's worker would.
fn hungry(seconds: u32) -> String {
    format!("/usr/bin/python3 -c 'import time; x = bytearray(300 << 20); time.sleep({seconds})'; exit $?")
}

#[tokio::test]
async fn too_much_memory_is_a_kill_with_that_cause() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec(&hungry(60));
    spec.limits.memory_bytes = Some(64 << 20);
    let (exit, lines) = bench.run(&spec).await;
    assert_eq!(exit.cause, Cause::OutOfMemory, "{exit:?} {lines:?}");
    let mut spec = bench.spec(&hungry(0));
    spec.limits.memory_bytes = Some(600 << 20);
    assert!(bench.run(&spec).await.0.is_success());
}

#[tokio::test]
async fn a_fork_bomb_stays_in_its_box() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec("for i in $(seq 50); do sleep 60 & done; echo not reached");
    spec.limits.processes = Some(20);
    let handle = bench.sandbox().start(&spec).await.unwrap();
    until("the limit to be reached", || handle.usage().processes >= 18).await;
    assert!(handle.usage().processes <= 20);
    until("the shell to notice", || {
        let lines = crate::bench::lines(&handle.log());
        lines.iter().any(|line| line.contains("Resource temporarily unavailable"))
    })
    .await;
    handle.kill().await;
}

#[tokio::test]
async fn files_are_bounded_in_number_and_size() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec("ulimit -n; head -c 2000000 /dev/zero > /tmp/big; echo $?; ulimit -c");
    spec.limits.open_files = Some(77);
    spec.limits.file_size_bytes = Some(1 << 20);
    let lines = bench.output(&spec).await;
    assert_eq!(lines.first().unwrap(), "77");
    assert!(lines.contains(&"153".to_owned()), "SIGXFSZ: {lines:?}");
    assert_eq!(lines.last().unwrap(), "0");
}

#[tokio::test]
async fn many_small_files_are_too_much_as_well() {
    let Some(bench) = Bench::new() else { return };
    let work = bench.folder("work");
    let mut spec =
        bench.spec("i=0; while true; do i=$((i+1)); head -c 400000 /dev/zero > /workspace/$i; sleep 0.02; done");
    spec.binds = vec![Bind::writable(&work, "/workspace")];
    spec.limits.disk_bytes = Some(5 << 20);
    let (exit, _) = bench.run(&spec).await;
    assert_eq!(exit.cause, Cause::OutOfDisk);
}

#[tokio::test]
async fn a_fifth_of_a_processor_is_a_fifth() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec("while true; do :; done");
    spec.limits.cpu_millis = Some(200);
    let handle = bench.sandbox().start(&spec).await.unwrap();
    if handle.enforced().cpu == Means::Niceness {
        handle.kill().await;
        return skip("no cgroup of this machine limits processors");
    }
    let begun = Instant::now();
    until("some work to be done", || handle.usage().cpu_time > Duration::from_millis(150)).await;
    let share = handle.usage().cpu_time.as_secs_f64() / begun.elapsed().as_secs_f64();
    handle.kill().await;
    assert!(share < 0.35, "{share}");
}

#[tokio::test]
async fn time_runs_out() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec("trap 'echo asked; exit 3' TERM; sleep 60 & wait");
    spec.limits.timeout = Some(Duration::from_millis(300));
    let (exit, lines) = bench.run(&spec).await;
    assert_eq!((exit.cause, exit.code), (Cause::TimedOut, Some(3)));
    assert_eq!(lines.first().unwrap(), "asked");
    let deaf = "trap '' TERM; while true; do sleep 1; done";
    spec.command = vec!["/bin/bash".into(), "-c".into(), deaf.into()];
    spec.stop = Stop { grace: Duration::from_millis(200), ..spec.stop };
    let (exit, _) = bench.run(&spec).await;
    assert_eq!((exit.cause, exit.signal), (Cause::TimedOut, Some(9)));
}

#[tokio::test]
async fn usage_counts_what_descendants_do() {
    let Some(bench) = Bench::new() else { return };
    let spec = bench.spec("/usr/bin/python3 -c 'x = bytearray(50 << 20); x[::4096] = b\"1\" * len(x[::4096]); print(\"ready\", flush=True); import time; time.sleep(60)'");
    let handle = bench.sandbox().start(&spec).await.unwrap();
    until("memory to be used", || handle.usage().memory_bytes > 50 << 20).await;
    let usage = handle.usage();
    assert!(usage.memory_bytes < 100 << 20 && usage.processes >= 1, "{usage:?}");
    assert!(usage.cpu_time > Duration::from_millis(5), "{usage:?}");
    within("the end", handle.kill()).await;
    assert_eq!(handle.usage(), Default::default());
}

#[tokio::test]
async fn a_machine_says_what_it_can_enforce() {
    let Some(bench) = Bench::new() else { return };
    let enforced = bench.sandbox().probe(bench.state()).await.unwrap();
    assert!(enforced.fixed_paths);
    assert_eq!(enforced.filesystem, Means::OwnRootAndLandlock);
    assert_eq!(enforced.user, Means::UserId);
    let nothing = bench.sandbox().start(&bench.spec("true")).await.unwrap();
    assert_eq!(nothing.enforced().memory, Means::NotAsked);
    assert_eq!(nothing.enforced().gaps(), Vec::<&str>::new());
    assert_eq!(bench.spec("").limits, Limits::default());
    nothing.wait().await;
}
