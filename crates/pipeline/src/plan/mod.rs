//! The graph of a run: what starts next, and how it ends.
//!
//! [`Progress`] is all that a run remembers between two steps of its graph: plain data, to be stored after every change. [`advance`] is
//! pure: it looks at the progress, writes skipped and expanded jobs into it, and says which jobs to start and which to stop. A server
//! that was killed calls [`Progress::requeue`] and goes on at the first unfinished job.

mod advance;
mod assignment;
mod group;
mod library;
mod scope;
mod status;

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use advance::advance;
pub use assignment::{Assignment, Strategy};
pub use group::Group;
pub use library::Library;
pub use scope::Plan;

use crate::matrix::Combination;
use crate::workflow::Workflow;

/// How a step, a job or a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Conclusion {
    /// It did what it should.
    Success,
    /// It did not.
    Failure,
    /// It was stopped.
    Cancelled,
    /// It was not started.
    Skipped,
}

impl Conclusion {
    /// As expressions name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// The conclusion of a whole: the worst of its parts, skipped only if all are.
    pub(crate) fn of_parts(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().max_by_key(|part| part.severity()).unwrap_or(Self::Success)
    }

    const fn severity(self) -> u8 {
        match self {
            Self::Skipped => 0,
            Self::Success => 1,
            Self::Cancelled => 2,
            Self::Failure => 3,
        }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One instance of a job within a run: a hop for the job, and one more for every reusable workflow around it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InstancePath(pub Vec<Hop>);

/// A job and which of its instances.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hop {
    /// The id of the job.
    pub job: String,
    /// Its combination, from 0.
    pub index: usize,
}

impl InstancePath {
    fn with(&self, job: &str, index: usize) -> Self {
        let mut hops = self.0.clone();
        hops.push(Hop { job: job.to_owned(), index });
        Self(hops)
    }
}

impl fmt::Display for InstancePath {
    /// `build.0`, or `call.0/build.1` within a reusable workflow.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, hop) in self.0.iter().enumerate() {
            write!(f, "{}{}.{}", if at > 0 { "/" } else { "" }, hop.job, hop.index)?;
        }
        Ok(())
    }
}

/// What the plan says to do.
#[derive(Debug, Clone)]
pub enum Action {
    /// Start this job; the progress has it as running.
    Start(Box<Assignment>),
    /// Stop this job, which runs.
    Stop(InstancePath),
}

/// How far the jobs of a workflow are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// By id, in the order of the file.
    pub jobs: IndexMap<String, JobProgress>,
    /// Whether somebody stopped the run.
    pub is_cancelled: bool,
}

/// How far one job is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JobProgress {
    /// What the jobs that need it see; `None` until it has ended.
    pub result: Option<Conclusion>,
    /// Its instances, one for each combination; none before it is due, and none if it was skipped.
    pub instances: Vec<Instance>,
    /// Its outputs: of several instances, the last one to end wins.
    pub outputs: BTreeMap<String, String>,
    /// Why it ended before it had an instance.
    pub error: Option<String>,
    max_parallel: Option<usize>,
    fails_fast: bool,
}

/// One instance of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Its name, for people.
    pub name: String,
    /// Its combination.
    pub matrix: Option<Combination>,
    /// How far it is.
    pub state: State,
    /// Whether its failure is no failure of the job.
    pub tolerates_failure: bool,
    /// The jobs of the reusable workflow that it has called, once that has ended.
    pub called: Option<Progress>,
    group: Option<String>,
}

/// How far an instance is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It waits for its turn.
    Queued,
    /// It was started.
    Running,
    /// It calls a reusable workflow.
    Calling(Progress),
    /// It has ended.
    Ended(Conclusion),
}

impl Progress {
    /// A run of `workflow` before its first step.
    #[must_use]
    pub fn new(workflow: &Workflow) -> Self {
        Self {
            jobs: workflow.jobs.keys().map(|id| (id.clone(), JobProgress::default())).collect(),
            is_cancelled: false,
        }
    }

    /// How the run ended; `None` while anything is left to do.
    #[must_use]
    pub fn conclusion(&self) -> Option<Conclusion> {
        let results: Option<Vec<Conclusion>> = self.jobs.values().map(|job| job.result).collect();
        results.map(Conclusion::of_parts)
    }

    /// Records how a running job ended.
    pub fn complete(&mut self, path: &InstancePath, conclusion: Conclusion, outputs: &BTreeMap<String, String>) {
        let [hop, rest @ ..] = path.0.as_slice() else {
            return;
        };
        let Some(job) = self.jobs.get_mut(&hop.job) else {
            return;
        };
        let Some(instance) = job.instances.get_mut(hop.index) else {
            return;
        };
        match &mut instance.state {
            State::Calling(inner) => inner.complete(&InstancePath(rest.to_vec()), conclusion, outputs),
            state => {
                *state = State::Ended(conclusion);
                job.add_outputs(outputs);
            }
        }
    }

    /// After a restart: what was running has to be started again.
    pub fn requeue(&mut self) {
        for instance in self.jobs.values_mut().flat_map(|job| &mut job.instances) {
            match &mut instance.state {
                State::Running => instance.state = State::Queued,
                State::Calling(inner) => inner.requeue(),
                State::Queued | State::Ended(_) => {}
            }
        }
    }

    /// Stops the run: nothing new starts, except jobs that say `always()` or `cancelled()`.
    pub fn cancel(&mut self) {
        self.is_cancelled = true;
        for instance in self.jobs.values_mut().flat_map(|job| &mut job.instances) {
            if let State::Calling(inner) = &mut instance.state {
                inner.cancel();
            }
        }
    }
}

impl JobProgress {
    fn add_outputs(&mut self, outputs: &BTreeMap<String, String>) {
        for (name, value) in outputs {
            if !value.is_empty() || !self.outputs.contains_key(name) {
                self.outputs.insert(name.clone(), value.clone());
            }
        }
    }

    fn end_with_error(&mut self, error: String) {
        self.error = Some(error);
        self.result = Some(Conclusion::Failure);
    }
}
