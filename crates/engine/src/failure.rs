//! How a reconcile may fail.

/// Why a reconcile did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Somebody else changed the object meanwhile: tried again at once, without a word.
    #[error("the object changed meanwhile")]
    Conflict,
    /// It may well work later: tried again with growing pauses.
    #[error("{message}")]
    Transient {
        /// CamelCase, for the condition.
        reason: &'static str,
        /// One deterministic sentence, for people.
        message: String,
    },
    /// It cannot work until the object, or what it needs, changes.
    #[error("{message}")]
    Terminal {
        /// CamelCase, for the condition.
        reason: &'static str,
        /// One deterministic sentence, for people.
        message: String,
    },
}

impl Failure {
    /// Worth trying again later.
    pub fn transient(reason: &'static str, message: impl Into<String>) -> Self {
        Self::Transient { reason, message: message.into() }
    }

    /// Not worth trying again before something changes.
    pub fn terminal(reason: &'static str, message: impl Into<String>) -> Self {
        Self::Terminal { reason, message: message.into() }
    }

    /// Worth trying again later, with what is said of the error and its causes.
    pub fn from_error(reason: &'static str, error: &dyn std::error::Error) -> Self {
        Self::transient(reason, chain(error))
    }
}

/// An error with its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        said.push_str(": ");
        said.push_str(&cause.to_string());
        source = cause.source();
    }
    said
}

impl From<causeway_resources::Error> for Failure {
    fn from(error: causeway_resources::Error) -> Self {
        use causeway_resources::Error;
        match error {
            Error::Conflict { .. } => Self::Conflict,
            Error::Invalid { .. } | Error::BadRequest { .. } => Self::terminal("Invalid", error.to_string()),
            Error::Refused(_) | Error::UnknownKind(_) => Self::transient("Refused", error.to_string()),
            Error::NotFound { .. } => Self::transient("NotFound", error.to_string()),
            Error::Exists { .. } => Self::transient("Exists", error.to_string()),
            Error::Expired { .. } | Error::Store(_) => Self::transient("StoreFailed", chain(&error)),
        }
    }
}
