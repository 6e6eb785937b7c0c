//! What running gives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::annotation::Annotation;
use crate::plan::Conclusion;

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobResult {
    /// How.
    pub conclusion: Conclusion,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Its steps, in order, with those that clean up at the end.
    pub steps: Vec<StepResult>,
    /// What its steps noted.
    pub annotations: Vec<Annotation>,
    /// The Markdown that its steps wrote as their summary.
    pub summary: String,
    /// The actions that were skipped because they do not run here.
    pub skipped_actions: Vec<String>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepResult {
    /// Its id.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// How, before `continue-on-error`.
    pub outcome: Conclusion,
    /// How, after `continue-on-error`.
    pub conclusion: Conclusion,
}
