//! Why a read or write was refused. The status code of each is decided at the edge, in one place.

use causeway_core::schema::FieldError;
use causeway_store::StoreError;

/// A refusal or a failure, with what the caller needs to understand it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such kind is served.
    #[error("there is no kind {0}")]
    UnknownKind(String),
    /// No such object.
    #[error("{resource} \"{name}\" not found")]
    NotFound {
        /// `plural.group`.
        resource: String,
        /// Its name.
        name: String,
    },
    /// The name is taken.
    #[error("{resource} \"{name}\" already exists")]
    Exists {
        /// `plural.group`.
        resource: String,
        /// Its name.
        name: String,
    },
    /// The object is not as the writer last saw it.
    #[error("Operation cannot be fulfilled on {resource} \"{name}\": {message}")]
    Conflict {
        /// `plural.group`.
        resource: String,
        /// Its name.
        name: String,
        /// What is in the way.
        message: String,
    },
    /// The object breaks its schema or the rules of its kind.
    #[error("{kind} \"{name}\" is invalid: {}", list(.causes))]
    Invalid {
        /// Its group.
        group: String,
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// Every violation.
        causes: Vec<FieldError>,
    },
    /// The request makes no sense as it stands.
    #[error("{message}")]
    BadRequest {
        /// What is wrong.
        message: String,
        /// Every wrong field, where it is about fields.
        causes: Vec<FieldError>,
    },
    /// It may not be done, whoever asks, or not by this actor.
    #[error("{}", .0.message)]
    Refused(Box<Refused>),
    /// The change log no longer reaches back so far.
    #[error("{message}")]
    Expired {
        /// What was asked for.
        message: String,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

/// Why something may not be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// `plural.group` of what was asked for.
    pub resource: String,
    /// Its name.
    pub name: String,
    /// What was refused and why.
    pub message: String,
    /// What to try instead.
    pub hint: Option<String>,
    /// A machine-readable cause such as `NamespaceTerminating`.
    pub cause: Option<String>,
}

impl Error {
    /// A refusal with a reason.
    pub fn refused(resource: impl ToString, name: &str, message: impl Into<String>) -> Self {
        Self::Refused(Box::new(Refused {
            resource: resource.to_string(),
            name: name.to_owned(),
            message: message.into(),
            ..Refused::default()
        }))
    }

    /// A request that makes no sense.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::BadRequest { message: message.into(), causes: Vec::new() }
    }

    /// Whether the object was changed by somebody else in the meantime: read again and retry.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// Whether there is no such object.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the name is taken.
    pub fn is_exists(&self) -> bool {
        matches!(self, Self::Exists { .. })
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Exists(key) => Self::Exists { resource: key.resource.to_string(), name: key.name.to_string() },
            StoreError::Missing(key) => {
                Self::NotFound { resource: key.resource.to_string(), name: key.name.to_string() }
            }
            StoreError::Conflict { key, .. } => Self::Conflict {
                resource: key.resource.to_string(),
                name: key.name.to_string(),
                message: "the object has been modified; please apply your changes to the latest version and try again"
                    .into(),
            },
            StoreError::Compacted { .. } => Self::Expired { message: error.to_string() },
            other => Self::Store(other),
        }
    }
}

fn list(causes: &[FieldError]) -> String {
    match causes {
        [one] => one.to_string(),
        many => format!("[{}]", many.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}
