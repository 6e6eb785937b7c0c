//! Entities as Backstage shows them: without what Kubernetes keeps in metadata, with relations and etag.

use causeway_core::Object;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Scope;
use crate::Entity;
use crate::relations::reference_fields;

/// Kept by the store for itself.
const HIDDEN: [&str; 10] = [
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "finalizers",
    "ownerReferences",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generateName",
    "selfLink",
];
const SHOWN: [&str; 3] = ["apiVersion", "kind", "spec"];
/// Digits of an etag, as many as SHA-1 gives.
const ETAG_LENGTH: usize = 40;

/// An entity without relations and etag. The order of references in a list means nothing; they are in order of their text, as
/// Backstage shows them.
pub fn present(object: &Object) -> Value {
    let mut metadata = object.0.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    HIDDEN.iter().for_each(|field| drop(metadata.shift_remove(*field)));
    let mut entity = Map::new();
    entity.insert("metadata".into(), Value::Object(metadata));
    for field in SHOWN {
        if let Some(value) = object.0.get(field) {
            entity.insert(field.into(), value.clone());
        }
    }
    for field in reference_fields(object) {
        let list = entity.get_mut("spec").and_then(|spec| spec.get_mut(field)).and_then(Value::as_array_mut);
        if let Some(list) = list.filter(|list| list.iter().all(Value::is_string)) {
            list.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        }
    }
    Value::Object(entity)
}

/// An entity with its relations, as far as the scope reaches, and an etag that changes with what is shown.
pub fn present_with(scope: &Scope<'_>, entity: &Entity) -> Value {
    let mut shown = present(&entity.object());
    shown["relations"] = json!(scope.relations(&entity.reference));
    let etag = etag(&shown);
    shown["metadata"]["etag"] = etag.into();
    shown
}

/// A digest over what is shown, the same for the same content in whatever order.
pub fn etag(shown: &Value) -> String {
    let mut digest = hex::encode(Sha256::digest(sorted(shown).to_string()));
    digest.truncate(ETAG_LENGTH);
    digest
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by(|one, other| one.0.cmp(other.0));
            Value::Object(fields.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        scalar => scalar.clone(),
    }
}
