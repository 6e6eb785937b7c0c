//! The page of any object: what is known of it, what happened to it, and what is stored.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use causeway_core::{Condition, Definition, Object, Timestamp};
use causeway_kinds::kubernetes::Body as _;
use causeway_kinds::kubernetes::event::EventBody;
use causeway_resources::Entry;
use causeway_store::WatchScope;
use maud::{Markup, html};

use crate::layout::{Frame, Page, crumbs, namespace_fact, stop};
use crate::live::{self, Drawn, Triggers};
use crate::part::{EventRow, State, age, document, events, icon, icon_of, kind_icon, panel, rows_of};
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};
use crate::{address, health};

/// Everything that the page shows.
struct View {
    definition: Definition,
    object: Object,
    events: Result<Vec<EventRow>, Refusal>,
    now: Timestamp,
}

impl View {
    async fn load(viewer: &Viewer, entry: &Entry, namespace: &str, name: &str) -> Result<Self, Refusal> {
        let record = viewer.record(entry, namespace, name).await?;
        let object = record
            .object()
            .ok_or_else(|| Refusal::Failed { why: format!("The stored text of {name} cannot be read.") })?;
        let object = if is_secret(&entry.definition) { without_values(object) } else { object };
        // events about objects without a namespace lie in the default one
        let place = if namespace.is_empty() { causeway_core::DEFAULT_NAMESPACE } else { namespace };
        let found = viewer.objects(&EventBody::resource(), Wanted::within(place)).await;
        let kind = entry.definition.kind.clone();
        let events = found.map(|all| rows_of(&all, |k, n| k == kind && n == object.name()));
        Ok(Self { definition: entry.definition.clone(), object, events, now: viewer.now })
    }
}

fn is_secret(definition: &Definition) -> bool {
    definition.group.is_empty() && definition.plural == "secrets"
}

/// Values stay where they are: a page is no place for them, sealed or not.
fn without_values(mut object: Object) -> Object {
    for field in ["data", "stringData"] {
        if let Some(values) = object.0.get_mut(field).and_then(|v| v.as_object_mut()) {
            values.values_mut().for_each(|v| *v = "••••••••".into());
        }
    }
    object
}

pub(super) async fn of_cluster(
    viewer: Viewer,
    Path((group, plural, name)): Path<(String, String, String)>,
) -> Result<Markup, Refusal> {
    show(viewer, &group, &plural, "", &name).await
}

pub(super) async fn of_namespace(
    viewer: Viewer,
    Path((group, plural, namespace, name)): Path<(String, String, String, String)>,
) -> Result<Markup, Refusal> {
    show(viewer, &group, &plural, &namespace, &name).await
}

async fn show(viewer: Viewer, group: &str, plural: &str, namespace: &str, name: &str) -> Result<Markup, Refusal> {
    let entry = super::kind(&viewer, group, plural)?;
    let view = View::load(&viewer, &entry, namespace, name).await?;
    let page = Page {
        title: format!("{} {name}", view.definition.kind),
        json: Some(address::api(&view.definition, namespace, name)),
        live: Some(format!("/live{}", address::resource(&view.definition.resource(), namespace, name))),
        ..Page::default()
    };
    Ok(Frame::of(&viewer).await.page(&page, html! { (head(&view)) (content(&view)) }))
}

