//! The page of an entity: what it is, how it runs, what belongs to it.

use std::time::Duration;

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use causeway_core::{Definition, Key, Spec as _};
use causeway_kinds::application::ApplicationSpec;
use maud::{Markup, html};
use serde::Deserialize;

use super::entity::{self, Entity};
use super::relation::{self, Relation, relations};
use super::{about, output};
use crate::layout::{Frame, Page, Section, crumbs, stop};
use crate::live::{self, Drawn, Triggers};
use crate::part::{self, Status, events};
use crate::refusal::Refusal;
use crate::service::{self, Belongings};
use crate::viewer::Viewer;
use crate::{address, run};

/// Programs say something every so often; nobody announces it.
const LOOK_AT_LOGS: Duration = Duration::from_millis(1500);

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Overview,
    Deployments,
    Claims,
    Runs,
    Events,
    Logs,
    Relations,
    Yaml,
}

/// Name in addresses, and heading.
const TABS: &[(Tab, &str, &str)] = &[
    (Tab::Overview, "overview", "Overview"),
    (Tab::Deployments, "deployments", "Deployments"),
    (Tab::Claims, "claims", "Claims"),
    (Tab::Runs, "runs", "Runs"),
    (Tab::Events, "events", "Events"),
    (Tab::Logs, "logs", "Logs"),
    (Tab::Relations, "relations", "Relations"),
    (Tab::Yaml, "yaml", "YAML"),
];

impl Tab {
    fn named(name: &str) -> Result<Self, Refusal> {
        let found = TABS.iter().find(|(_, n, _)| *n == name).map(|(tab, ..)| *tab);
        found.ok_or_else(|| Refusal::not_found(format!("part {name} of an entity's page")))
    }

    fn name(self) -> &'static str {
        TABS.iter().find(|(tab, ..)| *tab == self).map_or("overview", |(_, name, _)| name)
    }

    /// Tabs that only something that runs has.
    fn is_of_services(self) -> bool {
        !matches!(self, Self::Overview | Self::Relations | Self::Yaml)
    }
}

/// Choices within a tab.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    /// The environment whose log is shown.
    environment: String,
}

/// Everything that the page shows.
struct View {
    entity: Entity,
    definition: Definition,
    relations: Vec<Relation>,
    /// What belongs to it, where it is something that runs.
    service: Option<Belongings>,
    /// The log of one deployment, where the tab is that of logs.
    log: Option<output::Output>,
    tab: Tab,
    now: causeway_core::Timestamp,
}

type Place = (String, String, String);

impl View {
    async fn load(
        viewer: &Viewer,
        (namespace, kind, name): &Place,
        tab: Tab,
        choice: &Choice,
    ) -> Result<Self, Refusal> {
        let definition = entity::kind_named(viewer, kind)?;
        let entry = viewer.entry(&definition.resource())?;
        let record = viewer.record(&entry, namespace, name).await?;
        let entity =
            Entity(record.object().ok_or_else(|| Refusal::Failed { why: "The stored entity cannot be read.".into() })?);
        let relations = relations(viewer, &entity.reference()).await?;
        let service = match entity.kind() {
            "Component" => Some(Belongings::of(viewer, entity.namespace(), entity.name()).await),
            _ => None,
        };
        let log = match &service {
            Some(service) if tab == Tab::Logs => Some(output::Output::read(viewer, service, &choice.environment).await),
            _ => None,
        };
        Ok(Self { entity, definition, relations, service, log, tab, now: viewer.now })
    }

    fn status(&self) -> Option<Status> {
        self.service.as_ref().and_then(Belongings::status)
    }

    fn address(&self) -> String {
        self.entity.address()
    }

    /// Where changes of this tab are streamed from.
    fn stream(&self) -> Option<String> {
        let choice = self
            .log
            .as_ref()
            .and_then(|log| log.chosen())
            .map(|e| format!("?environment={}", address::segment(e)))
            .unwrap_or_default();
        (self.tab != Tab::Yaml).then(|| format!("/live{}/{}{choice}", self.address(), self.tab.name()))
    }
}

pub(super) async fn overview(
    viewer: Viewer,
    Path(place): Path<Place>,
    Query(choice): Query<Choice>,
) -> Result<Response, Refusal> {
    match show(&viewer, &place, Tab::Overview, &choice).await {
        // between the order and its catalog entry there is the application
        Err(Refusal::NotFound { what }) if place.1.eq_ignore_ascii_case("component") => {
            let key = Key::new(ApplicationSpec::resource(), place.0.as_str(), place.2.as_str());
            if !viewer.has(&key).await {
                return Err(Refusal::NotFound { what });
            }
            Ok(Redirect::to(&address::resource(&key.resource, &place.0, &place.2)).into_response())
        }
        shown => Ok(shown?.into_response()),
    }
}

pub(super) async fn tab(
    viewer: Viewer,
    Path((namespace, kind, name, tab)): Path<(String, String, String, String)>,
    Query(choice): Query<Choice>,
) -> Result<Markup, Refusal> {
    show(&viewer, &(namespace, kind, name), Tab::named(&tab)?, &choice).await
}

async fn show(viewer: &Viewer, place: &Place, tab: Tab, choice: &Choice) -> Result<Markup, Refusal> {
    let view = View::load(viewer, place, tab, choice).await?;
    let frame = Frame::of(viewer).await;
    let page = Page {
        title: view.entity.title().to_owned(),
        section: Section::Catalog,
        source: about::source(&view.entity),
        json: Some(address::api(&view.definition, view.entity.namespace(), view.entity.name())),
        live: view.stream(),
        refresh: (tab == Tab::Logs).then_some(5),
    };
    Ok(frame.page(&page, html! { (head(&view)) (tabs(&view)) (content(&view)) }))
}

