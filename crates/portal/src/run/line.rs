//! The steps of a run as stops on the line.

use causeway_core::Timestamp;
use causeway_kinds::run::{Run, Step, StepState};
use maud::{Markup, html};

use super::view::{self, Stop};
use crate::address::{self, segment};
use crate::health;
use crate::part::{age, count, icon_of, panel as framed, span_between};

/// The steps of a run in a panel; `chosen` is the one whose log is shown.
pub(super) fn panel(run: &Run, chosen: Option<&str>, now: Timestamp) -> Markup {
    let stops = view::stops(run);
    let done = stops.iter().filter(|s| s.step.state.is_finished()).count();
    let base = address::run(run.namespace(), run.name());
    framed(
        "steps",
        html! { "Steps " @if !stops.is_empty() { span { (done) " of " (stops.len()) " done" } } },
        html! { @if chosen.is_some() { a href=(base) { "Log of all steps" } } },
        html! {
            @if stops.is_empty() { div.empty { p { "The steps are not known yet." } } } @else {
                div.body { ol.line { @for stop in &stops { (stop_of(stop, &base, chosen, now)) } } }
            }
        },
    )
}

fn stop_of(stop: &Stop<'_>, base: &str, chosen: Option<&str>, now: Timestamp) -> Markup {
    let step = stop.step;
    let status = health::of_step(step);
    let at_work = matches!(step.state, StepState::Running | StepState::Waiting);
    let class = if step.state == StepState::Running { "i spin run" } else { "i" };
    let shown = chosen == Some(step.id.as_str());
    html! {
        li class=(status.state.class()) aria-current=[at_work.then_some("step")] {
            span.dot { (icon_of(status.state.symbol(), class)) span.vh { (status.word) ": " } }
            div.row.split {
                a.plain.b[at_work || shown] href={ (base) "?step=" (segment(&step.id)) "#log" } { (view::name(step)) }
                span.s.mute { (took(step, now)) }
            }
            @if !step.message.is_empty() { p.s.dim { (step.message) } }
            @if step.attempt > 1 { p.s.dim { "Attempt " (step.attempt) } }
            @if !stop.within.is_empty() { (inner(stop, base, chosen, now)) }
        }
    }
}

/// The steps within a stop.
fn inner(stop: &Stop<'_>, base: &str, chosen: Option<&str>, now: Timestamp) -> Markup {
    let done = stop.within.iter().filter(|s| s.state.is_finished()).count();
    let shown = stop.within.iter().any(|s| chosen == Some(s.id.as_str()));
    let open = shown || matches!(stop.step.state, StepState::Running | StepState::Failed);
    html! {
        details.more id={ "step-" (stop.step.id) } open[open] {
            summary { (done) " of " (count(stop.within.len(), "step")) " done" }
            ul.stack.tight.s {
                @for step in &stop.within {
                    @let status = health::of_step(step);
                    li.row {
                        (icon_of(status.state.symbol(), &format!("i {}", status.state.class())))
                        span.vh { (status.word) ": " }
                        span.grow {
                            a.plain href={ (base) "?step=" (segment(&step.id)) "#log" } { (view::name(step)) }
                            @if !step.message.is_empty() { span.dim { " " (step.message) } }
                        }
                        span.mute { (took(step, now)) }
                    }
                }
            }
        }
    }
}

/// How long a step took, or since when it is at it.
fn took(step: &Step, now: Timestamp) -> Markup {
    match step.finished_at {
        Some(end) => html! { (span_between(step.started_at, Some(end), now).unwrap_or_default()) },
        None if step.started_at.is_some() => age(step.started_at, now),
        None => html! {},
    }
}
