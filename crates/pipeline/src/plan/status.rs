//! The status functions in the `if` of a job.

use std::collections::BTreeSet;

use super::{Conclusion, Progress};
use crate::expression::{ExpressionError, Functions, Value};
use crate::workflow::Workflow;

/// Answers for a job: `success()` if all jobs that it needs, directly or not, succeeded; `failure()` if one of them failed.
pub(super) struct JobStatus<'a> {
    progress: &'a Progress,
    ancestors: BTreeSet<&'a str>,
}

impl<'a> JobStatus<'a> {
    pub(super) fn new(workflow: &'a Workflow, progress: &'a Progress, id: &str) -> Self {
        let mut ancestors = BTreeSet::new();
        let mut open: Vec<&str> = needs(workflow, id);
        while let Some(need) = open.pop() {
            if ancestors.insert(need) {
                open.extend(needs(workflow, need));
            }
        }
        Self { progress, ancestors }
    }

    fn result(&self, id: &str) -> Option<Conclusion> {
        self.progress.jobs.get(id).and_then(|job| job.result)
    }

    pub(super) fn is_success(&self) -> bool {
        !self.progress.is_cancelled && self.ancestors.iter().all(|id| self.result(id) == Some(Conclusion::Success))
    }
}

fn needs<'a>(workflow: &'a Workflow, id: &str) -> Vec<&'a str> {
    workflow.jobs.get(id).map(|job| job.needs.iter().map(String::as_str).collect()).unwrap_or_default()
}

impl Functions for JobStatus<'_> {
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, ExpressionError>> {
        let named: Vec<_> = arguments.iter().map(Value::to_text).collect();
        let holds = match (name, named.as_slice()) {
            ("always", _) => true,
            ("cancelled", _) => self.progress.is_cancelled,
            ("success", []) => self.is_success(),
            ("success", ids) => ids.iter().all(|id| self.result(id) == Some(Conclusion::Success)),
            ("failure", []) => self.ancestors.iter().any(|id| self.result(id) == Some(Conclusion::Failure)),
            ("failure", ids) => ids.iter().any(|id| self.result(id) == Some(Conclusion::Failure)),
            _ => return None,
        };
        Some(Ok(Value::Boolean(holds)))
    }
}
