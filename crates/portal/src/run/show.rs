//! The page of a run.

use std::time::Duration;

use axum::extract::{Path, Query};
use axum::response::Response;
use causeway_core::{DEFAULT_NAMESPACE, Spec as _, Timestamp};
use causeway_kinds::run::{Program, Run, RunSpec, StepState};
use http::HeaderMap;
use maud::{Markup, html};
use serde::Deserialize;

use super::log::{self, Excerpt};
use super::{line, view};
use crate::address::{self, segment};
use crate::health;
use crate::layout::{Frame, Page, Section, crumbs, namespace_fact, stop};
use crate::live::{self, Drawn, Triggers};
use crate::part::{State, Status, age, icon, log_lines, panel, scroll, span_between};
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// A log grows without a word to the store.
const LOOK_AT_LOG: Duration = Duration::from_millis(400);

/// Which part of the log is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    step: Option<String>,
    /// The last line that the page has.
    after: u64,
}

impl Choice {
    fn step(&self) -> Option<&str> {
        self.step.as_deref().filter(|s| !s.is_empty())
    }
}

/// Everything that the page shows.
struct View {
    run: Run,
    log: Result<Excerpt, Refusal>,
    step: Option<String>,
    whole_log: Option<String>,
    may_cancel: bool,
    may_retry: bool,
    now: Timestamp,
}

impl View {
    fn is_over(&self) -> bool {
        self.run.status.conclusion.is_some()
    }

    fn stream(&self) -> Option<String> {
        if self.is_over() {
            return None;
        }
        let after = self.log.as_ref().map_or(0, |l| l.last);
        let step = self.step.as_ref().map(|s| format!("&step={}", segment(s))).unwrap_or_default();
        Some(format!("/live/runs/{}/{}?after={after}{step}", segment(self.run.namespace()), segment(self.run.name())))
    }
}

/// Whether the viewer may cancel the run, and run it again.
async fn rights(viewer: &Viewer, namespace: &str, name: &str) -> (bool, bool) {
    let runs = RunSpec::resource();
    (viewer.may("patch", &runs, "", namespace, name).await, viewer.may("create", &runs, "", namespace, "").await)
}

async fn load(viewer: &Viewer, namespace: &str, name: &str, choice: &Choice) -> Result<View, Refusal> {
    let run = viewer.see::<RunSpec>(namespace, name).await?;
    let log = log::end(viewer, &run, choice.step()).await;
    let (may_cancel, may_retry) = rights(viewer, namespace, name).await;
    let whole_log = log::whole(viewer, &run);
    Ok(View { run, log, step: choice.step().map(str::to_owned), whole_log, may_cancel, may_retry, now: viewer.now })
}

pub(super) async fn in_default(
    viewer: Viewer,
    Path(name): Path<String>,
    choice: Query<Choice>,
) -> Result<Markup, Refusal> {
    show(viewer, Path((DEFAULT_NAMESPACE.to_owned(), name)), choice).await
}

pub(super) async fn show(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
    Query(choice): Query<Choice>,
) -> Result<Markup, Refusal> {
    let view = load(&viewer, &namespace, &name, &choice).await?;
    let frame = Frame::of(&viewer).await;
    let definition = &viewer.entry(&RunSpec::resource())?.definition;
    let page = Page {
        title: view::title(&view.run),
        section: Section::Runs,
        source: format!("Run {}", view.run.name()),
        json: Some(address::api(definition, &namespace, &name)),
        live: view.stream(),
        refresh: (!view.is_over()).then_some(3),
    };
    Ok(frame.page(&page, content(&view)))
}

pub(super) async fn live(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    viewer.see::<RunSpec>(&namespace, &name).await?;
    let may_log = viewer.need("get", &RunSpec::resource(), "log", &namespace).await.is_ok();
    let triggers = Triggers::of(&namespace, &[RunSpec::resource()]).every(LOOK_AT_LOG);
    let start = live::resume_at(&headers, choice.after);
    live::serve(viewer, triggers, start, move |viewer, cursor| {
        let (namespace, name, choice) = (namespace.clone(), name.clone(), choice.clone());
        async move {
            let run = viewer.see::<RunSpec>(&namespace, &name).await?;
            let ended = run.status.conclusion.is_some();
            // read after it is known whether the run ended, so that its last line is there
            let added = if may_log {
                log::after(&viewer, &run, choice.step(), cursor).await?
            } else {
                Excerpt { last: cursor, ..Excerpt::default() }
            };
            let (may_cancel, may_retry) = rights(&viewer, &namespace, &name).await;
            let append = if added.rows.is_empty() {
                Markup::default()
            } else {
                html! { ol id=(log::LINES) { (log_lines(&added.rows)) } }
            };
            let view = View {
                run,
                log: Ok(Excerpt::default()),
                step: choice.step,
                whole_log: None,
                may_cancel,
                may_retry,
                now: viewer.now,
            };
            Ok(Drawn {
                swap: html! { (head(&view)) (steps(&view)) (liveness(&view)) (aftermath(&view)) },
                append,
                cursor: added.last,
                ended,
            })
        }
    })
}

fn content(view: &View) -> Markup {
    html! {
        (head(view))
        div.cols.steps {
            div.stack { (steps(view)) }
            div.stack { (log_panel(view)) (aftermath(view)) }
        }
    }
}

