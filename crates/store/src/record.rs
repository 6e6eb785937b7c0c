//! An object as the store holds it.

use std::sync::Arc;

use causeway_core::{Key, Object};

/// The number of a commit; every write in a batch gets its own, rising.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What is looked at without parsing the object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The object's uid.
    pub uid: Arc<str>,
    /// Its labels.
    pub labels: Arc<[(Arc<str>, Arc<str>)]>,
    /// Uids of its owners.
    pub owners: Arc<[Arc<str>]>,
    /// Whether deletion was asked for.
    pub deleting: bool,
    /// Whether the stored text cannot be read; such a record is kept, shown as broken, and never stops a start.
    pub broken: bool,
}

/// A stored object at one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it is.
    pub key: Key,
    /// The revision of its last write; also `metadata.resourceVersion` within [`Self::json`].
    pub revision: Revision,
    /// What is looked at without parsing.
    pub head: Head,
    /// The whole object as JSON, as it is sent to clients.
    pub json: Arc<str>,
}

impl Record {
    /// The object, parsed. A broken record gives `None`.
    pub fn object(&self) -> Option<Object> {
        serde_json::from_str(&self.json).ok()
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.head.labels.iter().find(|(k, _)| &**k == key).map(|(_, v)| &**v)
    }
}
