//! The first page: what waits for the viewer, how their services are, what they can start, what ran.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use causeway_api::App;
use causeway_core::reference::EntityRef;
use causeway_core::{Spec as _, Timestamp};
use causeway_kinds::application::ApplicationSpec;
use causeway_kinds::deployment::DeploymentSpec;
use causeway_kinds::plan::PlanSpec;
use causeway_kinds::run::{Run, RunSpec};
use maud::{Markup, html};

use crate::catalog::entity::{entities, memberships};
use crate::create::{Offer, offers};
use crate::layout::{Frame, Page, Section};
use crate::live::{self, Drawn, Triggers};
use crate::part::{State, age, count, icon, kind_icon, panel, plural, scroll};
use crate::plan::{self, Waiting};
use crate::refusal::Refusal;
use crate::service::{self, Summary};
use crate::viewer::{Viewer, Wanted};
use crate::{address, health, run};

/// Rows of a list on this page; the rest is a link away.
const SOME: usize = 12;
const RUNS: usize = 8;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/", get(show)).route("/live/home", get(live))
}

/// Everything that the page shows.
struct View {
    user: String,
    waiting: Result<Waiting, Refusal>,
    services: Result<Vec<Summary>, Refusal>,
    /// Whether the services are those of the viewer's groups, or all.
    mine: bool,
    offers: Vec<Offer>,
    runs: Result<Vec<Run>, Refusal>,
    now: Timestamp,
}

impl View {
    async fn load(viewer: &Viewer) -> Self {
        let all = entities(viewer).await.unwrap_or_default();
        let groups = memberships(viewer, &all);
        let services = service::summaries(viewer, &all).await;
        let is_mine =
            |s: &Summary| s.owner.as_ref().map(EntityRef::canonical).is_some_and(|owner| groups.contains(&owner));
        let mine = services.as_ref().is_ok_and(|all| all.iter().any(is_mine));
        Self {
            user: viewer.caller.actor.user.clone(),
            waiting: plan::waiting(viewer).await,
            services: services.map(|all| all.into_iter().filter(|s| !mine || is_mine(s)).collect()),
            mine,
            offers: offers(viewer).await,
            runs: viewer.list::<RunSpec>(Wanted::default()).await.map(service::newest),
            now: viewer.now,
        }
    }
}

async fn show(viewer: Viewer) -> Markup {
    let view = View::load(&viewer).await;
    let page = Page {
        title: "Home".into(),
        section: Section::Home,
        source: "Health as the delivery controllers observe it".into(),
        live: Some("/live/home".into()),
        ..Page::default()
    };
    Frame::of(&viewer).await.page(&page, render(&view))
}

async fn live(viewer: Viewer) -> Result<Response, Refusal> {
    let kinds = [PlanSpec::resource(), DeploymentSpec::resource(), ApplicationSpec::resource(), RunSpec::resource()];
    live::serve(viewer, Triggers::everywhere(&kinds), 0, |viewer, _| async move {
        let view = View::load(&viewer).await;
        let cursor = viewer.app.resources.revision().0;
        Ok(Drawn {
            swap: html! { (greeting(&view)) (waiting(&view)) (services(&view)) (runs(&view)) },
            cursor,
            ..Drawn::default()
        })
    })
}

fn render(view: &View) -> Markup {
    html! {
        div.hero {
            (greeting(view))
            form.find role="search" action="/search" {
                label.vh for="q" { "Search names, titles and descriptions" }
                (icon("search"))
                input #q name="q" type="search" placeholder="Find a service, an environment, a run" autocomplete="off";
                kbd aria-hidden="true" { "/" }
            }
        }
        div.cols.lead {
            div.stack { (waiting(view)) (runs(view)) }
            div.stack { (services(view)) (paths(view)) }
        }
    }
}

fn greeting(view: &View) -> Markup {
    let services = view.services.as_deref().unwrap_or_default();
    let waiting = view.waiting.as_ref().map_or(0, |w| w.mine.len());
    let name = view.user.rsplit(['/', ':']).next().unwrap_or(&view.user);
    html! {
        div #greeting {
            h1 { "Hello, " (name) }
            p.dim { (attention(services)) " " (decisions(waiting)) }
        }
    }
}

