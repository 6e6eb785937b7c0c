//! Many runs, and many steps of one.

use std::sync::Arc;

use causeway_kinds::run::{Conclusion, Step, StepState};
use futures::future::join_all;
use tokio::sync::Barrier;

use crate::script::{Script, succeeded};
use crate::world::{World, spec, states};

#[tokio::test]
async fn twenty_runs_at_once_are_all_at_work_together_and_all_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = Arc::new(Barrier::new(20));
    let program = Script::new(&["one", "two", "three"], move |ctx| {
        let all = Arc::clone(&all);
        async move {
            if ctx.step.id == "two" {
                all.wait().await;
            }
            succeeded()
        }
    });
    let program = program.shared();
    let world = World::enter(folder.path(), program.clone()).await;
    let names: Vec<String> = (0..20).map(|i| format!("r{i}")).collect();
    join_all(names.iter().map(|name| world.create(name, spec()))).await;
    for name in &names {
        assert_eq!(world.ended(name).await.status.conclusion, Some(Conclusion::Success), "{name}");
    }
    for id in ["one", "two", "three"] {
        assert_eq!(program.performed(id), 20, "each step of each run is performed once");
    }
}

#[tokio::test]
async fn no_end_and_no_detail_is_lost_when_all_steps_of_a_run_record_at_once() {
    const STEPS: [&str; 24] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v",
        "w", "x",
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let all = Arc::new(Barrier::new(STEPS.len()));
    let program = Script::new(&STEPS, move |ctx| {
        let all = Arc::clone(&all);
        async move {
            all.wait().await;
            let (id, job) = (format!("{}/1", ctx.step.id), ctx.step.id.clone());
            let detail = Step { id, job, state: StepState::Succeeded, ..Step::default() };
            ctx.record(vec![detail]).await.expect("it is recorded");
            succeeded()
        }
    });
    let program = program.together().shared();
    let world = World::enter(folder.path(), program.clone()).await;
    world.create("r", spec()).await;
    let run = world.ended("r").await;
    assert_eq!(run.status.steps.len(), 2 * STEPS.len());
    assert!(states(&run).iter().all(|(_, state)| *state == StepState::Succeeded), "{:?}", states(&run));
    assert!(STEPS.iter().all(|id| program.performed(id) == 1));
}
