//! The newest changes, held in memory: from here watches are continued and lists at a recent revision are made.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::{Change, Revision};

/// How much of the log is held. What was superseded lives on only here, which is why its bytes count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLimits {
    /// So many changes.
    pub(crate) changes: usize,
    /// So many bytes of superseded objects.
    pub(crate) bytes: usize,
}

/// The tail of the change log.
#[derive(Debug)]
pub(crate) struct Log {
    changes: VecDeque<Arc<Change>>,
    /// All changes after this are held.
    start: Revision,
    /// All changes up to this are forgotten, here and in the database.
    compacted: Revision,
    bytes: usize,
    limits: LogLimits,
}

impl Log {
    /// An empty log whose next change comes after `start`.
    pub(crate) fn new(start: Revision, compacted: Revision, limits: LogLimits) -> Self {
        Self { changes: VecDeque::new(), start, compacted, bytes: 0, limits }
    }

    /// Takes in the next change.
    pub(crate) fn push(&mut self, change: Arc<Change>) {
        self.bytes += weight(&change);
        self.changes.push_back(change);
        while self.changes.len() > self.limits.changes || self.bytes > self.limits.bytes {
            self.drop_first();
        }
    }

    /// The changes after a revision, oldest first; none where they do not reach back that far.
    pub(crate) fn after(&self, revision: Revision) -> Option<impl DoubleEndedIterator<Item = &Arc<Change>>> {
        if revision < self.start {
            return None;
        }
        let first = self.changes.partition_point(|change| change.revision() <= revision);
        Some(self.changes.range(first..))
    }

    /// All changes after this are held.
    pub(crate) fn start(&self) -> Revision {
        self.start
    }

    /// All changes up to this are forgotten.
    pub(crate) fn compacted(&self) -> Revision {
        self.compacted
    }

    /// Forgets the changes up to a revision.
    pub(crate) fn compact(&mut self, revision: Revision) {
        self.compacted = self.compacted.max(revision);
        while self.changes.front().is_some_and(|change| change.revision() <= revision) {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some(change) = self.changes.pop_front() {
            self.bytes -= weight(&change);
            self.start = change.revision();
        }
    }
}

fn weight(change: &Change) -> usize {
    change.before.as_ref().map_or(0, |before| before.json.len())
}