/// What needs looking at, in a sentence.
fn attention(services: &[Summary]) -> String {
    let sick = services.iter().filter(|s| s.status.state <= State::Warn).count();
    let healthy = services.iter().filter(|s| s.status.state == State::Ok).count();
    match (services.len(), sick) {
        (0, _) => "No service runs here yet.".into(),
        (all, 0) => format!("{healthy} of {} healthy.", count(all, "service")),
        (all, sick) => {
            format!("{sick} of {} {} attention.", count(all, "service"), if sick == 1 { "needs" } else { "need" })
        }
    }
}

fn decisions(waiting: usize) -> String {
    match waiting {
        0 => "Nothing waits for a decision.".into(),
        n => format!("{n} {} {} for you.", plural(n, "decision"), if n == 1 { "waits" } else { "wait" }),
    }
}

fn waiting(view: &View) -> Markup {
    let number = view.waiting.as_ref().map_or(0, |w| w.mine.len());
    html! {
        section.panel.need[number > 0] #waiting aria-labelledby="h-waiting" {
            header { h2 id="h-waiting" { "Waiting for you " @if number > 0 { span { (number) } } } a href="/plans" { "All plans" } }
            @match &view.waiting {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(waiting) if waiting.mine.is_empty() => { div.empty { p { "No plan waits for you." } } }
                Ok(waiting) => { ul.list { @for one in &waiting.mine { li {
                    (icon("plan"))
                    div.grow {
                        a href=(address::plan(one.namespace(), one.name())) { (plan::title(one)) }
                        p { (count(one.status.actions.len(), "action")) ". " (health::of_plan(one).why) }
                    }
                    (age(one.metadata.creation_timestamp, view.now))
                } } } }
            }
            @if let Some(others) = view.waiting.as_ref().ok().map(|w| w.others).filter(|n| *n > 0) {
                footer { (count(others, "plan")) " " @if others == 1 { "waits" } @else { "wait" } " for others" }
            }
        }
    }
}

fn services(view: &View) -> Markup {
    let title = if view.mine { "My services" } else { "Services" };
    panel(
        "services",
        html! { (title) " " @if let Ok(list) = &view.services { span { (list.len()) } } },
        html! { a href="/environments" { "By environment" } },
        html! {
            @match &view.services {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(list) if list.is_empty() => { div.empty {
                    p { "No service was created here yet." }
                    p { a.btn.go href="/create" { (icon("create")) "Create a service" } }
                } }
                Ok(list) => {
                    (scroll("h-services", html! {
                        table.tbl {
                            caption.vh { "Services with health and last rollout, worst first" }
                            thead { tr { th scope="col" { "Service" } th scope="col" { "Health" } th.w scope="col" { "Release" } th.w scope="col" { "In" } th.num scope="col" { "Rolled out" } } }
                            tbody { @for one in list.iter().take(SOME) { (service_row(one, view.now)) } }
                        }
                    }))
                    @if list.len() > SOME { div.pager { a href="/environments" { "+" (list.len() - SOME) " more" } } }
                }
            }
        },
    )
}

fn service_row(one: &Summary, now: Timestamp) -> Markup {
    let dash = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
    html! {
        tr {
            th scope="row" { a.plain href=(address::component(&one.namespace, &one.name)) { (one.name) } span.sub { (one.description) } }
            td { (one.status.reasoned()) }
            td.w { span.rel { (dash(&one.release)) } }
            td.w { (dash(&one.environment)) }
            td.num.mute { (age(one.rolled_out, now)) }
        }
    }
}

fn paths(view: &View) -> Markup {
    panel(
        "paths",
        html! { "Start something" },
        html! { a href="/create" { "All " (count(view.offers.len(), "golden path")) } },
        html! {
            ul.paths { @for offer in view.offers.iter().take(6) { li {
                a href=(offer.address()) { (icon(kind_icon("component"))) " " (offer.title) }
                p { (offer.description) }
            } } }
        },
    )
}

fn runs(view: &View) -> Markup {
    let own = view.runs.as_deref().unwrap_or_default().iter().filter(|r| r.spec.created_by == view.user).count();
    let mine = own > 0;
    panel(
        "runs",
        html! { @if mine { "My runs" } @else { "Last runs" } },
        html! { a href="/runs" { "All runs" } },
        html! {
            @match &view.runs {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(list) if list.is_empty() => { div.empty { p { "Nothing ran yet." } } }
                Ok(list) => { ul.list {
                    @for one in list.iter().filter(|r| !mine || r.spec.created_by == view.user).take(RUNS) { (run::row(one, view.now)) }
                } }
            }
        },
    )
}
