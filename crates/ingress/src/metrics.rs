//! What is measured for every service: since the start for Prometheus, and over the last minutes
//! for people. The invariant: measuring a request is a handful of atomic additions.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::histogram::{BOUNDS, BUCKETS, Counts, Histogram, quantile};
use crate::route::ServiceLabels;

/// Seconds in one slot of the window.
const SLOT: u64 = 10;
/// Slots in the window: five minutes.
const SLOTS: usize = 30;

/// What was measured for a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSnapshot {
    /// The service.
    pub labels: ServiceLabels,
    /// Requests answered so far by the class of their status: index 0 is `1xx`, 4 is `5xx`.
    pub by_class: [u64; 5],
    /// Requests that the ingress answered itself because no backend did (part of `5xx`).
    pub unanswered: u64,
    /// Times that a request was sent again.
    pub retries: u64,
    /// Requests that run now.
    pub in_flight: i64,
    /// Durations so far: upper bounds in seconds with the number of requests up to them.
    pub buckets: Vec<(f64, u64)>,
    /// All durations together, in seconds.
    pub duration_sum: f64,
    /// How many durations there are; requests that switched to another protocol have none.
    pub duration_count: u64,
    /// The last minutes.
    pub window: WindowSnapshot,
}

/// The last minutes of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowSnapshot {
    /// How much time it covers, in seconds; less than five minutes after the start.
    pub seconds: f64,
    /// Requests in it.
    pub requests: u64,
    /// Requests for each second.
    pub rate: f64,
    /// The share answered with `5xx`, from 0 to 1.
    pub error_rate: f64,
    /// Half of the requests took no longer, in seconds; none without requests.
    pub p50: Option<f64>,
    /// 95 of 100 requests took no longer, in seconds.
    pub p95: Option<f64>,
}

/// The counters of a service.
#[derive(Debug)]
pub(crate) struct ServiceMetrics {
    started: Instant,
    born: Instant,
    by_class: [AtomicU64; 5],
    unanswered: AtomicU64,
    retries: AtomicU64,
    in_flight: AtomicI64,
    durations: Histogram,
    window: [Slot; SLOTS],
}

/// Ten seconds. `number` counts them from the start, so that a slot is known to be stale.
#[derive(Debug, Default)]
struct Slot {
    number: AtomicU64,
    errors: AtomicU64,
    requests: AtomicU64,
    durations: Histogram,
}

impl ServiceMetrics {
    pub(crate) fn new(started: Instant) -> Self {
        Self {
            started,
            born: Instant::now(),
            by_class: Default::default(),
            unanswered: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            in_flight: AtomicI64::new(0),
            durations: Histogram::default(),
            window: Default::default(),
        }
    }

    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_unanswered(&self) {
        self.unanswered.fetch_add(1, Ordering::Relaxed);
    }

    fn record(&self, status: StatusCode, duration: Option<Duration>, now: Instant) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        self.by_class[class].fetch_add(1, Ordering::Relaxed);
        let slot = self.slot(self.number(now));
        slot.requests.fetch_add(1, Ordering::Relaxed);
        if status.is_server_error() {
            slot.errors.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(duration) = duration {
            self.durations.record(duration);
            slot.durations.record(duration);
        }
    }

    /// Slots are numbered from one, so that zero is a slot that was never used.
    fn number(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.started).as_secs() / SLOT + 1
    }

    /// The slot of this number, emptied by whoever comes first. A request that another thread
    /// records in that instant may be lost for the window, never for the totals.
    fn slot(&self, number: u64) -> &Slot {
        let slot = &self.window[index(number)];
        let seen = slot.number.load(Ordering::Acquire);
        let exchange = |seen| slot.number.compare_exchange(seen, number, Ordering::AcqRel, Ordering::Relaxed);
        if seen < number && exchange(seen).is_ok() {
            slot.errors.store(0, Ordering::Relaxed);
            slot.requests.store(0, Ordering::Relaxed);
            slot.durations.clear();
        }
        slot
    }

    pub(crate) fn snapshot(&self, labels: ServiceLabels, now: Instant) -> ServiceSnapshot {
        let counts = self.durations.counts();
        let mut up_to = 0;
        let buckets = BOUNDS
            .iter()
            .zip(counts)
            .map(|(bound, count)| {
                up_to += count;
                (Duration::from_micros(*bound).as_secs_f64(), up_to)
            })
            .collect();
        ServiceSnapshot {
            labels,
            by_class: std::array::from_fn(|class| self.by_class[class].load(Ordering::Relaxed)),
            unanswered: self.unanswered.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            buckets,
            duration_sum: self.durations.sum().as_secs_f64(),
            duration_count: counts.iter().sum(),
            window: self.window(now),
        }
    }

    fn window(&self, now: Instant) -> WindowSnapshot {
        let newest = self.number(now);
        let oldest = newest.saturating_sub(SLOTS as u64 - 1).max(1);
        let mut counts: Counts = [0; BUCKETS];
        let (mut requests, mut errors) = (0, 0);
        for number in oldest..=newest {
            let slot = &self.window[index(number)];
            if slot.number.load(Ordering::Acquire) != number {
                continue;
            }
            requests += slot.requests.load(Ordering::Relaxed);
            errors += slot.errors.load(Ordering::Relaxed);
            for (sum, count) in counts.iter_mut().zip(slot.durations.counts()) {
                *sum += count;
            }
        }
        let begin = self.started + Duration::from_secs((oldest - 1) * SLOT);
        let seconds = now.saturating_duration_since(begin.max(self.born)).as_secs_f64().max(1.0);
        WindowSnapshot {
            seconds,
            requests,
            rate: share(requests, seconds),
            error_rate: if requests == 0 { 0.0 } else { share(errors, share(requests, 1.0)) },
            p50: quantile(&counts, 0.5).map(|p50| p50.as_secs_f64()),
            p95: quantile(&counts, 0.95).map(|p95| p95.as_secs_f64()),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "less than SLOTS")]
