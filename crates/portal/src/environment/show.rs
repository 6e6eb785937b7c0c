//! The page of an environment: its rules, and what is in it.

use axum::extract::Path;
use axum::response::Response;
use causeway_core::{DEFAULT_NAMESPACE, GroupResource, Spec as _, Timestamp};
use causeway_kinds::claim::{Claim, ClaimSpec};
use causeway_kinds::deployment::{Deployment, DeploymentSpec};
use causeway_kinds::environment::{Environment, EnvironmentSpec};
use maud::{Markup, html};

use crate::layout::{Frame, Page, Section, crumbs, namespace_fact, stop};
use crate::live::{self, Drawn, Triggers};
use crate::part::{State, age, icon, panel, scroll};
use crate::refusal::Refusal;
use crate::service;
use crate::viewer::{Viewer, Wanted};
use crate::{address, health};

/// Everything that the page shows.
struct View {
    environment: Environment,
    deployments: Result<Vec<Deployment>, Refusal>,
    claims: Result<Vec<Claim>, Refusal>,
    /// Paths of secrets, their versions and their keys; never their values.
    secrets: Result<Vec<Secret>, Refusal>,
    now: Timestamp,
}

struct Secret {
    namespace: String,
    path: String,
    version: u64,
    keys: Vec<String>,
}

impl View {
    async fn load(viewer: &Viewer, namespace: &str, name: &str) -> Result<Self, Refusal> {
        let environment = viewer.see::<EnvironmentSpec>(namespace, name).await?;
        // one of the default namespace serves all namespaces
        let wanted = if namespace == DEFAULT_NAMESPACE { Wanted::default() } else { Wanted::within(namespace) };
        let mut deployments = viewer.list::<DeploymentSpec>(wanted).await;
        if let Ok(list) = &mut deployments {
            list.retain(|d| d.spec.environment == name);
            list.sort_by_key(|d| (health::of_deployment(d).state, d.name().to_owned()));
        }
        let mut claims = viewer.list::<ClaimSpec>(wanted).await;
        if let Ok(list) = &mut claims {
            list.retain(|c| c.spec.environment == name);
            list.sort_by_key(|c| (health::of_claim(c).state, c.name().to_owned()));
        }
        let secrets = secrets(viewer, namespace, name).await;
        Ok(Self { environment, deployments, claims, secrets, now: viewer.now })
    }
}

/// As the API lists them: to those who may list secrets in the namespace.
async fn secrets(viewer: &Viewer, namespace: &str, name: &str) -> Result<Vec<Secret>, Refusal> {
    viewer.need("list", &GroupResource::new("", "secrets"), "", namespace).await?;
    let found = viewer.app.secrets.list(namespace, Some(name)).await;
    let found = found.map_err(|e| Refusal::Failed { why: format!("The secrets cannot be listed: {e}.") })?;
    let read = |s: causeway_secrets::SecretInfo| Secret {
        namespace: namespace.to_owned(),
        path: s.path,
        version: s.version,
        keys: s.keys,
    };
    Ok(found.into_iter().map(read).collect())
}

pub(super) async fn in_default(viewer: Viewer, Path(name): Path<String>) -> Result<Markup, Refusal> {
    show(viewer, Path((DEFAULT_NAMESPACE.to_owned(), name))).await
}

pub(super) async fn show(viewer: Viewer, Path((namespace, name)): Path<(String, String)>) -> Result<Markup, Refusal> {
    let view = View::load(&viewer, &namespace, &name).await?;
    let definition = &viewer.entry(&EnvironmentSpec::resource())?.definition;
    let page = Page {
        title: name.clone(),
        section: Section::Environments,
        source: "Observed by the delivery controllers".into(),
        json: Some(address::api(definition, &namespace, &name)),
        live: Some(format!("/live/environments/{}/{}", address::segment(&namespace), address::segment(&name))),
        ..Page::default()
    };
    Ok(Frame::of(&viewer).await.page(&page, content(&view)))
}

