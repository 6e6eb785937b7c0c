//! The one thread that writes.
//!
//! It takes all batches that wait, writes them in one transaction, applies them in memory and hands them to the watches, and
//! only then answers. So an answered batch is durable and visible, and nothing that is not durable is ever visible.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::lock::FolderLock;
use super::plan::{Plan, Planner, Trail};
use super::rows::{insert_audit, insert_version, number_of};
use crate::draft::DraftBatch;
use crate::memory::Memory;
use crate::{Change, Committed, Result, Revision, StoreError};

/// So many batches share a transaction at most.
const GROUP_BATCHES: usize = 512;
/// A group takes no more batches once it holds so many bytes.
const GROUP_BYTES: usize = 8 * 1024 * 1024;
/// So many revisions are forgotten in one transaction; commits go between.
const COMPACTION_SLICE: u64 = 1000;

/// What the writer is asked for.
pub(super) enum Request {
    Commit { batch: DraftBatch, reply: oneshot::Sender<Result<Committed>> },
    Compact { revision: Revision, reply: oneshot::Sender<Result<()>> },
    Close { reply: oneshot::Sender<()> },
}

/// The door to the thread. Dropping it waits until everything accepted is written.
#[derive(Debug)]
pub(super) struct Writer {
    requests: Option<Sender<Request>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, lock: FolderLock, memory: Arc<Memory>, trail: Trail) -> Result<Self> {
        let (requests, inbox) = channel();
        let work = Work { connection, memory, trail, compactions: Vec::new() };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || {
                // However the thread ends, nobody waits for changes that cannot come.
                let _watches = EndWatches(Arc::clone(&work.memory));
                let closing = work.run(&inbox);
                // Only now may a successor start, and only then is the store closed.
                drop(lock);
                // Nobody may have waited for it.
                let _unheard = closing.map(|reply| reply.send(()));
            })
            .map_err(StoreError::while_doing("starting the writer thread"))?;
        Ok(Self { requests: Some(requests), thread: Mutex::new(Some(thread)) })
    }

    pub(super) fn send(&self, request: Request) -> Result<()> {
        self.requests.as_ref().and_then(|requests| requests.send(request).ok()).ok_or(StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread of the store had panicked");
        }
    }
}

/// A batch and whom to answer.
struct Waiting {
    batch: DraftBatch,
    reply: oneshot::Sender<Result<Committed>>,
}

/// A compaction under way.
struct Compaction {
    revision: Revision,
    reply: oneshot::Sender<Result<()>>,
}

/// Ends all watches when dropped.
struct EndWatches(Arc<Memory>);

impl Drop for EndWatches {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct Work {
    connection: Connection,
    memory: Arc<Memory>,
    trail: Trail,
    compactions: Vec<Compaction>,
}

impl Work {
    /// Works until it is told to close or nobody is left to ask; gives whom to tell when all is released.
    fn run(mut self, inbox: &Receiver<Request>) -> Option<oneshot::Sender<()>> {
        let closing = loop {
            match self.next(inbox) {
                Ok(Some(Request::Commit { batch, reply })) => {
                    let (group, other) = gather(Waiting { batch, reply }, inbox);
                    self.commit(group);
                    match other {
                        Some(Request::Close { reply }) => break Some(reply),
                        Some(Request::Compact { revision, reply }) => {
                            self.compactions.push(Compaction { revision, reply })
                        }
                        Some(Request::Commit { .. }) | None => {}
                    }
                }
                Ok(Some(Request::Compact { revision, reply })) => self.compactions.push(Compaction { revision, reply }),
                Ok(Some(Request::Close { reply })) => break Some(reply),
                Ok(None) => {}
                Err(RecvError) => break None,
            }
            // After every group, so that a store that is never idle forgets, too.
            if !self.compactions.is_empty() {
                self.compact_slice();
            }
        };
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(error = &error as &dyn std::error::Error, "database not closed properly");
        }
        closing
    }

