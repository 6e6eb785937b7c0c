//! Stopping, dying, and being found again.

use std::process::Command;
use std::time::{Duration, Instant};

use causeway_sandbox::{Cause, Found, Sandbox, SandboxError, Spec, StopSignal};

use crate::bench::{Bench, EXE, lines, sleepers, until, within};

async fn adopt(bench: &Bench) -> Found {
    Sandbox::adopt(bench.state()).await.unwrap()
}

fn expect_running(found: Found) -> causeway_sandbox::Handle {
    match found {
        Found::Running(handle) => handle,
        other => panic!("not running: {other:?}"),
    }
}

/// Argument values by which a test finds its own processes.
fn marker(bench: &Bench) -> String {
    format!("{}", 1_000_000 + u64::from(bench.user.uid))
}

async fn said(log: &causeway_sandbox::Log, text: &str) {
    until(text, || lines(log).iter().any(|line| line == text)).await;
}

#[tokio::test]
async fn a_stop_lets_it_finish() {
    let Some(bench) = Bench::new() else { return };
    let script = "trap 'echo finishing; exit 7' TERM; echo ready; while true; do sleep 0.05; done";
    let handle = bench.sandbox().start(&bench.spec(script)).await.unwrap();
    said(&handle.log(), "ready").await;
    let exit = within("the end", handle.stop(Duration::from_secs(10))).await;
    assert_eq!((exit.cause, exit.code, exit.signal), (Cause::Stopped, Some(7), None));
    assert_eq!(lines(&handle.log()).last().unwrap(), "finishing");
    assert!(!handle.is_alive());
}

#[tokio::test]
async fn a_stop_may_be_another_signal() {
    let Some(bench) = Bench::new() else { return };
    let script = "trap 'exit 8' INT; echo ready; while true; do sleep 0.05; done";
    let mut spec = bench.spec(script);
    spec.stop.signal = StopSignal::Interrupt;
    let handle = bench.sandbox().start(&spec).await.unwrap();
    said(&handle.log(), "ready").await;
    assert_eq!(within("the end", handle.stop(Duration::from_secs(10))).await.code, Some(8));
}

#[tokio::test]
async fn who_does_not_listen_is_killed_with_all_descendants() {
    let Some(bench) = Bench::new() else { return };
    let marker = marker(&bench);
    // a grandchild in a session of its own, deaf like the rest
    let script =
        format!("trap '' TERM; setsid bash -c \"trap '' TERM; sleep {marker} & echo ready; wait\" & sleep {marker}");
    let handle = bench.sandbox().start(&bench.spec(&script)).await.unwrap();
    said(&handle.log(), "ready").await;
    until("both sleepers", || sleepers(&marker).len() >= 2).await;
    let begun = Instant::now();
    let exit = within("the end", handle.stop(Duration::from_millis(200))).await;
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert_eq!((exit.cause, exit.signal), (Cause::Stopped, Some(9)));
    assert_eq!(sleepers(&marker), Vec::<i32>::new());
}

#[tokio::test]
async fn what_a_command_leaves_behind_ends_with_it() {
    let Some(bench) = Bench::new() else { return };
    let marker = marker(&bench);
    let script = format!("setsid sleep {marker} & echo started; exit 0");
    bench.output(&bench.spec(&script)).await;
    assert_eq!(sleepers(&marker), Vec::<i32>::new());
}

