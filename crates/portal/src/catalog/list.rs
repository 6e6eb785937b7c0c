//! The list of entities. What is filtered stands in the address.

use std::collections::BTreeMap;

use axum::extract::RawQuery;
use causeway_core::DEFAULT_NAMESPACE;
use maud::{Markup, html};

use super::entity::{self, Entity, link};
use crate::address::segment;
use crate::layout::{Frame, Page, Section};
use crate::part::{Pager, count, icon, kind_icon, scroll};
use crate::refusal::Refusal;
use crate::viewer::Viewer;

const PAGE_SIZE: usize = 40;

/// Filters that take several values, in the order in which they are shown: name, heading.
const FACETS: &[(&str, &str)] = &[
    ("kind", "Kind"),
    ("type", "Type"),
    ("owner", "Owner"),
    ("lifecycle", "Lifecycle"),
    ("tag", "Tag"),
    ("namespace", "Namespace"),
];
/// Values of a facet that are shown before the rest is folded away.
const SHOWN: usize = 8;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) search: String,
    /// Facet and value, as in the address.
    pub(super) chosen: Vec<(String, String)>,
    pub(super) page: usize,
}

impl Filter {
    /// Reads the query of an address; what is not known is passed over.
    pub(super) fn read(query: &str) -> Self {
        let mut filter = Self { page: 1, ..Self::default() };
        for (name, value) in crate::search::pairs(query).into_iter().filter(|(_, v)| !v.is_empty()) {
            match name.as_str() {
                "q" => filter.search = value,
                "page" => filter.page = value.parse().unwrap_or(1),
                name if FACETS.iter().any(|f| f.0 == name) => filter.chosen.push((name.to_owned(), value)),
                _ => {}
            }
        }
        filter
    }

    /// The address of this list.
    fn address(&self) -> String {
        let mut parts: Vec<String> = self.chosen.iter().map(|(n, v)| format!("{n}={}", segment(v))).collect();
        if !self.search.is_empty() {
            parts.insert(0, format!("q={}", segment(&self.search)));
        }
        if self.page > 1 {
            parts.push(format!("page={}", self.page));
        }
        if parts.is_empty() { "/catalog".into() } else { format!("/catalog?{}", parts.join("&")) }
    }

    fn without(&self, facet: &str, value: &str) -> Self {
        let chosen = self.chosen.iter().filter(|(n, v)| n != facet || v != value).cloned().collect();
        Self { chosen, page: 1, search: self.search.clone() }
    }

    fn at(&self, page: usize) -> Self {
        Self { page, ..self.clone() }
    }

    fn has(&self, facet: &str, value: &str) -> bool {
        self.chosen.iter().any(|(n, v)| n == facet && v.eq_ignore_ascii_case(value))
    }

    /// Whether an entity is among what is asked for, leaving one facet aside.
    fn fits(&self, entity: &Entity, aside: &str) -> bool {
        let wanted = self.search.to_lowercase();
        let found = wanted.is_empty()
            || [entity.name(), entity.title(), entity.description()].iter().any(|t| t.to_lowercase().contains(&wanted));
        let facets = FACETS.iter().filter(|(name, _)| *name != aside);
        found
            && facets.clone().all(|(name, _)| {
                let mut wanted = self.chosen.iter().filter(|(n, _)| n == name).peekable();
                wanted.peek().is_none()
                    || wanted.any(|(_, v)| values(entity, name).iter().any(|have| have.eq_ignore_ascii_case(v)))
            })
    }
}

/// What an entity has for a facet.
fn values(entity: &Entity, facet: &str) -> Vec<String> {
    let one = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    match facet {
        "kind" => one(&entity.kind().to_lowercase()),
        "owner" => entity.owner().map(|o| o.humanise("group", DEFAULT_NAMESPACE)).into_iter().collect(),
        "tag" => entity.tags().into_iter().map(str::to_owned).collect(),
        "namespace" => one(entity.namespace()),
        field => one(entity.spec(field)),
    }
}

/// What the page shows.
struct View {
    filter: Filter,
    rows: Vec<Entity>,
    total: usize,
    /// For each facet its values, with how many entities have them.
    facets: Vec<Facet>,
}

/// A filter with its values, and how many entities each would leave.
struct Facet {
    name: &'static str,
    heading: &'static str,
    values: Vec<(String, usize)>,
}

