//! Failures of the three programs: what was attempted, and the kernel's answer.

use std::error::Error;
use std::io;

#[derive(Debug, thiserror::Error)]
#[error("{attempt}")]
pub(super) struct HoldError {
    attempt: String,
    #[source]
    source: Option<io::Error>,
}

impl HoldError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { attempt: what.into(), source: None }
    }

    /// The whole story in one line, for a reader in another process.
    pub(super) fn chain(&self) -> String {
        match self.source() {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }
}

/// Names the attempt that failed, in the words `… was not …`.
pub(super) trait Attempt<T> {
    fn attempt(self, what: impl FnOnce() -> String) -> Result<T, HoldError>;
}

impl<T, E: Into<io::Error>> Attempt<T> for Result<T, E> {
    fn attempt(self, what: impl FnOnce() -> String) -> Result<T, HoldError> {
        self.map_err(|error| HoldError { attempt: what(), source: Some(error.into()) })
    }
}
