//! Changes as they are committed.

use std::sync::Arc;

use causeway_core::GroupResource;

use crate::{Record, Result, Revision};

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It appeared.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Deleted,
}

/// One change. It is shared by all who watch, so that what is made of it can be, too.
#[derive(Clone, Debug)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The object as it is now; for a deletion its last state, with `resourceVersion` set to the revision of the deletion.
    pub record: Arc<Record>,
    /// The object as it was before; none where it was created.
    pub before: Option<Arc<Record>>,
}

impl Change {
    /// The revision of the change.
    pub fn revision(&self) -> Revision {
        self.record.revision
    }
}

/// What to watch.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct WatchScope {
    /// One kind, or all.
    pub resource: Option<GroupResource>,
    /// One namespace, or all.
    pub namespace: Option<Arc<str>>,
}

impl WatchScope {
    /// All objects of a kind.
    pub fn of(resource: GroupResource) -> Self {
        Self { resource: Some(resource), namespace: None }
    }

    /// Whether an object is within.
    pub fn covers(&self, key: &causeway_core::Key) -> bool {
        self.resource.as_ref().is_none_or(|r| *r == key.resource)
            && self.namespace.as_ref().is_none_or(|n| *n == key.namespace)
    }
}

/// A running watch. Dropping it ends it.
pub struct Watch {
    pub(crate) source: Box<dyn WatchSource>,
}

impl Watch {
    /// The next change. `None` when the store closed; an error when the watch was cut off.
    pub async fn next(&mut self) -> Option<Result<Arc<Change>>> {
        self.source.next().await
    }

    /// Up to this revision nothing more is to come: what a bookmark may say.
    pub fn progress(&self) -> Revision {
        self.source.progress()
    }
}

/// Where a watch gets its changes from; each implementation of the store has one.
#[async_trait::async_trait]
pub(crate) trait WatchSource: Send + Sync {
    /// See [`Watch::next`].
    async fn next(&mut self) -> Option<Result<Arc<Change>>>;
    /// See [`Watch::progress`].
    fn progress(&self) -> Revision;
}
