//! Why the demo could not be loaded or removed.

use std::io;

use causeway_core::yaml::YamlError;

/// A failure, with what it was about.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A compiled-in document is not YAML.
    #[error("the demo's {file} could not be read")]
    Unreadable {
        /// Its name.
        file: &'static str,
        /// Why.
        #[source]
        source: YamlError,
    },
    /// A compiled-in document is YAML, but no object.
    #[error("the demo's {file} holds something that is no object at line {line}")]
    NoObject {
        /// Its name.
        file: &'static str,
        /// Where.
        line: usize,
    },
    /// An object was refused.
    #[error("the demo's {what} could not be created")]
    Create {
        /// Kind and name.
        what: String,
        /// Why.
        #[source]
        source: causeway_resources::Error,
    },
    /// The files of a service could not be put where releases find them.
    #[error("the files of the demo's service {service} could not be stored")]
    Artifact {
        /// Its name.
        service: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The run that tells of the loading could not be written.
    #[error("the run that tells how the demo was loaded could not be written")]
    Record(#[source] causeway_resources::Error),
    /// The log of that run could not be written.
    #[error("the log of how the demo was loaded could not be written")]
    Log(#[source] causeway_run::LogError),
    /// Something that is not of the demo stands on it.
    #[error("the demo was not removed: {}", .0.join("; "))]
    InUse(Vec<String>),
    /// The objects of a kind could not be found or deleted.
    #[error("the demo's {kind} could not be deleted")]
    Delete {
        /// `plural.group`.
        kind: String,
        /// Why.
        #[source]
        source: causeway_resources::Error,
    },
    /// Something was deleted but stays.
    #[error("{} of the demo still there {seconds} s after being deleted: {}", if .left.len() == 1 { "this is" } else { "these are" }, .left.join(", "))]
    Stuck {
        /// What is left.
        left: Vec<String>,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Files of a service stayed behind.
    #[error("the files {file} of the demo could not be removed")]
    Files {
        /// Where.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl DemoError {
    /// What to try.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::InUse(_) => Some("delete what is named, or deploy it elsewhere, then remove the demo again"),
            Self::Stuck { .. } => {
                Some("look at their conditions and events with `platform describe`, then remove the demo again")
            }
            Self::Artifact { .. } | Self::Files { .. } | Self::Log(_) => {
                Some("check the free space and the permissions of the data folder")
            }
            Self::Unreadable { .. }
            | Self::NoObject { .. }
            | Self::Create { .. }
            | Self::Record(_)
            | Self::Delete { .. } => None,
        }
    }
}
