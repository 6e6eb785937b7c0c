//! What a run executes.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use causeway_kinds::run::{Conclusion, Run, Step, StepState};
use causeway_resources::Client;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::LogWriter;

/// What comes next in a run, decided from what is recorded and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub enum Advance {
    /// These steps (by id) may start; those under way go on.
    Start(Vec<String>),
    /// Nothing may start before a step that is under way ends.
    Wait,
    /// All is done.
    Finished {
        /// How it ended.
        conclusion: Conclusion,
        /// What it leaves behind.
        outputs: Map<String, Value>,
        /// One sentence on it; empty where the steps speak for themselves.
        message: String,
    },
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq)]
pub enum StepEnd {
    /// It did what it should.
    Succeeded {
        /// What later steps may use.
        outputs: Map<String, Value>,
    },
    /// It was not needed.
    Skipped {
        /// Why.
        message: String,
    },
    /// It did not do what it should.
    Failed {
        /// Why.
        message: String,
        /// What there is to use nevertheless.
        outputs: Map<String, Value>,
    },
    /// It waits, holding nothing; it is performed again after the pause, or at once after a restart.
    Waiting {
        /// What for, as people read it.
        reason: String,
        /// When to look again.
        pause: Duration,
    },
}

/// Why the steps of a run could not be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The run makes no sense, and never will.
    #[error("{0}")]
    Refused(String),
    /// It may work later.
    #[error("{0}")]
    Later(String),
}

/// What a step has at hand while it is performed.
pub struct StepContext {
    /// The run as it was when the step started.
    pub run: Run,
    /// The step, with its number of attempts.
    pub step: Step,
    /// Resources, in the name of the program.
    pub client: Client,
    /// Where it writes what it does.
    pub log: LogWriter,
    /// Cancelled when the run is cancelled or times out; the step should then end soon.
    pub cancel: CancellationToken,
    /// A folder of the run alone, kept until the run ends.
    pub folder: PathBuf,
}

impl StepContext {
    /// Records details of this step (the steps of a job) beside it, replacing those of the same id.
    pub async fn record(&self, details: Vec<Step>) -> causeway_resources::Result<()> {
        let (namespace, name) = (self.run.namespace(), self.run.name());
        self.client
            .modify_status::<causeway_kinds::run::RunSpec>(namespace, name, |run| {
                for detail in &details {
                    match run.status.steps.iter_mut().find(|s| s.id == detail.id) {
                        Some(found) => found.clone_from(detail),
                        None => run.status.steps.push(detail.clone()),
                    }
                }
            })
            .await
            .map(|_| ())
    }
}

/// Knows the steps of one kind of run.
#[async_trait]
pub trait Program: Send + Sync + 'static {
    /// Which runs are its.
    fn program(&self) -> causeway_kinds::run::Program;

    /// The steps of a run, in order, told once before anything happens. A step whose `job` is empty is performed by itself;
    /// others are details that a performed step records.
    async fn steps(&self, run: &Run, client: &Client) -> Result<Vec<Step>, PrepareError>;

    /// What comes next. Pure.
    fn advance(&self, run: &Run) -> Advance;

    /// Whether a step that was cut off by a restart may be performed again.
    fn is_repeatable(&self, run: &Run, step: &Step) -> bool;

    /// Performs a step.
    async fn perform(&self, ctx: StepContext) -> StepEnd;

    /// Called once after a run ended, however it ended; must be repeatable.
    async fn ended(&self, _run: &Run, _client: &Client) -> causeway_resources::Result<()> {
        Ok(())
    }
}

/// The steps of a run that are performed by themselves.
pub(crate) fn units(run: &Run) -> impl Iterator<Item = &Step> {
    run.status.steps.iter().filter(|s| s.job.is_empty())
}

/// One after the other: a failed step ends the run, but the ones left are still offered to the program, which skips them or,
/// where they are meant to run after a failure, performs them.
pub fn advance_in_order(run: &Run) -> Advance {
    if let Some(open) = units(run).find(|s| !s.state.is_finished()) {
        return match open.state {
            StepState::Pending => Advance::Start(vec![open.id.clone()]),
            _ => Advance::Wait,
        };
    }
    finished(run)
}

/// All at once.
pub fn advance_together(run: &Run) -> Advance {
    let pending: Vec<String> = units(run).filter(|s| s.state == StepState::Pending).map(|s| s.id.clone()).collect();
    if !pending.is_empty() {
        return Advance::Start(pending);
    }
    if units(run).any(|s| !s.state.is_finished()) { Advance::Wait } else { finished(run) }
}

fn finished(run: &Run) -> Advance {
    let failed = units(run).find(|s| s.state == StepState::Failed);
    let cancelled = units(run).any(|s| s.state == StepState::Cancelled);
    let (conclusion, message) = match failed {
        Some(_) => (Conclusion::Failure, String::new()),
        None if cancelled => (Conclusion::Cancelled, String::new()),
        None => (Conclusion::Success, String::new()),
    };
    Advance::Finished { conclusion, outputs: Map::new(), message }
}
