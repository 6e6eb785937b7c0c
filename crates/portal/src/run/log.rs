//! The log of a run: its end when the page is made, and what is added while it is open.

use causeway_core::{Spec as _, Timestamp};
use causeway_kinds::run::{Run, RunSpec};
use causeway_run::LogLine;
use maud::{Markup, html};

use super::view;
use crate::address::api;
use crate::part::{LogRow, log_lines};
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Lines that a page begins with; what was before is a link away.
const SHOWN: usize = 1000;
const AT_ONCE: usize = 100_000;

/// Part of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) rows: Vec<LogRow>,
    /// Lines before these.
    pub(super) before: usize,
    /// Number of the last line of the run's log that was looked at.
    pub(super) last: u64,
}

/// The end of a run's log, or of one step's, for those who may get `runs/log`.
pub(super) async fn end(viewer: &Viewer, run: &Run, step: Option<&str>) -> Result<Excerpt, Refusal> {
    viewer.need("get", &RunSpec::resource(), "log", run.namespace()).await?;
    let lines = only(run, step, read(viewer, run, 0).await?);
    let before = lines.len().saturating_sub(SHOWN);
    let last = lines.last().map_or(0, |l| l.number);
    Ok(Excerpt { rows: lines.iter().skip(before).map(row).collect(), before, last })
}

/// What was added after a line.
pub(super) async fn after(viewer: &Viewer, run: &Run, step: Option<&str>, last: u64) -> Result<Excerpt, Refusal> {
    let uid = &run.metadata.uid;
    // who writes tells how far they are; asking costs nothing
    if viewer.app.run_logs.watch(uid).is_some_and(|newest| *newest.borrow() <= last) {
        return Ok(Excerpt { last, ..Excerpt::default() });
    }
    let lines = read(viewer, run, last).await?;
    let last = lines.last().map_or(last, |l| l.number);
    let lines = only(run, step, lines);
    Ok(Excerpt { rows: lines.iter().map(row).collect(), before: 0, last })
}

/// The lines of a step and of all that is within it.
fn only(run: &Run, step: Option<&str>, lines: Vec<LogLine>) -> Vec<LogLine> {
    let Some(step) = step else { return lines };
    let family = view::family(run, step);
    lines.into_iter().filter(|line| family.contains(&line.step.as_str())).collect()
}

/// Reads the file on a thread that may block, a part at a time.
async fn read(viewer: &Viewer, run: &Run, after: u64) -> Result<Vec<LogLine>, Refusal> {
    let (logs, uid) = (viewer.app.run_logs.clone(), run.metadata.uid.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let mut lines = logs.read(&uid, after, None, AT_ONCE);
        let mut more = lines.len() == AT_ONCE;
        while more {
            let last = lines.last().map_or(after, |line| line.number);
            let part = logs.read(&uid, last, None, AT_ONCE);
            more = part.len() == AT_ONCE;
            lines.extend(part);
        }
        lines
    });
    reading.await.map_err(|_| Refusal::Failed { why: "The log could not be read.".into() })
}

fn row(line: &LogLine) -> LogRow {
    let time = Timestamp::from_second(line.time.div_euclid(1000)).to_string();
    let clock = time.get(11..19).unwrap_or(&time);
    LogRow { lead: format!("{clock}.{:03}", line.time.rem_euclid(1000)), text: line.text.clone() }
}

/// The id of the list to which lines are added.
pub(super) const LINES: &str = "log-lines";

/// The whole log in the API.
pub(super) fn whole(viewer: &Viewer, run: &Run) -> Option<String> {
    let entry = viewer.entry(&RunSpec::resource()).ok()?;
    Some(format!("{}/log", api(&entry.definition, run.namespace(), run.name())))
}

/// The lines in their box.
pub(super) fn show(log: &Excerpt, whole: Option<&str>) -> Markup {
    html! {
        @if log.before > 0 {
            div.body.s.dim { (log.before) " earlier lines are left out here. " @if let Some(whole) = whole { a href=(whole) { "The whole log" } } }
        }
        div.log role="log" aria-label="Log lines, newest last" tabindex="0" { ol id=(LINES) { (log_lines(&log.rows)) } }
    }
}
