//! What a run knows from its beginning: the event, the repository, its numbers; and the contexts made of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::event::{Event, Subject};
use crate::expression::{Contexts, Value};

/// The facts of one run; they do not change while it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// What started it.
    pub event: Event,
    /// `owner/name`.
    pub repository: String,
    /// Who caused it.
    pub actor: String,
    /// The commit.
    pub sha: String,
    /// The branch that is released from.
    pub default_branch: String,
    /// Its id.
    pub run_id: String,
    /// Its number among the runs of its workflow.
    pub run_number: u64,
    /// How often it was tried, from 1.
    pub run_attempt: u64,
    /// The address of the server.
    pub server_url: String,
    /// The variables of the repository.
    pub vars: BTreeMap<String, String>,
}

/// Secrets by name. They are printed by nothing, and not stored with a run.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Secrets from pairs.
    #[must_use]
    pub fn new(secrets: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(secrets.into_iter().collect())
    }

    /// The values, to be masked in logs.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// The token of the run, if there is one.
    #[must_use]
    pub fn token(&self) -> &str {
        self.0.get("GITHUB_TOKEN").map_or("", String::as_str)
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::from_texts(&self.0)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&format_args!("{} names", self.0.len())).finish()
    }
}

/// The workflow that an expression stands in, by name and file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkflowName<'a> {
    pub(crate) name: &'a str,
    pub(crate) file: &'a str,
}

impl Facts {
    /// The contexts that stand everywhere: `github` and `vars`.
    pub(crate) fn contexts(&self, workflow: WorkflowName<'_>, secrets: &Secrets) -> Contexts {
        Contexts::default().with("github", &self.github(workflow, secrets)).with("vars", Value::from_texts(&self.vars))
    }

    /// The context `github`, without what only a job or a step knows.
    pub(crate) fn github(&self, workflow: WorkflowName<'_>, secrets: &Secrets) -> Json {
        let subject = &self.event.subject;
        let (head, base) = match subject {
            Subject::Pull { head, base, .. } => (head.as_str(), base.as_str()),
            Subject::Branch(_) | Subject::Tag(_) => ("", ""),
        };
        let (reference, owner) = (subject.reference(), self.owner());
        json!({
            "token": secrets.token(),
            "ref": reference,
            "sha": self.sha,
            "repository": self.repository,
            "repository_owner": owner,
            "repositoryUrl": format!("{}/{}.git", self.server_url, self.repository),
            "run_id": self.run_id,
            "run_number": self.run_number.to_string(),
            "run_attempt": self.run_attempt.to_string(),
            "retention_days": "90",
            "actor": self.actor,
            "triggering_actor": self.actor,
            "workflow": workflow.name,
            "workflow_ref": format!("{}/{}@{reference}", self.repository, workflow.file),
            "workflow_sha": self.sha,
            "head_ref": head,
            "base_ref": base,
            "event_name": self.event.name,
            "event": self.event.payload,
            "server_url": self.server_url,
            "api_url": format!("{}/api/v3", self.server_url),
            "graphql_url": format!("{}/api/graphql", self.server_url),
            "ref_name": subject.short_name(),
            "ref_protected": false,
            "ref_type": subject.kind(),
            "secret_source": "Actions",
        })
    }

    pub(crate) fn owner(&self) -> &str {
        self.repository.split('/').next().unwrap_or_default()
    }
}
