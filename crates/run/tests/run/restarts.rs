//! The end of a process in the middle of a run, and the next one. Each life has a runtime of its own that ends without asking
//! its tasks, as a kill does; only the folder is left.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use causeway_kinds::run::{Conclusion, Run, Step, StepState};
use causeway_run::StepEnd;

use crate::script::{Script, failed, succeeded};
use crate::world::{World, ready, spec, states, step, until};

fn live<T>(folder: &Path, program: Arc<Script>, life: impl AsyncFnOnce(World) -> T) -> T {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let left = runtime.block_on(async { life(World::enter(folder, program).await).await });
    runtime.shutdown_timeout(Duration::from_secs(5));
    left
}

/// Three steps of which the second never ends.
fn stuck() -> Script {
    Script::new(&["one", "two", "three"], |ctx| async move {
        ctx.log.line("first life");
        if ctx.step.id == "two" {
            let detail = |id: &str, state| Step { id: id.into(), job: "two".into(), state, ..Step::default() };
            let details = vec![detail("two/0", StepState::Succeeded), detail("two/1", StepState::Running)];
            ctx.record(details).await.expect("it is recorded");
            std::future::pending::<()>().await;
        }
        succeeded()
    })
}

async fn killed_in_the_second_step(world: World) {
    world.create("r", spec()).await;
    until("the second step is at work", || world.run("r").status.steps.iter().any(|s| s.id == "two/1")).await;
}

fn second_life(folder: &Path, program: &Arc<Script>) -> (Run, Vec<String>) {
    live(folder, Arc::clone(program), async |world| {
        let run = world.ended("r").await;
        let log = world.log(&run);
        (run, log)
    })
}

#[test]
fn goes_on_at_the_first_step_that_is_not_finished() {
    let folder = tempfile::tempdir().expect("a folder");
    live(folder.path(), stuck().shared(), killed_in_the_second_step);
    let program = Script::new(&["never", "asked"], |ctx| async move {
        ctx.log.line(&format!("second life, attempt {}", ctx.step.attempt));
        succeeded()
    })
    .shared();
    let (run, log) = second_life(folder.path(), &program);
    assert_eq!(run.status.conclusion, Some(Conclusion::Success));
    assert_eq!(program.performed("one"), 0, "what is done is not done again");
    let wanted = ["one", "two", "three", "two/0"].map(|id| (id, StepState::Succeeded));
    assert_eq!(states(&run), wanted, "details that were not finished are gone");
    assert_eq!(step(&run.status, "two").attempt, 2);
    let wanted = ["one: first life", "two: first life", "two: second life, attempt 2", "three: second life, attempt 1"];
    assert_eq!(log, wanted, "the log goes on where it was");
}

#[test]
fn a_step_that_cannot_be_repeated_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    live(folder.path(), stuck().shared(), killed_in_the_second_step);
    let program = Script::new(&[], |_| async { succeeded() }).once_only().shared();
    let (run, _) = second_life(folder.path(), &program);
    assert_eq!(run.status.conclusion, Some(Conclusion::Failure));
    assert_eq!(ready(&run).message, "The step \"two\" failed: It was cut off by a restart and cannot be done twice.");
}

#[test]
fn a_step_that_waits_is_looked_at_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let hour = Duration::from_secs(3600);
    let waiting =
        Script::new(&["gate"], move |_| async move { StepEnd::Waiting { reason: "For long.".into(), pause: hour } });
    live(folder.path(), waiting.shared(), async |world: World| {
        world.create("r", spec()).await;
        until("it waits", || world.run("r").status.waiting_for == "For long.").await;
    });
    let program = Script::new(&[], |_| async { succeeded() }).shared();
    let (run, _) = second_life(folder.path(), &program);
    assert_eq!((run.status.conclusion, step(&run.status, "gate").attempt), (Some(Conclusion::Success), 1));
}

#[test]
fn an_orderly_stop_leaves_the_step_for_the_next_start_and_records_what_still_succeeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let at_work = Arc::new(AtomicBool::new(false));
    let tell = Arc::clone(&at_work);
    let program = Script::new(&["quick", "cut"], move |ctx| {
        let tell = Arc::clone(&tell);
        async move {
            tell.store(true, Ordering::SeqCst);
            ctx.cancel.cancelled().await;
            if ctx.step.id == "quick" { succeeded() } else { failed("interrupted") }
        }
    });
    let program = program.together().shared();
    live(folder.path(), program, async |world: World| {
        world.create("r", spec()).await;
        until("it is at work", || at_work.load(Ordering::SeqCst)).await;
        until("both are recorded", || states(&world.run("r")).iter().all(|s| s.1 == StepState::Running)).await;
        world.stop.cancel();
        world.engine.stop(Duration::from_secs(5)).await;
        world.executor.wait().await;
        let run = world.run("r");
        assert_eq!(states(&run), [("quick", StepState::Succeeded), ("cut", StepState::Running)]);
        assert!(world.log(&run).is_empty(), "being cut off is no error of the step");
    });
    let program = Script::new(&[], |_| async { succeeded() }).shared();
    let (run, _) = second_life(folder.path(), &program);
    assert_eq!(run.status.conclusion, Some(Conclusion::Success));
    assert_eq!((program.performed("quick"), program.performed("cut")), (0, 1));
}
