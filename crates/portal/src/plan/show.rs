//! The page of a plan: its actions on the line, and the decision beside them.

use axum::extract::{Path, Query};
use axum::response::Response;
use causeway_core::{DEFAULT_NAMESPACE, Timestamp};
use causeway_kinds::plan::{Plan, PlanOperation, PlanSpec};
use maud::{Markup, html};
use serde::Deserialize;

use super::{actions, decide, summary, title};
use crate::layout::{Frame, Page, Section, crumbs, namespace_fact, stop};
use crate::live::{self, Drawn, Triggers};
use crate::part::{State, age, icon};
use crate::refusal::Refusal;
use crate::viewer::Viewer;
use crate::{address, health};

/// What happened just before.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    /// The plan was another when it was approved.
    changed: String,
}

/// Everything that the page shows.
pub(super) struct View {
    pub(super) plan: Plan,
    pub(super) may_approve: bool,
    /// Whether an approval came too late, for a plan that has changed.
    pub(super) changed: bool,
    pub(super) now: Timestamp,
}

impl View {
    async fn load(viewer: &Viewer, namespace: &str, name: &str, changed: bool) -> Result<Self, Refusal> {
        let plan = viewer.see::<PlanSpec>(namespace, name).await?;
        let may_approve = viewer.may("create", &super::resource(), "approval", namespace, name).await;
        Ok(Self { plan, may_approve, changed, now: viewer.now })
    }
}

pub(super) async fn in_default(
    viewer: Viewer,
    Path(name): Path<String>,
    before: Query<Before>,
) -> Result<Markup, Refusal> {
    show(viewer, Path((DEFAULT_NAMESPACE.to_owned(), name)), before).await
}

pub(super) async fn show(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
    Query(before): Query<Before>,
) -> Result<Markup, Refusal> {
    let view = View::load(&viewer, &namespace, &name, !before.changed.is_empty()).await?;
    let definition = &viewer.entry(&super::resource())?.definition;
    let page = Page {
        title: title(&view.plan),
        section: Section::Plans,
        source: format!("Plan {name}"),
        json: Some(address::api(definition, &namespace, &name)),
        live: Some(format!("/live/plans/{}/{}", address::segment(&namespace), address::segment(&name))),
        ..Page::default()
    };
    Ok(Frame::of(&viewer).await.page(&page, content(&view)))
}

pub(super) async fn live(viewer: Viewer, Path((namespace, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    View::load(&viewer, &namespace, &name, false).await?;
    live::serve(viewer, Triggers::of(&namespace, &[super::resource()]), 0, move |viewer, _| {
        let (namespace, name) = (namespace.clone(), name.clone());
        async move {
            let view = View::load(&viewer, &namespace, &name, false).await?;
            let ended = view.plan.status.applied_at.is_some();
            let swap = html! { (head(&view)) (facts(&view)) (decide::panel(&view)) };
            Ok(Drawn { swap, cursor: viewer.app.resources.revision().0, ended, ..Drawn::default() })
        }
    })
}

fn content(view: &View) -> Markup {
    html! {
        (head(view))
        (facts(view))
        div.cols {
            section aria-labelledby="h-actions" {
                div.row.split.mb { h2 id="h-actions" { @if view.plan.status.applied_at.is_some() { "What was done, in this order" } @else { "What will happen, in this order" } } }
                (actions(&view.plan.status))
            }
            aside.stack aria-label="Decision" { (decide::panel(view)) (decide::warnings(&view.plan.status)) }
        }
    }
}

fn head(view: &View) -> Markup {
    let plan = &view.plan;
    let status = health::of_plan(plan);
    let subject = &plan.spec.subject;
    // what a deletion took away has no page any more
    let is_gone = plan.spec.operation == PlanOperation::Delete && plan.status.applied_at.is_some();
    let has_page = !is_gone && ["Application", "Deployment"].contains(&subject.kind.as_str());
    let service = has_page.then(|| subject.name.split('.').next().unwrap_or_default());
    html! {
        div #head {
            (crumbs(&[stop("/plans", "Plans")], plan.name()))
            div.head {
                div {
                    h1 { (icon("plan")) (title(plan)) " " (status.pill()) }
                    ul.facts {
                        @if let Some(service) = service { li { (icon("component")) a href=(address::component(plan.namespace(), service)) { (service) } } }
                        @if !plan.spec.author.is_empty() { li { (icon("user")) "Asked by " (plan.spec.author) } }
                        li { (icon("clock")) (age(plan.metadata.creation_timestamp, view.now)) " ago" }
                        (namespace_fact(plan.namespace()))
                    }
                }
                @if status.state == State::Wait { div.acts { a.btn href="#decide" { "Decide" } } }
            }
        }
    }
}

fn facts(view: &View) -> Markup {
    html! { div #sum { (summary(&view.plan.status)) } }
}
