//! A run as `platform pipeline run -o json` tells it.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::plan::{Assignment, Conclusion, Hop, InstancePath, JobProgress, Progress, State};
use crate::runner::{JobResult, Sink, StepResult};

/// `{"triggered","conclusion","jobs":[…]}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunAnswer {
    /// Whether the event started anything.
    pub triggered: bool,
    /// How the run ended; `null` if nothing was started.
    pub conclusion: Option<Conclusion>,
    /// Its jobs, one entry for each combination of a matrix, in the order of the file.
    pub jobs: Vec<JobAnswer>,
}

/// One job, or one combination of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobAnswer {
    /// Its id in the file; `caller/id` within a reusable workflow.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its combination, or `null`.
    pub matrix: Option<Map<String, Json>>,
    /// How it ended.
    pub conclusion: Conclusion,
    /// Its steps.
    pub steps: Vec<StepAnswer>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepAnswer {
    /// Its name.
    pub name: String,
    /// How it ended, after `continue-on-error`.
    pub conclusion: Conclusion,
    /// What it said, line by line, masked.
    pub log: Vec<String>,
}

impl RunAnswer {
    /// The answer for an event that started nothing.
    #[must_use]
    pub const fn not_triggered() -> Self {
        Self { triggered: false, conclusion: None, jobs: Vec::new() }
    }

    /// The answer for several runs that one event started.
    #[must_use]
    pub fn of_runs(runs: Vec<(Conclusion, Vec<JobAnswer>)>) -> Self {
        let conclusion = Conclusion::of_parts(runs.iter().map(|(conclusion, _)| *conclusion));
        Self {
            triggered: true,
            conclusion: Some(conclusion),
            jobs: runs.into_iter().flat_map(|(_, jobs)| jobs).collect(),
        }
    }
}

/// Keeps what jobs say, for an answer.
#[derive(Debug, Default)]
pub struct Transcript {
    steps: Mutex<HashMap<InstancePath, Vec<StepAnswer>>>,
}

impl Transcript {
    /// The jobs of a run that has ended.
    #[must_use]
    pub fn jobs(&self, progress: &Progress) -> Vec<JobAnswer> {
        let mut jobs = Vec::new();
        self.collect(progress, &[], "", &mut jobs);
        jobs
    }

    fn collect(&self, progress: &Progress, path: &[Hop], prefix: &str, jobs: &mut Vec<JobAnswer>) {
        for (id, job) in &progress.jobs {
            let full_id = format!("{prefix}{id}");
            if job.instances.is_empty() {
                let conclusion = job.result.unwrap_or(Conclusion::Cancelled);
                jobs.push(JobAnswer {
                    id: full_id.clone(),
                    name: id.clone(),
                    matrix: None,
                    conclusion,
                    steps: explain(job),
                });
            }
            for (index, instance) in job.instances.iter().enumerate() {
                let mut here = path.to_vec();
                here.push(Hop { job: id.clone(), index });
                match (&instance.called, &instance.state) {
                    (Some(inner), _) | (None, State::Calling(inner)) => {
                        self.collect(inner, &here, &format!("{full_id}/"), jobs)
                    }
                    (None, state) => jobs.push(JobAnswer {
                        id: full_id.clone(),
                        name: instance.name.clone(),
                        matrix: instance
                            .matrix
                            .as_ref()
                            .map(|matrix| matrix.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
                        conclusion: if let State::Ended(conclusion) = state {
                            *conclusion
                        } else {
                            Conclusion::Cancelled
                        },
                        steps: self.steps.lock().get(&InstancePath(here)).cloned().unwrap_or_else(|| explain(job)),
                    }),
                }
            }
        }
    }
}

/// Why a job ended before its first step, as a step.
fn explain(job: &JobProgress) -> Vec<StepAnswer> {
    let step = |error: &String| StepAnswer {
        name: "Set up job".to_owned(),
        conclusion: Conclusion::Failure,
        log: vec![format!("Error: {error}")],
    };
    job.error.iter().map(step).collect()
}

impl Sink for Transcript {
    fn job_started(&self, job: &Assignment) {
        self.steps.lock().insert(job.path.clone(), Vec::new());
    }

    fn step_started(&self, job: &Assignment, _step: usize, name: &str) {
        let step = StepAnswer { name: name.to_owned(), conclusion: Conclusion::Cancelled, log: Vec::new() };
        self.steps.lock().entry(job.path.clone()).or_default().push(step);
    }

    fn line(&self, job: &Assignment, step: usize, line: &str) {
        if let Some(step) = self.steps.lock().get_mut(&job.path).and_then(|steps| steps.get_mut(step)) {
            step.log.push(line.to_owned());
        }
    }

    fn step_ended(&self, job: &Assignment, step: usize, result: &StepResult) {
        if let Some(step) = self.steps.lock().get_mut(&job.path).and_then(|steps| steps.get_mut(step)) {
            step.conclusion = result.conclusion;
        }
    }

    fn job_ended(&self, _job: &Assignment, _result: &JobResult) {}
}
