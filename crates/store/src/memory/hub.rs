//! Hands each change to every watch that covers it, once, in commit order.
//!
//! A watch has a mailbox of its own with a bounded queue, so that a slow reader is cut off instead of slowing the writer or
//! the others. All mailboxes share the same [`Change`].

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use causeway_core::GroupResource;
use parking_lot::Mutex;

use crate::{Change, Result, Revision, StoreError, WatchScope};

/// All mailboxes.
#[derive(Debug)]
pub(crate) struct Hub {
    mailboxes: Mutex<Mailboxes>,
    /// Changes up to this are in the mailboxes.
    published: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Mailboxes {
    /// By the kind that is watched; none stands for all kinds.
    by_resource: HashMap<Option<GroupResource>, HashMap<u64, Arc<Mailbox>>>,
    last_id: u64,
    closed: bool,
}

/// The queue of one watch.
#[derive(Debug)]
pub(crate) struct Mailbox {
    id: u64,
    scope: WatchScope,
    /// Only later changes are delivered.
    floor: Revision,
    capacity: usize,
    published: Arc<AtomicU64>,
    inbox: Mutex<Inbox>,
}

#[derive(Debug, Default)]
struct Inbox {
    queue: VecDeque<Arc<Change>>,
    /// The last change that the reader took: it may do so while the same changes are still handed to others.
    taken: Revision,
    waker: Option<Waker>,
    closed: bool,
    /// How many changes were lost when the queue ran over; nothing is delivered after that.
    overrun: Option<usize>,
}

impl Hub {
    /// Without mailboxes, at a revision.
    pub(crate) fn new(published: Revision) -> Self {
        Self { mailboxes: Mutex::default(), published: Arc::new(AtomicU64::new(published.0)) }
    }

    /// A mailbox for the changes after `floor`. Must be called while no change after `floor` can have been published.
    pub(crate) fn subscribe(&self, scope: &WatchScope, floor: Revision, capacity: usize) -> Arc<Mailbox> {
        let mut mailboxes = self.mailboxes.lock();
        mailboxes.last_id += 1;
        let mailbox = Arc::new(Mailbox {
            id: mailboxes.last_id,
            scope: scope.clone(),
            floor,
            capacity,
            published: Arc::clone(&self.published),
            inbox: Mutex::new(Inbox { closed: mailboxes.closed, ..Inbox::default() }),
        });
        let list = mailboxes.by_resource.entry(scope.resource.clone()).or_default();
        list.insert(mailbox.id, Arc::clone(&mailbox));
        mailbox
    }

    /// Takes a mailbox away.
    pub(crate) fn unsubscribe(&self, mailbox: &Mailbox) {
        let mut mailboxes = self.mailboxes.lock();
        if let Some(list) = mailboxes.by_resource.get_mut(&mailbox.scope.resource) {
            list.remove(&mailbox.id);
            if list.is_empty() {
                mailboxes.by_resource.remove(&mailbox.scope.resource);
            }
        }
    }

    /// Delivers changes, given in commit order.
    pub(crate) fn publish(&self, changes: &[Arc<Change>]) {
        let Some(last) = changes.last() else { return };
        let mut of_kind: HashMap<Option<&GroupResource>, Vec<&Arc<Change>>> = HashMap::new();
        of_kind.insert(None, changes.iter().collect());
        for change in changes {
            of_kind.entry(Some(&change.record.key.resource)).or_default().push(change);
        }
        {
            let mailboxes = self.mailboxes.lock();
            for (resource, list) in &mailboxes.by_resource {
                if let Some(changes) = of_kind.get(&resource.as_ref()) {
                    list.values().for_each(|mailbox| mailbox.deliver(changes));
                }
            }
        }
        self.published.store(last.revision().0, Ordering::Release);
    }

    /// Ends all watches, the later ones too, once their queues are empty.
    pub(crate) fn close(&self) {
        let mut mailboxes = self.mailboxes.lock();
        mailboxes.closed = true;
        for mailbox in mailboxes.by_resource.values().flat_map(HashMap::values) {
            let mut inbox = mailbox.inbox.lock();
            inbox.closed = true;
            inbox.wake();
        }
    }
}

impl Mailbox {
    fn deliver(&self, changes: &[&Arc<Change>]) {
        let mut inbox = self.inbox.lock();
        // A reader is slow when it has not taken what came earlier, not when much comes at once.
        let behind = inbox.queue.len();
        let mut delivered = false;
        for change in changes {
            if change.revision() <= self.floor || !self.scope.covers(&change.record.key) {
                continue;
            }
            delivered = true;
            if let Some(lost) = &mut inbox.overrun {
                *lost += 1;
            } else if behind >= self.capacity {
                inbox.overrun = Some(behind + 1);
                inbox.queue = VecDeque::new();
            } else {
                inbox.queue.push_back(Arc::clone(change));
            }
        }
        if delivered {
            inbox.wake();
        }
    }

    /// The next change; none when the store is closed. An error is final.
    pub(crate) fn poll_next(&self, ctx: &mut Context<'_>) -> Poll<Option<Result<Arc<Change>>>> {
        let mut inbox = self.inbox.lock();
        if let Some(behind) = inbox.overrun {
            return Poll::Ready(Some(Err(StoreError::TooSlow { behind })));
        }
        if let Some(change) = inbox.queue.pop_front() {
            inbox.taken = change.revision();
            return Poll::Ready(Some(Ok(change)));
        }
        if inbox.closed {
            return Poll::Ready(None);
        }
        match &mut inbox.waker {
            Some(waker) => waker.clone_from(ctx.waker()),
            None => inbox.waker = Some(ctx.waker().clone()),
        }
        Poll::Pending
    }

    /// Nothing up to this revision is to come any more.
    pub(crate) fn progress(&self) -> Revision {
        // Read first: what is published after this may be in the queue already, but not the other way round.
        let published = Revision(self.published.load(Ordering::Acquire));
        let inbox = self.inbox.lock();
        match inbox.queue.front() {
            Some(next) => Revision(next.revision().0 - 1),
            None => published.max(self.floor).max(inbox.taken),
        }
    }
}

impl Inbox {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use causeway_core::Key;
    use futures::FutureExt as _;

    use super::*;
    use crate::{ChangeKind, Head, Record};

    fn change(revision: u64) -> Arc<Change> {
        let key = Key::new(GroupResource::new("", "things"), "ns", "a");
        let record = Record { key, revision: Revision(revision), head: Head::default(), json: "{}".into() };
        Arc::new(Change { kind: ChangeKind::Created, record: Arc::new(record), before: None })
    }

    #[test]
    fn does_not_deliver_again_what_a_watch_found_in_the_log() {
        let hub = Hub::new(Revision(3));
        // A watch may join when changes 4 and 5 are in the log and not handed out yet.
        let mailbox = hub.subscribe(&WatchScope::default(), Revision(5), 10);
        assert_eq!(mailbox.progress(), Revision(5));
        hub.publish(&[change(4), change(5), change(6)]);
        let next = std::future::poll_fn(|ctx| mailbox.poll_next(ctx)).now_or_never();
        assert!(matches!(next, Some(Some(Ok(change))) if change.revision() == Revision(6)));
        assert!(std::future::poll_fn(|ctx| mailbox.poll_next(ctx)).now_or_never().is_none());
        hub.unsubscribe(&mailbox);
        hub.publish(&[change(7)]);
        assert!(std::future::poll_fn(|ctx| mailbox.poll_next(ctx)).now_or_never().is_none(), "nothing after the end");
    }
}