pub(super) async fn live(
    viewer: Viewer,
    Path((namespace, kind, name, tab)): Path<(String, String, String, String)>,
    Query(choice): Query<Choice>,
) -> Result<Response, Refusal> {
    let (place, tab) = ((namespace, kind, name), Tab::named(&tab)?);
    let view = View::load(&viewer, &place, tab, &choice).await?;
    let mut kinds = service::kinds();
    kinds.push(view.definition.resource());
    let triggers = Triggers::of(view.entity.namespace(), &kinds);
    let triggers = if tab == Tab::Logs { triggers.every(LOOK_AT_LOGS) } else { triggers };
    live::serve(viewer, triggers, 0, move |viewer, _| {
        let (place, choice) = (place.clone(), choice.clone());
        async move {
            let view = View::load(&viewer, &place, tab, &choice).await?;
            let cursor = viewer.app.resources.revision().0;
            Ok(Drawn { swap: html! { (head(&view)) (content(&view)) }, cursor, ..Drawn::default() })
        }
    })
}

fn head(view: &View) -> Markup {
    let entity = &view.entity;
    let kind = entity.kind();
    let stops = [stop("/catalog", "Catalog"), (format!("/catalog?kind={}", kind.to_lowercase()), kind.to_owned())];
    html! {
        div #head {
            (crumbs(&stops, entity.title()))
            div.head {
                div {
                    h1 {
                        (part::icon(part::kind_icon(kind))) (entity.title())
                        @if let Some(status) = view.status() { " " (status.pill()) }
                    }
                    @if !entity.description().is_empty() { p { (entity.description()) } }
                    (about::facts(entity))
                }
                (about::actions(entity, view.service.as_ref()))
            }
        }
    }
}

fn tabs(view: &View) -> Markup {
    let counted = |tab: Tab| {
        let service = view.service.as_ref()?;
        match tab {
            Tab::Deployments => service.deployments.as_ref().ok().map(Vec::len),
            Tab::Claims => service.claims.as_ref().ok().map(Vec::len),
            Tab::Runs => service.runs.as_ref().ok().map(Vec::len),
            Tab::Overview | Tab::Events | Tab::Logs | Tab::Relations | Tab::Yaml => None,
        }
    };
    html! {
        nav.tabs aria-label=(view.entity.title()) { ul {
            @for (tab, name, heading) in TABS.iter().filter(|(tab, ..)| view.service.is_some() || !tab.is_of_services()) {
                @let href = if *tab == Tab::Overview { view.address() } else { format!("{}/{name}", view.address()) };
                li { a href=(href) aria-current=[(*tab == view.tab).then_some("page")] {
                    (heading)
                    @if let Some(number) = counted(*tab) { " " span { (number) } }
                    @if *tab == Tab::Relations { " " span { (view.relations.len()) } }
                } }
            }
        } }
    }
}

/// What stands below the tabs: one element, so that it can be replaced.
fn content(view: &View) -> Markup {
    let nothing = || Refusal::not_found("workload of this name").note();
    html! {
        div #content {
            @match (view.tab, &view.service) {
                (Tab::Overview, service) => (overview_of(view, service.as_ref())),
                (Tab::Relations, _) => (relation::block(view.entity.title(), &view.relations, None)),
                (Tab::Yaml, _) => (part::document(&view.entity.0)),
                (_, None) => (nothing()),
                (Tab::Deployments, Some(service)) => { div.stack {
                    (service::deployments(&service.deployments, view.now))
                    (service::history(service.deployments.as_deref().unwrap_or_default(), view.now))
                } },
                (Tab::Claims, Some(service)) => (service::claims(&service.claims)),
                (Tab::Runs, Some(service)) => (run::panel(&service.runs, "Runs", view.now)),
                (Tab::Events, Some(service)) => (event_panel(service, usize::MAX, view)),
                (Tab::Logs, Some(_)) => { @match &view.log { Some(log) => (log.show(&view.address())), None => (nothing()) } },
            }
        }
    }
}

fn overview_of(view: &View, service: Option<&Belongings>) -> Markup {
    const SOME: usize = 6;
    let entity = &view.entity;
    html! {
        div.cols {
            div.stack {
                @if let Some(service) = service {
                    @if let Some(application) = &service.application { (service::application(application)) }
                    (service::deployments(&service.deployments, view.now))
                    (service::claims(&service.claims))
                }
                @if entity.kind() == "API" { (about::definition(entity)) }
                (relation::block(entity.title(), &view.relations, Some(&format!("{}/relations", view.address()))))
                @if let Some(service) = service { (event_panel(service, SOME, view)) }
            }
            div.stack {
                (about::details(entity))
                @if let Some(service) = service { (run::panel_of(&service.runs, "Last runs", SOME, Some(&format!("{}/runs", view.address())), view.now)) }
                (about::origin(entity))
            }
        }
    }
}

fn event_panel(service: &Belongings, most: usize, view: &View) -> Markup {
    let more = format!("{}/events", view.address());
    part::panel(
        "events",
        html! { "Events" },
        html! { @if most != usize::MAX { a href=(more) { "All events" } } },
        html! {
            @match &service.events {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(rows) => (events(rows.get(..most).unwrap_or(rows), view.now)),
            }
        },
    )
}
