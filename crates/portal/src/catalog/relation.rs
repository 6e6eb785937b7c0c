//! How an entity hangs together with others, both ways, told from what the entities say.

use causeway_core::reference::EntityRef;
use maud::{Markup, html};

use super::entity::{Entity, link};
use crate::part::{kind_icon, icon, panel, scroll};

/// A field that relates: kind of the entity, field, kind that is meant where none is said, how it reads forwards and backwards.
type Rule = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// `*` stands for every kind.
const RULES: &[Rule] = &[
    ("*", "owner", "group", "is owned by", "owns"),
    ("*", "system", "system", "is part of", "has the part"),
    ("System", "domain", "domain", "is part of", "has the part"),
    ("Domain", "subdomainOf", "domain", "is part of", "has the part"),
    ("Component", "subcomponentOf", "component", "is part of", "has the part"),
    ("Component", "providesApis", "api", "provides", "is provided by"),
    ("Component", "consumesApis", "api", "uses", "is used by"),
    ("*", "dependsOn", "", "depends on", "is needed by"),
    ("*", "dependencyOf", "", "is needed by", "depends on"),
    ("Group", "parent", "group", "is a part of", "consists of"),
    ("Group", "children", "group", "consists of", "is a part of"),
    ("Group", "members", "user", "has the member", "is a member of"),
    ("User", "memberOf", "group", "is a member of", "has the member"),
];

/// One relation, seen from one of its two ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Relation {
    /// How it reads, such as `provides`.
    pub(crate) verb: &'static str,
    /// The other end.
    pub(crate) to: EntityRef,
    /// Whether the catalog has the other end.
    pub(crate) known: bool,
}

/// What `entity` says itself.
fn said_by(entity: &Entity) -> impl Iterator<Item = (&'static Rule, EntityRef)> {
    let applies = |rule: &&Rule| rule.0 == "*" || rule.0 == entity.kind();
    RULES.iter().filter(applies).flat_map(move |rule| entity.all_in(rule.1, rule.2).into_iter().map(move |to| (rule, to)))
}

/// All relations of `of`, each once, in the order of the rules.
pub(crate) fn relations(of: &EntityRef, all: &[Entity]) -> Vec<Relation> {
    let is_known = |reference: &EntityRef| all.iter().any(|e| e.reference() == *reference);
    let mut found: Vec<Relation> = Vec::new();
    for entity in all {
        let from = entity.reference();
        for (rule, to) in said_by(entity) {
            let seen = if from == *of { Some((rule.3, to)) } else if to == *of { Some((rule.4, from.clone())) } else { None };
            if let Some((verb, to)) = seen
                && !found.iter().any(|r| r.verb == verb && r.to == to)
            {
                found.push(Relation { verb, known: is_known(&to), to });
            }
        }
    }
    let rank = |verb: &str| RULES.iter().position(|r| r.3 == verb || r.4 == verb);
    found.sort_by(|a, b| (rank(a.verb), a.verb, &a.to).cmp(&(rank(b.verb), b.verb, &b.to)));
    found
}

/// As a table.
pub(crate) fn table(title: &str, relations: &[Relation]) -> Markup {
    html! {
        table.tbl {
            caption.vh { "Relations of " (title) }
            thead { tr { th scope="col" { "Relation" } th scope="col" { "Entity" } th.w scope="col" { "Kind" } } }
            tbody { @for relation in relations { tr {
                td.dim { (relation.verb) }
                th scope="row" {
                    (icon(kind_icon(&relation.to.kind))) " "
                    @if relation.known { (link(&relation.to, &relation.to.kind)) } @else {
                        (relation.to.humanise(&relation.to.kind, "default")) span.sub { "The catalog does not have it." }
                    }
                }
                td.w { (relation.to.kind.to_lowercase()) }
            } } }
        }
    }
}

/// As a panel: the graph of what uses it and what it uses, and the same as a table.
pub(crate) fn block(title: &str, relations: &[Relation], more: Option<&str>) -> Markup {
    const SHOWN: usize = 12;
    let shown = if more.is_some() { relations.get(..SHOWN).unwrap_or(relations) } else { relations };
    let aside = html! { @if let Some(href) = more { a href=(href) { "All relations" } } };
    panel(
        "relations",
        html! { "Relations " span { (relations.len()) } },
        aside,
        html! {
            @if relations.is_empty() {
                div.empty { p { "Nothing in the catalog says that it belongs to " (title) ", and " (title) " names nothing itself." } }
            } @else {
                (scroll("h-relations", table(title, shown)))
                @if shown.len() < relations.len() {
                    div.body { a href=[more] { "+" (relations.len() - shown.len()) " more" } }
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use causeway_core::{Object, reference::EntityRef};
    use serde_json::json;

    use super::{Entity, relations};

    fn entity(kind: &str, name: &str, spec: &serde_json::Value) -> Entity {
        Entity(Object::from_value(json!({"kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": spec})).expect("an object"))
    }

    #[test]
    fn finds_relations_from_both_ends_once() {
        let all = [
            entity("Component", "pay", &json!({"owner": "team-a", "providesApis": ["pay-api"], "dependsOn": ["resource:pay-db"]})),
            entity("API", "pay-api", &json!({"owner": "team-a"})),
            entity("Component", "shop", &json!({"owner": "team-b", "consumesApis": ["pay-api"]})),
            entity("Group", "team-a", &json!({"members": ["jane"]})),
            entity("User", "jane", &json!({"memberOf": ["team-a"]})),
        ];
        let said = |reference: &EntityRef| -> Vec<String> {
            relations(reference, &all).iter().map(|r| format!("{} {}{}", r.verb, r.to, if r.known { "" } else { " (unknown)" })).collect()
        };
        assert_eq!(
            said(&EntityRef::new("component", "default", "pay")),
            ["is owned by group:default/team-a", "provides api:default/pay-api", "depends on resource:default/pay-db (unknown)"]
        );
        assert_eq!(
            said(&EntityRef::new("API", "default", "pay-api")),
            ["is owned by group:default/team-a", "is provided by component:default/pay", "is used by component:default/shop"]
        );
        assert_eq!(
            said(&EntityRef::new("group", "default", "team-a")),
            ["owns api:default/pay-api", "owns component:default/pay", "has the member user:default/jane"]
        );
    }
}
