//! What is written.

use std::sync::Arc;

use causeway_core::{Key, Object};
use sha2::{Digest, Sha256};

use crate::{Record, Revision};

/// What must hold for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// There is no such object.
    Absent,
    /// It is at this revision.
    At(Revision),
    /// There is one, at whatever revision.
    Present,
    /// Nothing need hold.
    Any,
}

/// What is done to an object.
#[derive(Clone, Debug)]
pub enum WriteKind {
    /// The object as it shall be; `metadata.resourceVersion` is set by the store.
    Put(Object),
    /// It shall be gone.
    Delete,
}

/// One write.
#[derive(Clone, Debug)]
pub struct Write {
    /// Which object.
    pub key: Key,
    /// What must hold.
    pub precondition: Precondition,
    /// What is done.
    pub kind: WriteKind,
}

/// A line of the audit trail. The store numbers it and sets its digest, within the commit and in commit order.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AuditRow {
    /// Given by the store, rising by one.
    pub sequence: u64,
    /// Milliseconds since the epoch.
    pub time: i64,
    /// Who did it.
    pub actor: String,
    /// What was done: `create`, `update`, `delete`, `read-secret`, …
    pub verb: String,
    /// To what, as `plural.group/namespace/name`.
    pub target: String,
    /// Further facts as JSON; never secret values.
    pub detail: String,
    /// Digest over this row and the one before, in hex: see [`Self::digest_after`].
    pub digest: String,
}

impl AuditRow {
    /// The digest that this row must carry when it follows a row with the digest `previous` (empty for the first):
    /// SHA-256, in lower-case hex, over `previous`, a line feed, and the JSON array
    /// `[sequence, time, actor, verb, target, detail]` without spaces. JSON keeps the fields apart, so no two rows
    /// digest the same bytes, and anybody can check an exported trail with standard tools.
    pub fn digest_after(&self, previous: &str) -> String {
        let fields = serde_json::json!([self.sequence, self.time, self.actor, self.verb, self.target, self.detail]);
        hex::encode(Sha256::new().chain_update(previous).chain_update("\n").chain_update(fields.to_string()).finalize())
    }
}

/// Writes that belong together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// In order; a later one sees the earlier ones' effects. Two writes of one key are allowed.
    pub writes: Vec<Write>,
    /// Written in the same transaction.
    pub audit: Vec<AuditRow>,
}

/// A batch that is durable.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The revision of the last write, or the newest one where the batch held audit rows alone.
    pub revision: Revision,
    /// For each write the object as it is stored now; none for a deletion.
    pub records: Vec<Option<Arc<Record>>>,
}
