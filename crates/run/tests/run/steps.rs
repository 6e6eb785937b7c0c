//! What a run records of its steps.

use causeway_core::ConditionStatus;
use causeway_kinds::run::{Conclusion, Step, StepState};
use causeway_run::{PrepareError, StepEnd};
use serde_json::{Map, json};

use crate::script::{Script, failed, succeeded};
use crate::world::{World, ready, spec, states, step, until};

#[tokio::test]
async fn performs_steps_in_order_and_hands_outputs_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Script::new(&["one", "two"], |ctx| async move {
        ctx.log.line("at work");
        let before = ctx.run.status.steps.iter().find(|s| s.id == "one").map(|s| s.outputs.clone()).unwrap_or_default();
        let mut outputs = Map::new();
        outputs.insert("said".into(), json!(format!("{} after {:?}", ctx.step.id, before.get("said"))));
        StepEnd::Succeeded { outputs }
    })
    .shared();
    let world = World::enter(folder.path(), program.clone()).await;
    world.create("r", spec()).await;
    let run = world.ended("r").await;
    assert_eq!(run.status.conclusion, Some(Conclusion::Success));
    assert_eq!(states(&run), [("one", StepState::Succeeded), ("two", StepState::Succeeded)]);
    assert_eq!(step(&run.status, "two").outputs["said"], "two after Some(String(\"one after None\"))");
    let two = step(&run.status, "two");
    assert!(
        two.started_at.is_some() && two.finished_at.is_some() && two.attempt == 1 && run.status.finished_at.is_some()
    );
    assert_eq!((ready(&run).status, ready(&run).reason.as_str()), (ConditionStatus::True, "Succeeded"));
    assert_eq!(world.log(&run), ["one: at work", "two: at work"]);
    assert_eq!(*program.ends.lock(), ["Some(Success)"]);
}

#[tokio::test]
async fn a_step_that_fails_ends_the_run_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Script::new(&["one", "two"], |_| async { failed("the disk is full") }).shared();
    let world = World::enter(folder.path(), program.clone()).await;
    world.create("r", spec()).await;
    let run = world.ended("r").await;
    assert_eq!(run.status.conclusion, Some(Conclusion::Failure));
    assert_eq!(states(&run), [("one", StepState::Failed), ("two", StepState::Skipped)]);
    assert_eq!(ready(&run).message, "The step \"one\" failed: the disk is full");
    assert_eq!(world.log(&run), ["one: error: the disk is full"]);
    assert_eq!(*program.ends.lock(), ["Some(Failure)"]);
}

#[tokio::test]
async fn a_panic_in_a_step_fails_the_step_and_harms_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Script::new(&["one"], |ctx| async move {
        assert!(ctx.run.name() != "bad", "a defect");
        succeeded()
    })
    .shared();
    let world = World::enter(folder.path(), program).await;
    world.create("bad", spec()).await;
    world.create("good", spec()).await;
    assert_eq!(world.ended("good").await.status.conclusion, Some(Conclusion::Success));
    let bad = world.ended("bad").await;
    assert_eq!(bad.status.conclusion, Some(Conclusion::Failure));
    assert_eq!(step(&bad.status, "one").message, "The step hit a defect in the platform.");
}

#[tokio::test]
async fn a_run_that_cannot_be_prepared_yet_is_tried_again_and_one_that_never_can_be_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let later = || PrepareError::Later("The template is not there yet.".into());
    let program = Script::new(&["one"], |_| async { succeeded() }).first(vec![later(), later(), later()]).shared();
    let world = World::enter(folder.path(), program).await;
    world.create("r", spec()).await;
    until("it says why it does not begin", || ready(&world.run("r")).reason == "NotPrepared").await;
    assert_eq!(world.ended("r").await.status.conclusion, Some(Conclusion::Success));

    let folder = tempfile::tempdir().expect("a folder");
    let refused = PrepareError::Refused("There is no such template.".into());
    let program = Script::new(&["one"], |_| async { succeeded() }).first(vec![refused]).shared();
    let world = World::enter(folder.path(), program).await;
    world.create("r", spec()).await;
    let run = world.ended("r").await;
    assert_eq!(states(&run), [("prepare", StepState::Failed)]);
    assert_eq!(ready(&run).message, "The step \"Prepare\" failed: There is no such template.");
}

#[tokio::test]
async fn details_are_recorded_beside_the_step_they_belong_to_and_replaced_by_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Script::new(&["job"], |ctx| async move {
        let detail = |id: &str, state| Step { id: id.into(), job: "job".into(), state, ..Step::default() };
        ctx.record(vec![detail("job/1", StepState::Running)]).await.expect("it is recorded");
        ctx.record(vec![detail("job/1", StepState::Succeeded), detail("job/2", StepState::Failed)])
            .await
            .expect("it is recorded");
        succeeded()
    })
    .shared();
    let world = World::enter(folder.path(), program).await;
    world.create("r", spec()).await;
    let run = world.ended("r").await;
    let wanted = [("job", StepState::Succeeded), ("job/1", StepState::Succeeded), ("job/2", StepState::Failed)];
    assert_eq!(states(&run), wanted);
    assert_eq!(run.status.conclusion, Some(Conclusion::Success), "details do not decide how a run ends");
}

#[tokio::test]
async fn a_deleted_run_stops_its_steps_and_takes_its_log_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Script::new(&["one"], |ctx| async move {
        ctx.log.line("at work");
        ctx.cancel.cancelled().await;
        failed("it was stopped")
    })
    .shared();
    let world = World::enter(folder.path(), program.clone()).await;
    let run = world.create("r", spec()).await;
    until("it is at work", || program.performed("one") == 1).await;
    world.client().delete::<causeway_kinds::run::RunSpec>("default", "r").await.expect("it is deleted");
    let gone = || world.client().get::<causeway_kinds::run::RunSpec>("default", "r").is_ok_and(|r| r.is_none());
    until("it is gone", gone).await;
    assert!(!world.executor.logs().folder(&run.metadata.uid).exists());
}
