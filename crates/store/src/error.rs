//! What can go wrong.

use causeway_core::Key;

use crate::Revision;

/// A refusal or a failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A create found the key taken.
    #[error("{0} already exists")]
    Exists(Key),
    /// An update or delete found nothing.
    #[error("{0} does not exist")]
    Missing(Key),
    /// The object is not as the writer last saw it.
    #[error("{key} was changed by somebody else: it is at revision {found}")]
    Conflict {
        /// Which object.
        key: Key,
        /// Its revision now.
        found: Revision,
    },
    /// The revision asked for is no longer in the log.
    #[error("revision {asked} is too old: changes up to {compacted} are forgotten")]
    Compacted {
        /// What was asked for.
        asked: Revision,
        /// What is forgotten.
        compacted: Revision,
    },
    /// The revision asked for does not exist yet.
    #[error("revision {asked} is in the future: the newest is {newest}")]
    Future {
        /// What was asked for.
        asked: Revision,
        /// The newest.
        newest: Revision,
    },
    /// A watch did not read fast enough and was cut off.
    #[error("the watch was cut off: it was {behind} changes behind")]
    TooSlow {
        /// How far it was behind.
        behind: usize,
    },
    /// Somebody else holds the data.
    #[error("{folder} is in use by process {pid}")]
    Held {
        /// The data folder.
        folder: String,
        /// Who holds it.
        pid: u32,
    },
    /// The data were written by a newer version.
    #[error("{file} has format {found}, written by a newer version; this one reads formats up to {known}")]
    Newer {
        /// The database file.
        file: String,
        /// Its format.
        found: u32,
        /// The newest format that is understood.
        known: u32,
    },
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
    /// The database failed.
    #[error("the database failed while {doing}")]
    Database {
        /// What was attempted.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// What a failure beneath becomes, for `map_err`: names what was attempted and keeps the cause.
    pub(crate) fn while_doing<E>(doing: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Database { doing, source: source.into() }
    }
}
