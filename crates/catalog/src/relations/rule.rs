//! Which fields of which kinds mean which relations (Backstage's built-in kinds, `catalog-model` 1.10).

use causeway_core::Object;
use causeway_core::Spec as _;
use causeway_core::reference::EntityRef;
use causeway_kinds::catalog::{GROUP, component::ComponentSpec, template::TemplateSpec};
use serde_json::Value;

use super::Declared;

/// A field, and what a reference in it means.
struct Rule {
    field: &'static str,
    forward: &'static str,
    backward: &'static str,
    /// The kind that is meant where a reference names none; empty where it has to.
    default_kind: &'static str,
}

const fn rule(field: &'static str, forward: &'static str, backward: &'static str, default_kind: &'static str) -> Rule {
    Rule { field, forward, backward, default_kind }
}

const OWNER: Rule = rule("owner", "ownedBy", "ownerOf", "group");
const SYSTEM: Rule = rule("system", "partOf", "hasPart", "system");
const DEPENDS_ON: Rule = rule("dependsOn", "dependsOn", "dependencyOf", "");
const DEPENDENCY_OF: Rule = rule("dependencyOf", "dependencyOf", "dependsOn", "");

const COMPONENT: &[Rule] = &[
    OWNER,
    rule("subcomponentOf", "partOf", "hasPart", "component"),
    rule("providesApis", "providesApi", "apiProvidedBy", "api"),
    rule("consumesApis", "consumesApi", "apiConsumedBy", "api"),
    DEPENDS_ON,
    DEPENDENCY_OF,
    SYSTEM,
];
const API: &[Rule] = &[OWNER, SYSTEM];
const RESOURCE: &[Rule] = &[OWNER, DEPENDS_ON, DEPENDENCY_OF, SYSTEM];
const SYSTEMS: &[Rule] = &[OWNER, rule("domain", "partOf", "hasPart", "domain")];
const DOMAIN: &[Rule] = &[OWNER, rule("subdomainOf", "partOf", "hasPart", "domain")];
const GROUPS: &[Rule] = &[
    rule("parent", "childOf", "parentOf", "group"),
    rule("children", "parentOf", "childOf", "group"),
    rule("members", "hasMember", "memberOf", "user"),
];
const USER: &[Rule] = &[rule("memberOf", "memberOf", "hasMember", "group")];
const TEMPLATE: &[Rule] = &[OWNER];

fn rules(object: &Object) -> &'static [Rule] {
    let template = TemplateSpec::API_VERSION.split_once('/').map_or("", |(group, _)| group);
    match (object.group(), object.kind()) {
        (GROUP, ComponentSpec::KIND) => COMPONENT,
        (GROUP, "API") => API,
        (GROUP, "Resource") => RESOURCE,
        (GROUP, "System") => SYSTEMS,
        (GROUP, "Domain") => DOMAIN,
        (GROUP, "Group") => GROUPS,
        (GROUP, "User") => USER,
        (group, TemplateSpec::KIND) if group == template => TEMPLATE,
        _ => &[],
    }
}

/// The fields of an entity's spec that hold references.
pub(crate) fn reference_fields(object: &Object) -> impl Iterator<Item = &'static str> {
    rules(object).iter().map(|rule| rule.field)
}

/// The relations that an entity says it has, in order and each once. References that are none are left out.
pub fn declared(object: &Object) -> Vec<Declared> {
    let mut found = Vec::new();
    for rule in rules(object) {
        let targets = match object.spec().get(rule.field) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text.as_str()],
            _ => Vec::new(),
        };
        for text in targets {
            let Ok(target) = EntityRef::parse(text, rule.default_kind, object.namespace()) else { continue };
            found.push(Declared { forward: rule.forward, backward: rule.backward, target_ref: target.canonical() });
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
