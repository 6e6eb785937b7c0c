//! The reading side of a process's log.
//!
//! A log is a row of files, each named after the offset of its first byte in the whole log. An
//! offset therefore says the same for ever: a reader that comes back after old files are gone
//! goes on at the oldest line that is left, and never reads one twice.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::Stream;
use futures::stream;

use crate::record::StateFolder;

/// What is kept of one line, in bytes; the rest is cut and counted.
pub const MAX_LINE: usize = 64 * 1024;

/// Read at once while following.
const STEP: usize = 256 * 1024;
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// One line of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Where the line after this one begins.
    pub next: u64,
    /// Milliseconds since 1970, when the line was complete.
    pub at_ms: u64,
    /// Without its end; what is not UTF-8 is replaced.
    pub text: String,
}

/// The log of the processes that a state folder has seen.
#[derive(Debug, Clone)]
pub struct Log {
    folder: StateFolder,
}

pub(crate) struct Segment {
    pub(crate) start: u64,
    pub(crate) path: PathBuf,
}

pub(crate) fn segment_name(start: u64) -> String {
    format!("{start:020}.log")
}

/// The files of a log, oldest first.
pub(crate) fn segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if let Some(start) = stem.and_then(|stem| stem.parse().ok()) {
            found.push(Segment { start, path });
        }
    }
    found.sort_by_key(|segment| segment.start);
    Ok(found)
}

impl Log {
    /// Of a process that runs, or ran, with this state folder.
    pub fn of(folder: impl Into<PathBuf>) -> Self {
        Self { folder: StateFolder::new(folder) }
    }

    /// Where the next line will begin.
    pub fn end(&self) -> io::Result<u64> {
        match segments(&self.folder.log())?.pop() {
            Some(last) => Ok(last.start + fs::metadata(last.path)?.len()),
            None => Ok(0),
        }
    }

    /// Complete lines from an offset on, about `at_most` bytes of them; empty at the end.
    pub fn read(&self, from: u64, at_most: usize) -> io::Result<Vec<LogLine>> {
        let mut lines = Vec::new();
        let mut budget = at_most.max(MAX_LINE + 128);
        for segment in self.segments_from(from)? {
            let start = from.max(segment.start);
            let bytes = match read_range(&segment, start, budget) {
                // dropped since the list was made
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                bytes => bytes?,
            };
            split_lines(start, &bytes, &mut lines);
            budget = budget.saturating_sub(bytes.len());
            if budget == 0 {
                break;
            }
        }
        Ok(lines)
    }

    /// The last lines, oldest first.
    pub fn tail(&self, count: usize) -> io::Result<Vec<LogLine>> {
        let mut found: Vec<LogLine> = Vec::new();
        for segment in segments(&self.folder.log())?.iter().rev() {
            let bytes = match fs::read(&segment.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                bytes => bytes?,
            };
            let wanted = count - found.len();
            let from = last_lines(&bytes, wanted);
            let mut lines = Vec::new();
            split_lines(segment.start + from as u64, &bytes[from..], &mut lines);
            lines.append(&mut found);
            found = lines;
            if found.len() >= count {
                break;
            }
        }
        Ok(found)
    }

    /// Every line from an offset on, as it comes, until the process has ended and all is read.
    pub fn follow(&self, from: u64) -> impl Stream<Item = io::Result<LogLine>> + Send + use<> {
        let follower =
            Follower { log: self.clone(), next: from, waiting: Vec::new().into_iter(), pause: SHORTEST_PAUSE };
        stream::try_unfold(
            follower,
            |mut follower| async move { Ok(follower.line().await?.map(|line| (line, follower))) },
        )
    }

    fn segments_from(&self, from: u64) -> io::Result<Vec<Segment>> {
        let mut all = segments(&self.folder.log())?;
        let first = all.iter().rposition(|segment| segment.start <= from).unwrap_or(0);
        Ok(all.split_off(first))
    }

    /// Nobody writes any more.
    fn has_ended(&self) -> io::Result<bool> {
        if self.folder.read_exit()?.is_some() {
            return Ok(true);
        }
        Ok(self.folder.read_hold()?.is_none_or(|record| !record.identity.is_alive()))
    }
}

struct Follower {
    log: Log,
    next: u64,
    waiting: std::vec::IntoIter<LogLine>,
    pause: Duration,
}

impl Follower {
    async fn line(&mut self) -> io::Result<Option<LogLine>> {
        loop {
            if let Some(line) = self.waiting.next() {
                self.next = line.next;
                self.pause = SHORTEST_PAUSE;
                return Ok(Some(line));
            }
            let (log, from) = (self.log.clone(), self.next);
            let (lines, has_ended) =
                tokio::task::spawn_blocking(move || read_on(&log, from)).await.map_err(io::Error::other)??;
            if lines.is_empty() && has_ended {
                return Ok(None);
            }
            if lines.is_empty() {
                tokio::time::sleep(self.pause).await;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            }
            self.waiting = lines.into_iter();
        }
    }
}

/// Asks for the end first: what is written before it is in the lines.
fn read_on(log: &Log, from: u64) -> io::Result<(Vec<LogLine>, bool)> {
    let has_ended = log.has_ended()?;
    Ok((log.read(from, STEP)?, has_ended))
}

fn read_range(segment: &Segment, from: u64, at_most: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(&segment.path)?;
    file.seek(SeekFrom::Start(from - segment.start))?;
    let mut bytes = Vec::new();
    file.take(at_most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Each complete `<milliseconds> <text>\n`; what follows the last end is left for later.
fn split_lines(start: u64, bytes: &[u8], lines: &mut Vec<LogLine>) {
    let mut next = start;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            return;
        };
        next += line.len() as u64 + 1;
        let (stamp, text) = match line.iter().position(|byte| *byte == b' ') {
            Some(space) => (&line[..space], &line[space + 1..]),
            None => (&line[..0], line),
        };
        let at_ms = std::str::from_utf8(stamp).ok().and_then(|stamp| stamp.parse().ok());
        let text = String::from_utf8_lossy(text).into_owned();
        lines.push(LogLine { next, at_ms: at_ms.unwrap_or(0), text });
    }
}

/// Where the last `count` lines begin.
fn last_lines(bytes: &[u8], count: usize) -> usize {
    let ends = bytes.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    match ends.skip(1).nth(count.wrapping_sub(1)) {
        _ if count == 0 => bytes.len(),
        Some((end, _)) => end + 1,
        None => 0,
    }
}