fn index(number: u64) -> usize {
    (number % SLOTS as u64) as usize
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(count: u64, of: f64) -> f64 {
    count as f64 / of
}

/// A request that runs. It is recorded when this is dropped.
#[derive(Debug)]
pub(crate) struct Measure {
    metrics: Arc<ServiceMetrics>,
    began: Instant,
    /// What the client was told; none if it was told nothing.
    pub(crate) status: Option<StatusCode>,
    /// False for what is open as long as somebody listens.
    pub(crate) is_timed: bool,
}

impl Measure {
    pub(crate) fn begin(metrics: Arc<ServiceMetrics>) -> Self {
        metrics.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { metrics, began: Instant::now(), status: None, is_timed: true }
    }

    pub(crate) fn metrics(&self) -> &ServiceMetrics {
        &self.metrics
    }
}

impl Drop for Measure {
    fn drop(&mut self) {
        self.metrics.in_flight.fetch_sub(1, Ordering::Relaxed);
        if let Some(status) = self.status {
            let now = Instant::now();
            let duration = self.is_timed.then(|| now - self.began);
            self.metrics.record(status, duration, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> ServiceLabels {
        ServiceLabels { namespace: "default".to_owned(), environment: "dev".to_owned(), service: "shop".to_owned() }
    }

    #[test]
    fn the_window_forgets_and_the_totals_do_not() {
        let started = Instant::now();
        let metrics = ServiceMetrics::new(started);
        let at = |seconds| started + Duration::from_secs(seconds);
        for second in 0..100 {
            metrics.record(StatusCode::OK, Some(Duration::from_millis(4)), at(second));
        }
        for _ in 0..25 {
            metrics.record(StatusCode::BAD_GATEWAY, Some(Duration::from_millis(40)), at(100));
        }
        let seen = metrics.snapshot(labels(), at(100));
        assert_eq!((seen.window.requests, seen.by_class), (125, [0, 100, 0, 0, 25]));
        assert!((seen.window.error_rate - 0.2).abs() < 1e-9);
        assert!((seen.window.rate - 1.25).abs() < 0.01, "{}", seen.window.rate);
        assert!((0.0025..=0.005).contains(&seen.window.p50.unwrap()));
        assert!((0.025..=0.05).contains(&seen.window.p95.unwrap()));

        let later = metrics.snapshot(labels(), at(350)).window;
        assert_eq!(later.requests, 40 + 25, "what is older than five minutes is gone");
        metrics.record(StatusCode::OK, None, at(1000));
        let much_later = metrics.snapshot(labels(), at(1000));
        assert_eq!((much_later.window.requests, much_later.window.p50), (1, None));
        assert_eq!(much_later.by_class, [0, 101, 0, 0, 25]);
        assert_eq!((much_later.duration_count, much_later.buckets[15].1), (125, 125));
    }

    #[test]
    fn a_request_is_in_flight_until_it_is_dropped() {
        let metrics = Arc::new(ServiceMetrics::new(Instant::now()));
        let mut measure = Measure::begin(Arc::clone(&metrics));
        assert_eq!(metrics.snapshot(labels(), Instant::now()).in_flight, 1);
        measure.status = Some(StatusCode::NOT_FOUND);
        drop(measure);
        drop(Measure::begin(Arc::clone(&metrics)));
        let seen = metrics.snapshot(labels(), Instant::now());
        assert_eq!((seen.in_flight, seen.by_class), (0, [0, 0, 0, 1, 0]));
    }
}