fn head(view: &View) -> Markup {
    let run = &view.run;
    let status = health::of_run(run);
    html! {
        div #head {
            (crumbs(&[stop("/runs", "Runs")], run.name()))
            div.head {
                div {
                    h1 { (icon("run")) (view::title(run)) " " (status.pill()) }
                    @if status.state == State::Bad && !status.why.is_empty() { p { (status.why) } }
                    @if !run.status.waiting_for.is_empty() && !view.is_over() { p { "Waits for " (run.status.waiting_for) } }
                    (facts(view))
                }
                (decisions(view))
            }
        }
    }
}

fn facts(view: &View) -> Markup {
    let (spec, status) = (&view.run.spec, &view.run.status);
    html! {
        ul.facts {
            @if let Some((name, page)) = view::service(&view.run) { li { (icon("component")) a href=(page) { (name) } } }
            @if let Some(template) = &spec.template { li { (icon("create")) (template.r#ref) } }
            @if let Some(pipeline) = &spec.pipeline {
                li { (icon("commit")) code { (view::short(&pipeline.commit)) } @if !pipeline.branch.is_empty() { " on " (pipeline.branch) } }
                @if !pipeline.workflow.is_empty() { li { (icon("doc")) (pipeline.workflow) } }
            }
            @if !spec.plan.is_empty() { li { (icon("plan")) a href=(address::plan(view.run.namespace(), &spec.plan)) { "Plan" } } }
            @if !spec.created_by.is_empty() { li { (icon("user")) (spec.created_by) } }
            li {
                (icon("clock"))
                @match (status.started_at, status.finished_at) {
                    (None, _) => { "Not started" }
                    (Some(start), None) => { "Running for " (age(Some(start), view.now)) }
                    (Some(start), Some(end)) => { "Took " (span_between(Some(start), Some(end), view.now).unwrap_or_default()) ", ended " (age(Some(end), view.now)) " ago" }
                }
            }
            (namespace_fact(view.run.namespace()))
        }
    }
}

/// What can be done with the run: stop it, or start it again once it has ended.
fn decisions(view: &View) -> Markup {
    let action = |verb: &str| format!("/runs/{}/{}/{verb}", segment(view.run.namespace()), segment(view.run.name()));
    // records of what the platform did by itself cannot be repeated
    let is_repeatable = matches!(view.run.spec.program, Program::Template | Program::Pipeline);
    html! {
        @if !view.is_over() && view.may_cancel {
            form.acts method="post" action=(action("cancel")) {
                @if view.run.spec.cancel { button #cancel type="button" aria-disabled="true" { "Stopping: the step in progress ends first" } }
                @else { button.stop #cancel { (icon("x")) "Cancel run" } }
            }
        } @else if view.is_over() && view.may_retry && is_repeatable {
            form.acts method="post" action=(action("retry")) { button #retry { (icon("refresh")) "Run again" } }
        }
    }
}

fn steps(view: &View) -> Markup {
    line::panel(&view.run, view.step.as_deref(), view.now)
}

/// Whether the log still grows.
fn liveness(view: &View) -> Markup {
    html! { span #log-live { @if !view.is_over() { (Status::new(State::Run, "Live").mark()) } } }
}

fn log_panel(view: &View) -> Markup {
    let step = view.step.as_ref().and_then(|id| view.run.status.steps.iter().find(|s| s.id == *id));
    let title = html! { "Log" @if let Some(step) = step { ": " (view::name(step)) } };
    let aside = html! {
        @if view.log.is_ok() {
            (liveness(view))
            button.sm type="button" data-copy=(log::LINES) hidden { (icon("copy")) "Copy" }
            @if let Some(whole) = &view.whole_log { a.btn.sm href=(whole) { (icon("download")) "All lines" } }
        }
    };
    panel(
        "log",
        title,
        aside,
        html! {
            @match &view.log {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(log) => {
                    (log::show(log, view.whole_log.as_deref()))
                    footer { "Newest last, times in UTC. Follows while you are at the end; secrets are masked before they are stored." }
                }
            }
        },
    )
}

/// What comes of the run: one element, so that it can be replaced.
fn aftermath(view: &View) -> Markup {
    html! { div.stack #aftermath { (outcomes(view)) (leftovers(view)) } }
}

fn outcomes(view: &View) -> Markup {
    let found = view::outcomes(&view.run);
    let title = if view.is_over() { "What you have" } else { "What you have so far" };
    html! {
        @if !found.is_empty() {
            (panel("outcomes", html! { (title) }, html! {}, scroll("h-outcomes", html! {
                table.tbl {
                    caption.vh { "Outputs of the run" }
                    thead { tr { th scope="col" { "Output" } th scope="col" { "Value" } } }
                    tbody { @for outcome in &found { tr {
                        th scope="row" { (outcome.name) }
                        td { @match &outcome.href { Some(href) => a href=(href) { (outcome.text) }, None => code { (outcome.text) } } }
                    } } }
                }
            })))
        }
    }
}

/// What stays when the run is cancelled now.
fn leftovers(view: &View) -> Markup {
    let stops = view::stops(&view.run);
    let done: Vec<&str> =
        stops.iter().map(|s| s.step).filter(|s| s.state == StepState::Succeeded).map(view::name).collect();
    html! {
        @if !view.is_over() && view.may_cancel {
            div.note {
                (icon("shield"))
                div {
                    b { "If you cancel now" }
                    p.s.dim {
                        @if view.run.spec.program == Program::Pipeline { "The jobs at work are stopped, and nothing is released. What runs already goes on running." }
                        @else if done.is_empty() { "The step in progress is stopped. Nothing was made yet." }
                        @else { "The step in progress is stopped. What these steps made stays: " (done.join(", ")) ". Deleting the service takes it away." }
                    }
                }
            }
        }
    }
}
