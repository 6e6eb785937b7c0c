//! A work queue keyed by name: an item waits at most once, is worked on by at most one worker, and comes back later when it
//! failed. What client-go's rate-limited delaying queue does, in one small piece.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How pauses grow: from `first`, doubled with every failure, to `longest`, each shortened by up to a quarter at random.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The pause after the first failure.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), longest: Duration::from_secs(60) }
    }
}

impl Backoff {
    /// The pause after so many failures in a row (from 1).
    pub fn pause(&self, failures: u32) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(20)));
        let whole = doubled.min(self.longest);
        whole.mul_f64(rand::random_range(0.75..=1.0))
    }
}

/// The queue.
pub struct WorkQueue<T> {
    state: Mutex<State<T>>,
    changed: Notify,
    backoff: Backoff,
}

struct State<T> {
    ready: VecDeque<T>,
    waiting: HashSet<T>,
    working: HashSet<T>,
    again: HashSet<T>,
    later: BTreeMap<(Instant, u64), T>,
    due: HashMap<T, (Instant, u64)>,
    failures: HashMap<T, u32>,
    ticket: u64,
    closed: bool,
}

impl<T: Clone + Eq + Hash> WorkQueue<T> {
    /// An empty queue.
    pub fn new(backoff: Backoff) -> Self {
        let state = State {
            ready: VecDeque::new(),
            waiting: HashSet::new(),
            working: HashSet::new(),
            again: HashSet::new(),
            later: BTreeMap::new(),
            due: HashMap::new(),
            failures: HashMap::new(),
            ticket: 0,
            closed: false,
        };
        Self { state: Mutex::new(state), changed: Notify::new(), backoff }
    }

    /// Puts an item in, unless it waits already. One that is being worked on comes again afterwards.
    pub fn add(&self, item: T) {
        self.state.lock().add(item);
        self.changed.notify_one();
    }

    /// Puts an item in after a pause; the sooner of two wishes counts.
    pub fn add_after(&self, item: T, pause: Duration) {
        self.state.lock().add_at(item, Instant::now() + pause);
        self.changed.notify_one();
    }

    /// The next item, for one worker; give it back with [`Self::done`] or [`Self::failed`]. `None` once the queue is closed.
    pub async fn next(&self) -> Option<T> {
        loop {
            let notified = self.changed.notified();
            let until = {
                let mut state = self.state.lock();
                if state.closed {
                    return None;
                }
                state.promote(Instant::now());
                if let Some(item) = state.take() {
                    if !state.ready.is_empty() {
                        self.changed.notify_one();
                    }
                    return Some(item);
                }
                state.later.first_key_value().map(|((at, _), _)| *at)
            };
            match until {
                Some(at) => {
                    let _ = tokio::time::timeout_at(at, notified).await;
                }
                None => notified.await,
            }
        }
    }

    /// The work on an item ended well; it comes again after `again`, if given.
    pub fn done(&self, item: &T, again: Option<Duration>) {
        let mut state = self.state.lock();
        state.failures.remove(item);
        state.finish(item);
        if let Some(pause) = again {
            state.add_at(item.clone(), Instant::now() + pause);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// The work on an item failed; it comes again after a pause that grows.
    pub fn failed(&self, item: &T) {
        self.come_again(item, 1);
    }

    /// Somebody else was quicker; the item comes again after a tenth of the pause that a failure asks for.
    pub fn conflicted(&self, item: &T) {
        self.come_again(item, 10);
    }

    fn come_again(&self, item: &T, part: u32) {
        let mut state = self.state.lock();
        let failures = state.failures.entry(item.clone()).or_default();
        *failures = failures.saturating_add(1);
        let pause = self.backoff.pause(*failures) / part;
        state.finish(item);
        state.add_at(item.clone(), Instant::now() + pause);
        drop(state);
        self.changed.notify_one();
    }

    /// Ends the queue: workers that wait get `None`.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_waiters();
        self.changed.notify_one();
    }

    /// How many items wait, work and sleep.
    pub fn depth(&self) -> (usize, usize, usize) {
        let state = self.state.lock();
        (state.ready.len(), state.working.len(), state.later.len())
    }
}

impl<T: Clone + Eq + Hash> State<T> {
    fn add(&mut self, item: T) {
        if let Some(ticket) = self.due.remove(&item) {
            self.later.remove(&ticket);
        }
        if self.working.contains(&item) {
            self.again.insert(item);
        } else if self.waiting.insert(item.clone()) {
            self.ready.push_back(item);
        }
    }

    fn add_at(&mut self, item: T, at: Instant) {
        if self.waiting.contains(&item) || self.again.contains(&item) {
            return;
        }
        if let Some(ticket) = self.due.get(&item) {
            if ticket.0 <= at {
                return;
            }
            self.later.remove(ticket);
        }
        self.ticket += 1;
        self.due.insert(item.clone(), (at, self.ticket));
        self.later.insert((at, self.ticket), item);
    }

    fn promote(&mut self, now: Instant) {
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > now {
                return;
            }
            let item = entry.remove();
            self.due.remove(&item);
            self.add(item);
        }
    }

    fn take(&mut self) -> Option<T> {
        let item = self.ready.pop_front()?;
        self.waiting.remove(&item);
        self.working.insert(item.clone());
        Some(item)
    }

    fn finish(&mut self, item: &T) {
        self.working.remove(item);
        if self.again.remove(item) {
            self.add(item.clone());
        }
    }
}
