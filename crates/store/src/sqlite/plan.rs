//! What a group of batches will change, worked out before anything is written.
//!
//! Preconditions are checked here, against the index and against what the batches before will have done. A batch that is
//! refused leaves no trace, so it cannot spoil the others with which it shares a transaction.

use std::collections::HashMap;
use std::sync::Arc;

use causeway_core::Key;

use super::rows::tombstone;
use crate::draft::{DraftBatch, DraftWrite};
use crate::memory::Memory;
use crate::{AuditRow, Change, ChangeKind, Committed, Precondition, Record, Result, Revision, StoreError};

/// The end of the audit trail.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    pub(super) sequence: u64,
    pub(super) digest: String,
}

/// What a batch will do.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) changes: Vec<Arc<Change>>,
    pub(super) audit: Vec<AuditRow>,
    pub(super) committed: Committed,
}

/// Works out one batch after the other.
pub(super) struct Planner<'a> {
    memory: &'a Memory,
    newest: Revision,
    trail: Trail,
    /// What the objects will be after the batches so far; none stands for a deletion.
    pending: HashMap<Key, Option<Arc<Record>>>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(memory: &'a Memory, trail: Trail) -> Self {
        Self { memory, newest: memory.newest(), trail, pending: HashMap::new() }
    }

    /// Where the audit trail will end.
    pub(super) fn into_trail(self) -> Trail {
        self.trail
    }

    /// The plan of the next batch, or why it is refused.
    pub(super) fn plan(&mut self, batch: &DraftBatch) -> Result<Plan> {
        let mut revision = self.newest;
        let mut changes: Vec<Arc<Change>> = Vec::with_capacity(batch.writes.len());
        let mut records = Vec::with_capacity(batch.writes.len());
        let mut own: HashMap<&Key, Option<Arc<Record>>> = HashMap::new();
        for write in &batch.writes {
            let before = own.get(&write.key).cloned().unwrap_or_else(|| self.current(&write.key));
            check(write, before.as_deref())?;
            let change = change(write, before, Revision(revision.0 + 1));
            let after = change
                .as_ref()
                .filter(|change| change.kind != ChangeKind::Deleted)
                .map(|change| Arc::clone(&change.record));
            records.push(after.clone());
            own.insert(&write.key, after);
            if let Some(change) = change {
                revision = change.revision();
                changes.push(Arc::new(change));
            }
        }
        self.pending.extend(own.into_iter().map(|(key, record)| (key.clone(), record)));
        self.newest = revision;
        let audit = batch.audit.iter().map(|row| self.number(row)).collect();
        Ok(Plan { changes, audit, committed: Committed { revision, records } })
    }

    fn current(&self, key: &Key) -> Option<Arc<Record>> {
        match self.pending.get(key) {
            Some(pending) => pending.clone(),
            None => self.memory.read(|state| state.index.get(key).map(Arc::clone)),
        }
    }

    /// The row with its number and digest.
    fn number(&mut self, row: &AuditRow) -> AuditRow {
        let mut row = AuditRow { sequence: self.trail.sequence + 1, ..row.clone() };
        row.digest = row.digest_after(&self.trail.digest);
        self.trail = Trail { sequence: row.sequence, digest: row.digest.clone() };
        row
    }
}

fn check(write: &DraftWrite, before: Option<&Record>) -> Result<()> {
    match (&write.precondition, before) {
        (Precondition::Absent, Some(_)) => Err(StoreError::Exists(write.key.clone())),
        (Precondition::At(_) | Precondition::Present, None) => Err(StoreError::Missing(write.key.clone())),
        (Precondition::At(seen), Some(before)) if *seen != before.revision => {
            Err(StoreError::Conflict { key: write.key.clone(), found: before.revision })
        }
        (Precondition::At(_) | Precondition::Present | Precondition::Any, Some(_))
        | (Precondition::Absent | Precondition::Any, None) => Ok(()),
    }
}

/// The change that a write makes; none where what shall be gone is not there.
fn change(write: &DraftWrite, before: Option<Arc<Record>>, revision: Revision) -> Option<Change> {
    match (&write.draft, before) {
        (Some(draft), before) => {
            let kind = if before.is_some() { ChangeKind::Updated } else { ChangeKind::Created };
            // An object keeps the allocations of its key for life.
            let key = before.as_ref().map_or(&write.key, |before| &before.key);
            Some(Change { kind, record: Arc::new(draft.record(key, revision)), before })
        }
        (None, Some(before)) => {
            let record = Arc::new(tombstone(&before, revision));
            Some(Change { kind: ChangeKind::Deleted, record, before: Some(before) })
        }
        (None, None) => None,
    }
}
