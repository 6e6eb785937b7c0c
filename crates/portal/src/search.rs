//! One field that looks in names, titles and descriptions of what the viewer may list.

use axum::Router;
use axum::extract::RawQuery;
use axum::routing::get;
use causeway_api::App;
use causeway_core::{Definition, Object};
use maud::{Markup, html};
use percent_encoding::percent_decode_str;

use crate::address;
use crate::layout::{Frame, Page};
use crate::part::{count, icon, kind_icon};
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted, words};

/// Kinds that are looked through besides those of the catalog.
const KINDS: &[&str] =
    &["applications", "environments", "repositories", "runs", "plans", "claims", "releases", "workloads"];
const MOST: usize = 100;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/search", get(show))
}

/// Names and values of a query, decoded, in order.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let parts = query.split('&').filter(|p| !p.is_empty());
    parts.map(|p| p.split_once('=').map_or((decode(p), String::new()), |(k, v)| (decode(k), decode(v)))).collect()
}

/// The first value of a name in a query.
pub(crate) fn value(query: &str, name: &str) -> Option<String> {
    pairs(query).into_iter().find(|(k, _)| k == name).map(|(_, v)| v)
}

/// The same as a number; 1 where there is none.
pub(crate) fn number(query: &str, name: &str) -> usize {
    value(query, name).and_then(|v| v.parse().ok()).unwrap_or(1)
}

/// Something that was found.
struct Hit {
    /// How well it fits: 0 is best.
    rank: u8,
    kind: String,
    name: String,
    title: String,
    description: String,
    href: String,
}

async fn show(viewer: Viewer, RawQuery(query): RawQuery) -> Result<Markup, Refusal> {
    let wanted = value(query.as_deref().unwrap_or_default(), "q").unwrap_or_default();
    let wanted = wanted.trim().to_owned();
    let hits = if wanted.is_empty() { Vec::new() } else { look(&viewer, &wanted.to_lowercase()).await };
    let frame = Frame::of(&viewer).await;
    let page = Page { title: "Search".into(), source: "Names, titles and descriptions".into(), ..Page::default() };
    Ok(frame.page(&page, render(&wanted, &hits)))
}

async fn look(viewer: &Viewer, wanted: &str) -> Vec<Hit> {
    let all = viewer.app.resources.registry().all();
    let is_ours = |d: &Definition| d.group == causeway_core::PLATFORM_GROUP && KINDS.contains(&d.plural.as_str());
    let mut hits = Vec::new();
    for definition in
        all.iter().map(|e| &e.definition).filter(|d| d.served && (address::is_catalog(&d.group) || is_ours(d)))
    {
        // kinds that the viewer may not list hold nothing for them
        let Ok(objects) = viewer.objects(&definition.resource(), Wanted::default()).await else { continue };
        hits.extend(objects.iter().filter_map(|o| hit(definition, o, wanted)));
    }
    hits.sort_by(|a, b| (a.rank, &a.name, &a.kind).cmp(&(b.rank, &b.name, &b.kind)));
    hits
}

fn hit(definition: &Definition, object: &Object, wanted: &str) -> Option<Hit> {
    let title = object.text(&["metadata", "title"]);
    let described = [object.text(&["metadata", "description"]), object.text(&["spec", "description"])];
    let description = described.into_iter().find(|d| !d.is_empty()).unwrap_or_default();
    let has = |text: &str| text.to_lowercase().contains(wanted);
    let name = object.name().to_lowercase();
    let rank = if name == wanted {
        0
    } else if name.starts_with(wanted) {
        1
    } else if name.contains(wanted) || has(title) {
        2
    } else if has(description) {
        3
    } else {
        return None;
    };
    let namespace = if definition.is_namespaced() { object.namespace() } else { "" };
    Some(Hit {
        rank,
        kind: definition.kind.clone(),
        name: object.name().to_owned(),
        title: title.to_owned(),
        description: description.to_owned(),
        href: address::object(definition, namespace, object.name()),
    })
}

fn render(wanted: &str, hits: &[Hit]) -> Markup {
    html! {
        div.head { div { h1 { "Search" } @if !wanted.is_empty() { p { (count(hits.len(), "thing")) " with “" (wanted) "”." } } } }
        form.row.mb action="/search" role="search" aria-label="Search again" {
            label.vh for="words" { "What to look for" }
            input #words name="q" type="search" value=(wanted) size="40";
            button.go { "Search" }
        }
        @if wanted.is_empty() {
            div.empty { p { "Type a name, or a word of a title or description." } }
        } @else if hits.is_empty() {
            div.empty {
                p { "Nothing that you may see has “" (wanted) "” in its name, title or description." }
                p { a href="/catalog" { "Look through the catalog" } }
            }
        } @else {
            section.panel aria-label="Results" {
                ul.list { @for hit in hits.iter().take(MOST) { li {
                    (icon(kind_icon(&hit.kind)))
                    div.grow {
                        a href=(hit.href) { (hit.name) } " " span.mute { (words(&hit.kind)) }
                        @if !hit.title.is_empty() { " " span.dim { (hit.title) } }
                        @if !hit.description.is_empty() { p { (hit.description) } }
                    }
                } } }
                @if hits.len() > MOST { footer { "The best " (MOST) " of " (hits.len()) ". A longer word finds fewer." } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{number, pairs};

    #[test]
    fn reads_queries_as_forms_write_them() {
        let read = pairs("q=a+b%26c&kind=x&kind=y&flag");
        let wanted = [("q", "a b&c"), ("kind", "x"), ("kind", "y"), ("flag", "")];
        assert_eq!(read, wanted.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!([number("page=3", "page"), number("page=x", "page"), number("", "page")], [3, 1, 1]);
    }
}