pub(super) async fn live_of_cluster(
    viewer: Viewer,
    Path((group, plural, name)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    live(viewer, &group, &plural, String::new(), name).await
}

pub(super) async fn live_of_namespace(
    viewer: Viewer,
    Path((group, plural, namespace, name)): Path<(String, String, String, String)>,
) -> Result<Response, Refusal> {
    live(viewer, &group, &plural, namespace, name).await
}

async fn live(viewer: Viewer, group: &str, plural: &str, namespace: String, name: String) -> Result<Response, Refusal> {
    let entry: Arc<Entry> = super::kind(&viewer, group, plural)?;
    View::load(&viewer, &entry, &namespace, &name).await?;
    let within = (!namespace.is_empty()).then(|| namespace.as_str().into());
    let scope = |resource| WatchScope { resource: Some(resource), namespace: within.clone() };
    let scopes = vec![scope(entry.definition.resource()), scope(EventBody::resource())];
    live::serve(viewer, Triggers { scopes, poll: None }, 0, move |viewer, _| {
        let (entry, namespace, name) = (Arc::clone(&entry), namespace.clone(), name.clone());
        async move {
            let view = View::load(&viewer, &entry, &namespace, &name).await?;
            Ok(Drawn {
                swap: html! { (head(&view)) (content(&view)) },
                cursor: viewer.app.resources.revision().0,
                ..Drawn::default()
            })
        }
    })
}

fn head(view: &View) -> Markup {
    let (definition, object) = (&view.definition, &view.object);
    let status = health::of_object(object);
    let stops = [stop("/resources", "All kinds"), (address::kind(&definition.resource()), definition.plural.clone())];
    html! {
        div #head {
            (crumbs(&stops, object.name()))
            div.head { div {
                h1 { (icon(kind_icon(&definition.kind))) (object.name()) @if let Some(status) = &status { " " (status.pill()) } }
                @if let Some(status) = status.filter(|s| s.state != State::Ok && !s.why.is_empty()) { p { (status.why) } }
                ul.facts {
                    li { (definition.kind) }
                    li { (icon("clock")) (age(object.created(), view.now)) " old" }
                    (namespace_fact(object.namespace()))
                    @for owner in object.owner_references() { li { (icon("link")) "Belongs to " (owner.kind) " " (owner.name) } }
                    (links(view))
                }
            } }
        }
    }
}

/// Ways on from kinds that are stages of something bigger.
fn links(view: &View) -> Markup {
    let object = &view.object;
    let namespace = object.namespace();
    let text = |path: &[&str]| Some(object.text(path)).filter(|t| !t.is_empty()).map(str::to_owned);
    let is_application = view.definition.kind == "Application";
    let workload = text(&["spec", "workload"]).or_else(|| is_application.then(|| object.name().to_owned()));
    html! {
        @if let Some(workload) = workload { li { (icon("component")) a href=(address::component(namespace, &workload)) { (workload) } } }
        @if let Some(run) = text(&["status", "run"]) { li { (icon("run")) a href=(address::run(namespace, &run)) { "Run" } } }
        @if let Some(plan) = text(&["status", "plan"]) { li { (icon("plan")) a href=(address::plan(namespace, &plan)) { "Plan" } } }
    }
}

/// One element, so that it can be replaced.
fn content(view: &View) -> Markup {
    let conditions = view.object.conditions();
    html! {
        div.cols #content {
            div.stack {
                @if !conditions.is_empty() { (condition_panel(&conditions, view.now)) }
                (document(&view.object))
            }
            div.stack {
                (panel("events", html! { "Events" }, html! {}, html! {
                    @match &view.events { Err(refusal) => { div.body { (refusal.note()) } } Ok(rows) => (events(rows, view.now)), }
                }))
                (label_panel(&view.object))
            }
        }
    }
}

fn condition_panel(conditions: &[Condition], now: Timestamp) -> Markup {
    panel(
        "conditions",
        html! { "What is known" },
        html! {},
        html! {
            ul.list { @for condition in conditions {
                @let status = health::of_condition(condition);
                li {
                    (icon_of(status.state.symbol(), &format!("i {}", status.state.class())))
                    div.grow { b { (condition.kind) } ": " (format!("{:?}", condition.status)) ", " (condition.reason) p { (condition.message) } }
                    (age(condition.last_transition_time, now))
                }
            } }
        },
    )
}

fn label_panel(object: &Object) -> Markup {
    let labels: Vec<_> = object.labels().collect();
    html! {
        @if !labels.is_empty() {
            (panel("labels", html! { "Labels" }, html! {}, html! {
                div.body { dl.kv { @for (name, value) in &labels { dt { (name) } dd { (value) } } } }
            }))
        }
    }
}
