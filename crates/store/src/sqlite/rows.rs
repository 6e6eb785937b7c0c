//! Rows to records and back.
//!
//! Reading is lenient where a row was damaged: what cannot be read is shown as broken, never an error.

use std::sync::Arc;

use causeway_core::{GroupResource, Key};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction};

use crate::interner::Interner;
use crate::outline::{restamp, skim};
use crate::{AuditRow, Change, ChangeKind, Head, Record, Revision};

/// The columns that [`VersionRow::read`] wants, in its order.
pub(super) const VERSION_COLUMNS: &str = "v.revision, v.kind, v.resource, v.namespace, v.name, v.before, v.json";

/// One row of `versions`.
#[derive(Debug)]
pub(super) struct VersionRow {
    pub(super) kind: ChangeKind,
    pub(super) before: Option<Revision>,
    /// Of a deletion: without head and text.
    pub(super) record: Record,
}

impl VersionRow {
    /// From a row with [`VERSION_COLUMNS`].
    pub(super) fn read(row: &Row<'_>, interner: &mut Interner) -> rusqlite::Result<Self> {
        let resource = lossy(row.get_ref(2)?);
        let key = Key {
            resource: interner.intern_resource(&GroupResource::parse(&resource)),
            namespace: interner.intern(&lossy(row.get_ref(3)?)),
            name: lossy(row.get_ref(4)?).as_ref().into(),
        };
        let kind = match row.get_ref(1)? {
            ValueRef::Integer(0) => ChangeKind::Created,
            ValueRef::Integer(2) => ChangeKind::Deleted,
            _ => ChangeKind::Updated,
        };
        let (json, head) = match kind {
            ChangeKind::Deleted => (Arc::default(), Head::default()),
            ChangeKind::Created | ChangeKind::Updated => read_text(row.get_ref(6)?, interner),
        };
        let before = row.get::<_, Option<i64>>(5)?.map(revision_of);
        Ok(Self { kind, before, record: Record { key, revision: revision_of(row.get(0)?), head, json } })
    }

    /// The change that this row is, given the version that it replaces.
    pub(super) fn into_change(self, before: Option<Arc<Record>>) -> Change {
        let record = match (self.kind, &before) {
            (ChangeKind::Deleted, Some(before)) => tombstone(before, self.record.revision),
            (ChangeKind::Created | ChangeKind::Updated | ChangeKind::Deleted, _) => self.record,
        };
        Change { kind: self.kind, record: Arc::new(record), before }
    }
}

/// The last state of an object that was deleted at a revision.
pub(super) fn tombstone(last: &Record, revision: Revision) -> Record {
    Record { key: last.key.clone(), revision, head: last.head.clone(), json: restamp(&last.json, revision) }
}

/// Appends a change to the log.
pub(super) fn insert_version(tx: &Transaction<'_>, change: &Change) -> rusqlite::Result<()> {
    let record = &change.record;
    let kind = match change.kind {
        ChangeKind::Created => 0,
        ChangeKind::Updated => 1,
        ChangeKind::Deleted => 2,
    };
    let json = (change.kind != ChangeKind::Deleted).then_some(&*record.json);
    tx.prepare_cached("INSERT INTO versions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute((
        number_of(record.revision),
        kind,
        record.key.resource.to_string(),
        &*record.key.namespace,
        &*record.key.name,
        change.before.as_ref().map(|before| number_of(before.revision)),
        json,
    ))?;
    Ok(())
}

/// Appends a row to the audit trail.
pub(super) fn insert_audit(tx: &Transaction<'_>, row: &AuditRow) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute((
        row.sequence.cast_signed(),
        row.time,
        &row.actor,
        &row.verb,
        &row.target,
        &row.detail,
        &row.digest,
    ))?;
    Ok(())
}

/// Audit rows after a sequence number, oldest first.
pub(super) fn audit_after(connection: &Connection, after: u64, limit: usize) -> rusqlite::Result<Vec<AuditRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence, time, actor, verb, target, detail, digest FROM audit WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((i64::try_from(after).unwrap_or(i64::MAX), limit), |row| {
        Ok(AuditRow {
            sequence: row.get::<_, i64>(0)?.cast_unsigned(),
            time: row.get(1)?,
            actor: lossy(row.get_ref(2)?).into_owned(),
            verb: lossy(row.get_ref(3)?).into_owned(),
            target: lossy(row.get_ref(4)?).into_owned(),
            detail: lossy(row.get_ref(5)?).into_owned(),
            digest: lossy(row.get_ref(6)?).into_owned(),
        })
    })?;
    rows.collect()
}

/// The newest revision whose change is forgotten, as the file says.
pub(super) fn compacted(connection: &Connection) -> rusqlite::Result<Revision> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE name = 'compacted'")?
        .query_row((), |row| row.get(0))
        .map(revision_of)
}

/// SQLite's integers are signed; revisions never come near the limit.
pub(super) fn number_of(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

fn revision_of(number: i64) -> Revision {
    Revision(u64::try_from(number).unwrap_or(0))
}

fn read_text(value: ValueRef<'_>, interner: &mut Interner) -> (Arc<str>, Head) {
    match value.as_str() {
        Ok(text) => (text.into(), skim(text).into_head(interner)),
        Err(_) => (lossy(value).as_ref().into(), Head { broken: true, ..Head::default() }),
    }
}

fn lossy(value: ValueRef<'_>) -> std::borrow::Cow<'_, str> {
    value.as_bytes().map(String::from_utf8_lossy).unwrap_or_default()
}
