//! How the definitions of built-in kinds begin; each kind then says in what it differs.

use std::sync::Arc;

use causeway_core::definition::Origin;
use causeway_core::name::NameRule;
use causeway_core::schema::{from_type, object_schema, with_metadata};
use causeway_core::{Column, Definition, Scope, Spec, Version};
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::kubernetes::Body;

/// The definition of a namespaced kind with spec and status; a controller reconciles it unless the kind says otherwise.
pub(crate) fn with_status<S>(description: &str, columns: Vec<Column>) -> Definition
where
    S: Spec + JsonSchema,
    S::Status: JsonSchema,
{
    let mut spec = from_type::<S>();
    let is_needed = spec.get("required").is_some();
    if !is_needed {
        // Defaults are put into objects that are there, so the spec has to be.
        spec["default"] = json!({});
    }
    let mut schema = object_schema(spec, Some(from_type::<S::Status>()), false);
    if is_needed {
        schema["required"] = json!(["spec"]);
    }
    Definition {
        categories: vec!["causeway".into()],
        status_subresource: true,
        reconciled: true,
        ..named(S::API_VERSION, S::KIND, S::PLURAL, described(schema, description), columns)
    }
}

/// The definition of a namespaced kind whose fields stand beside the metadata, as most of Kubernetes' own do. There is
/// nothing to reconcile about it.
pub(crate) fn flat<B: Body + JsonSchema>(description: &str, columns: Vec<Column>) -> Definition {
    let schema = with_metadata(from_type::<B>(), false);
    Definition {
        passive: true,
        generation: false,
        ..named(B::API_VERSION, B::KIND, B::PLURAL, described(schema, description), columns)
    }
}

/// The definition of a namespaced kind with nothing special about it: no status of its own, and nobody who reconciles it.
pub(crate) fn named(api_version: &str, kind: &str, plural: &str, schema: Value, columns: Vec<Column>) -> Definition {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Definition {
        group: group.into(),
        kind: kind.into(),
        plural: plural.into(),
        singular: kind.to_lowercase(),
        list_kind: format!("{kind}List"),
        short_names: Vec::new(),
        categories: Vec::new(),
        scope: Scope::Namespaced,
        versions: vec![Version {
            name: version.into(),
            served: true,
            storage: true,
            schema: Arc::new(schema),
            columns,
        }],
        status_subresource: false,
        scale: None,
        names: NameRule::DnsSubdomain,
        open_metadata: false,
        selectable_fields: Vec::new(),
        reconciled: false,
        passive: false,
        origin: Origin::BuiltIn,
        served: true,
        generation: true,
    }
}

/// A schema that says what the whole is.
pub(crate) fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

/// Columns, then status and reason of the condition `Ready`, then the age.
pub(crate) fn with_ready(columns: Vec<Column>) -> Vec<Column> {
    columns.into_iter().chain(Column::ready()).chain([Column::age()]).collect()
}

/// Columns, then the age.
pub(crate) fn with_age(mut columns: Vec<Column>) -> Vec<Column> {
    columns.push(Column::age());
    columns
}

/// Owned strings of a list.
pub(crate) fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}