impl View {
    fn of(filter: Filter, all: Vec<Entity>) -> Self {
        let facets =
            FACETS.iter().map(|(name, heading)| Facet { name, heading, values: counts(&filter, &all, name) }).collect();
        let total = all.len();
        let mut rows: Vec<Entity> = all.into_iter().filter(|e| filter.fits(e, "")).collect();
        rows.sort_by_cached_key(|e| (e.title().to_lowercase(), e.kind().to_owned(), e.namespace().to_owned()));
        Self { filter, rows, total, facets }
    }
}

fn counts(filter: &Filter, all: &[Entity], facet: &str) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for entity in all.iter().filter(|e| filter.fits(e, facet)) {
        for value in values(entity, facet) {
            *counts.entry(value).or_default() += 1;
        }
    }
    for (_, value) in filter.chosen.iter().filter(|(n, _)| n == facet) {
        if !counts.keys().any(|k| k.eq_ignore_ascii_case(value)) {
            counts.insert(value.clone(), 0);
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

pub(super) async fn show(viewer: Viewer, RawQuery(query): RawQuery) -> Result<Markup, Refusal> {
    let view = View::of(Filter::read(&query.unwrap_or_default()), entity::entities(&viewer).await?);
    let frame = Frame::of(&viewer).await;
    let page = Page {
        title: "Catalog".into(),
        section: Section::Catalog,
        source: "Read from the catalog's entities".into(),
        json: Some("/apis/backstage.io/v1alpha1/components".into()),
        ..Page::default()
    };
    Ok(frame.page(&page, render(&view)))
}

fn render(view: &View) -> Markup {
    html! {
        div.head {
            div { h1 { "Catalog" } p { (view.rows.len()) " of " (count(view.total, "entity")) "." } }
            div.acts { a.btn.go href="/create" { (icon("create")) "Create" } }
        }
        div.cols.left {
            aside.filters aria-label="Filters" { (filters(view)) }
            div.stack {
                (chips(&view.filter))
                section.panel aria-labelledby="h-entities" {
                    h2.vh id="h-entities" { "Entities" }
                    @if view.rows.is_empty() { (empty(view)) } @else { (table(view)) }
                }
            }
        }
    }
}

fn filters(view: &View) -> Markup {
    html! {
        form action="/catalog" {
            details.more.fold.mb {
                summary { "Filters" }
                div.mt {
                    fieldset { legend { label for="name" { "Name" } } input #name name="q" type="search" value=(view.filter.search) size="18"; }
                    @for one in view.facets.iter().filter(|f| !f.values.is_empty()) { (facet(&view.filter, one)) }
                    button.wide { "Apply filters" }
                }
            }
        }
    }
}

fn facet(filter: &Filter, facet: &Facet) -> Markup {
    let Facet { name, heading, values } = facet;
    let (first, rest) = values.split_at(values.len().min(SHOWN));
    let chosen_in_rest = rest.iter().any(|(v, _)| filter.has(name, v));
    html! {
        fieldset {
            legend { (heading) }
            @for (value, number) in first { (choice(filter, name, value, *number)) }
            @if !rest.is_empty() {
                details.more open[chosen_in_rest] {
                    summary { (rest.len()) " more" }
                    @for (value, number) in rest { (choice(filter, name, value, *number)) }
                }
            }
        }
    }
}

fn choice(filter: &Filter, name: &str, value: &str, number: usize) -> Markup {
    html! { label { input type="checkbox" name=(name) value=(value) checked[filter.has(name, value)]; " " (value) " " span { (number) } } }
}

fn chips(filter: &Filter) -> Markup {
    let unsearched = Filter { search: String::new(), page: 1, ..filter.clone() };
    html! {
        @if !filter.chosen.is_empty() || !filter.search.is_empty() {
            div.chips role="group" aria-label="Active filters" {
                @if !filter.search.is_empty() { (chip(&unsearched, "name", &filter.search)) }
                @for (name, value) in &filter.chosen { (chip(&filter.without(name, value), name, value)) }
                a.s href="/catalog" { "Clear all" }
            }
        }
    }
}

fn chip(without: &Filter, name: &str, value: &str) -> Markup {
    html! { a.chip.on href=(without.address()) { (name) ": " (value) " " (icon("x")) span.vh { "Remove filter" } } }
}

fn empty(view: &View) -> Markup {
    html! {
        div.empty {
            @if view.total == 0 {
                p { "The catalog is empty: nothing was registered yet." }
                p { a.btn href="/create" { "Create a service" } }
            } @else {
                p { "None of " (count(view.total, "entity")) " has all that the filters ask for." }
                p { a.btn href="/catalog" { "Clear all filters" } }
            }
        }
    }
}

fn table(view: &View) -> Markup {
    let pager = Pager::new(view.filter.page, view.rows.len(), PAGE_SIZE);
    html! {
        (scroll("h-entities", html! {
            table.tbl {
                caption.vh { "Entities with owner, system and lifecycle" }
                thead { tr {
                    th scope="col" aria-sort="ascending" { "Name" }
                    th scope="col" { "Kind" }
                    th scope="col" { "Owner" }
                    th.w scope="col" { "System" }
                    th.w scope="col" { "Lifecycle" }
                } }
                tbody { @for entity in pager.slice(&view.rows) { (row(entity)) } }
            }
        }))
        (pager.show("entity", |page| view.filter.at(page).address()))
    }
}

fn row(entity: &Entity) -> Markup {
    let type_of = entity.spec("type");
    html! {
        tr {
            th scope="row" {
                (icon(kind_icon(entity.kind()))) " " a.plain href=(entity.address()) { (entity.title()) }
                @if entity.namespace() != DEFAULT_NAMESPACE { " " span.tag { (entity.namespace()) } }
                span.sub { (entity.description()) }
            }
            td { (entity.kind()) @if !type_of.is_empty() { span.sub { (type_of) } } }
            td { @match entity.owner() { Some(owner) => (link(&owner, "group")), None => span.mute { "—" } } }
            td.w { @match entity.refers_to("system", "system") { Some(system) => (link(&system, "system")), None => span.mute { "—" } } }
            td.w { @match entity.spec("lifecycle") { "" => span.mute { "—" }, lifecycle => (lifecycle) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use causeway_core::Object;
    use serde_json::json;

    use super::{Entity, Filter, View};

    fn catalog() -> Vec<Entity> {
        let make = |kind: &str, name: &str, owner: &str, type_of: &str| {
            let object = json!({"kind": kind, "metadata": {"name": name, "namespace": "default", "description": format!("{name} of {owner}")},
                "spec": {"owner": owner, "type": type_of}});
            Entity(Object::from_value(object).expect("an object"))
        };
        vec![
            make("Component", "pay", "team-a", "service"),
            make("API", "pay-api", "team-a", "openapi"),
            make("Component", "shop", "team-b", "website"),
        ]
    }

    fn names(query: &str) -> Vec<String> {
        View::of(Filter::read(query), catalog()).rows.iter().map(|e| e.name().to_owned()).collect()
    }

    #[test]
    fn filters_by_what_the_address_says() {
        assert_eq!(names(""), ["pay", "pay-api", "shop"]);
        assert_eq!(names("kind=component"), ["pay", "shop"]);
        assert_eq!(names("kind=api&kind=component&owner=team-a"), ["pay", "pay-api"]);
        assert_eq!(names("q=PAY&type=service"), ["pay"]);
        assert_eq!(names("owner=nobody"), Vec::<String>::new());
    }

    #[test]
    fn counts_what_another_choice_would_add() {
        let view = View::of(Filter::read("kind=api"), catalog());
        let kinds = &view.facets.iter().find(|f| f.name == "kind").expect("kinds").values;
        assert_eq!(kinds, &[("component".to_owned(), 2), ("api".to_owned(), 1)]);
        let owners = &view.facets.iter().find(|f| f.name == "owner").expect("owners").values;
        assert_eq!(owners, &[("team-a".to_owned(), 1)]);
    }

    #[test]
    fn keeps_the_whole_state_in_the_address() {
        let filter = Filter::read("page=2&owner=team%20a&q=x&unknown=1&kind=api");
        assert_eq!(filter.address(), "/catalog?q=x&owner=team%20a&kind=api&page=2");
        assert_eq!(filter.without("kind", "api").address(), "/catalog?q=x&owner=team%20a");
    }
}
