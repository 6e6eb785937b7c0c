//! Logs of runs: one file each, lines of JSON, bounded, with secrets masked before they are written.
//!
//! A line is `{"n":12,"t":1700000000123,"s":"build","l":"text"}`: its number from 1, milliseconds since the epoch, the step, the
//! text. Once a log is full its middle is dropped: the first half stays, and the tail goes on in a second file that is renewed.
//! Numbers rise through all files, so what is missing shows as a gap.

mod reading;
mod text;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct LogLimits {
    /// Bytes of a whole log.
    pub total: u64,
    /// Bytes of a line; what is longer is cut and marked.
    pub line: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { total: 64 << 20, line: 64 << 10 }
    }
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number in the run's log, from 1.
    #[serde(rename = "n")]
    pub number: u64,
    /// Milliseconds since the epoch.
    #[serde(rename = "t")]
    pub time: i64,
    /// The step that said it.
    #[serde(rename = "s")]
    pub step: String,
    /// What it said, without control characters but tab and colour sequences.
    #[serde(rename = "l")]
    pub text: String,
}

/// A log could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("the log {file} could not be {doing}")]
pub struct LogError {
    file: String,
    doing: &'static str,
    #[source]
    source: std::io::Error,
}

/// The logs of all runs.
#[derive(Clone)]
pub struct RunLogs {
    folder: Arc<Path>,
    limits: LogLimits,
    open: Arc<Mutex<HashMap<String, Arc<OpenLog>>>>,
}

struct OpenLog {
    state: Mutex<LogState>,
    newest: watch::Sender<u64>,
    /// What no step of the run may show, longest first.
    masks: Mutex<Arc<[String]>>,
}

struct LogState {
    file: File,
    folder: PathBuf,
    written: u64,
    next: u64,
    limits: LogLimits,
    in_tail: bool,
}

const HEAD: &str = "log.jsonl";
const TAIL: &str = "tail.jsonl";
const OLDER_TAIL: &str = "tail.1.jsonl";

impl RunLogs {
    /// Under a folder, one subfolder for each run's uid.
    pub fn new(folder: &Path, limits: LogLimits) -> Self {
        Self { folder: folder.into(), limits, open: Arc::default() }
    }

    /// The folder that belongs to one run.
    pub fn folder(&self, uid: &str) -> PathBuf {
        // a uid comes from the store; a path separator in it would be damage
        self.folder.join(uid.replace(['/', '.'], "_"))
    }

    /// A writer for a step of a run.
    pub fn writer(&self, uid: &str, step: &str) -> Result<LogWriter, LogError> {
        Ok(LogWriter { log: self.open(uid)?, step: step.into() })
    }

    fn open(&self, uid: &str) -> Result<Arc<OpenLog>, LogError> {
        let mut open = self.open.lock();
        if let Some(found) = open.get(uid) {
            return Ok(Arc::clone(found));
        }
        let folder = self.folder(uid);
        std::fs::create_dir_all(&folder).map_err(|e| failed(&folder, "made", e))?;
        let last = reading::lines_after(&folder, 0).last().map_or(0, |line| line.number);
        // a crash between the two halves of a renewal leaves the older tail alone
        let in_tail = [TAIL, OLDER_TAIL].iter().any(|name| folder.join(name).exists());
        let path = folder.join(if in_tail { TAIL } else { HEAD });
        let (file, written) = open_whole(&path).map_err(|e| failed(&path, "opened", e))?;
        let state = LogState { file, folder, written, next: last + 1, limits: self.limits, in_tail };
        let (newest, masks) = (watch::Sender::new(last), Mutex::new(Arc::from([])));
        let log = Arc::new(OpenLog { state: Mutex::new(state), newest, masks });
        open.insert(uid.to_owned(), Arc::clone(&log));
        Ok(log)
    }

    /// Lines after a number, at most `limit`; of one step, or of all.
    pub fn read(&self, uid: &str, after: u64, step: Option<&str>, limit: usize) -> Vec<LogLine> {
        let lines = reading::lines_after(&self.folder(uid), after);
        lines.filter(|line| step.is_none_or(|s| line.step == s)).take(limit).collect()
    }

