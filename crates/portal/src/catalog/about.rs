//! What an entity says of itself.

use maud::{Markup, html};

use super::entity::{Entity, link};
use crate::address::{self, segment};
use crate::layout::namespace_fact;
use crate::part::{count, external, icon, panel};
use crate::service::Belongings;

/// Annotations that say where an entity comes from; they are told in words.
const ORIGINS: &[&str] =
    &["backstage.io/managed-by-location", "backstage.io/managed-by-origin-location", causeway_catalog::SOURCE_FILE];
/// Annotations that only the platform reads.
const INTERNAL: &[&str] = &[causeway_catalog::SOURCE_NAMESPACE, "platform.causeway.dev/actor"];

/// Where the entity was read from, for the foot of the page.
pub(super) fn source(entity: &Entity) -> String {
    match file(entity) {
        Some(file) => format!("From {file}"),
        None => "From the catalog; no file describes it".into(),
    }
}

/// The file that describes an entity: with its source where that is known, as a location otherwise.
fn file(entity: &Entity) -> Option<String> {
    let location = || ORIGINS.iter().find_map(|name| entity.0.annotation(name)).map(str::to_owned);
    let known = entity.0.annotation(causeway_catalog::SOURCE_FILE).zip(entity.0.label(causeway_catalog::SOURCE));
    known.map(|(file, source)| format!("{file} of {source}")).or_else(location)
}

/// The facts in the head of the page.
pub(super) fn facts(entity: &Entity) -> Markup {
    let type_of = entity.spec("type");
    html! {
        ul.facts {
            li { (entity.kind()) @if !type_of.is_empty() { ", " (type_of) } }
            @if let Some(owner) = entity.owner() { li { (icon("team")) (link(&owner, "group")) } }
            @if let Some(system) = entity.refers_to("system", "system") { li { (icon("system")) (link(&system, "system")) } }
            @if !entity.spec("lifecycle").is_empty() { li { (entity.spec("lifecycle")) } }
            (namespace_fact(entity.namespace()))
            @for (title, url) in entity.links() { li { (icon("out")) (external(url, title)) } }
            @if !entity.tags().is_empty() {
                li { @for tag in entity.tags() { a.tag href={ "/catalog?tag=" (segment(tag)) } { (tag) } " " } }
            }
        }
    }
}

/// What can be done from here.
pub(super) fn actions(entity: &Entity, service: Option<&Belongings>) -> Markup {
    let url = service
        .and_then(|s| s.deployments.as_deref().ok()?.iter().map(|d| d.status.url.as_str()).find(|u| !u.is_empty()));
    let application = service.and_then(|s| s.application.as_ref());
    html! {
        div.acts {
            @if entity.kind() == "Template" { a.btn.go href=(address::template(entity.namespace(), entity.name())) { "Use " (entity.title()) } }
            @if let Some(url) = url.and_then(address::outside) { a.btn.go href=(url) rel="noopener noreferrer" { (icon("out")) "Open" } }
            @if let Some(application) = application {
                @if let Some(clone) = address::outside(&application.status.remote_url) { a.btn href=(clone) { (icon("branch")) "Repository" } }
                details.menu #more-actions {
                    summary.btn aria-label="More actions" { (icon("dots")) }
                    div { a href={ "/delete/" (segment(application.namespace())) "/" (segment(application.name())) } { (icon("trash")) "Plan deletion" } }
                }
            }
        }
    }
}

/// Names, references and annotations.
pub(super) fn details(entity: &Entity) -> Markup {
    let shown = |name: &str| !ORIGINS.contains(&name) && !INTERNAL.contains(&name);
    let annotations: Vec<_> = entity.annotations().into_iter().filter(|(name, _)| shown(name)).collect();
    panel(
        "about",
        html! { "About" },
        html! {},
        html! {
            div.body {
                dl.kv {
                    dt { "Reference" } dd { code { (entity.reference()) } }
                    @if let Some(owner) = entity.owner() { dt { "Owner" } dd { (link(&owner, "group")) } }
                    @for (field, kind, name) in [("system", "system", "System"), ("domain", "domain", "Domain"), ("parent", "group", "Part of")] {
                        @if let Some(reference) = entity.refers_to(field, kind) { dt { (name) } dd { (link(&reference, kind)) } }
                    }
                    @for (title, url) in entity.links() { dt { "Link" } dd { (external(url, title)) } }
                }
                @if !annotations.is_empty() {
                    details.more.mt #annotations {
                        summary { (count(annotations.len(), "annotation")) }
                        ul.stack.tight.s { @for (name, value) in &annotations { li { code.mute { (name) } br; (external(value, value)) } } }
                    }
                }
            }
        },
    )
}

/// Where the entity comes from, and that it is changed there.
pub(super) fn origin(entity: &Entity) -> Markup {
    let file = file(entity);
    panel(
        "origin",
        html! { "Where this comes from" },
        html! {},
        html! {
            div.body.stack.tight {
                @match file {
                    Some(file) => {
                        span.fresh { (icon("clock")) span { "From " code { (file) } } }
                        span.fresh { (icon("lock")) span { "Changed in that file alone; a push is read at once." } }
                    }
                    None => { span.fresh { (icon("clock")) span { "Written over the API; no file describes it." } } }
                }
            }
        },
    )
}

/// The definition of an API, as it is written.
pub(super) fn definition(entity: &Entity) -> Markup {
    let text = entity.spec("definition");
    panel(
        "definition",
        html! { "Definition " span { (entity.spec("type")) } },
        html! { @if !text.is_empty() { button.sm.bare type="button" data-copy="definition-text" hidden { (icon("copy")) "Copy" } } },
        html! {
            @if text.is_empty() { div.empty { p { "The entity carries no definition." } } } @else {
                div.code { pre #definition-text tabindex="0" role="region" aria-label="API definition" { (text) } }
            }
        },
    )
}
