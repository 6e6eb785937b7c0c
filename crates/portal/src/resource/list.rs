//! The objects of a kind in a table of its own columns, and the kinds themselves.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use causeway_core::path::JsonPath;
use causeway_core::{Column, DEFAULT_NAMESPACE, Definition, Object, Timestamp};
use causeway_resources::Entry;
use maud::{Markup, html};
use serde_json::Value;

use crate::layout::{Frame, Page, crumbs, stop};
use crate::part::{Pager, age, count, icon, kind_icon, scroll};
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted, words};
use crate::{address, health};

const PAGE_SIZE: usize = 200;

pub(super) async fn kinds(viewer: Viewer) -> Markup {
    let mut entries: Vec<Arc<Entry>> = viewer.app.resources.registry().all();
    entries.retain(|e| e.definition.served);
    let mut rows = Vec::new();
    for entry in &entries {
        // a kind that may not be listed is shown without a number, which would say something about it
        let number = viewer.records(&entry.definition.resource(), Wanted::default()).await.ok().map(|r| r.len());
        rows.push((&entry.definition, number));
    }
    let page = Page { title: "All kinds".into(), json: Some("/apis".into()), ..Page::default() };
    Frame::of(&viewer).await.page(&page, kind_table(&rows))
}

fn kind_table(rows: &[(&Definition, Option<usize>)]) -> Markup {
    html! {
        div.head { div { h1 { "All kinds" } p { (count(rows.len(), "kind")) ", those that were defined at run time among them." } } }
        section.panel aria-labelledby="h-kinds" {
            h2.vh id="h-kinds" { "Kinds" }
            (scroll("h-kinds", html! {
                table.tbl {
                    caption.vh { "Kinds with their group and how many objects there are" }
                    thead { tr { th scope="col" { "Kind" } th scope="col" { "Group" } th.w scope="col" { "Namespaced" } th.num scope="col" { "Objects" } } }
                    tbody { @for (definition, number) in rows { tr {
                        th scope="row" { (icon(kind_icon(&definition.kind))) " " a.plain href=(address::kind(&definition.resource())) { (definition.kind) } span.sub { (definition.plural) } }
                        td { @if definition.group.is_empty() { span.mute { "core" } } @else { (definition.group) } }
                        td.w { @if definition.is_namespaced() { "yes" } @else { "no" } }
                        td.num { @match number { Some(number) => (number), None => span.mute { "may not list" } } }
                    } } }
                }
            }))
        }
    }
}

/// Everything that the page shows.
struct View {
    definition: Definition,
    columns: Vec<(Column, JsonPath)>,
    objects: Vec<Object>,
    asked: usize,
    now: Timestamp,
}

pub(super) async fn show(
    viewer: Viewer,
    Path((group, plural)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Markup, Refusal> {
    let entry = super::kind(&viewer, &group, &plural)?;
    let definition = entry.definition.clone();
    let objects = viewer.objects(&definition.resource(), Wanted::default()).await?;
    let asked = crate::search::number(query.as_deref().unwrap_or_default(), "page");
    let view = View { columns: columns(&definition), objects, asked, now: viewer.now, definition };
    let page = Page { title: plural, json: Some(address::api(&view.definition, "", "")), ..Page::default() };
    Ok(Frame::of(&viewer).await.page(&page, render(&view)))
}

/// The columns that are always shown; what `Ready` says has a column of its own here.
fn columns(definition: &Definition) -> Vec<(Column, JsonPath)> {
    let shown = definition
        .storage_version()
        .columns
        .iter()
        .filter(|c| c.priority == 0 && !c.path.contains("Ready") && c.path != ".metadata.creationTimestamp");
    shown.filter_map(|c| Some((c.clone(), JsonPath::parse(&c.path).ok()?))).collect()
}

fn render(view: &View) -> Markup {
    let definition = &view.definition;
    let pager = Pager::new(view.asked, view.objects.len(), PAGE_SIZE);
    let description =
        definition.storage_version().schema.get("description").and_then(Value::as_str).unwrap_or_default();
    html! {
        (crumbs(&[stop("/resources", "All kinds")], &definition.plural))
        div.head { div {
            h1 { (icon(kind_icon(&definition.kind))) (definition.kind) }
            @if !description.is_empty() { p { (description) } }
            ul.facts { li { (if definition.group.is_empty() { "core" } else { &definition.group }) } li { (count(view.objects.len(), "object")) } }
        } }
        section.panel aria-labelledby="h-objects" {
            h2.vh id="h-objects" { "Objects" }
            @if view.objects.is_empty() { div.empty { p { "There is no " (words(&definition.kind)) " that you may see." } } }
            @else {
                (scroll("h-objects", table(view, pager.slice(&view.objects))))
                (pager.show("object", |page| format!("{}?page={page}", address::kind(&definition.resource()))))
            }
        }
    }
}

fn table(view: &View, objects: &[Object]) -> Markup {
    html! {
        table.tbl {
            caption.vh { (view.definition.kind) " objects" }
            thead { tr {
                th scope="col" { "Name" }
                @if !view.definition.passive { th scope="col" { "State" } }
                @for (column, _) in &view.columns { th.w scope="col" { (column.name) } }
                th.num scope="col" { "Age" }
            } }
            tbody { @for object in objects { tr {
                th scope="row" {
                    a.plain href=(address::object(&view.definition, object.namespace(), object.name())) { (object.name()) }
                    @if !object.namespace().is_empty() && object.namespace() != DEFAULT_NAMESPACE { span.sub { (object.namespace()) } }
                }
                @if !view.definition.passive {
                    td { @match health::of_object(object) { Some(status) => (status.mark()), None => span.mute { "—" } } }
                }
                @for (column, path) in &view.columns { td.w { (cell(column, path, object, view.now)) } }
                td.num { (age(object.created(), view.now)) }
            } } }
        }
    }
}

fn cell(column: &Column, path: &JsonPath, object: &Object, now: Timestamp) -> Markup {
    const LONGEST: usize = 120;
    let value = Value::Object(object.0.clone());
    let text = path.text(&value);
    if column.kind == "date" {
        return age(Timestamp::parse(&text), now);
    }
    let cut: String = text.chars().take(LONGEST).collect();
    html! { @if text.is_empty() { span.mute { "—" } } @else { (cut) @if cut.len() < text.len() { "…" } } }
}