#[tokio::test]
async fn a_new_server_adopts_what_a_dead_one_started() {
    let Some(bench) = Bench::new() else { return };
    let spec = bench.spec("echo ready; while [ ! -e /tmp/go ]; do sleep 0.02; done; exit 5");
    bench.start_elsewhere(Command::new(EXE).arg("start"), &spec).unwrap();
    let handle = expect_running(adopt(&bench).await);
    assert_eq!(handle.id(), "test");
    assert!(handle.is_alive());
    said(&handle.log(), "ready").await;
    let waiter = tokio::spawn({
        let handle = handle.clone();
        async move { handle.wait().await }
    });
    std::fs::write(bench.state().join("tmp/go"), "").unwrap();
    let exit = within("the end", waiter).await.unwrap();
    assert_eq!((exit.cause, exit.code), (Cause::Itself, Some(5)));
    assert_eq!(handle.wait().await, exit);
    match adopt(&bench).await {
        Found::Ended(seen) => assert_eq!(seen, exit),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_adopted_process_can_be_stopped() {
    let Some(bench) = Bench::new() else { return };
    let spec = bench.spec("trap 'exit 9' TERM; echo ready; while true; do sleep 0.05; done");
    bench.start_elsewhere(Command::new(EXE).arg("start"), &spec).unwrap();
    let handle = expect_running(adopt(&bench).await);
    said(&handle.log(), "ready").await;
    assert_eq!(within("the end", handle.stop(Duration::from_secs(10))).await.code, Some(9));
}

#[tokio::test]
async fn a_process_that_got_the_same_pid_is_not_adopted() {
    let Some(bench) = Bench::new() else { return };
    let handle = bench.sandbox().start(&bench.spec("sleep 60")).await.unwrap();
    let record = bench.state().join("hold.json");
    let text = std::fs::read_to_string(&record).unwrap();
    let mut forged: serde_json::Value = serde_json::from_str(&text).unwrap();
    // as if our holder had died and another program had been given its pid
    let started = forged["identity"]["start_time"].as_u64().unwrap();
    forged["identity"]["start_time"] = (started - 1).into();
    forged["groups"]["folders"] = serde_json::json!({});
    std::fs::write(&record, forged.to_string()).unwrap();
    match adopt(&bench).await {
        Found::Ended(exit) => assert_eq!(exit.cause, Cause::Lost),
        other => panic!("{other:?}"),
    }
    assert!(handle.is_alive(), "the stranger was touched");
    handle.kill().await;
}

#[tokio::test]
async fn when_the_holder_is_killed_everything_goes_with_it_and_the_end_is_lost() {
    let Some(bench) = Bench::new() else { return };
    let marker = marker(&bench);
    let script = format!("setsid sleep {marker} & sleep {marker}");
    let handle = bench.sandbox().start(&bench.spec(&script)).await.unwrap();
    until("both sleepers", || sleepers(&marker).len() >= 2).await;
    let holder = nix::unistd::Pid::from_raw(handle.identity().pid.cast_signed());
    nix::sys::signal::kill(holder, nix::sys::signal::Signal::SIGKILL).unwrap();
    assert_eq!(within("the end", handle.wait()).await.cause, Cause::Lost);
    until("no sleeper", || sleepers(&marker).is_empty()).await;
    match adopt(&bench).await {
        Found::Ended(exit) => assert_eq!(exit.cause, Cause::Lost),
        other => panic!("{other:?}"),
    }
    // and the folder can be used again
    assert!(bench.run(&bench.spec("true")).await.0.is_success());
}

#[tokio::test]
async fn a_folder_holds_one_process_at_a_time() {
    let Some(bench) = Bench::new() else { return };
    assert!(matches!(adopt(&bench).await, Found::Nothing));
    let handle = bench.sandbox().start(&bench.spec("sleep 60")).await.unwrap();
    let second = bench.sandbox().start(&bench.spec("sleep 60")).await.unwrap_err();
    assert!(matches!(second, SandboxError::Held { .. }), "{second}");
    assert!(handle.is_alive());
    handle.kill().await;
}

#[tokio::test]
async fn nothing_of_the_machine_is_kept_after_the_end() {
    let Some(bench) = Bench::new() else { return };
    let handle = bench.sandbox().start(&bench.spec("true")).await.unwrap();
    let name = format!("causeway-{}-", handle.identity().pid);
    handle.wait().await;
    let groups = Command::new("find").args(["/sys/fs/cgroup", "-name"]).arg(format!("{name}*")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&groups.stdout), "");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(bench.data().to_str().unwrap()));
}

#[tokio::test]
async fn many_start_at_once_and_quickly() {
    let Some(bench) = Bench::new() else { return };
    let begun = Instant::now();
    let starts = (0..10).map(|number| {
        let spec = Spec { folder: bench.data().join(number.to_string()), ..bench.spec("true") };
        let sandbox = bench.sandbox();
        async move { sandbox.start(&spec).await.unwrap().wait().await }
    });
    let exits = within("ten processes", futures::future::join_all(starts)).await;
    assert!(exits.iter().all(causeway_sandbox::Exit::is_success));
    // generous, for a busy machine: each takes about a hundredth of that
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}
