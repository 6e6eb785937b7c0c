//! What a service's page and an environment's page show of deployments and claims.

use causeway_core::Timestamp;
use causeway_kinds::application::Application;
use causeway_kinds::claim::Claim;
use causeway_kinds::deployment::Deployment;
use maud::{Markup, html};
use serde_json::Value;

use super::summary::rolled_out;
use crate::part::{State, age, count, elapsed, external, icon, icon_of, panel, scroll};
use crate::refusal::Refusal;
use crate::{address, health};

/// Whether replicas are as they should be: `2 of 2`.
pub(crate) fn running(deployment: &Deployment) -> String {
    let status = &deployment.status;
    // before the first rollout nothing is known, which is not zero
    if status.release.is_empty() && status.replicas == 0 {
        return "—".into();
    }
    let wanted = deployment.spec.replicas.unwrap_or(status.replicas).max(status.replicas);
    format!("{} of {wanted}", status.ready_replicas)
}

/// Deployments of a service, worst first.
pub(crate) fn deployments(found: &Result<Vec<Deployment>, Refusal>, now: Timestamp) -> Markup {
    let number = found.as_ref().map_or(0, Vec::len);
    panel(
        "deployments",
        html! { "Deployments " @if number > 0 { span { (number) } } },
        html! {},
        html! {
            @match found {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(list) if list.is_empty() => { div.empty { p { "It is deployed nowhere yet. A release of the default branch is, once the pipeline is green." } } }
                Ok(list) => { (deployment_table(list, now)) }
            }
        },
    )
}

fn deployment_table(list: &[Deployment], now: Timestamp) -> Markup {
    html! {
        (scroll("h-deployments", html! {
            table.tbl {
                caption.vh { "Release, health, replicas, address and age in each environment" }
                thead { tr {
                    th scope="col" { "Environment" }
                    th scope="col" { "Release" }
                    th scope="col" { "Health" }
                    th.num scope="col" { "Replicas" }
                    th.w scope="col" { "Address" }
                    th.num scope="col" { "Age" }
                } }
                tbody { @for deployment in list { (deployment_row(deployment, now)) } }
            }
        }))
        footer { span.fresh { (icon("clock")) span { "Observed by the delivery controller from what runs" } } }
    }
}

fn deployment_row(deployment: &Deployment, now: Timestamp) -> Markup {
    let (spec, status) = (&deployment.spec, &deployment.status);
    let health = health::of_deployment(deployment);
    let release = if status.release.is_empty() { "—" } else { &status.release };
    html! {
        tr {
            th scope="row" {
                a.plain href=(address::environment(deployment.namespace(), &spec.environment)) { (spec.environment) }
                @if spec.paused { span.sub { "paused" } } @else if !spec.automatic { span.sub { "deployed by hand" } }
            }
            td {
                span.rel { (release) }
                @if !spec.release.is_empty() && spec.release != status.release { span.sub { "wanted: " (spec.release) } }
            }
            td {
                (health.reasoned())
                @if health.state == State::Wait && !status.plan.is_empty() {
                    span.sub { a href=(address::plan(deployment.namespace(), &status.plan)) { "Look at the plan" } }
                }
            }
            td.num { (running(deployment)) }
            td.w { @if status.url.is_empty() { span.mute { "—" } } @else { (external(&status.url, &status.url)) } }
            td.num { (age(rolled_out(deployment), now)) }
        }
    }
}

/// Rollouts of a service's deployments, newest first.
pub(crate) fn history(list: &[Deployment], now: Timestamp) -> Markup {
    let mut rollouts: Vec<_> = list.iter().flat_map(|d| d.status.history.iter().map(move |h| (d, h))).collect();
    rollouts.sort_by_key(|(_, rollout)| std::cmp::Reverse(rollout.started_at));
    panel(
        "history",
        html! { "Rollouts " span { (rollouts.len()) } },
        html! {},
        html! {
            @if rollouts.is_empty() { div.empty { p { "Nothing was rolled out yet." } } } @else {
                ul.list { @for (deployment, rollout) in &rollouts {
                    @let (state, word) = outcome(&rollout.result);
                    li {
                        (icon_of(state.symbol(), &format!("i {}", state.class())))
                        div.grow {
                            span.rel { (rollout.release) } " to " (deployment.spec.environment) ": " (word)
                            @if let (Some(start), Some(end)) = (rollout.started_at, rollout.finished_at) { " in " (elapsed(end.since(start))) }
                            @if !rollout.plan.is_empty() { p { "Under " a href=(address::plan(deployment.namespace(), &rollout.plan)) { (rollout.plan) } } }
                        }
                        (age(rollout.started_at, now))
                    }
                } }
            }
        },
    )
}

