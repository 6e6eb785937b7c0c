//! `platform export crds`: the platform's kinds as `CustomResourceDefinition`s, for a Kubernetes API server.
//!
//! Such a server takes structural schemas only: what it would refuse is left out, and said in a comment before each.

use causeway_core::definition::{Column, Version};
use causeway_core::{Definition, yaml};
use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::failure::Outcome;
use crate::{Exit, Session};

/// The groups that are the platform's own.
const GROUPS: &[&str] = &["platform.causeway.dev", "backstage.io", "scaffolder.backstage.io"];
/// Keywords that mean nothing to a Kubernetes API server, or that it refuses.
const DROPPED: &[&str] = &["x-aliases", "$schema", "$id", "const", "examples", "readOnly", "writeOnly", "deprecated"];

/// `platform export …`
#[derive(Subcommand, Debug)]
pub(crate) enum ExportCommand {
    /// The platform's kinds as CustomResourceDefinitions
    Crds,
}

pub(crate) fn run(command: ExportCommand, session: &Session) -> Outcome {
    let ExportCommand::Crds = command;
    let kinds = causeway_kinds::builtin();
    let own = kinds.iter().map(|kind| &kind.definition).filter(|d| GROUPS.contains(&d.group.as_str()));
    session.printer.raw(&own.map(document).collect::<Vec<_>>().join("---\n"));
    Ok(Exit::Done)
}

fn document(definition: &Definition) -> String {
    let notes: String = notes(definition).iter().map(|note| format!("# {note}\n")).collect();
    format!("{notes}{}", yaml::to_yaml(&custom_resource_definition(definition)))
}

/// What a Kubernetes API server does otherwise than this platform.
fn notes(definition: &Definition) -> Vec<String> {
    let mut notes = Vec::new();
    if definition.open_metadata {
        notes.push(
            "Kubernetes drops the metadata fields of the catalog: title, description, tags, links and any other."
                .to_owned(),
        );
        notes.push("Kubernetes refuses names with upper-case letters.".to_owned());
    }
    if definition.versions.iter().any(|version| has_aliases(&version.schema)) {
        notes.push("Kubernetes reads fields under their own names only, not under further ones.".to_owned());
    }
    notes
}

fn has_aliases(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.contains_key("x-aliases") || map.values().any(has_aliases),
        Value::Array(list) => list.iter().any(has_aliases),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn custom_resource_definition(definition: &Definition) -> Value {
    let mut names = json!({"kind": definition.kind, "listKind": definition.list_kind, "plural": definition.plural, "singular": definition.singular});
    if !definition.short_names.is_empty() {
        names["shortNames"] = definition.short_names.clone().into();
    }
    if !definition.categories.is_empty() {
        names["categories"] = definition.categories.clone().into();
    }
    let versions: Vec<Value> = definition.versions.iter().map(|v| version(definition, v)).collect();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{}.{}", definition.plural, definition.group)},
        "spec": {
            "group": definition.group, "names": names, "versions": versions,
            "scope": if definition.is_namespaced() { "Namespaced" } else { "Cluster" },
        },
    })
}

fn version(definition: &Definition, version: &Version) -> Value {
    let mut schema = structural(&version.schema);
    schema["properties"]["metadata"] = json!({"type": "object"});
    let mut one = json!({"name": version.name, "served": version.served, "storage": version.storage, "schema": {"openAPIV3Schema": schema}});
    let mut subresources = Map::new();
    if definition.status_subresource {
        subresources.insert("status".into(), json!({}));
    }
    if let Some(scale) = &definition.scale {
        let mut paths = json!({"specReplicasPath": scale.spec_replicas, "statusReplicasPath": scale.status_replicas});
        if let Some(selector) = &scale.label_selector {
            paths["labelSelectorPath"] = selector.as_str().into();
        }
        subresources.insert("scale".into(), paths);
    }
    if !subresources.is_empty() {
        one["subresources"] = Value::Object(subresources);
    }
    if !version.columns.is_empty() {
        one["additionalPrinterColumns"] = version.columns.iter().map(column).collect();
    }
    if !definition.selectable_fields.is_empty() {
        one["selectableFields"] =
            definition.selectable_fields.iter().map(|f| json!({"jsonPath": format!(".{f}")})).collect();
    }
    one
}

fn column(column: &Column) -> Value {
    let mut shown = json!({"name": column.name, "type": column.kind, "jsonPath": column.path});
    if column.priority != 0 {
        shown["priority"] = column.priority.into();
    }
    if !column.description.is_empty() {
        shown["description"] = column.description.as_str().into();
    }
    shown
}

/// The schema without what is dropped. Below `properties` stand names of fields, which are kept whatever they are.
fn structural(schema: &Value) -> Value {
    let Value::Object(map) = schema else { return schema.clone() };
    let mut kept = Map::new();
    for (key, value) in map.iter().filter(|(key, _)| !DROPPED.contains(&key.as_str())) {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(fields)) => {
                Value::Object(fields.iter().map(|(k, v)| (k.clone(), structural(v))).collect())
            }
            ("items" | "additionalProperties" | "not", value) => structural(value),
            ("allOf" | "anyOf" | "oneOf", Value::Array(list)) => list.iter().map(structural).collect(),
            (_, value) => value.clone(),
        };
        kept.insert(key.clone(), value);
    }
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use super::{custom_resource_definition, has_aliases, notes};

    #[test]
    fn leaves_out_what_kubernetes_does_not_know_and_says_so() {
        let kinds = causeway_kinds::builtin();
        let claim = &kinds.iter().find(|k| k.definition.kind == "Claim").unwrap().definition;
        assert!(has_aliases(&claim.storage_version().schema));
        let exported = custom_resource_definition(claim);
        assert!(!has_aliases(&exported));
        assert_eq!(exported["metadata"]["name"], "claims.platform.causeway.dev");
        assert_eq!(exported["spec"]["versions"][0]["subresources"], serde_json::json!({"status": {}}));
        assert_eq!(notes(claim), ["Kubernetes reads fields under their own names only, not under further ones."]);
    }

    #[test]
    fn stores_each_kind_in_exactly_one_version() {
        for kind in causeway_kinds::builtin() {
            let exported = custom_resource_definition(&kind.definition);
            let versions = exported["spec"]["versions"].as_array().unwrap();
            assert_eq!(versions.iter().filter(|v| v["storage"] == true).count(), 1, "{}", kind.definition.kind);
        }
    }
}
