//! What the replicas of an instance said, put together by time.
//!
//! Read from the files alone, so that it also works for what has ended.

use std::path::PathBuf;

use causeway_sandbox::{Log, LogLine};

use super::record::{ContainerRecord, Place};

/// About this much is looked at of a run that is over.
const ENOUGH: usize = 4 * 1024 * 1024;

/// The last lines: who said it, what.
pub(super) fn last_lines(place: &Place, count: usize, previous: bool) -> Vec<(String, String)> {
    let sources = if previous { before(place) } else { now(place) };
    let mut lines: Vec<(u64, String, String)> = Vec::new();
    for source in sources {
        lines.extend(source.lines(count).into_iter().map(|line| (line.at_ms, source.label.clone(), line.text)));
    }
    // stable: what one process said in the same millisecond stays in order
    lines.sort_by_key(|(at, ..)| *at);
    let surplus = lines.len().saturating_sub(count);
    lines.into_iter().skip(surplus).map(|(_, label, text)| (label, text)).collect()
}

/// A part of a log.
struct Source {
    label: String,
    folder: PathBuf,
    from: u64,
    /// None: to the end.
    to: Option<u64>,
}

impl Source {
    fn lines(&self, count: usize) -> Vec<LogLine> {
        let log = Log::of(&self.folder);
        let Some(to) = self.to else {
            let tail = log.tail(count).unwrap_or_default();
            return tail.into_iter().filter(|line| line.next > self.from).collect();
        };
        let from = self.from.max(to.saturating_sub(ENOUGH as u64));
        let mut lines = log.read(from, ENOUGH).unwrap_or_default();
        lines.retain(|line| line.next <= to);
        lines.split_off(lines.len().saturating_sub(count))
    }
}

/// Of the runs under way.
fn now(place: &Place) -> Vec<Source> {
    each(place, |container| Some((container.began, None)))
}

/// Of the runs before these; where there are none, of the replicas that went last.
fn before(place: &Place) -> Vec<Source> {
    let restarted = each(place, |container| Some((container.before?, Some(container.began))));
    if !restarted.is_empty() {
        return restarted;
    }
    let ended = place.ended();
    let alone = ended.iter().all(|(index, name, _)| !ended.iter().any(|(i, n, _)| i == index && n != name));
    let source = |(index, name, folder): (String, String, PathBuf)| {
        let label = if alone { index } else { format!("{index}/{name}") };
        Source { label, folder, from: 0, to: None }
    };
    ended.into_iter().map(source).collect()
}

fn each(place: &Place, part: impl Fn(&ContainerRecord) -> Option<(u64, Option<u64>)>) -> Vec<Source> {
    let mut sources = Vec::new();
    for uid in place.replicas() {
        let Ok(Some(record)) = place.read_replica(&uid) else { continue };
        for (name, container) in &record.containers {
            let Some((from, to)) = part(container) else { continue };
            let index = record.index;
            let label = if record.containers.len() > 1 { format!("{index}/{name}") } else { index.to_string() };
            sources.push(Source { label, folder: place.container(&uid, name), from, to });
        }
    }
    sources
}
