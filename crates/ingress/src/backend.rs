//! A backend at run time: may it be asked, how much is it doing, when is it done. The invariant:
//! once [`Endpoint::drained`] returns, no request is on it and none will begin.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// What the table and running requests share about a backend.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Unique in this process, also among backends of the same id; names its connections.
    pub(crate) key: u64,
    pub(crate) address: SocketAddr,
    started: Instant,
    is_ready: AtomicBool,
    in_flight: AtomicUsize,
    /// Milliseconds after `started` until which it is avoided.
    avoided_until: AtomicU64,
    became_idle: Notify,
}

static KEYS: AtomicU64 = AtomicU64::new(0);

impl Endpoint {
    pub(crate) fn new(address: SocketAddr, is_ready: bool) -> Self {
        Self {
            key: KEYS.fetch_add(1, Ordering::Relaxed),
            address,
            started: Instant::now(),
            is_ready: AtomicBool::new(is_ready),
            in_flight: AtomicUsize::new(0),
            avoided_until: AtomicU64::new(0),
            became_idle: Notify::new(),
        }
    }

    pub(crate) fn set_ready(&self, is_ready: bool) {
        self.is_ready.store(is_ready, Ordering::SeqCst);
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::SeqCst)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Passes it over for a while, as long as there are others.
    pub(crate) fn avoid(&self, time: Duration) {
        let until = self.started.elapsed() + time;
        let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.avoided_until.store(until, Ordering::Relaxed);
    }

    fn is_avoided(&self) -> bool {
        let until = self.avoided_until.load(Ordering::Relaxed);
        until != 0 && self.started.elapsed().as_millis() < u128::from(until)
    }

    /// Begins a request, unless the backend is draining. The count goes up before the look, so
    /// that either this sees the draining or [`Endpoint::drained`] sees the request.
    fn begin(self: &Arc<Self>) -> Option<Flight> {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        let flight = Flight { endpoint: Arc::clone(self) };
        self.is_ready().then_some(flight)
    }

    /// Lets no further request begin and waits until those that run have ended.
    pub(crate) async fn drained(&self) {
        self.set_ready(false);
        loop {
            let idle = self.became_idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            if self.in_flight.load(Ordering::SeqCst) == 0 {
                return;
            }
            idle.await;
        }
    }
}

/// A request that is on a backend.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) endpoint: Arc<Endpoint>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.endpoint.in_flight.fetch_sub(1, Ordering::SeqCst) == 1 && !self.endpoint.is_ready() {
            self.endpoint.became_idle.notify_waiters();
        }
    }
}

/// Chooses among `endpoints`, beginning to look at `turn`: the one with the least to do of those
/// that are ready, not avoided and not in `tried`; one that is avoided only if there is no other.
pub(crate) fn choose(endpoints: &[Arc<Endpoint>], turn: usize, tried: &[u64]) -> Option<Flight> {
    let count = endpoints.len();
    loop {
        let mut best: Option<(&Arc<Endpoint>, (bool, usize))> = None;
        for step in 0..count {
            let endpoint = &endpoints[(turn.wrapping_add(step)) % count];
            if !endpoint.is_ready() || tried.contains(&endpoint.key) {
                continue;
            }
            let load = (endpoint.is_avoided(), endpoint.in_flight());
            if best.is_none_or(|(_, least)| load < least) {
                best = Some((endpoint, load));
            }
        }
        // Lost against a draining: look again.
        if let Some(flight) = best?.0.begin() {
            return Some(flight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<Arc<Endpoint>> {
        let address = "127.0.0.1:1".parse().unwrap();
        (0..3).map(|_| Arc::new(Endpoint::new(address, true))).collect()
    }

    #[test]
    fn the_least_busy_is_chosen_and_ties_take_turns() {
        let endpoints = three();
        let mut flights = Vec::new();
        let mut keys = Vec::new();
        for turn in 0..6 {
            let flight = choose(&endpoints, turn, &[]).unwrap();
            keys.push(flight.endpoint.key - endpoints[0].key);
            flights.push(flight);
        }
        assert_eq!(keys, [0, 1, 2, 0, 1, 2]);
        flights.remove(1);
        assert_eq!(choose(&endpoints, 0, &[]).unwrap().endpoint.key, endpoints[1].key);
    }

    #[test]
    fn draining_and_tried_ones_are_left_out_and_avoided_ones_come_last() {
        let endpoints = three();
        endpoints[0].set_ready(false);
        endpoints[1].avoid(Duration::from_secs(60));
        assert_eq!(choose(&endpoints, 0, &[]).unwrap().endpoint.key, endpoints[2].key);
        assert_eq!(choose(&endpoints, 0, &[endpoints[2].key]).unwrap().endpoint.key, endpoints[1].key);
        assert!(choose(&endpoints, 0, &[endpoints[1].key, endpoints[2].key]).is_none());
        assert!(choose(&[], 0, &[]).is_none());
    }

    #[tokio::test]
    async fn draining_waits_for_what_runs() {
        let endpoints = three();
        let flight = endpoints[0].begin().unwrap();
        let draining = tokio::spawn({
            let endpoint = Arc::clone(&endpoints[0]);
            async move { endpoint.drained().await }
        });
        while endpoints[0].is_ready() {
            tokio::task::yield_now().await;
        }
        assert!(endpoints[0].begin().is_none());
        assert!(!draining.is_finished());
        drop(flight);
        draining.await.unwrap();
    }
}
