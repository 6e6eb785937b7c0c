//! What happens in a run's jobs, on its way to the run's log and status.
//!
//! The runner's sink must not block, so it hands over to a task that records in order.

use std::collections::HashMap;

use causeway_core::Timestamp;
use causeway_kinds::run::{Step, StepState};
use causeway_pipeline::plan::{Assignment, Conclusion};
use causeway_pipeline::runner::{JobResult, Sink, StepResult};
use causeway_run::{LogWriter, StepContext};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The unit step whose details jobs and their steps are.
pub(crate) const UNIT: &str = "workflow";

/// Hears the runner.
pub(crate) struct Reporter {
    log: LogWriter,
    steps: UnboundedSender<Step>,
}

/// The reporter, and what it reports.
pub(crate) fn reporter(log: &LogWriter) -> (Reporter, UnboundedReceiver<Step>) {
    let (steps, reported) = unbounded_channel();
    (Reporter { log: log.clone(), steps }, reported)
}

/// Records what is reported until the reporter is gone.
pub(crate) async fn record(ctx: &StepContext, mut reported: UnboundedReceiver<Step>) {
    let mut started: HashMap<String, Option<Timestamp>> = HashMap::new();
    let mut batch = Vec::new();
    while reported.recv_many(&mut batch, 64).await > 0 {
        for step in &mut batch {
            // a step's end does not know its beginning
            match step.state {
                StepState::Running => {
                    started.insert(step.id.clone(), step.started_at);
                }
                _ => step.started_at = started.get(&step.id).copied().flatten().or(step.started_at),
            }
        }
        if let Err(error) = ctx.record(std::mem::take(&mut batch)).await {
            tracing::warn!(%error, run = ctx.run.name(), "the steps of a job were not recorded");
        }
    }
}

fn job_id(job: &Assignment) -> String {
    job.path.to_string()
}

fn step_id(job: &Assignment, step: usize) -> String {
    format!("{}/{}", job_id(job), step + 1)
}

fn state(conclusion: Conclusion) -> StepState {
    match conclusion {
        Conclusion::Success => StepState::Succeeded,
        Conclusion::Failure => StepState::Failed,
        Conclusion::Cancelled => StepState::Cancelled,
        Conclusion::Skipped => StepState::Skipped,
    }
}

impl Reporter {
    fn tell(&self, step: Step) {
        // nobody listens any more when the run is being stopped
        let _ = self.steps.send(step);
    }

    fn job(&self, job: &Assignment, state: StepState, message: String) {
        let now = Some(Timestamp::now());
        let ended = state != StepState::Running;
        self.tell(Step {
            id: job_id(job),
            name: job.name.clone(),
            job: UNIT.into(),
            state,
            started_at: if ended { None } else { now },
            finished_at: if ended { now } else { None },
            message,
            attempt: 1,
            ..Step::default()
        });
    }
}

impl Sink for Reporter {
    fn job_started(&self, job: &Assignment) {
        self.job(job, StepState::Running, String::new());
    }

    fn step_started(&self, job: &Assignment, step: usize, name: &str) {
        self.tell(Step {
            id: step_id(job, step),
            name: name.to_owned(),
            job: job_id(job),
            state: StepState::Running,
            started_at: Some(Timestamp::now()),
            attempt: 1,
            ..Step::default()
        });
    }

    fn line(&self, job: &Assignment, step: usize, line: &str) {
        self.log.for_step(&step_id(job, step)).line(line);
    }

    fn step_ended(&self, job: &Assignment, step: usize, result: &StepResult) {
        self.tell(Step {
            id: step_id(job, step),
            name: result.name.clone(),
            job: job_id(job),
            state: state(result.conclusion),
            finished_at: Some(Timestamp::now()),
            attempt: 1,
            ..Step::default()
        });
    }

    fn job_ended(&self, job: &Assignment, result: &JobResult) {
        let notes: Vec<String> =
            result.skipped_actions.iter().map(|a| format!("{a} is not run by the built-in runner")).collect();
        self.job(job, state(result.conclusion), notes.join("; "));
    }
}
