//! Steps that wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use causeway_kinds::run::{Conclusion, StepState};
use causeway_run::StepEnd;

use crate::script::{Script, succeeded};
use crate::world::{World, ready, spec, step, until};

fn waiting(pause: Duration) -> StepEnd {
    StepEnd::Waiting { reason: "Waiting for an approval.".into(), pause }
}

#[tokio::test]
async fn a_step_that_waits_is_performed_again_after_its_pause_without_being_written_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = Arc::new(AtomicBool::new(false));
    let is_open = Arc::clone(&open);
    let program = Script::new(&["gate", "after"], move |ctx| {
        let is_open = is_open.load(Ordering::SeqCst);
        async move { if ctx.step.id == "gate" && !is_open { waiting(Duration::from_millis(60)) } else { succeeded() } }
    })
    .shared();
    let world = World::enter(folder.path(), program.clone()).await;
    world.create("r", spec()).await;
    until("it waits", || world.run("r").status.waiting_for == "Waiting for an approval.").await;
    let run = world.run("r");
    assert_eq!(step(&run.status, "gate").state, StepState::Waiting);
    assert_eq!((ready(&run).reason.as_str(), ready(&run).message.as_str()), ("Waiting", "Waiting for an approval."));
    let begun = std::time::Instant::now();
    let before = program.performed("gate");
    until("it looked some more", || program.performed("gate") >= before + 4).await;
    assert!(begun.elapsed() >= Duration::from_millis(3 * 60), "it keeps its pauses: {:?}", begun.elapsed());
    assert_eq!(world.run("r").metadata.resource_version, run.metadata.resource_version, "looking again is no news");
    open.store(true, Ordering::SeqCst);
    let run = world.ended("r").await;
    assert_eq!(run.status.conclusion, Some(Conclusion::Success));
    assert_eq!(step(&run.status, "gate").attempt, 1, "looking again is no other attempt");
    assert_eq!((run.status.waiting_for.as_str(), program.performed("after")), ("", 1));
}

#[tokio::test]
async fn a_waiting_step_that_is_performed_again_is_performed_once_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, top) = (Arc::clone(&inside), Arc::clone(&most));
    let program = Script::new(&["gate"], move |ctx| {
        let (now, top) = (Arc::clone(&now), Arc::clone(&top));
        async move {
            top.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // long enough for other looks at the run while it is performed
            for i in 0..5 {
                let detail =
                    causeway_kinds::run::Step { id: format!("d{i}"), job: "gate".into(), ..Default::default() };
                ctx.record(vec![detail]).await.expect("it is recorded");
            }
            now.fetch_sub(1, Ordering::SeqCst);
            waiting(Duration::from_millis(1))
        }
    })
    .shared();
    let world = World::enter(folder.path(), program.clone()).await;
    world.create("r", spec()).await;
    until("it looked some more", || program.performed("gate") >= 4).await;
    world.cancel("r").await;
    assert_eq!(world.ended("r").await.status.conclusion, Some(Conclusion::Cancelled));
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_step_that_is_at_work_for_long_after_it_waited_keeps_nobody_busy() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Script::new(&["gate"], move |ctx| async move {
        if ctx.step.state == StepState::Waiting {
            ctx.cancel.cancelled().await;
        }
        waiting(Duration::from_millis(1))
    })
    .shared();
    let counted = Arc::new(AtomicUsize::new(0));
    let world =
        World::enter(folder.path(), Arc::new(Counting { inner: program.clone(), looks: Arc::clone(&counted) })).await;
    world.create("r", spec()).await;
    until("it is at work again", || program.performed("gate") == 2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let before = counted.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let looks = counted.load(Ordering::SeqCst) - before;
    assert!(looks <= 1, "the run was looked at {looks} times while its step was at work");
}

/// Counts how often a run is looked at.
struct Counting {
    inner: Arc<Script>,
    looks: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl causeway_run::Program for Counting {
    fn program(&self) -> causeway_kinds::run::Program {
        self.inner.program()
    }
    async fn steps(
        &self,
        run: &causeway_kinds::run::Run,
        client: &causeway_resources::Client,
    ) -> Result<Vec<causeway_kinds::run::Step>, causeway_run::PrepareError> {
        self.inner.steps(run, client).await
    }
    fn advance(&self, run: &causeway_kinds::run::Run) -> causeway_run::Advance {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.inner.advance(run)
    }
    fn is_repeatable(&self, run: &causeway_kinds::run::Run, step: &causeway_kinds::run::Step) -> bool {
        self.inner.is_repeatable(run, step)
    }
    async fn perform(&self, ctx: causeway_run::StepContext) -> StepEnd {
        self.inner.perform(ctx).await
    }
}
