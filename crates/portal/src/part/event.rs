//! What happened, newest first.

use causeway_core::{Object, Timestamp};
use causeway_kinds::kubernetes::Flat;
use causeway_kinds::kubernetes::event::EventBody;
use maud::{Markup, html};

use super::{State, age, icon_of};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventRow {
    pub(crate) state: State,
    /// Kind and name of what it happened to.
    pub(crate) about: (String, String),
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) at: Option<Timestamp>,
    pub(crate) count: i32,
}

/// Events about certain objects, newest first; `is_about` gets kind and name.
pub(crate) fn rows_of(events: &[Object], is_about: impl Fn(&str, &str) -> bool) -> Vec<EventRow> {
    let read = events.iter().filter_map(|o| Flat::<EventBody>::from_object(o).ok());
    let about = read.filter(|e| is_about(&e.body.involved_object.kind, &e.body.involved_object.name));
    let mut rows: Vec<EventRow> = about
        .map(|e| EventRow {
            state: if e.body.r#type == "Warning" { State::Warn } else { State::Ok },
            about: (e.body.involved_object.kind, e.body.involved_object.name),
            reason: e.body.reason,
            message: e.body.message,
            at: e.body.last_timestamp.or(e.body.first_timestamp).or(e.metadata.creation_timestamp),
            count: e.body.count,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    rows
}

/// The rows of a panel.
pub(crate) fn events(rows: &[EventRow], now: Timestamp) -> Markup {
    html! {
        @if rows.is_empty() {
            div.empty { p { "Nothing was reported in the last 7 days, which is how long events are kept." } }
        } @else {
            ul.list {
                @for row in rows { li {
                    (icon_of(row.state.symbol(), &format!("i {}", row.state.class())))
                    div.grow {
                        span { (crate::viewer::words(&row.about.0)) " " b { (row.about.1) } ": " (row.reason) }
                        @if row.count > 1 { " " span.mute { (row.count) " times" } }
                        p { (row.message) }
                    }
                    (age(row.at, now))
                } }
            }
        }
    }
}
