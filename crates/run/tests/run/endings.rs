//! Runs that are ended from outside.

use std::time::Duration;

use causeway_core::ConditionStatus;
use causeway_kinds::run::{Conclusion, RunSpec, StepState};

use crate::script::{Script, failed, succeeded};
use crate::world::{World, ready, spec, states, step, until};

/// Its step works until it is told to stop.
fn endless() -> Script {
    Script::new(&["one", "two"], |ctx| async move {
        ctx.cancel.cancelled().await;
        failed("it was interrupted")
    })
}

#[tokio::test]
async fn a_cancelled_run_stops_its_step_and_leaves_out_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = endless().shared();
    let world = World::enter(folder.path(), program.clone()).await;
    world.create("r", spec()).await;
    until("it is at work", || program.performed("one") == 1).await;
    world.cancel("r").await;
    let run = world.ended("r").await;
    assert_eq!(run.status.conclusion, Some(Conclusion::Cancelled));
    assert_eq!(states(&run), [("one", StepState::Cancelled), ("two", StepState::Cancelled)]);
    assert_eq!(step(&run.status, "one").message, "it was interrupted");
    assert_eq!(step(&run.status, "two").message, "The run was cancelled.");
    assert_eq!((ready(&run).status, ready(&run).reason.as_str()), (ConditionStatus::False, "Cancelled"));
    assert_eq!(program.performed("two"), 0);
    assert_eq!(*program.ends.lock(), ["Some(Cancelled)"]);
}

#[tokio::test]
async fn a_run_that_is_cancelled_before_it_begins_does_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Script::new(&["one"], |_| async { succeeded() }).shared();
    let world = World::enter(folder.path(), program.clone()).await;
    world.create("r", RunSpec { cancel: true, ..spec() }).await;
    assert_eq!(world.ended("r").await.status.conclusion, Some(Conclusion::Cancelled));
    assert_eq!(program.performed("one"), 0);
}

#[tokio::test]
async fn a_run_whose_time_is_over_fails_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = endless().shared();
    let world = World::enter(folder.path(), program).await;
    world.create("r", RunSpec { timeout_seconds: Some(1), ..spec() }).await;
    let begun = std::time::Instant::now();
    let run = world.ended("r").await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(run.status.conclusion, Some(Conclusion::Failure));
    assert_eq!(ready(&run).message, "The run was given up: its time ran out.");
    assert_eq!(states(&run), [("one", StepState::Cancelled), ("two", StepState::Cancelled)]);
}
