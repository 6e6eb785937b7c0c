//! The store in one SQLite file, for one machine.
//!
//! The table `versions` is data and change log at once: every version of every object is one row, numbered by its revision,
//! and the newest row of a name is the object. A commit therefore appends rows and touches nothing else. One thread writes
//! (`writer`); all batches that wait are made durable by one transaction. Reads come from memory, and from read-only
//! connections (`readers`) for what memory no longer holds.

mod history;
mod load;
mod lock;
mod plan;
mod readers;
mod rows;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use causeway_core::{GroupResource, Key};
use tokio::sync::oneshot;

use crate::draft::DraftBatch;
use crate::memory::{Feed, LogLimits, Memory, View, read_page};
use crate::{AuditRow, Batch, Committed, Page, Query, Record, Result, Revision, Store, StoreError, Watch, WatchScope};
use history::DatabaseHistory;
use lock::FolderLock;
use readers::Readers;
use writer::{Request, Writer};

/// The database file within the data folder.
pub const DATABASE_FILE: &str = "causeway.db";

/// How much is held in memory beside the live objects.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A watch that has not taken this many changes when another comes is cut off.
    pub watch_queue: usize,
    /// So many of the newest changes are held in memory; older ones are read from the file.
    pub recent_changes: usize,
    /// So many bytes of superseded objects at most are held with them.
    pub recent_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { watch_queue: 16 * 1024, recent_changes: 32 * 1024, recent_bytes: 32 * 1024 * 1024 }
    }
}

/// See the module. Dropping it finishes what was accepted, as [`Store::close`] does.
#[derive(Debug)]
pub struct SqliteStore {
    memory: Arc<Memory>,
    readers: Arc<Readers>,
    writer: Writer,
    closed: AtomicBool,
}

impl SqliteStore {
    /// Opens the data in a folder, which is made where there is none, and reads all objects. Blocks while it does.
    ///
    /// Fails with [`StoreError::Held`] where another process has them open, and with [`StoreError::Newer`] where a newer
    /// version wrote them.
    pub fn open(folder: &Path, options: Options) -> Result<Self> {
        let lock = FolderLock::take(folder)?;
        let file = folder.join(DATABASE_FILE);
        let mut connection = schema::open(&file)?;
        let limits = LogLimits { changes: options.recent_changes, bytes: options.recent_bytes };
        let loaded = load::load(&mut connection, limits).map_err(StoreError::while_doing("reading all objects"))?;
        let memory = Arc::new(Memory::new(loaded.state, loaded.interner, options.watch_queue));
        let writer = Writer::start(connection, lock, Arc::clone(&memory), loaded.trail)?;
        Ok(Self { memory, readers: Arc::new(Readers::new(file)), writer, closed: AtomicBool::new(false) })
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(StoreError::Closed) } else { Ok(()) }
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<Result<T>>) -> Request) -> Result<T> {
        self.check_open()?;
        let (reply, answer) = oneshot::channel();
        self.writer.send(request(reply))?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// The objects of a kind at an older revision.
    async fn view_at(&self, resource: &GroupResource, revision: Revision) -> Result<View> {
        let (mut view, changes) = self.memory.read(|state| View::at(state, resource, revision));
        view.undo(changes.iter().rev());
        if view.revision > revision {
            let older = history::changes_between(&self.readers, resource.clone(), revision, view.revision).await?;
            view.undo(older.iter().rev());
            view.revision = revision;
        }
        // Also when all came from memory: what is forgotten must not depend on what happens to be held.
        self.memory.check(revision)?;
        Ok(view)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Readers) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.check_open()?;
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || work(&readers)).await.map_err(StoreError::while_doing(doing))?
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn revision(&self) -> Revision {
        self.memory.newest()
    }

    async fn at_least(&self, revision: Revision) -> Result<()> {
        self.check_open()?;
        let newest = self.memory.newest();
        if revision > newest { Err(StoreError::Future { asked: revision, newest }) } else { Ok(()) }
    }

    fn get(&self, key: &Key) -> Option<Arc<Record>> {
        self.memory.read(|state| state.index.get(key).map(Arc::clone))
    }

    async fn list(&self, query: &Query) -> Result<Page> {
        self.check_open()?;
        let wanted = query.after.as_ref().map(|cursor| cursor.revision).or(query.exactly);
        let view = match wanted {
            None => self.memory.read(|state| View::newest(state, &query.resource)),
            Some(revision) => {
                self.memory.check(revision)?;
                self.view_at(&query.resource, revision).await?
            }
        };
        Ok(read_page(&view, query))
    }

    fn by_uid(&self, uid: &str) -> Option<Arc<Record>> {
        self.memory.read(|state| state.index.by_uid(uid).map(Arc::clone))
    }

    fn owned_by(&self, uid: &str) -> Vec<Arc<Record>> {
        self.memory.read(|state| state.index.owned_by(uid).to_vec())
    }

    fn find_name(&self, resource: &GroupResource, namespace: &str, name: &str) -> Option<Key> {
        self.memory.read(|state| state.index.find_name(resource, namespace, name))
    }

    fn count(&self, resource: &GroupResource, namespace: &str) -> usize {
        self.memory.read(|state| state.index.count(resource, namespace))
    }

    fn resources_in(&self, namespace: &str) -> Vec<GroupResource> {
        self.memory.read(|state| state.index.resources_in(namespace))
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        self.check_open()?;
        let batch = DraftBatch::new(batch, &self.memory.interner)?;
        self.ask(|reply| Request::Commit { batch, reply }).await
    }

    fn watch(&self, scope: WatchScope, after: Option<Revision>) -> Result<Watch> {
        self.check_open()?;
        let history = Arc::new(DatabaseHistory::new(Arc::clone(&self.readers)));
        let feed = Feed::start(Arc::clone(&self.memory), history, scope, after)?;
        Ok(Watch { source: Box::new(feed) })
    }

    async fn compact(&self, revision: Revision) -> Result<()> {
        self.ask(|reply| Request::Compact { revision, reply }).await
    }

    fn compacted(&self) -> Revision {
        self.memory.read(|state| state.log.compacted())
    }

    async fn audit_rows(&self, after: u64, limit: usize) -> Result<Vec<AuditRow>> {
        let doing = "reading the audit trail";
        self.blocking(doing, move |readers| {
            readers.with(doing, |connection| rows::audit_after(connection, after, limit))
        })
        .await
    }

    async fn backup(&self, file: &Path) -> Result<()> {
        let file: PathBuf = file.to_owned();
        self.blocking("copying the database", move |readers| readers.copy_to(&file)).await
    }

    async fn close(&self) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        let (reply, done) = oneshot::channel();
        if self.writer.send(Request::Close { reply }).is_ok() {
            // The writer drops the other end without an answer only when it has ended by itself.
            let _ended = done.await;
        }
        self.readers.close();
    }
}
