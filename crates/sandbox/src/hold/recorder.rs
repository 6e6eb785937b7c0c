//! The writing side of a process's log; [`crate::Log`] reads it.
//!
//! Output is cut into lines; each is stored as `<milliseconds since 1970> <bytes>\n` in a file
//! named after the offset of its first byte in the whole log, so that an offset stays good after
//! older files are dropped. A full disk loses lines but never blocks the process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::log::{MAX_LINE, segment_name, segments};
use crate::record::unix_millis;
use crate::spec::LogLimits;

pub(super) struct Recorder {
    folder: PathBuf,
    limits: LogLimits,
    file: File,
    /// Offset of the current file's first byte.
    start: u64,
    written: u64,
    /// The line being read, without its end.
    line: Vec<u8>,
    /// How much of it lies beyond the limit.
    cut: u64,
    /// Complete lines not written yet.
    batch: Vec<u8>,
}

impl Recorder {
    /// Goes on after what a process before this one has left.
    pub(super) fn open(folder: &Path, limits: &LogLimits) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let last = segments(folder)?.pop();
        let start = last.map_or(0, |segment| segment.start);
        let file = open_segment(folder, start)?;
        let written = file.metadata()?.len();
        let (line, batch) = (Vec::new(), Vec::new());
        Ok(Self { folder: folder.to_owned(), limits: limits.clone(), file, start, written, line, cut: 0, batch })
    }

    /// Takes whatever was read from the process's output.
    pub(super) fn take(&mut self, mut output: &[u8]) {
        while let Some(end) = output.iter().position(|byte| *byte == b'\n') {
            self.extend_line(&output[..end]);
            self.end_line();
            output = &output[end + 1..];
        }
        self.extend_line(output);
        self.flush();
    }

    /// Writes a last line that has no end.
    pub(super) fn finish(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.flush();
    }

    fn extend_line(&mut self, bytes: &[u8]) {
        let room = MAX_LINE - self.line.len();
        let (kept, cut) = bytes.split_at(room.min(bytes.len()));
        self.line.extend_from_slice(kept);
        self.cut += cut.len() as u64;
    }

    fn end_line(&mut self) {
        if self.cut > 0 {
            let note = format!(" [{} more bytes cut]", self.cut);
            self.line.extend_from_slice(note.as_bytes());
            self.cut = 0;
        }
        let stamp = format!("{} ", unix_millis());
        let length = (stamp.len() + self.line.len() + 1) as u64;
        let pending = self.written + self.batch.len() as u64;
        if pending > 0 && pending + length > self.limits.segment_bytes {
            self.flush();
            self.rotate();
        }
        self.batch.extend_from_slice(stamp.as_bytes());
        self.batch.append(&mut self.line);
        self.batch.push(b'\n');
    }

    fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        if self.file.write_all(&self.batch).is_err() {
            // the file may hold half a line now: the next offset must match it all the same
            let length = self.file.metadata().map_or(self.written, |data| data.len());
            let _ = self.file.set_len(self.written.min(length));
        } else {
            self.written += self.batch.len() as u64;
        }
        self.batch.clear();
    }

    fn rotate(&mut self) {
        let next = self.start + self.written;
        // without a new file the old one grows: better than losing lines
        let Ok(file) = open_segment(&self.folder, next) else {
            return;
        };
        (self.file, self.start, self.written) = (file, next, 0);
        let kept = self.limits.segments.max(1);
        let existing = segments(&self.folder).unwrap_or_default();
        for old in existing.iter().rev().skip(kept) {
            let _ = fs::remove_file(&old.path);
        }
    }
}

fn open_segment(folder: &Path, start: u64) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(folder.join(segment_name(start)))
}