pub(super) async fn live(viewer: Viewer, Path((namespace, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    View::load(&viewer, &namespace, &name).await?;
    let triggers =
        Triggers::everywhere(&[EnvironmentSpec::resource(), DeploymentSpec::resource(), ClaimSpec::resource()]);
    live::serve(viewer, triggers, 0, move |viewer, _| {
        let (namespace, name) = (namespace.clone(), name.clone());
        async move {
            let view = View::load(&viewer, &namespace, &name).await?;
            let swap = html! { (head(&view)) (services(&view)) (service::claims(&view.claims)) (secret_panel(&view)) };
            Ok(Drawn { swap, cursor: viewer.app.resources.revision().0, ..Drawn::default() })
        }
    })
}

fn content(view: &View) -> Markup {
    html! {
        (head(view))
        div.cols {
            div.stack { (services(view)) (service::claims(&view.claims)) }
            div.stack { (rules(view)) (secret_panel(view)) }
        }
    }
}

fn head(view: &View) -> Markup {
    let (environment, spec) = (&view.environment, &view.environment.spec);
    let status = health::of_object(&environment.to_object());
    let title = if spec.display_name.is_empty() { environment.name() } else { &spec.display_name };
    html! {
        div #head {
            (crumbs(&[stop("/environments", "Environments")], environment.name()))
            div.head { div {
                h1 { (icon("env")) (title) @if let Some(status) = &status { " " (status.pill()) } }
                @if let Some(status) = status.filter(|s| s.state != State::Ok && !s.why.is_empty()) { p { (status.why) } }
                ul.facts {
                    li { (environment.name()) @if !spec.r#type.is_empty() { ", " (spec.r#type) } }
                    @if !spec.cluster.is_empty() { li { (icon("component")) "Cluster " (spec.cluster) } }
                    @if !spec.owner.is_empty() { li { (icon("team")) (spec.owner) } }
                    @if spec.protected { li { (icon("shield")) "Protected" } }
                    @if let Some(end) = environment.status.expires_at { li { (icon("clock")) "Ends " time datetime=(end) { (end) } } }
                    (namespace_fact(environment.namespace()))
                }
            } }
        }
    }
}

fn services(view: &View) -> Markup {
    panel(
        "services",
        html! { "Services " @if let Ok(list) = &view.deployments { span { (list.len()) } } },
        html! {},
        html! {
            @match &view.deployments {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(list) if list.is_empty() => { div.empty { p { "Nothing is deployed here." } } }
                Ok(list) => (scroll("h-services", html! {
                    table.tbl {
                        caption.vh { "Services of this environment, worst first" }
                        thead { tr { th scope="col" { "Service" } th scope="col" { "Release" } th scope="col" { "Health" } th.num scope="col" { "Replicas" } th.num scope="col" { "Age" } } }
                        tbody { @for one in list { tr {
                            th scope="row" { a.plain href=(address::component(one.namespace(), &one.spec.workload)) { (one.spec.workload) } }
                            td { span.rel { @if one.status.release.is_empty() { "—" } @else { (one.status.release) } } }
                            td { (health::of_deployment(one).reasoned()) }
                            td.num { (service::running(one)) }
                            td.num { (age(service::rolled_out(one), view.now)) }
                        } } }
                    }
                })),
            }
        },
    )
}

fn rules(view: &View) -> Markup {
    let spec = &view.environment.spec;
    panel(
        "rules",
        html! { "Rules" },
        html! {},
        html! {
            div.body { dl.kv {
                dt { "Replicas" } dd {
                    @let set: Vec<_> = spec.services.iter().filter_map(|s| Some((s.name.as_str(), s.replicas?))).collect();
                    @if set.is_empty() { "as each service asks" } @for (name, number) in set { (name) ": " (number) " " }
                }
                @if !spec.from.is_empty() { dt { "Made from" } dd { (spec.from) } }
                @if !spec.ttl.is_empty() { dt { "Lives for" } dd { (spec.ttl) } }
                dt { "Protected" } dd { @if spec.protected { "yes: every plan needs an approval" } @else { "no" } }
            } }
        },
    )
}

fn secret_panel(view: &View) -> Markup {
    panel(
        "secrets",
        html! { "Secrets " @if let Ok(list) = &view.secrets { span { (list.len()) } } },
        html! {},
        html! {
            @match &view.secrets {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(list) if list.is_empty() => { div.empty { p { "This environment has no secret." } } }
                Ok(list) => {
                    ul.list { @for secret in list { li {
                        (icon("key"))
                        div.grow {
                            code { (secret.path) } @if secret.namespace != DEFAULT_NAMESPACE { " " span.tag { (secret.namespace) } }
                            p { (secret.keys.join(", ")) " " (service::mask()) }
                        }
                        span.s.mute { "version " (secret.version) }
                    } } }
                    footer { "Values are never shown here: " code { "platform secret get NAME --env " (view.environment.name()) } "." }
                }
            }
        },
    )
}
