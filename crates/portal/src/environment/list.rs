//! Services by environment.

use std::collections::BTreeMap;

use axum::response::Response;
use causeway_core::{DEFAULT_NAMESPACE, Spec as _, Timestamp};
use causeway_kinds::deployment::{Deployment, DeploymentSpec};
use causeway_kinds::environment::{Environment, EnvironmentSpec};
use maud::{Markup, html};

use crate::layout::{Frame, Page, Section};
use crate::live::{self, Drawn, Triggers};
use crate::part::{State, Status, age, count, icon, scroll};
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};
use crate::{address, health, service};

/// Everything that the page shows.
struct View {
    environments: Vec<Environment>,
    /// Services with their deployments, worst first.
    rows: Vec<Row>,
    now: Timestamp,
}

struct Row {
    namespace: String,
    workload: String,
    deployments: Vec<Deployment>,
}

impl Row {
    fn worst(&self) -> State {
        self.deployments.iter().map(|d| health::of_deployment(d).state).min().unwrap_or_default()
    }
}

impl View {
    async fn load(viewer: &Viewer) -> Result<Self, Refusal> {
        let mut environments = viewer.list::<EnvironmentSpec>(Wanted::default()).await?;
        environments.sort_by_key(|e| (rank(&e.spec.r#type), e.name().to_owned(), e.namespace().to_owned()));
        let deployments = viewer.list::<DeploymentSpec>(Wanted::default()).await?;
        Ok(Self { environments, rows: rows(deployments), now: viewer.now })
    }

    fn states(&self, wanted: State) -> usize {
        self.rows.iter().flat_map(|r| &r.deployments).filter(|d| health::of_deployment(d).state == wanted).count()
    }
}

/// From the desk to the customer.
fn rank(kind: &str) -> usize {
    ["dev", "development", "preview", "test", "staging", "production", "prod"]
        .iter()
        .position(|k| *k == kind)
        .unwrap_or(3)
}

fn rows(deployments: Vec<Deployment>) -> Vec<Row> {
    let mut grouped: BTreeMap<(String, String), Vec<Deployment>> = BTreeMap::new();
    for deployment in deployments {
        grouped
            .entry((deployment.namespace().to_owned(), deployment.spec.workload.clone()))
            .or_default()
            .push(deployment);
    }
    let mut rows: Vec<Row> = grouped
        .into_iter()
        .map(|((namespace, workload), deployments)| Row { namespace, workload, deployments })
        .collect();
    rows.sort_by_key(|r| (r.worst(), r.workload.clone()));
    rows
}

pub(super) async fn show(viewer: Viewer) -> Result<Markup, Refusal> {
    let view = View::load(&viewer).await?;
    let definition = &viewer.entry(&EnvironmentSpec::resource())?.definition;
    let page = Page {
        title: "Environments".into(),
        section: Section::Environments,
        source: "Observed by the delivery controllers".into(),
        json: Some(address::api(definition, "", "")),
        live: Some("/live/environments".into()),
        ..Page::default()
    };
    Ok(Frame::of(&viewer).await.page(&page, render(&view)))
}

pub(super) async fn live(viewer: Viewer) -> Result<Response, Refusal> {
    let triggers = Triggers::everywhere(&[EnvironmentSpec::resource(), DeploymentSpec::resource()]);
    live::serve(viewer, triggers, 0, |viewer, _| async move {
        let view = View::load(&viewer).await?;
        Ok(Drawn {
            swap: html! { div #matrix { (matrix(&view)) } },
            cursor: viewer.app.resources.revision().0,
            ..Drawn::default()
        })
    })
}

fn render(view: &View) -> Markup {
    html! {
        div.head { div { h1 { "Environments" } p { (summary(view)) } } }
        (legend())
        div #matrix { (matrix(view)) }
    }
}

fn summary(view: &View) -> String {
    let all = format!("{} in {}.", count(view.rows.len(), "service"), count(view.environments.len(), "environment"));
    let words = [
        (State::Bad, "failed"),
        (State::Warn, "degraded"),
        (State::Wait, "waiting for a person"),
        (State::Run, "being rolled out"),
    ];
    let said: Vec<String> = words
        .iter()
        .map(|(s, w)| (view.states(*s), w))
        .filter(|(n, _)| *n > 0)
        .map(|(n, w)| format!("{n} {w}"))
        .collect();
    if said.is_empty() { all } else { format!("{all} {}.", said.join(", ")) }
}

fn legend() -> Markup {
    let states = [
        (State::Ok, "Healthy"),
        (State::Run, "Rolling out"),
        (State::Wait, "Waiting"),
        (State::Warn, "Degraded"),
        (State::Bad, "Failed"),
        (State::None, "No data"),
    ];
    html! { ul.facts.mb { @for (state, word) in states { li { (Status::new(state, word).mark()) } } } }
}

fn matrix(view: &View) -> Markup {
    html! {
        section.panel aria-labelledby="h-matrix" {
            h2.vh id="h-matrix" { "Services by environment" }
            @if view.environments.is_empty() { div.empty { p { "There is no environment. " code { "platform create environment dev" } " makes one." } } }
            @else {
                (scroll("h-matrix", html! {
                    table.tbl.matrix {
                        caption.vh { "Release, state and age of each service in each environment, worst first" }
                        thead { tr {
                            th scope="col" { "Service" }
                            @for environment in &view.environments { th scope="col" { (heading(environment)) } }
                        } }
                        tbody {
                            @for row in &view.rows { (line(row, view)) }
                            @if view.rows.is_empty() { tr { td colspan=(view.environments.len() + 1) { "Nothing is deployed yet. " a href="/create" { "Create a service" } } } }
                        }
                    }
                }))
            }
        }
    }
}

fn heading(environment: &Environment) -> Markup {
    let cluster = if environment.spec.cluster.is_empty() { "no cluster" } else { &environment.spec.cluster };
    html! {
        a href=(address::environment(environment.namespace(), environment.name())) { (environment.name()) }
        span.sub { (cluster) @if environment.namespace() != DEFAULT_NAMESPACE { ", " (environment.namespace()) } }
    }
}

fn line(row: &Row, view: &View) -> Markup {
    html! {
        tr {
            th scope="row" { a.plain href=(address::component(&row.namespace, &row.workload)) { (row.workload) } @if row.namespace != DEFAULT_NAMESPACE { span.sub { (row.namespace) } } }
            @for environment in &view.environments {
                @let found = row.deployments.iter().find(|d| d.spec.environment == environment.name() && fits(d, environment));
                @match found { Some(found) => { td { (cell(found, view.now)) } }, None => { td.mute { span.cell { "not here" } } } }
            }
        }
    }
}

/// An environment of the default namespace is there for all.
fn fits(deployment: &Deployment, environment: &Environment) -> bool {
    environment.namespace() == deployment.namespace() || environment.namespace() == DEFAULT_NAMESPACE
}

fn cell(deployment: &Deployment, now: Timestamp) -> Markup {
    let health = health::of_deployment(deployment);
    let release = if deployment.status.release.is_empty() { "—" } else { &deployment.status.release };
    html! {
        a class={ "cell " (health.state.class()) } href={ (address::component(deployment.namespace(), &deployment.spec.workload)) "/deployments" } {
            span.row.split { span.rel { (release) } span.mute.xs { (age(service::rolled_out(deployment), now)) } }
            span class={ "st " (health.state.class()) } {
                (icon(health.state.symbol())) (health.word)
                @if health.state != State::None { ", " (service::running(deployment)) }
            }
        }
    }
}
