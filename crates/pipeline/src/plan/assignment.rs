//! A job that is to be started, with all that it is told from outside.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::InstancePath;
use crate::facts::Secrets;
use crate::matrix::Combination;

/// One job to start.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Which instance it is.
    pub path: InstancePath,
    /// The workflow file that it stands in.
    pub file: String,
    /// The id of its job in that file.
    pub job: String,
    /// Its name, for people.
    pub name: String,
    /// Its combination.
    pub matrix: Option<Combination>,
    /// The context `strategy`.
    pub strategy: Strategy,
    /// The context `needs`.
    pub needs: Json,
    /// The context `inputs`.
    pub inputs: Json,
    /// Whether its failure is no failure of the job.
    pub tolerates_failure: bool,
    /// Its secrets; they are not stored, but handed over again.
    #[serde(skip)]
    pub secrets: Secrets,
}

/// The place of an instance in its matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Strategy {
    /// Whether the first failure stops the others.
    pub fails_fast: bool,
    /// Which instance, from 0.
    pub job_index: usize,
    /// How many there are.
    pub job_total: usize,
    /// How many may run at the same time.
    pub max_parallel: usize,
}

impl Strategy {
    pub(crate) fn to_json(self) -> Json {
        json!({"fail-fast": self.fails_fast, "job-index": self.job_index, "job-total": self.job_total, "max-parallel": self.max_parallel})
    }
}
