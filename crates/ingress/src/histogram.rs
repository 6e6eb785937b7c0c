//! A histogram of durations that many threads write at once. The invariant: recording never
//! waits and never allocates.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets in microseconds; the last bucket has none.
pub(crate) const BOUNDS: [u64; 16] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000, 30_000_000,
];
pub(crate) const BUCKETS: usize = BOUNDS.len() + 1;

/// Counts of one histogram, not cumulated.
pub(crate) type Counts = [u64; BUCKETS];

#[derive(Debug, Default)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
}

impl Histogram {
    pub(crate) fn record(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.buckets[bucket(micros)].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> Counts {
        std::array::from_fn(|index| self.buckets[index].load(Ordering::Relaxed))
    }

    /// The sum of all durations.
    pub(crate) fn sum(&self) -> Duration {
        Duration::from_micros(self.sum.load(Ordering::Relaxed))
    }

    pub(crate) fn clear(&self) {
        for bucket in &self.buckets {
            bucket.store(0, Ordering::Relaxed);
        }
        self.sum.store(0, Ordering::Relaxed);
    }
}

fn bucket(micros: u64) -> usize {
    BOUNDS.partition_point(|bound| *bound < micros)
}

/// The duration below which the share `q` of `counts` lies, linear inside a bucket as
/// `histogram_quantile` of Prometheus has it; none without any.
pub(crate) fn quantile(counts: &Counts, q: f64) -> Option<Duration> {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return None;
    }
    let rank = q * as_f64(total);
    let mut below = 0;
    for (index, count) in counts.iter().enumerate() {
        if *count > 0 && as_f64(below + count) >= rank {
            let lower = if index == 0 { 0 } else { BOUNDS[index - 1] };
            let upper = BOUNDS.get(index).copied().unwrap_or(lower);
            let share = ((rank - as_f64(below)) / as_f64(*count)).clamp(0.0, 1.0);
            let micros = as_f64(lower) + share * as_f64(upper - lower);
            return Some(Duration::from_secs_f64(micros / 1e6));
        }
        below += count;
    }
    None
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_their_bucket() {
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(250), 0);
        assert_eq!(bucket(251), 1);
        assert_eq!(bucket(30_000_000), 15);
        assert_eq!(bucket(30_000_001), 16);
    }

    #[test]
    fn quantiles_lie_in_the_right_bucket() {
        let histogram = Histogram::default();
        assert_eq!(quantile(&histogram.counts(), 0.5), None);
        for _ in 0..90 {
            histogram.record(Duration::from_micros(800));
        }
        for _ in 0..10 {
            histogram.record(Duration::from_millis(80));
        }
        let counts = histogram.counts();
        let p50 = quantile(&counts, 0.5).unwrap();
        assert!((500..=1000).contains(&p50.as_micros()), "{p50:?}");
        let p95 = quantile(&counts, 0.95).unwrap();
        assert!((50..=100).contains(&p95.as_millis()), "{p95:?}");
        assert_eq!(histogram.sum(), Duration::from_micros(90 * 800 + 10 * 80_000));
    }
}
