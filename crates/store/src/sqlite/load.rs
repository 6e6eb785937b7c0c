//! The start: one pass over the log in the order of commits gives the live objects and the newest changes.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};

use super::plan::Trail;
use super::rows::{VERSION_COLUMNS, VersionRow, compacted};
use crate::interner::Interner;
use crate::memory::{Index, Log, LogLimits, State};
use crate::{ChangeKind, Record, Revision};

/// All that a start reads.
pub(super) struct Loaded {
    pub(super) state: State,
    pub(super) interner: Interner,
    pub(super) trail: Trail,
}

/// Reads everything.
pub(super) fn load(connection: &mut Connection, limits: LogLimits) -> rusqlite::Result<Loaded> {
    let tx = connection.transaction()?;
    let compacted = compacted(&tx)?;
    let mut interner = Interner::default();
    let mut live: HashMap<Revision, Arc<Record>> = HashMap::new();
    let mut log = Log::new(compacted, compacted, limits);
    let mut newest = compacted;
    let mut statement = tx.prepare(&format!("SELECT {VERSION_COLUMNS} FROM versions v ORDER BY v.revision"))?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let version = VersionRow::read(row, &mut interner)?;
        let before = version.before.and_then(|before| live.remove(&before));
        newest = newest.max(version.record.revision);
        let change = Arc::new(version.into_change(before));
        if change.record.head.broken && change.kind != ChangeKind::Deleted {
            tracing::error!(object = %change.record.key, revision = %change.record.revision, "stored object cannot be read");
        }
        if change.kind != ChangeKind::Deleted {
            live.insert(change.revision(), Arc::clone(&change.record));
        }
        if change.revision() > compacted {
            log.push(change);
        }
    }
    drop(rows);
    drop(statement);
    let trail = read_trail(&tx)?;
    let index = Index::from_records(live.into_values().collect(), newest);
    Ok(Loaded { state: State { index, log }, interner, trail })
}

fn read_trail(connection: &Connection) -> rusqlite::Result<Trail> {
    let last = connection
        .query_row("SELECT sequence, digest FROM audit ORDER BY sequence DESC LIMIT 1", (), |row| {
            Ok(Trail { sequence: row.get::<_, i64>(0)?.cast_unsigned(), digest: row.get(1)? })
        })
        .optional()?;
    Ok(last.unwrap_or_default())
}
