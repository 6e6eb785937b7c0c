//! Lists of runs, newest first.

use axum::extract::RawQuery;
use causeway_core::{Spec as _, Timestamp};
use causeway_kinds::run::{Run, RunSpec};
use maud::{Markup, html};

use super::view;
use crate::layout::{Frame, Page, Section};
use crate::part::{Pager, age, count, panel as framed, span_between};
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};
use crate::{address, health, service};

const PAGE_SIZE: usize = 100;

pub(super) async fn show(viewer: Viewer, RawQuery(query): RawQuery) -> Result<Markup, Refusal> {
    let runs = service::newest(viewer.list::<RunSpec>(Wanted::default()).await?);
    let asked = crate::search::number(query.as_deref().unwrap_or_default(), "page");
    let pager = Pager::new(asked, runs.len(), PAGE_SIZE);
    let under_way = runs.iter().filter(|r| r.status.conclusion.is_none()).count();
    let frame = Frame::of(&viewer).await;
    let definition = &viewer.entry(&RunSpec::resource())?.definition;
    let page = Page {
        title: "Runs".into(),
        section: Section::Runs,
        source: "Runs and their logs are kept for 90 days".into(),
        json: Some(address::api(definition, "", "")),
        ..Page::default()
    };
    Ok(frame.page(
        &page,
        html! {
            div.head { div { h1 { "Runs" } p { (count(runs.len(), "run")) ", " (under_way) " under way." } } }
            section.panel aria-labelledby="h-runs" {
                h2.vh id="h-runs" { "Runs, newest first" }
                (list(pager.slice(&runs), viewer.now))
                (pager.show("run", |page| format!("/runs?page={page}")))
            }
        },
    ))
}

/// Runs in a panel.
pub(crate) fn panel(runs: &Result<Vec<Run>, Refusal>, title: &str, now: Timestamp) -> Markup {
    panel_of(runs, title, Pager::MOST, None, now)
}

/// The newest of them; `more` leads to all.
pub(crate) fn panel_of(
    runs: &Result<Vec<Run>, Refusal>,
    title: &str,
    most: usize,
    more: Option<&str>,
    now: Timestamp,
) -> Markup {
    framed(
        "runs",
        html! { (title) },
        html! { @if let Some(href) = more { a href=(href) { "All runs" } } },
        html! {
            @match runs {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(runs) => (list(runs.get(..most).unwrap_or(runs), now)),
            }
        },
    )
}

fn list(runs: &[Run], now: Timestamp) -> Markup {
    html! {
        @if runs.is_empty() { div.empty { p { "Nothing ran yet. A push starts a pipeline; a golden path starts a run of its template." } } }
        @else { ul.list { @for run in runs { (row(run, now)) } } }
    }
}

/// A run in a list.
pub(crate) fn row(run: &Run, now: Timestamp) -> Markup {
    let status = health::of_run(run);
    let stops = view::stops(run);
    let done = stops.iter().filter(|s| s.step.state.is_finished()).count();
    let took = span_between(run.status.started_at, run.status.finished_at, now);
    html! {
        li {
            (status.mark())
            div.grow {
                a href=(address::run(run.namespace(), run.name())) { (view::title(run)) }
                p {
                    @match run.status.conclusion {
                        None => { (done) " of " (count(stops.len(), "step")) " done" },
                        Some(_) if status.state == crate::part::State::Bad => { (status.why) },
                        Some(_) => { (count(stops.len(), "step")) @if let Some(took) = took { ", " (took) } },
                    }
                }
            }
            (age(run.status.started_at.or(run.metadata.creation_timestamp), now))
        }
    }
}
