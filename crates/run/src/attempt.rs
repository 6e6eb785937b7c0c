//! One attempt at a step: performed in a task of its own, and recorded however it ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use causeway_core::Timestamp;
use causeway_engine::{Failure, ObjectName};
use causeway_kinds::run::{Run, RunSpec, Step, StepState};
use futures::FutureExt;
use serde_json::Map;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::conclude::describe;
use crate::executor::{Shared, Slot};
use crate::program::units;
use crate::{Program, StepContext, StepEnd};

/// How long a step may go on after it was told to stop; then it is dropped where it stands.
const GRACE: Duration = Duration::from_secs(30);
/// A step that asks to be performed again sooner than this is not.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const TRIES: u32 = 10;

impl Shared {
    /// Performs a step in the background. It is at work from here until its end is recorded.
    pub(crate) fn launch(self: &Arc<Self>, program: &Arc<dyn Program>, run: &Run, step: Step) -> Result<(), Failure> {
        let uid = run.metadata.uid.clone();
        let log = self.logs.writer(&uid, &step.id).map_err(|e| Failure::from_error("LogNotOpened", &e))?;
        let folder = self.logs.folder(&uid).join("work");
        std::fs::create_dir_all(&folder).map_err(|e| Failure::from_error("FolderNotMade", &e))?;
        let slot: Slot = (uid, step.id.clone());
        let cancel = self.stop.child_token();
        self.due.lock().remove(&slot);
        self.working.lock().insert(slot.clone(), cancel.clone());
        let (shared, program) = (Arc::clone(self), Arc::clone(program));
        let ctx = StepContext {
            run: run.clone(),
            step,
            client: self.client.clone(),
            log: log.clone(),
            cancel: cancel.clone(),
            folder,
        };
        let run = run.clone();
        self.tasks.spawn(async move {
            let end = perform(program.as_ref(), ctx, &cancel).await;
            let failed = matches!(end, StepEnd::Failed { .. });
            // what fails while this process ends was cut off: the record stays as it is, and the next start takes the step up
            if !(failed && shared.stop.is_cancelled()) {
                if let StepEnd::Failed { message, .. } = &end {
                    log.line(&format!("error: {message}"));
                }
                shared.record(&run, &slot, end, failed && cancel.is_cancelled()).await;
            }
            shared.working.lock().remove(&slot);
            // nobody hears it when the engine has stopped, and then nobody need
            let _ = shared.ended.send(ObjectName::new(run.namespace(), run.name()));
        });
        Ok(())
    }

    async fn record(&self, run: &Run, slot: &Slot, end: StepEnd, was_cancelled: bool) {
        let now = Timestamp::now();
        if let StepEnd::Waiting { pause, .. } = &end {
            self.due.lock().insert(slot.clone(), Instant::now() + (*pause).max(SHORTEST_PAUSE));
        }
        for tries in 1..=TRIES {
            let done = self.client.modify_status::<RunSpec>(run.namespace(), run.name(), |found| {
                if found.metadata.uid != run.metadata.uid {
                    return;
                }
                if let Some(step) = found.status.steps.iter_mut().find(|s| s.id == slot.1) {
                    settle(step, &end, now);
                    if was_cancelled {
                        step.state = StepState::Cancelled;
                    }
                }
                found.status.waiting_for = waiting_for(found);
                describe(found, "", now);
            });
            let Err(error) = done.await else { return };
            tracing::error!(%error, run = run.name(), step = slot.1, "the end of a step was not recorded");
            if self.stop.is_cancelled() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100) * tries).await;
        }
    }
}

async fn perform(program: &dyn Program, ctx: StepContext, cancel: &CancellationToken) -> StepEnd {
    let failed = |message: &str| StepEnd::Failed { message: message.into(), outputs: Map::new() };
    let work = AssertUnwindSafe(program.perform(ctx)).catch_unwind();
    let overdue = async {
        cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        end = work => end.unwrap_or_else(|_| failed("The step hit a defect in the platform.")),
        () = overdue => failed("The step did not stop when it was told to, and was dropped."),
    }
}

fn settle(step: &mut Step, end: &StepEnd, now: Timestamp) {
    step.finished_at = Some(now);
    match end {
        StepEnd::Succeeded { outputs } => {
            step.state = StepState::Succeeded;
            step.outputs.clone_from(outputs);
            step.message = String::new();
        }
        StepEnd::Skipped { message } => {
            step.state = StepState::Skipped;
            step.message.clone_from(message);
        }
        StepEnd::Failed { message, outputs } => {
            step.state = StepState::Failed;
            step.outputs.clone_from(outputs);
            step.message.clone_from(message);
        }
        StepEnd::Waiting { reason, .. } => {
            step.state = StepState::Waiting;
            step.message.clone_from(reason);
            step.finished_at = None;
        }
    }
}

fn waiting_for(run: &Run) -> String {
    units(run).find(|s| s.state == StepState::Waiting).map(|s| s.message.clone()).unwrap_or_default()
}
