//! The steps that see each other: those of a job, or those of one use of a composite action.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use crate::expression::{ExpressionError, Functions, Value};
use crate::plan::Conclusion;

/// What a step leaves for later steps of its frame.
#[derive(Debug, Clone)]
pub(super) struct StepRecord {
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) outcome: Conclusion,
    pub(super) conclusion: Conclusion,
}

/// The state of a list of steps.
#[derive(Debug)]
pub(super) struct Frame {
    /// The steps that have an id of their own, by it.
    pub(super) steps: IndexMap<String, StepRecord>,
    /// The context `inputs`.
    pub(super) inputs: Json,
    /// Success until a step fails or the job is stopped.
    pub(super) status: Conclusion,
    /// The environment of the step that uses this action; empty for a job.
    pub(super) env: BTreeMap<String, String>,
    /// Where the action lies, as its processes see it; `None` for a job.
    pub(super) action_path: Option<String>,
    /// How deep actions use each other.
    pub(super) depth: usize,
}

impl Frame {
    pub(super) fn of_job(inputs: Json) -> Self {
        Self {
            steps: IndexMap::new(),
            inputs,
            status: Conclusion::Success,
            env: BTreeMap::new(),
            action_path: None,
            depth: 0,
        }
    }

    /// The context `steps`.
    pub(super) fn steps_json(&self) -> Json {
        let describe = |step: &StepRecord| json!({"outputs": step.outputs, "outcome": step.outcome.as_str(), "conclusion": step.conclusion.as_str()});
        Json::Object(self.steps.iter().map(|(id, step)| (id.clone(), describe(step))).collect())
    }

    /// Takes a step's end into the status.
    pub(super) fn record(&mut self, conclusion: Conclusion) {
        if matches!(conclusion, Conclusion::Failure | Conclusion::Cancelled) && self.status == Conclusion::Success {
            self.status = conclusion;
        }
    }
}

/// The functions of steps.
pub(super) struct StepFunctions<'a> {
    pub(super) status: Conclusion,
    pub(super) hash: &'a (dyn Fn(&[String]) -> Result<String, String> + Sync),
}

impl Functions for StepFunctions<'_> {
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, ExpressionError>> {
        Some(Ok(match name {
            "always" => Value::Boolean(true),
            "success" => Value::Boolean(self.status == Conclusion::Success),
            "failure" => Value::Boolean(self.status == Conclusion::Failure),
            "cancelled" => Value::Boolean(self.status == Conclusion::Cancelled),
            "hashfiles" => {
                let patterns: Vec<String> = arguments.iter().map(|argument| argument.to_text().to_string()).collect();
                return Some((self.hash)(&patterns).map(Value::from).map_err(ExpressionError::evaluation));
            }
            _ => return None,
        }))
    }
}
