//! Schemas are structural, say what every field is, and hold their own defaults.

use std::collections::HashSet;

use causeway_core::schema::Compiled;
use causeway_kinds::{builtin, distinct};
use serde_json::Value;

/// Calls `check` with each schema within `schema`, and where it stands.
fn walk(schema: &Value, path: &str, check: &mut dyn FnMut(&str, &Value)) {
    check(path, schema);
    for (name, inner) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        walk(inner, &format!("{path}.{name}"), check);
    }
    for (key, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(inner) = schema.get(key).filter(|inner| inner.is_object()) {
            walk(inner, &format!("{path}{mark}"), check);
        }
    }
}

fn check_all(mut check: impl FnMut(&str, &Value)) {
    for definition in builtin().into_iter().map(|kind| kind.definition) {
        for version in &definition.versions {
            walk(&version.schema, &definition.kind, &mut check);
        }
    }
}

#[test]
fn schemas_are_structural() {
    check_all(|path, schema| {
        let has = |key: &str| schema.get(key).is_some();
        assert!(!has("$ref") && !has("$defs") && !has("allOf") && !has("oneOf") && !has("not"), "{path}: {schema}");
        let any =
            schema["x-kubernetes-preserve-unknown-fields"] == true || schema["x-kubernetes-int-or-string"] == true;
        assert!(has("type") || any, "{path} has no type: {schema}");
        assert!(!has("anyOf") || schema["x-kubernetes-int-or-string"] == true, "{path}: {schema}");
        assert!(!(has("properties") && has("additionalProperties")), "{path}: {schema}");
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            assert!(schema["properties"].get(name).is_some(), "{path} requires {name}, which it does not have");
            assert!(schema["properties"][name].get("default").is_none(), "{path} requires {name}, which has a default");
        }
        for key in schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array).into_iter().flatten() {
            let required = schema["items"]["required"].as_array().is_some_and(|list| list.contains(key));
            assert!(required, "{path}: items need their key {key}");
        }
    });
}

#[test]
fn every_field_says_what_it_is() {
    check_all(|path, schema| {
        let is_field = !path.ends_with("[]") && !path.ends_with("{}");
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(!is_field || description.ends_with(['.', '…']), "{path} says {description:?}");
    });
}

#[test]
fn schemas_compile() {
    for definition in builtin().into_iter().map(|kind| kind.definition) {
        for version in &definition.versions {
            Compiled::new(&version.schema).unwrap_or_else(|error| panic!("{}: {error}", definition.kind));
        }
    }
}

#[test]
fn each_kind_has_one_storage_version_and_a_name_of_its_own() {
    let mut seen = HashSet::new();
    for definition in builtin().into_iter().map(|kind| kind.definition) {
        assert_eq!(definition.versions.iter().filter(|version| version.storage).count(), 1, "{}", definition.kind);
        assert!(seen.insert(definition.resource()), "{} twice", definition.resource());
        assert!(!(definition.reconciled && definition.passive), "{} is both", definition.kind);
        assert_eq!(definition.list_kind, format!("{}List", definition.kind));
    }
}

#[test]
fn a_list_of_kinds_goes_by_their_contract() {
    let list: Vec<String> = builtin()
        .into_iter()
        .map(|kind| kind.definition)
        .map(|d| {
            let versions: Vec<&str> = d.versions.iter().map(|version| version.name.as_str()).collect();
            let who = if d.reconciled {
                "reconciled"
            } else if d.passive {
                "passive"
            } else {
                "later"
            };
            let scope = if d.is_namespaced() { "namespaced" } else { "cluster" };
            format!("{} {} {} [{}] {scope} {who}", d.resource(), d.kind, versions.join(","), d.short_names.join(","))
        })
        .collect();
    insta::assert_snapshot!(list.join("\n"));
}

#[test]
#[should_panic(expected = "are called \"claims\"")]
fn two_kinds_of_one_name_stop_the_start() {
    let mut kinds = builtin();
    let claim = kinds.iter().find(|kind| kind.definition.kind == "Claim").cloned();
    kinds.extend(claim);
    distinct(kinds);
}
