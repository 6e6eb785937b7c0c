//! What can go wrong. Each variant says what was attempted; the cause is its source, and what to
//! try next is [`ForgeError::hint`].

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::name::{InvalidName, RepositoryName};

/// An operation on the Git host that was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeError {
    /// A name was refused before anything was done.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The repository is not there (any more).
    #[error("the repository {0} does not exist")]
    NoRepository(RepositoryName),
    /// A branch, tag or commit is not there.
    #[error("{repository} has no revision {revision:?}")]
    NoRevision {
        /// Where it was looked for.
        repository: RepositoryName,
        /// What was looked for.
        revision: String,
    },
    /// An initial commit was asked for, and the branch has another history.
    #[error("the branch {branch} of {repository} already has commits")]
    HasHistory {
        /// The repository.
        repository: RepositoryName,
        /// The branch.
        branch: String,
    },
    /// A path in a tree that cannot be written or read safely.
    #[error("the path {path:?} cannot be used: {reason}")]
    Path {
        /// The path as it was given.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// Something is larger than its limit.
    #[error("{what} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// What it is.
        what: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// `git` could not be started at all.
    #[error("`git {command}` could not be started")]
    Start {
        /// The subcommand.
        command: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// `git` ended with an error.
    #[error("`git {command}` failed: {message}")]
    Git {
        /// The subcommand.
        command: &'static str,
        /// The end of what it wrote to its standard error.
        message: String,
    },
    /// `git` answered in a form that was not expected.
    #[error("`git {command}` answered something unexpected: {what}")]
    Answer {
        /// The subcommand.
        command: &'static str,
        /// What was missing or odd.
        what: &'static str,
    },
    /// `git` did not end in time and was killed.
    #[error("`git {command}` did not end within {} s and was stopped", after.as_secs())]
    TimedOut {
        /// The subcommand.
        command: &'static str,
        /// The limit.
        after: Duration,
    },
    /// A file or folder could not be read or written.
    #[error("could not {what} {}", path.display())]
    Io {
        /// What was attempted, as a verb.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl ForgeError {
    /// What to try, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Start { .. } => Some("install git (Debian: apt install git) or set the path of its executable"),
            Self::TooLarge { .. } => Some("raise the limit in the configuration of the Git host"),
            Self::TimedOut { .. } => Some("the repository may be very large: try again, or raise the time limit"),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("the disk is full: free some space in the data folder")
            }
            Self::Name(_)
            | Self::NoRepository(_)
            | Self::NoRevision { .. }
            | Self::HasHistory { .. }
            | Self::Path { .. }
            | Self::Git { .. }
            | Self::Answer { .. }
            | Self::Io { .. } => None,
        }
    }

    /// Adapts an I/O error: `.map_err(ForgeError::io("create", &path))`.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}
