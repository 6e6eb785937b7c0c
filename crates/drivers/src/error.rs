//! How an outside system may refuse.

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// It may work later: back off.
    Transient,
    /// Something else is in the way: plan again.
    Conflict,
    /// It cannot work as asked: wait until the spec changes.
    Invalid,
    /// The other side does not allow it: wait until somebody changes that.
    Denied,
    /// What was there is gone: plan again.
    Lost,
}

/// An outside system refused or failed. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DriverError {
    /// What to do about it.
    pub class: ErrorClass,
    /// CamelCase, for conditions.
    pub reason: &'static str,
    /// What was attempted, and what came of it.
    pub message: String,
    /// What to try.
    pub hint: Option<String>,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl DriverError {
    /// Without a hint or a cause.
    pub fn new(class: ErrorClass, reason: &'static str, message: impl Into<String>) -> Self {
        Self { class, reason, message: message.into(), hint: None, source: None }
    }

    /// With what to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With its cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}
