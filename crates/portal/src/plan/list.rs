//! All plans: those that wait for a person first.

use axum::extract::RawQuery;
use causeway_core::Timestamp;
use causeway_kinds::plan::{Plan, PlanSpec};
use maud::{Markup, html};

use super::title;
use crate::layout::{Frame, Page, Section};
use crate::part::{Pager, State, age, count};
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};
use crate::{address, health};

const PAGE_SIZE: usize = 100;

pub(super) async fn show(viewer: Viewer, RawQuery(query): RawQuery) -> Result<Markup, Refusal> {
    let mut plans = viewer.list::<PlanSpec>(Wanted::default()).await?;
    let waits = |p: &Plan| health::of_plan(p).state == State::Wait;
    plans.sort_by_key(|p| (!waits(p), std::cmp::Reverse(p.metadata.creation_timestamp), p.name().to_owned()));
    let waiting = plans.iter().filter(|p| waits(p)).count();
    let pager = Pager::new(crate::search::number(query.as_deref().unwrap_or_default(), "page"), plans.len(), PAGE_SIZE);
    let definition = &viewer.entry(&super::resource())?.definition;
    let page = Page {
        title: "Plans".into(),
        section: Section::Plans,
        json: Some(address::api(definition, "", "")),
        ..Page::default()
    };
    let content = html! {
        div.head { div { h1 { "Plans" } p { (count(plans.len(), "plan")) ", " (waiting) " waiting for an approval." } } }
        section.panel aria-labelledby="h-plans" {
            h2.vh id="h-plans" { "Plans, waiting ones first, then the newest" }
            @if plans.is_empty() { div.empty { p { "Nothing was planned yet. Every creation, rollout and deletion makes a plan." } } }
            @else { ul.list { @for plan in pager.slice(&plans) { (row(plan, viewer.now)) } } }
            (pager.show("plan", |page| format!("/plans?page={page}")))
        }
    };
    Ok(Frame::of(&viewer).await.page(&page, content))
}

fn row(plan: &Plan, now: Timestamp) -> Markup {
    let status = health::of_plan(plan);
    html! {
        li {
            (status.mark())
            div.grow {
                a href=(address::plan(plan.namespace(), plan.name())) { (title(plan)) }
                p {
                    (count(plan.status.actions.len(), "action"))
                    @if !plan.spec.author.is_empty() { ", asked by " (plan.spec.author) }
                    @if !status.why.is_empty() { ". " (status.why) }
                }
            }
            (age(plan.metadata.creation_timestamp, now))
        }
    }
}
