//! The rules of `metadata`: what may stand there, what the server sets, and what never changes (Kubernetes' `ObjectMeta`).

use causeway_core::name;
use causeway_core::schema::FieldError;
use causeway_core::{Definition, Object, Timestamp};
use serde_json::{Map, Value};

const KNOWN: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "finalizers",
    "ownerReferences",
    "managedFields",
    "selfLink",
];
/// Set by the server alone; what a client sends there is dropped.
const SERVER: &[&str] =
    &["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"];
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const LONGEST_GENERATED: usize = 58;

/// Fields of `metadata` that nobody knows; none for kinds with open metadata.
pub(crate) fn unknown_fields(definition: &Definition, object: &Value) -> Vec<FieldError> {
    if definition.open_metadata {
        return Vec::new();
    }
    let fields = object.get("metadata").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    fields
        .filter(|f| !KNOWN.contains(&f.as_str()))
        .map(|f| FieldError::unknown(format!("metadata.{f}"), f, KNOWN.iter().copied()))
        .collect()
}

/// Drops what [`unknown_fields`] names, and null entries.
pub(crate) fn prune(definition: &Definition, object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.retain(|field, value| !value.is_null() && (definition.open_metadata || KNOWN.contains(&field.as_str())));
}

/// Completes a new object's metadata.
pub(crate) fn prepare_new(definition: &Definition, object: &mut Object, now: Timestamp) {
    let metadata = object.metadata_mut();
    for field in SERVER {
        metadata.shift_remove(*field);
    }
    metadata.shift_remove("resourceVersion");
    if object.name().is_empty() && !object.text(&["metadata", "generateName"]).is_empty() {
        let name = generated(object.text(&["metadata", "generateName"]));
        object.set(&["metadata", "name"], name);
    }
    object.set(&["metadata", "uid"], uuid::Uuid::new_v4().to_string());
    object.set(&["metadata", "creationTimestamp"], now.to_string());
    if definition.generation {
        object.set(&["metadata", "generation"], 1);
    }
    if !definition.is_namespaced() {
        object.metadata_mut().shift_remove("namespace");
    }
}

fn generated(prefix: &str) -> String {
    let prefix = prefix.get(..prefix.len().min(LONGEST_GENERATED)).unwrap_or(prefix);
    let suffix = (0..5).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect::<String>();
    format!("{prefix}{suffix}")
}

/// Carries over what a change may not touch.
pub(crate) fn carry_over(object: &mut Object, old: &Object) {
    for field in SERVER {
        let kept = old.at(&["metadata", field]).cloned().unwrap_or(Value::Null);
        object.set(&["metadata", field], kept);
    }
    let given = object.text(&["metadata", "namespace"]);
    if given.is_empty() {
        let namespace = old.at(&["metadata", "namespace"]).cloned().unwrap_or(Value::Null);
        object.set(&["metadata", "namespace"], namespace);
    }
}

/// Every violation in `metadata`.
pub(crate) fn validate(definition: &Definition, object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if object.name().is_empty() {
        wrong.push(FieldError::required("metadata.name", "name or generateName is required"));
    } else if old.is_none()
        && let Err(why) = definition.names.check(object.name())
    {
        wrong.push(FieldError::invalid("metadata.name", &object.name().into(), &why));
    }
    if let Some(old) = old
        && object.name() != old.name()
    {
        wrong.push(FieldError::invalid("metadata.name", &object.name().into(), "field is immutable"));
    }
    texts(object, "labels", &mut wrong, |key, value, path, wrong| {
        if let Err(why) = name::check_label_key(key) {
            wrong.push(FieldError::invalid(path.clone(), &key.into(), &why));
        }
        if let Err(why) = name::check_label_value(value) {
            wrong.push(FieldError::invalid(path, &value.into(), &why));
        }
    });
    texts(object, "annotations", &mut wrong, |key, _, path, wrong| {
        if let Err(why) = name::check_annotation_key(key) {
            wrong.push(FieldError::invalid(path, &key.into(), &why));
        }
    });
    finalizers(object, old, &mut wrong);
    owners(object, &mut wrong);
    wrong
}

fn texts(
    object: &Object,
    field: &str,
    wrong: &mut Vec<FieldError>,
    check: impl Fn(&str, &str, String, &mut Vec<FieldError>),
) {
    let path = format!("metadata.{field}");
    match object.at(&["metadata", field]) {
        None => {}
        Some(Value::Object(map)) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(text) => check(key, text, path.clone(), wrong),
                    None => wrong.push(FieldError::type_invalid(format!("{path}.{key}"), value, "must be a string")),
                }
            }
        }
        Some(other) => wrong.push(FieldError::type_invalid(path, other, "must be a map of strings")),
    }
}

fn finalizers(object: &Object, old: Option<&Object>, wrong: &mut Vec<FieldError>) {
    for (i, finalizer) in object.finalizers().iter().enumerate() {
        let path = format!("metadata.finalizers[{i}]");
        if let Err(why) = name::check_qualified_name(finalizer) {
            wrong.push(FieldError::invalid(path, &(*finalizer).into(), &why));
        } else if old.is_some_and(|o| o.is_deleting() && !o.finalizers().contains(finalizer)) {
            let why = "no new finalizers can be added if the object is being deleted";
            wrong.push(FieldError::forbidden(path, why));
        }
    }
}

fn owners(object: &Object, wrong: &mut Vec<FieldError>) {
    let owners = object.owner_references();
    for (i, owner) in owners.iter().enumerate() {
        for (field, value) in
            [("apiVersion", &owner.api_version), ("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)]
        {
            if value.is_empty() {
                wrong.push(FieldError::required(format!("metadata.ownerReferences[{i}].{field}"), "must not be empty"));
            }
        }
    }
    if owners.iter().filter(|o| o.controller == Some(true)).count() > 1 {
        let why = "only one reference can have controller set to true";
        wrong.push(FieldError::forbidden("metadata.ownerReferences", why));
    }
}
