//! Which contexts and functions an expression may name, by where it stands.
//!
//! Source: "Context availability" in GitHub's documentation of contexts, and its parser where the two differ.

use super::Place;
use crate::expression::Signature;

const fn function(name: &'static str, most: usize) -> Signature {
    Signature { name, least: 0, most }
}

const ANY_NUMBER: usize = usize::MAX;
const HASH_FILES: Signature = Signature { name: "hashFiles", least: 1, most: 255 };

const fn contexts(contexts: &'static [&'static str]) -> Place {
    Place { contexts, functions: &[] }
}

/// The run's name, workflow concurrency, defaults of inputs.
pub(super) const RUN: Place = contexts(&["github", "inputs", "vars"]);
/// The workflow's environment.
pub(super) const WORKFLOW_ENV: Place = contexts(&["github", "inputs", "vars", "secrets"]);
/// Outputs of a reusable workflow.
pub(super) const WORKFLOW_OUTPUT: Place = contexts(&["github", "inputs", "vars", "jobs"]);
/// A job before its matrix is known.
pub(super) const NEEDS: Place = contexts(&["github", "inputs", "vars", "needs"]);
/// A job of a matrix, before it has a machine.
pub(super) const STRATEGY: Place = contexts(&["github", "inputs", "vars", "needs", "strategy", "matrix"]);
/// A job of a matrix, with secrets.
pub(super) const JOB_ENV: Place = contexts(&["github", "inputs", "vars", "needs", "strategy", "matrix", "secrets"]);
/// Defaults of a job's `run` steps.
pub(super) const JOB_DEFAULTS: Place = contexts(&["github", "inputs", "vars", "strategy", "matrix", "needs", "env"]);
/// A job's outputs, and the environment of containers.
pub(super) const RUNNER: Place =
    contexts(&["github", "inputs", "vars", "needs", "strategy", "matrix", "secrets", "steps", "job", "runner", "env"]);
/// The address of an environment.
pub(super) const RUNNER_WITHOUT_SECRETS: Place =
    contexts(&["github", "inputs", "vars", "needs", "strategy", "matrix", "steps", "job", "runner", "env"]);
/// Credentials of a container registry.
pub(super) const CREDENTIALS: Place =
    contexts(&["github", "inputs", "vars", "needs", "strategy", "matrix", "secrets", "env"]);
/// A step.
pub(super) const STEP: Place = Place {
    contexts: &["github", "inputs", "vars", "needs", "strategy", "matrix", "secrets", "steps", "job", "runner", "env"],
    functions: &[HASH_FILES],
};
/// The `if` of a step.
pub(crate) const STEP_IF: Place = Place {
    contexts: &["github", "inputs", "vars", "needs", "strategy", "matrix", "steps", "job", "runner", "env"],
    functions: &[
        function("always", 0),
        function("failure", 0),
        function("cancelled", 0),
        function("success", 0),
        HASH_FILES,
    ],
};
/// The `if` of a job.
pub(crate) const JOB_IF: Place = Place {
    contexts: &["github", "inputs", "vars", "needs"],
    functions: &[
        function("always", 0),
        function("failure", ANY_NUMBER),
        function("cancelled", 0),
        function("success", ANY_NUMBER),
    ],
};
/// Defaults of an action's inputs.
pub(super) const ACTION_INPUT: Place =
    Place { contexts: &["github", "strategy", "matrix", "job", "runner"], functions: &[HASH_FILES] };
/// Outputs of an action.
pub(super) const ACTION_OUTPUT: Place =
    contexts(&["github", "inputs", "strategy", "matrix", "steps", "job", "runner", "env"]);
