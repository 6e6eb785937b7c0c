//! The form of a template.

use axum::extract::{Path, RawQuery};
use maud::{Markup, html};

use super::form::Form;
use super::{draw, offer};
use crate::layout::{Frame, Page, Section, crumbs, stop};
use crate::part::{icon, panel};
use crate::refusal::Refusal;
use crate::viewer::Viewer;

pub(super) async fn show(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Markup, Refusal> {
    let (offer, template) = offer::find(&viewer, &namespace, &name).await?;
    let pairs = crate::search::pairs(query.as_deref().unwrap_or_default());
    let mut form = Form::prefilled(&viewer, offer, template, &pairs).await;
    suggest_owner(&viewer, &mut form).await;
    Ok(page(&viewer, &form).await)
}

/// The first group that the viewer belongs to, where nothing else is said.
async fn suggest_owner(viewer: &Viewer, form: &mut Form) {
    let asked = form.fields().any(|f| f.name == "owner")
        && form.values.get("owner").is_none_or(|v| v.as_str().unwrap_or_default().is_empty());
    if asked {
        let all = crate::catalog::entity::entities(viewer).await.unwrap_or_default();
        let mine = crate::catalog::entity::memberships(viewer, &all);
        let owner =
            mine.iter().find(|m| m.starts_with("group:")).cloned().unwrap_or_else(|| "group:default/platform".into());
        form.values.insert("owner".into(), owner.into());
    }
}

/// The page around a form, also one with errors.
pub(super) async fn page(viewer: &Viewer, form: &Form) -> Markup {
    let page = Page {
        title: format!("Create: {}", form.offer.title),
        section: Section::Create,
        source: format!("Golden path {}", form.template.entity_ref()),
        ..Page::default()
    };
    Frame::of(viewer).await.page(&page, render(form))
}

/// The stops of the way; `at` is the one that is shown.
pub(super) fn route(at: usize) -> Markup {
    const STOPS: &[&str] = &["Answers", "Review the plan", "Follow the run"];
    html! {
        ol.route aria-label="Steps" { @for (index, name) in STOPS.iter().enumerate() {
            li.done[index < at] aria-current=[(index == at).then_some("step")] { span { (index + 1) " " (name) } }
        } }
    }
}

fn render(form: &Form) -> Markup {
    let offer = &form.offer;
    html! {
        (crumbs(&[stop("/create", "Create")], &offer.title))
        div.head { div { h1 { (offer.title) } p { (offer.description) } } }
        (route(0))
        div.cols.form {
            form method="post" action=(offer.address()) novalidate aria-label=(offer.title) {
                (draw::errors(form))
                @for part in &form.parts { (draw::part(form, part)) }
                @if form.has_secrets() {
                    div.note.warn.field { (icon("s-warn")) div { p { "This template asks for a secret, which a run cannot keep here yet. Put it in the environment with " code { "platform secret set" } " instead." } } }
                }
                div.acts { button.go name="intent" value="plan" { "Review the plan" } a.btn href="/create" { "Back" } }
            }
            aside.stack aria-label="What happens next" { (next(form)) }
        }
    }
}

fn next(form: &Form) -> Markup {
    panel(
        "next",
        html! { "What will happen" },
        html! {},
        html! {
            div.body {
                ol.line { @for step in &form.template.steps { li.none { span.dot.mute { (icon("s-none")) } span { (step.name) } p.s.dim { code { (step.action) } } } } }
            }
            footer { "Nothing is created before you have seen the plan." }
        },
    )
}