fn outcome(result: &str) -> (State, String) {
    match result.to_lowercase().as_str() {
        "" => (State::Run, "under way".into()),
        "succeeded" => (State::Ok, "rolled out".into()),
        "superseded" => (State::None, "superseded".into()),
        other => (State::Bad, other.to_owned()),
    }
}

/// Claims of a service or an environment, worst first.
pub(crate) fn claims(found: &Result<Vec<Claim>, Refusal>) -> Markup {
    let number = found.as_ref().map_or(0, Vec::len);
    panel(
        "claims",
        html! { "Claims " @if number > 0 { span { (number) } } },
        html! {},
        html! {
            @match found {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(list) if list.is_empty() => { div.empty { p { "No database, cache, queue or bucket is claimed. A resource in " code { "score.yaml" } " claims one." } } }
                Ok(list) => { @for claim in list { (claim_block(claim, list.len() == 1)) } }
            }
        },
    )
}

fn claim_block(claim: &Claim, open: bool) -> Markup {
    let (spec, status) = (&claim.spec, &claim.status);
    let health = health::of_claim(claim);
    html! {
        details.body id={ "claim-" (claim.namespace()) "-" (claim.name()) } open[open] {
            summary.row {
                span.row.grow {
                    (icon("db")) b { (claim.name()) }
                    " " span.dim.s { (spec.r#type) @if !spec.version.is_empty() { " " (spec.version) } @if !spec.size.is_empty() { ", " (spec.size) } " in " (spec.environment) }
                }
                (health.mark())
            }
            dl.kv.mt {
                @if !health.why.is_empty() { dt { "Says" } dd { (health.why) } }
                @if !status.secret_name.is_empty() {
                    dt { "Secret" } dd { code { (status.secret_name) } " " (mask()) }
                }
                @for (name, value) in &status.outputs { dt { (name) } dd { code { (scalar(value)) } } }
                @if !status.recipe.is_empty() { dt { "Recipe" } dd { (status.recipe) @if !status.recipe_revision.is_empty() { " @ " (status.recipe_revision) } } }
                @if !spec.workload.is_empty() { dt { "Used by" } dd { a href=(address::component(claim.namespace(), &spec.workload)) { (spec.workload) } } }
            }
        }
    }
}

/// A secret's value: the same whatever its length.
pub(crate) fn mask() -> Markup {
    html! { span.mask role="img" aria-label="hidden value" { "••••••••" } }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// How far an application is, as stops on the line; nothing once it is ready.
pub(crate) fn application(application: &Application) -> Markup {
    let conditions = &application.status.conditions;
    let stages: Vec<_> = conditions.iter().filter(|c| c.kind != "Ready").collect();
    let done = stages.iter().filter(|c| c.is_true()).count();
    let health = health::of_application(application);
    html! {
        @if health.state != State::Ok {
            (panel("stages", html! { "On its way " span { (done) " of " (count(stages.len(), "stage")) } }, health.pill(), html! {
                div.body {
                    @if stages.is_empty() { p.s.dim { (health.why) } }
                    ol.line { @for stage in stages {
                        @let state = if stage.is_true() { State::Ok } else if stage.message == health.why { health.state } else { State::None };
                        li class=(state.class()) {
                            span.dot { (icon(state.symbol())) }
                            span { (stage.kind) } p.s.dim { (stage.message) }
                        }
                    } }
                    @if !application.status.run.is_empty() {
                        p.s.mt { a href=(address::run(application.namespace(), &application.status.run)) { "Follow the run" } }
                    }
                    @if !application.status.plan.is_empty() {
                        p.s { a href=(address::plan(application.namespace(), &application.status.plan)) { "What was planned" } }
                    }
                }
            }))
        }
    }
}
