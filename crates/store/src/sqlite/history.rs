//! The change log as the file has it: for watches and lists that reach further back than memory.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::GroupResource;
use rusqlite::Connection;

use super::readers::Readers;
use super::rows::{VERSION_COLUMNS, VersionRow, compacted, number_of};
use crate::interner::Interner;
use crate::memory::History;
use crate::{Change, Record, Result, Revision, StoreError};

/// So many changes are read at once.
const SLICE: i64 = 1000;

/// For watches.
#[derive(Debug)]
pub(super) struct DatabaseHistory {
    readers: Arc<Readers>,
}

impl DatabaseHistory {
    pub(super) fn new(readers: Arc<Readers>) -> Self {
        Self { readers }
    }
}

#[async_trait]
impl History for DatabaseHistory {
    async fn changes_between(&self, after: Revision, up_to: Revision) -> Result<Vec<Arc<Change>>> {
        read(&self.readers, Range { after, up_to, resource: None, limit: SLICE }).await
    }
}

/// The changes of a kind after one revision and up to another, oldest first.
pub(super) async fn changes_between(
    readers: &Arc<Readers>,
    resource: GroupResource,
    after: Revision,
    up_to: Revision,
) -> Result<Vec<Arc<Change>>> {
    read(readers, Range { after, up_to, resource: Some(resource), limit: i64::MAX }).await
}

/// What to read of the log.
struct Range {
    after: Revision,
    up_to: Revision,
    resource: Option<GroupResource>,
    limit: i64,
}

async fn read(readers: &Arc<Readers>, range: Range) -> Result<Vec<Arc<Change>>> {
    let doing = "reading old changes";
    let readers = Arc::clone(readers);
    let asked = range.after;
    let work = move || readers.with(doing, |connection| Ok((compacted(connection)?, changes(connection, &range)?)));
    let (compacted, changes) = tokio::task::spawn_blocking(work).await.map_err(StoreError::while_doing(doing))??;
    if asked < compacted {
        return Err(StoreError::Compacted { asked, compacted });
    }
    Ok(changes)
}

fn changes(connection: &Connection, range: &Range) -> rusqlite::Result<Vec<Arc<Change>>> {
    let mut interner = Interner::default();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {VERSION_COLUMNS} FROM versions v \
         WHERE v.revision > ?1 AND v.revision <= ?2 AND (?3 IS NULL OR v.resource = ?3) ORDER BY v.revision LIMIT ?4"
    ))?;
    let resource = range.resource.as_ref().map(ToString::to_string);
    let mut rows =
        statement.query((number_of(range.after), number_of(range.up_to), resource.as_deref(), range.limit))?;
    let mut replaced = Replaced { connection, read: HashMap::new() };
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let version = VersionRow::read(row, &mut interner)?;
        let before = match version.before {
            Some(before) => replaced.find(before, &mut interner)?,
            None => None,
        };
        let change = Arc::new(version.into_change(before));
        replaced.read.insert(change.revision(), Arc::clone(&change.record));
        changes.push(change);
    }
    Ok(changes)
}

/// Versions that were replaced: often they have just been read themselves.
struct Replaced<'a> {
    connection: &'a Connection,
    read: HashMap<Revision, Arc<Record>>,
}

impl Replaced<'_> {
    fn find(&mut self, revision: Revision, interner: &mut Interner) -> rusqlite::Result<Option<Arc<Record>>> {
        if let Some(record) = self.read.remove(&revision) {
            return Ok(Some(record));
        }
        let sql = format!("SELECT {VERSION_COLUMNS} FROM versions v WHERE v.revision = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([number_of(revision)])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        Ok(Some(Arc::new(VersionRow::read(row, interner)?.record)))
    }
}
