//! How much a process has on disk, found by walking its folders a little at a time.
//!
//! There is no quota to set without owning a file system, so this looks instead: slowly, and
//! never for longer than a slice, because the same thread also moves the log.

use std::fs::{self, ReadDir};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Entries looked at between two looks at the log.
const SLICE: usize = 2000;
/// Pause between two walks; a long walk is followed by a longer pause.
const PAUSE: Duration = Duration::from_secs(2);
const PAUSE_PER_WALK: u32 = 10;

pub(super) struct DiskWatch {
    limit: u64,
    roots: Vec<PathBuf>,
    walk: Option<Walk>,
    next: Instant,
}

#[derive(Default)]
struct Walk {
    waiting: Vec<PathBuf>,
    open: Option<ReadDir>,
    bytes: u64,
    spent: Duration,
}

impl DiskWatch {
    pub(super) fn new(limit: u64, roots: Vec<PathBuf>) -> Self {
        Self { limit, roots, walk: None, next: Instant::now() + PAUSE }
    }

    /// When [`step`](Self::step) wants to be called again.
    pub(super) fn due(&self) -> Instant {
        self.next
    }

    /// Looks at a slice; true once a walk has found more than the limit.
    pub(super) fn step(&mut self) -> bool {
        let begun = Instant::now();
        let walk = self.walk.get_or_insert_with(|| Walk { waiting: self.roots.clone(), ..Walk::default() });
        let is_done = walk.advance();
        walk.spent += begun.elapsed();
        let is_over = walk.bytes > self.limit;
        if is_done {
            self.next = Instant::now() + PAUSE.max(walk.spent * PAUSE_PER_WALK);
            self.walk = None;
        } else {
            self.next = Instant::now();
        }
        is_over
    }
}

impl Walk {
    /// Whether nothing is left to look at.
    fn advance(&mut self) -> bool {
        for _ in 0..SLICE {
            let Some(entries) = &mut self.open else {
                let Some(path) = self.waiting.pop() else {
                    return true;
                };
                self.open = fs::read_dir(path).ok();
                continue;
            };
            match entries.next() {
                None => self.open = None,
                Some(Err(_)) => {}
                Some(Ok(entry)) => {
                    // a symbolic link is measured, not followed
                    let Ok(data) = entry.metadata() else { continue };
                    self.bytes += data.blocks() * 512;
                    if data.is_dir() {
                        self.waiting.push(entry.path());
                    }
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_over_the_limit_in_several_slices() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..SLICE + 10 {
            fs::write(folder.path().join(number.to_string()), "x").unwrap();
        }
        let nested = folder.path().join("a/b");
        fs::create_dir_all(&nested).unwrap();
        fs::write(nested.join("big"), vec![1; 1 << 20]).unwrap();
        let walk = |limit| {
            let mut watch = DiskWatch::new(limit, vec![folder.path().to_owned()]);
            let mut is_over = false;
            loop {
                is_over |= watch.step();
                if watch.walk.is_none() {
                    return is_over;
                }
            }
        };
        assert!(walk(1 << 20));
        assert!(!walk(1 << 30));
    }
}
