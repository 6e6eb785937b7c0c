//! How an entity hangs together with others, both ways, from the catalog's index.

use std::collections::HashMap;

use causeway_core::DEFAULT_NAMESPACE;
use causeway_core::reference::EntityRef;
use maud::{Markup, html};

use super::entity::link;
use crate::part::{icon, kind_icon, panel, scroll};
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Types of relations in the order in which they are shown, each with how it reads.
const WORDS: &[(&str, &str)] = &[
    ("ownedBy", "is owned by"),
    ("partOf", "is part of"),
    ("providesApi", "provides"),
    ("apiProvidedBy", "is provided by"),
    ("consumesApi", "uses"),
    ("apiConsumedBy", "is used by"),
    ("dependsOn", "depends on"),
    ("dependencyOf", "is needed by"),
    ("hasPart", "has the part"),
    ("childOf", "is a part of"),
    ("parentOf", "consists of"),
    ("memberOf", "is a member of"),
    ("hasMember", "has the member"),
    ("ownerOf", "owns"),
];

/// One relation, seen from one of its two ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// Its type, such as `providesApi`.
    pub(crate) kind: String,
    /// The other end, written as its entity writes itself where there is one.
    pub(crate) to: EntityRef,
    /// Whether the catalog has the other end, as far as the viewer may see it.
    pub(crate) known: bool,
}

impl Relation {
    /// How it reads; a type that is not known here stands for itself.
    fn verb(&self) -> &str {
        WORDS.iter().find(|(kind, _)| *kind == self.kind).map_or(self.kind.as_str(), |(_, words)| words)
    }

    fn rank(&self) -> usize {
        WORDS.iter().position(|(kind, _)| *kind == self.kind).unwrap_or(WORDS.len())
    }
}

/// All relations of an entity that the viewer may know of. What an entity says that they may not get is not among them.
pub(crate) async fn relations(viewer: &Viewer, of: &EntityRef) -> Result<Vec<Relation>, Refusal> {
    let view = viewer.app.catalog.view().await?;
    let reference = of.canonical();
    let mut seen: HashMap<String, Option<EntityRef>> = HashMap::new();
    for relation in view.relations().of(&reference) {
        if seen.contains_key(&relation.target_ref) {
            continue;
        }
        let found = match view.get(&relation.target_ref) {
            Some(entity) if viewer.has(&entity.record.key).await => {
                let object = entity.object();
                Some(EntityRef::new(object.kind().to_lowercase(), entity.namespace(), object.name()))
            }
            _ => None,
        };
        seen.insert(relation.target_ref, found);
    }
    let sees = |from: &str| seen.get(from).is_some_and(Option::is_some);
    let mut relations: Vec<Relation> = view
        .relations()
        .of_where(&reference, sees)
        .into_iter()
        .filter_map(|r| {
            let found = seen.get(&r.target_ref).cloned().flatten();
            let known = found.is_some();
            let to = found.or_else(|| EntityRef::parse(&r.target_ref, "", DEFAULT_NAMESPACE).ok())?;
            Some(Relation { kind: r.r#type, to, known })
        })
        .collect();
    relations.sort_by(|a, b| (a.rank(), &a.kind, &a.to).cmp(&(b.rank(), &b.kind, &b.to)));
    Ok(relations)
}

/// As a table.
fn table(title: &str, relations: &[Relation]) -> Markup {
    html! {
        table.tbl {
            caption.vh { "Relations of " (title) }
            thead { tr { th scope="col" { "Relation" } th scope="col" { "Entity" } th.w scope="col" { "Kind" } } }
            tbody { @for relation in relations { tr {
                td.dim { (relation.verb()) }
                th scope="row" {
                    (icon(kind_icon(&relation.to.kind))) " "
                    @if relation.known { (link(&relation.to, &relation.to.kind)) } @else {
                        (relation.to.humanise(&relation.to.kind, DEFAULT_NAMESPACE)) span.sub { "The catalog does not have it." }
                    }
                }
                td.w { (relation.to.kind.to_lowercase()) }
            } } }
        }
    }
}

/// All of them, or (where `more` leads to the rest) the first few.
pub(crate) fn block(title: &str, relations: &[Relation], more: Option<&str>) -> Markup {
    const SHOWN: usize = 12;
    let shown = if more.is_some() { relations.get(..SHOWN).unwrap_or(relations) } else { relations };
    panel(
        "relations",
        html! { "Relations " span { (relations.len()) } },
        html! { @if let Some(href) = more { a href=(href) { "All relations" } } },
        html! {
            @if relations.is_empty() {
                div.empty { p { "Nothing in the catalog says that it belongs to " (title) ", and " (title) " names nothing itself." } }
            } @else {
                @if more.is_none() { (super::graph::draw(title, relations)) }
                (scroll("h-relations", table(title, shown)))
                @if shown.len() < relations.len() {
                    div.body { a href=[more] { "+" (relations.len() - shown.len()) " more" } }
                }
            }
        },
    )
}
