//! How long the change log is kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::{Revision, Store, StoreError};

/// The log is cut in so many steps per period.
const STEPS: u32 = 12;

/// Forgets changes once they are `keep` old, until the store closes. After a start the log is kept for one more period, since
/// nobody wrote down when its changes were made.
pub async fn forget_older_than(store: Arc<dyn Store>, keep: Duration) {
    let mut seen: VecDeque<(Instant, Revision)> = VecDeque::new();
    let mut ticks = tokio::time::interval((keep / STEPS).max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let now = ticks.tick().await;
        let newest = store.revision();
        if let Err(StoreError::Closed) = store.at_least(newest).await {
            return;
        }
        seen.push_back((now, newest));
        let mut due = None;
        while let Some((at, revision)) = seen.front().copied()
            && now.duration_since(at) >= keep
        {
            due = Some(revision);
            seen.pop_front();
        }
        let Some(revision) = due.filter(|revision| *revision > store.compacted()) else {
            continue;
        };
        match store.compact(revision).await {
            Ok(()) | Err(StoreError::Closed) => {}
            Err(error) => {
                tracing::warn!(%revision, error = &error as &dyn std::error::Error, "change log not compacted")
            }
        }
    }
}
