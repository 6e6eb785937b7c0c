//! The decision about a plan. An approval holds for the fingerprint that was looked at, and for nothing else.

use axum::Form;
use axum::extract::Path;
use axum::response::Redirect;
use causeway_delivery::{Approve, ApproveError};
use causeway_kinds::plan::{Approval, PlanSpec, PlanStatus};
use maud::{Markup, html};
use serde::Deserialize;

use super::show::View;
use crate::address::{self, segment};
use crate::health;
use crate::part::{State, age, icon, icon_of};
use crate::refusal::Refusal;
use crate::viewer::Viewer;

#[derive(Deserialize)]
pub(super) struct Decision {
    fingerprint: String,
}

/// Puts the viewer's approval on a plan, as the API's `plans/<name>/approval` does.
pub(super) async fn approve(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
    Form(decision): Form<Decision>,
) -> Result<Redirect, Refusal> {
    viewer.see::<PlanSpec>(&namespace, &name).await?;
    viewer.need("create", &super::resource(), "approval", &namespace).await?;
    let approval = Approve {
        actor: &viewer.caller.actor,
        namespace: &namespace,
        name: &name,
        fingerprint: &decision.fingerprint,
        via: "portal",
    };
    let page = address::plan(&namespace, &name);
    match causeway_delivery::approve(&viewer.app.resources, &approval).await {
        Ok(_) => Ok(Redirect::to(&page)),
        Err(ApproveError::Changed { .. }) => Ok(Redirect::to(&format!("{page}?changed=1"))),
        Err(ApproveError::Resources(error)) => Err(error.into()),
    }
}

/// What was decided, or the form that decides.
pub(super) fn panel(view: &View) -> Markup {
    let status = &view.plan.status;
    let waits = health::of_plan(&view.plan).state == State::Wait;
    html! {
        section.panel.need[waits] #decide aria-labelledby="h-decide" {
            header { h2 id="h-decide" { @if waits { "Your decision" } @else { "Decision" } } }
            div.body.stack.tight {
                @if view.changed { div.note.warn role="alert" { (icon("s-warn")) div { b { "The plan has changed" } p.s { "It shows something else than what you approved. Look at it again." } } } }
                @for problem in &status.problems {
                    div.note.bad { (icon("s-bad")) div { b { (problem.message) } @if !problem.hint.is_empty() { p.s { (problem.hint) } } } }
                }
                ul.stack.tight.s {
                    @for need in &status.needs { li.row { (icon_of(if waits { "s-wait" } else { "s-ok" }, if waits { "i wait" } else { "i ok" })) span.grow { "Needed: " (need.reason) } } }
                    @for approval in &status.approvals { (given(approval, status, view)) }
                    @if status.needs.is_empty() { li.row { (icon_of("s-ok", "i ok")) span.grow { "No approval is needed." } } }
                }
            }
            @if waits && status.problems.is_empty() { (form(view)) }
            @if !status.fingerprint.is_empty() {
                footer {
                    "An approval covers this fingerprint and nothing else:" br;
                    span.mono { (icon("print")) " " (short(&status.fingerprint)) } br;
                    "If anything changes, the plan is made again and you are asked again."
                }
            }
        }
    }
}

fn given(approval: &Approval, status: &PlanStatus, view: &View) -> Markup {
    let counts = approval.fingerprint == status.fingerprint;
    let (symbol, class) = if counts { ("s-ok", "i ok") } else { ("s-none", "i mute") };
    html! {
        li.row {
            (icon_of(symbol, class))
            span.grow {
                (approval.by) @if approval.via == "author" { ", who asked for it" } @else if !approval.via.is_empty() { ", in the " (approval.via) }
                @if !counts { ": for an earlier version of this plan" }
            }
            (age(approval.at, view.now))
        }
    }
}

fn form(view: &View) -> Markup {
    let plan = &view.plan;
    let lost: Vec<&str> =
        plan.status.actions.iter().filter(|a| a.destructive).map(|a| a.target.name.as_str()).collect();
    html! {
        @if view.may_approve {
            form.body method="post" action={ "/plans/" (segment(plan.namespace())) "/" (segment(plan.name())) "/approval" } {
                input type="hidden" name="fingerprint" value=(plan.status.fingerprint);
                @if !lost.is_empty() {
                    label.row.s.mb for="ack" { input #ack type="checkbox" required; span.grow { "I have read that " b { (lost.join(", ")) } " is destroyed, with what it holds" } }
                }
                button.go.wide #approve { (icon("check")) "Approve" }
            }
        } @else {
            p.body.s.dim { "You may not approve it: that needs the permission to create " code { "plans/approval" } ", which the role " code { "admin" } " carries." }
        }
    }
}

/// The fingerprint in groups, shortened in the middle.
fn short(fingerprint: &str) -> String {
    let groups: Vec<&str> = fingerprint.as_bytes().chunks(4).filter_map(|c| std::str::from_utf8(c).ok()).collect();
    match groups.as_slice() {
        [a, b, c, d, .., last] => format!("sha256:{a} {b} {c} {d} … {last}"),
        _ => fingerprint.to_owned(),
    }
}

/// What to think about before approving.
pub(super) fn warnings(status: &PlanStatus) -> Markup {
    html! {
        @for warning in &status.warnings { div.note.warn { (icon("s-warn")) div { (warning) } } }
    }
}