    /// Tells when a log grows; the value is the number of its newest line. `None` where nothing writes to it any more.
    pub fn watch(&self, uid: &str) -> Option<watch::Receiver<u64>> {
        self.open.lock().get(uid).map(|log| log.newest.subscribe())
    }

    /// Ends the writing of a run's log: those who watch it are told.
    pub fn close(&self, uid: &str) {
        self.open.lock().remove(uid);
    }

    /// Forgets a run's log and folder.
    pub fn remove(&self, uid: &str) -> Result<(), LogError> {
        self.close(uid);
        let folder = self.folder(uid);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(&folder, "removed", error)),
            _ => Ok(()),
        }
    }
}

/// Opens a file to append to. A line that a crash left half written is ended, so that it spoils no other.
fn open_whole(path: &Path) -> std::io::Result<(File, u64)> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let mut written = file.metadata()?.len();
    if written > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
            written += 1;
        }
    }
    Ok((file, written))
}

fn failed(path: &Path, doing: &'static str, source: std::io::Error) -> LogError {
    LogError { file: path.display().to_string(), doing, source }
}

/// Writes the log of one step.
#[derive(Clone)]
pub struct LogWriter {
    log: Arc<OpenLog>,
    step: Arc<str>,
}

impl LogWriter {
    /// The same log, in the name of another step.
    #[must_use]
    pub fn for_step(&self, step: &str) -> Self {
        Self { log: Arc::clone(&self.log), step: step.into() }
    }

    /// From now on `value` is written as `***`, also base64 and percent-encoded, whichever step of the run says it. Very short
    /// values are left alone.
    pub fn mask(&self, value: &str) {
        const SHORTEST: usize = 4;
        let mut held = self.log.masks.lock();
        let mut masks = held.to_vec();
        for form in causeway_core::secret::forms(value) {
            if form.len() >= SHORTEST && !masks.contains(&form) {
                masks.push(form);
            }
        }
        // a value may be part of a longer one, which must be gone first
        masks.sort_by_key(|m| std::cmp::Reverse(m.len()));
        *held = masks.into();
    }

    /// Writes a line, or several where the text has line breaks. A failure to write is logged and does not end the run.
    pub fn line(&self, text: &str) {
        let masks = Arc::clone(&self.log.masks.lock());
        let text = text.strip_suffix('\n').unwrap_or(text);
        for part in text.split('\n') {
            if let Err(error) = self.log.append(&self.step, text::presentable(part, &masks)) {
                tracing::warn!(%error, "a log line was lost");
            }
        }
    }
}

impl OpenLog {
    fn append(&self, step: &str, mut text: String) -> std::io::Result<()> {
        let mut state = self.state.lock();
        if text.len() > state.limits.line {
            let end = (0..=state.limits.line).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
            text.truncate(end);
            text.push_str(" … (cut)");
        }
        let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis());
        let time = i64::try_from(time).unwrap_or(i64::MAX);
        let line = LogLine { number: state.next, time, step: step.to_owned(), text };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        state.make_room(bytes.len() as u64)?;
        state.file.write_all(&bytes)?;
        state.written += bytes.len() as u64;
        state.next += 1;
        drop(state);
        self.newest.send_replace(line.number);
        Ok(())
    }
}

impl LogState {
    /// Half of the limit is the head; the rest is two tails of a quarter each, of which the older is dropped.
    fn make_room(&mut self, bytes: u64) -> std::io::Result<()> {
        let room = if self.in_tail { self.limits.total / 4 } else { self.limits.total / 2 };
        if self.written + bytes <= room || self.written == 0 {
            return Ok(());
        }
        let tail = self.folder.join(TAIL);
        if self.in_tail {
            std::fs::rename(&tail, self.folder.join(OLDER_TAIL))?;
        }
        self.file = OpenOptions::new().create(true).append(true).open(tail)?;
        self.written = 0;
        self.in_tail = true;
        Ok(())
    }
}
