//! When the keeper has to look up from the log: timeouts, grace, and limits that are watched.

use std::time::{Duration, Instant};

use super::disk::DiskWatch;
use crate::process;
use crate::record::Cause;

const MEMORY_PAUSE: Duration = Duration::from_secs(1);

/// Limits without a kernel mechanism behind them.
pub(super) struct Watch {
    pub(super) timeout: Option<Instant>,
    pub(super) disk: Option<DiskWatch>,
    pub(super) memory: Option<MemoryWatch>,
}

impl Watch {
    /// The next moment at which [`look`](Self::look) has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        let disk = self.disk.as_ref().map(DiskWatch::due);
        let memory = self.memory.as_ref().map(|memory| memory.next);
        [self.timeout, disk, memory].into_iter().flatten().min()
    }

    /// What is exceeded now.
    pub(super) fn look(&mut self, now: Instant) -> Option<Cause> {
        if self.timeout.is_some_and(|timeout| timeout <= now) {
            self.timeout = None;
            return Some(Cause::TimedOut);
        }
        if let Some(disk) = self.disk.as_mut().filter(|disk| disk.due() <= now)
            && disk.step()
        {
            self.disk = None;
            return Some(Cause::OutOfDisk);
        }
        if let Some(memory) = self.memory.as_mut().filter(|memory| memory.next <= now)
            && memory.is_over(now)
        {
            self.memory = None;
            return Some(Cause::OutOfMemory);
        }
        None
    }
}

/// Adds up what the descendants have, where no cgroup does.
pub(super) struct MemoryWatch {
    limit: u64,
    next: Instant,
}

impl MemoryWatch {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, next: Instant::now() }
    }

    fn is_over(&mut self, now: Instant) -> bool {
        self.next = now + MEMORY_PAUSE;
        let own = process::descendants(std::process::id());
        own.into_iter().map(process::private_bytes).sum::<u64>() > self.limit
    }
}
