//! Durable resources: one global revision, an append-only log of changes, and an index in memory from which all reads are served.
//!
//! [`Store`] is what the rest of the platform sees; it says nothing of the database beneath. What every implementation keeps:
//! a commit is durable when it is answered; it is whole or not at all, audit rows included; revisions rise in commit order;
//! a read that asks for a revision is at least as new; a watch delivers every change after its start, once, in order, also
//! those made through another handle on the same data.
#![warn(missing_docs)]

pub mod conformance;
mod draft;
mod error;
mod interner;
mod memory;
mod outline;
mod query;
mod record;
mod retention;
pub mod sqlite;
mod watch;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::Key;

pub use error::StoreError;
pub use query::{Cursor, Page, Query};
pub use record::{Head, Record, Revision};
pub use retention::forget_older_than;
pub use watch::{Change, ChangeKind, Watch, WatchScope};
pub use write::{AuditRow, Batch, Committed, Precondition, Write, WriteKind};

/// Result of everything here.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Durable, watchable, indexed resources.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The newest revision that reads may see.
    fn revision(&self) -> Revision;

    /// Waits until reads are at least as new as `revision`. On one machine they always are.
    async fn at_least(&self, revision: Revision) -> Result<()>;

    /// One object, from the index.
    fn get(&self, key: &Key) -> Option<Arc<Record>>;

    /// Objects of a query in order of namespace and name, consistent at one revision. A page that continues an earlier one is
    /// read at that one's revision, or fails with [`StoreError::Compacted`].
    async fn list(&self, query: &Query) -> Result<Page>;

    /// The object with this uid, whatever its kind.
    fn by_uid(&self, uid: &str) -> Option<Arc<Record>>;

    /// Objects owned by the object with this uid, whatever their kind.
    fn owned_by(&self, uid: &str) -> Vec<Arc<Record>>;

    /// The key of an object whose name is `name` but for case, where a kind compares names so.
    fn find_name(&self, resource: &causeway_core::GroupResource, namespace: &str, name: &str) -> Option<Key>;

    /// How many objects of a kind there are, in a namespace or (where empty) in all.
    fn count(&self, resource: &causeway_core::GroupResource, namespace: &str) -> usize;

    /// Kinds of which there is at least one object in a namespace.
    fn resources_in(&self, namespace: &str) -> Vec<causeway_core::GroupResource>;

    /// Writes a batch: all of it, durably, or nothing.
    async fn commit(&self, batch: Batch) -> Result<Committed>;

    /// Changes of a scope after `after`, or from now on.
    fn watch(&self, scope: WatchScope, after: Option<Revision>) -> Result<Watch>;

    /// Forgets changes at or before `revision`; watches and pages that need them are refused from then on.
    async fn compact(&self, revision: Revision) -> Result<()>;

    /// The newest revision whose change is forgotten.
    fn compacted(&self) -> Revision;

    /// Audit rows after a sequence number, oldest first, at most `limit`.
    async fn audit_rows(&self, after: u64, limit: usize) -> Result<Vec<AuditRow>>;

    /// A consistent copy of everything, written to a new file.
    async fn backup(&self, file: &std::path::Path) -> Result<()>;

    /// Finishes what was accepted and closes; later calls fail with [`StoreError::Closed`].
    async fn close(&self);
}
