//! The last step of every write: one batch with its audit row.

use std::sync::Arc;

use causeway_core::{Object, Timestamp};
use causeway_store::{AuditRow, Batch, Precondition, Record, Revision, Write, WriteKind};

use crate::{Actor, Entry, Resources, Result};

/// What a write left behind.
#[derive(Debug)]
pub struct Written {
    /// The object as it is now (as it would be, on a dry run); its last state where it is gone.
    pub object: Object,
    /// As it is stored; none on a dry run and where it is gone.
    pub record: Option<Arc<Record>>,
    /// Whether it was created by this write.
    pub created: bool,
    /// Whether it is gone.
    pub gone: bool,
    /// What the caller should know.
    pub warnings: Vec<String>,
}

/// Kinds whose writes are traffic rather than decisions.
const UNAUDITED: &[&str] = &["events", "leases"];

pub(crate) struct Change<'a> {
    pub(crate) actor: &'a Actor,
    pub(crate) verb: &'static str,
    pub(crate) entry: &'a Entry,
    pub(crate) object: Object,
    pub(crate) precondition: Precondition,
    pub(crate) audited: bool,
}

impl Resources {
    pub(crate) async fn put(&self, change: Change<'_>, warnings: Vec<String>) -> Result<Written> {
        let key = change.object.key(&change.entry.definition.resource());
        let created = change.precondition == Precondition::Absent;
        let audit = change.audit(&key.to_string());
        let write = Write { key, precondition: change.precondition, kind: WriteKind::Put(change.object) };
        let committed = self.store.commit(Batch { writes: vec![write], audit }).await?;
        let record = committed.records.into_iter().next().flatten();
        let object = record.as_ref().and_then(|r| r.object()).unwrap_or_default();
        Ok(Written { object, record, created, gone: false, warnings })
    }

    pub(crate) async fn remove(&self, mut change: Change<'_>, warnings: Vec<String>) -> Result<Written> {
        let key = change.object.key(&change.entry.definition.resource());
        let audit = change.audit(&key.to_string());
        let write = Write { key, precondition: change.precondition, kind: WriteKind::Delete };
        let committed = self.store.commit(Batch { writes: vec![write], audit }).await?;
        change.object.set(&["metadata", "resourceVersion"], committed.revision.to_string());
        Ok(Written { object: change.object, record: None, created: false, gone: true, warnings })
    }
}

impl Change<'_> {
    fn audit(&self, target: &str) -> Vec<AuditRow> {
        let definition = &self.entry.definition;
        if !self.audited || UNAUDITED.contains(&definition.plural.as_str()) {
            return Vec::new();
        }
        vec![AuditRow {
            time: Timestamp::now().as_second() * 1000,
            actor: self.actor.user.clone(),
            verb: self.verb.to_owned(),
            target: target.to_owned(),
            ..AuditRow::default()
        }]
    }
}

/// The revision that an object says it is at.
pub(crate) fn revision_of(object: &Object) -> Option<Revision> {
    object.resource_version().parse().ok().map(Revision)
}
