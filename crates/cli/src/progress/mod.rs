//! Following work that goes on in the server, until it has ended one way or the other.
//!
//! The server does the work, and goes on with it whoever watches: a follower that loses the server for a moment waits for it,
//! and one that is interrupted harms nothing.

mod live;
mod plain;

use std::time::{Duration, Instant};

use crate::client::ApiError;
use crate::{Failure, Session};

/// How often to look; on one machine a look costs the server a few lookups in memory.
const EVERY: Duration = Duration::from_millis(250);

/// How far one part of the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not begun.
    Pending,
    /// It is at work.
    Active,
    /// It waits for something else.
    Waiting,
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It was left out.
    Skipped,
}

impl State {
    /// How it is marked.
    pub(crate) fn mark(self) -> char {
        match self {
            Self::Pending => ' ',
            Self::Active => '…',
            Self::Waiting => '⧗',
            Self::Done => '✓',
            Self::Failed => '✗',
            Self::Skipped => '-',
        }
    }
}

/// One part of the work, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The same at every look.
    pub(crate) id: String,
    /// Whether it is a part of the last row that is not.
    pub(crate) is_part: bool,
    /// What people call it.
    pub(crate) label: String,
    /// How far it is.
    pub(crate) state: State,
    /// What it is at, or what it waits for.
    pub(crate) detail: String,
    /// How long it took, or has taken.
    pub(crate) took: Option<Duration>,
}

impl Row {
    pub(crate) fn new(
        id: impl Into<String>,
        label: impl Into<String>,
        state: State,
        detail: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), is_part: false, label: label.into(), state, detail: detail.into(), took: None }
    }

    /// As a part of the row before it.
    #[must_use]
    pub(crate) fn part(self) -> Self {
        Self { is_part: true, ..self }
    }

    #[must_use]
    pub(crate) fn took(self, took: Option<Duration>) -> Self {
        Self { took, ..self }
    }
}

/// Whether the work goes on.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It goes on.
    Going,
    /// It is done.
    Done,
    /// It failed and will not go on by itself.
    Failed(Failure),
}

/// What one look finds.
#[derive(Debug)]
pub(crate) struct Look {
    rows: Vec<Row>,
    verdict: Verdict,
    notice: Option<String>,
}

impl Look {
    pub(crate) fn of(rows: Vec<Row>, verdict: Verdict) -> Self {
        Self { rows, verdict, notice: None }
    }

    /// There is nothing left to look at.
    pub(crate) fn failed(failure: Failure) -> Self {
        Self::of(Vec::new(), Verdict::Failed(failure))
    }

    /// With something to say between the rows.
    #[must_use]
    pub(crate) fn saying(self, notice: Option<String>) -> Self {
        Self { notice, ..self }
    }
}

/// What is followed, and how long.
pub(crate) struct Following<'a> {
    /// Says how things stand at the end of the time: `payment-service was not ready`.
    pub(crate) missed: String,
    /// How to look again later, for those who stop watching.
    pub(crate) again: String,
    pub(crate) timeout: Duration,
    pub(crate) session: &'a Session,
}

enum Screen {
    Plain(plain::Plain),
    Live(live::Live),
}

impl Screen {
    fn say(&self, text: &str) {
        match self {
            Self::Plain(plain) => plain.say(text),
            Self::Live(live) => live.say(text),
        }
    }

    fn show(&mut self, rows: &[Row], since: Duration) {
        match self {
            Self::Plain(plain) => plain.show(rows, since),
            Self::Live(live) => live.show(rows, since),
        }
    }
}

/// Looks until the work has ended, showing how far it is.
pub(crate) async fn follow(
    following: &Following<'_>,
    mut look: impl AsyncFnMut() -> Result<Look, ApiError>,
) -> Result<(), Failure> {
    let printer = following.session.printer.clone();
    let mut screen = if printer.is_live() {
        Screen::Live(live::Live::new(printer))
    } else {
        Screen::Plain(plain::Plain::new(printer))
    };
    let start = Instant::now();
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let mut rows = Vec::new();
    loop {
        let found = tokio::select! {
            found = look() => found,
            _ = &mut interrupted => return Err(stopped(following)),
        };
        let verdict = match found {
            Ok(look) => {
                if let Some(notice) = &look.notice {
                    screen.say(notice);
                }
                rows = look.rows;
                look.verdict
            }
            Err(error) if error.is_passing() => {
                let lost = Row::new("server", "Server", State::Waiting, "it does not answer; waiting for it");
                rows.retain(|row: &Row| row.id != lost.id);
                rows.push(lost);
                Verdict::Going
            }
            Err(error) => return Err(error.into()),
        };
        screen.show(&rows, start.elapsed());
        match verdict {
            Verdict::Done => return Ok(()),
            Verdict::Failed(failure) => return Err(failure),
            Verdict::Going if start.elapsed() >= following.timeout => return Err(late(following, &rows)),
            Verdict::Going => {}
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = &mut interrupted => return Err(stopped(following)),
        }
    }
}

fn stopped(following: &Following<'_>) -> Failure {
    Failure::failed("stopped watching")
        .hint(format!("it goes on in the server; look at it again with `{}`", following.again))
}

fn late(following: &Following<'_>, rows: &[Row]) -> Failure {
    let limit = causeway_core::duration::print(following.timeout);
    let open =
        rows.iter().find(|row| !row.is_part && !matches!(row.state, State::Done | State::Skipped | State::Pending));
    let failure = Failure::timed_out(format!("{} within {limit}", following.missed));
    let failure = match open {
        Some(row) if !row.detail.is_empty() => failure.detail(format!("{}: {}", row.label, row.detail)),
        _ => failure,
    };
    failure.hint(format!(
        "it goes on in the server; look at it again with `{}`, or wait longer with --timeout",
        following.again
    ))
}
