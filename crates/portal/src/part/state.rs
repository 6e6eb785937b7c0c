//! Statuses: always a shape and a word. What is not known is shown as not known, never as good.

use causeway_core::Timestamp;
use maud::{Markup, html};

use super::icon;

/// The six kinds of status, worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    /// Failed, denied.
    Bad,
    /// Degraded, stale, soon due.
    Warn,
    /// A person is needed.
    Wait,
    /// The machine is working.
    Run,
    /// Not started, no data.
    #[default]
    None,
    /// Healthy, passed, done.
    Ok,
}

impl State {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Wait => "wait",
            Self::Run => "run",
            Self::None => "none",
            Self::Ok => "ok",
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Bad => "s-bad",
            Self::Warn => "s-warn",
            Self::Wait => "s-wait",
            Self::Run => "s-run",
            Self::None => "s-none",
            Self::Ok => "s-ok",
        }
    }
}

/// A status with its word, and the reason in a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) state: State,
    pub(crate) word: String,
    /// Why; empty where the word says it all.
    pub(crate) why: String,
    /// Since when.
    pub(crate) since: Option<Timestamp>,
}

impl Status {
    pub(crate) fn new(state: State, word: &str) -> Self {
        Self { state, word: word.into(), ..Self::default() }
    }

    #[must_use]
    pub(crate) fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// In a table or list.
    pub(crate) fn mark(&self) -> Markup {
        html! { span class={ "st " (self.state.class()) } { (icon(self.state.symbol())) (self.word) } }
    }

    /// In the head of a page or panel.
    pub(crate) fn pill(&self) -> Markup {
        html! { span class={ "st pill " (self.state.class()) } { (icon(self.state.symbol())) (self.word) } }
    }

    /// The mark, with the reason below it unless all is well.
    pub(crate) fn reasoned(&self) -> Markup {
        html! {
            (self.mark())
            @if self.state != State::Ok && !self.why.is_empty() { span.sub { (self.why) } }
        }
    }
}
