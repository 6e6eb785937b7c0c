//! What a replica holds in memory: the index from which reads are served, the newest part of the change log, and the
//! watches to which changes are handed.
//!
//! Nothing in here knows a database; whoever commits calls [`Memory::apply`] in commit order.

mod feed;
mod hub;
mod index;
mod log;
mod names;
mod page;
mod shelf;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};

use crate::interner::Interner;
use crate::{Change, Result, Revision, StoreError, WatchScope};

pub(crate) use feed::{Feed, History};
use hub::{Hub, Mailbox};
pub(crate) use index::Index;
pub(crate) use log::{Log, LogLimits};
pub(crate) use page::{View, read_page};

/// Index and log, which change together.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) index: Index,
    pub(crate) log: Log,
}

/// All that is in memory.
#[derive(Debug)]
pub(crate) struct Memory {
    state: RwLock<State>,
    newest: AtomicU64,
    hub: Hub,
    queue: usize,
    /// Shared strings of records.
    pub(crate) interner: Mutex<Interner>,
}

impl Memory {
    /// From what was loaded; `queue` is how many changes a watch may be behind.
    pub(crate) fn new(state: State, interner: Interner, queue: usize) -> Self {
        let newest = state.index.revision();
        Self {
            newest: AtomicU64::new(newest.0),
            hub: Hub::new(newest),
            state: RwLock::new(state),
            queue,
            interner: Mutex::new(interner),
        }
    }

    /// The newest revision that reads see.
    pub(crate) fn newest(&self) -> Revision {
        Revision(self.newest.load(Ordering::Acquire))
    }

    /// Looks at index and log as of one moment. Must be short: commits wait.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read())
    }

    /// Makes durable changes visible, then hands them to the watches.
    pub(crate) fn apply(&self, changes: &[Arc<Change>]) {
        {
            let mut state = self.state.write();
            for change in changes {
                state.index.apply(change);
                state.log.push(Arc::clone(change));
            }
            self.newest.store(state.index.revision().0, Ordering::Release);
        }
        self.hub.publish(changes);
    }

    /// Refuses from now on what needs changes up to `revision`.
    pub(crate) fn compact(&self, revision: Revision) {
        self.state.write().log.compact(revision);
    }

    /// Fails unless `revision` can be read: neither forgotten nor in the future.
    pub(crate) fn check(&self, asked: Revision) -> Result<()> {
        self.read(|state| check(state, asked))
    }

    /// Ends all watches once they have delivered what they hold.
    pub(crate) fn close(&self) {
        self.hub.close();
    }

    /// Joins the log held in memory at `after`: the changes between that and now, and a mailbox for all later ones. None where
    /// memory does not reach back that far.
    fn join(&self, scope: &WatchScope, after: Revision) -> Result<Option<Joined>> {
        let state = self.state.read();
        check(&state, after)?;
        let Some(changes) = state.log.after(after) else {
            return Ok(None);
        };
        let backlog = changes.filter(|change| scope.covers(&change.record.key)).map(Arc::clone).collect();
        // Under the lock, so that no change can come between the backlog and the mailbox.
        let mailbox = self.hub.subscribe(scope, state.index.revision(), self.queue);
        Ok(Some(Joined { backlog, mailbox }))
    }

    /// A mailbox for all changes from now on.
    fn join_now(&self, scope: &WatchScope) -> Arc<Mailbox> {
        let state = self.state.read();
        self.hub.subscribe(scope, state.index.revision(), self.queue)
    }

    /// Ends one watch.
    fn leave(&self, mailbox: &Mailbox) {
        self.hub.unsubscribe(mailbox);
    }
}

/// See [`Memory::join`].
struct Joined {
    backlog: std::collections::VecDeque<Arc<Change>>,
    mailbox: Arc<Mailbox>,
}

fn check(state: &State, asked: Revision) -> Result<()> {
    let newest = state.index.revision();
    let compacted = state.log.compacted();
    if asked > newest {
        return Err(StoreError::Future { asked, newest });
    }
    if asked < compacted {
        return Err(StoreError::Compacted { asked, compacted });
    }
    Ok(())
}
