//! Idle connections to backends. Each worker thread has its own, so that nobody waits for a lock
//! and a connection stays with the thread that is told of its events. The invariant: a connection
//! in here is idle, and not for longer than `idle_time`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use crate::upstream::Upstream;

thread_local! {
    #[expect(clippy::vec_box, reason = "a connection is large and goes in and out with each request")]
    /// By the key of the backend; the one used last is taken first.
    static IDLE: RefCell<HashMap<u64, Vec<Box<Upstream>>>> = RefCell::default();
}

/// A connection that has not been idle for longer than `idle_time`.
pub(crate) fn take(key: u64, idle_time: Duration) -> Option<Box<Upstream>> {
    IDLE.with_borrow_mut(|idle| {
        let connections = idle.get_mut(&key)?;
        let newest = connections.pop()?;
        if newest.idle_since.elapsed() < idle_time {
            return Some(newest);
        }
        // The others are older.
        connections.clear();
        None
    })
}

/// Keeps a connection unless there are `max_idle` already.
pub(crate) fn give_back(upstream: Box<Upstream>, max_idle: usize) {
    // While a thread ends, its pool may be gone already.
    let _ = IDLE.try_with(|idle| {
        let mut idle = idle.borrow_mut();
        let connections = idle.entry(upstream.key).or_default();
        if connections.len() < max_idle {
            connections.push(upstream);
        }
    });
}

/// Closes all connections to a backend that broke one: it may have broken the others as well.
pub(crate) fn forget(key: u64) {
    let forgotten = IDLE.with_borrow_mut(|idle| idle.remove(&key));
    drop(forgotten);
}

/// Closes what was not used for `idle_time`.
pub(crate) fn sweep(idle_time: Duration) {
    IDLE.with_borrow_mut(|idle| {
        idle.retain(|_, connections| {
            connections.retain(|upstream| upstream.idle_since.elapsed() < idle_time);
            !connections.is_empty()
        });
    });
}