    /// The next request; none where there is none now but a compaction to go on with.
    fn next(&self, inbox: &Receiver<Request>) -> std::result::Result<Option<Request>, RecvError> {
        if self.compactions.is_empty() {
            return inbox.recv().map(Some);
        }
        match inbox.try_recv() {
            Ok(request) => Ok(Some(request)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(RecvError),
        }
    }

    /// Commits a group. Where the database refuses it, each batch is tried by itself, so that only the one to blame fails.
    fn commit(&mut self, group: Vec<Waiting>) {
        let mut planner = Planner::new(&self.memory, self.trail.clone());
        let plans: Vec<Result<Plan>> = group.iter().map(|waiting| planner.plan(&waiting.batch)).collect();
        let trail = planner.into_trail();
        match self.write(&plans) {
            Ok(()) => {
                self.trail = trail;
                let changes: Vec<Arc<Change>> =
                    plans.iter().flatten().flat_map(|plan| plan.changes.iter().map(Arc::clone)).collect();
                self.memory.apply(&changes);
                for (waiting, plan) in group.into_iter().zip(plans) {
                    // Whoever asked may have stopped waiting.
                    let _unheard = waiting.reply.send(plan.map(|plan| plan.committed));
                }
            }
            Err(_) if group.len() > 1 => group.into_iter().for_each(|waiting| self.commit(vec![waiting])),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "batch not written");
                let mut error = Some(StoreError::while_doing("writing a batch")(error));
                for waiting in group {
                    let _unheard = error.take().map(|error| waiting.reply.send(Err(error)));
                }
            }
        }
    }

    fn write(&mut self, plans: &[Result<Plan>]) -> rusqlite::Result<()> {
        let plans = || plans.iter().flatten();
        if plans().all(|plan| plan.changes.is_empty() && plan.audit.is_empty()) {
            return Ok(());
        }
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for plan in plans() {
            plan.changes.iter().try_for_each(|change| insert_version(&tx, change))?;
            plan.audit.iter().try_for_each(|row| insert_audit(&tx, row))?;
        }
        tx.commit()
    }

    /// Forgets some more revisions, and answers those who asked for no more than that.
    fn compact_slice(&mut self) {
        let newest = self.memory.newest();
        let wanted =
            self.compactions.iter().map(|compaction| compaction.revision).max().unwrap_or_default().min(newest);
        let from = self.memory.read(|state| state.log.compacted());
        let to = wanted.min(Revision(from.0.saturating_add(COMPACTION_SLICE)));
        if to > from {
            // First here: nobody may start to read what is about to go.
            self.memory.compact(to);
            if let Err(error) = forget(&mut self.connection, from, to) {
                tracing::error!(error = &error as &dyn std::error::Error, "changes not forgotten");
                let mut error = Some(StoreError::while_doing("forgetting old changes")(error));
                for compaction in self.compactions.drain(..) {
                    let answer = Err(error.take().unwrap_or(StoreError::Closed));
                    let _unheard = compaction.reply.send(answer);
                }
                return;
            }
        }
        for compaction in self.compactions.extract_if(.., |compaction| compaction.revision.min(newest) <= to.max(from))
        {
            let _unheard = compaction.reply.send(Ok(()));
        }
    }
}

/// The first batch and those that wait behind it; what ended the row if it was something else.
fn gather(first: Waiting, inbox: &Receiver<Request>) -> (Vec<Waiting>, Option<Request>) {
    let mut bytes = first.batch.size();
    let mut group = vec![first];
    while group.len() < GROUP_BATCHES && bytes < GROUP_BYTES {
        match inbox.try_recv() {
            Ok(Request::Commit { batch, reply }) => {
                bytes += batch.size();
                group.push(Waiting { batch, reply });
            }
            Ok(other) => return (group, Some(other)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    (group, None)
}

/// Removes the versions that only changes up to `to` need: what those changes replaced, and deletions themselves.
fn forget(connection: &mut Connection, from: Revision, to: Revision) -> rusqlite::Result<()> {
    let range = (number_of(from), number_of(to));
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute("UPDATE meta SET value = ?1 WHERE name = 'compacted'", [range.1])?;
    tx.execute(
        "DELETE FROM versions WHERE revision IN \
         (SELECT before FROM versions WHERE revision > ?1 AND revision <= ?2 AND before IS NOT NULL)",
        range,
    )?;
    tx.execute("DELETE FROM versions WHERE revision > ?1 AND revision <= ?2 AND kind = 2", range)?;
    tx.commit()
}
