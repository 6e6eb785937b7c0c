//! Patches (RFC 7386, RFC 6902) and the difference between two values, field by field.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Most operations in one JSON patch, as in Kubernetes.
pub const OPERATIONS_MAX: usize = 10_000;
/// Largest document that a JSON patch may build by copying, in bytes of JSON.
pub const RESULT_MAX: usize = 3 * 1024 * 1024;

/// Why a patch was not applied.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// It is not a list of operations.
    #[error("reading the JSON patch")]
    Malformed(#[source] serde_json::Error),
    /// It is a list of too many operations.
    #[error("the JSON patch has {count} operations; at most {OPERATIONS_MAX} are allowed")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// An operation could not be done; nothing was changed.
    #[error("applying the JSON patch")]
    Failed(#[source] json_patch::PatchError),
    /// Copies made the result too large; nothing was changed.
    #[error("the patched document is larger than {RESULT_MAX} bytes")]
    TooLarge,
}

/// Applies an RFC 7386 merge patch: objects merge, null removes, everything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(map) = target {
        for (key, value) in patch {
            if value.is_null() {
                map.shift_remove(key);
            } else {
                merge(map.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
    }
}

/// An RFC 6902 patch that has been read and bounded.
#[derive(Clone, Debug)]
pub struct JsonPatch(json_patch::Patch);

impl JsonPatch {
    /// Reads the list of operations.
    pub fn parse(value: &Value) -> Result<Self, PatchError> {
        if let Some(count) = value.as_array().map(Vec::len).filter(|count| *count > OPERATIONS_MAX) {
            return Err(PatchError::TooMany { count });
        }
        json_patch::Patch::deserialize(value).map(Self).map_err(PatchError::Malformed)
    }

    /// Applies it: all operations, or none.
    pub fn apply(&self, target: &mut Value) -> Result<(), PatchError> {
        let mut copy = target.clone();
        let mut size = weight(&copy);
        for operation in &self.0.0 {
            // A copy can double the document; all else grows it by no more than the patch itself holds.
            if let json_patch::PatchOperation::Copy(copied) = operation {
                size += copied.from.resolve(&copy).map_or(0, weight);
                if size > RESULT_MAX {
                    return Err(PatchError::TooLarge);
                }
            }
            json_patch::patch(&mut copy, std::slice::from_ref(operation)).map_err(PatchError::Failed)?;
        }
        *target = copy;
        Ok(())
    }
}

/// About how many bytes a value is as JSON.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(list) => 2 + list.iter().map(|v| weight(v) + 1).sum::<usize>(),
        Value::Object(map) => 2 + map.iter().map(|(k, v)| k.len() + 4 + weight(v)).sum::<usize>(),
    }
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDiff {
    /// Where: `spec.containers[web].image`.
    pub field: String,
    /// What was there; `None` where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there now; `None` where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What differs, leaf by leaf, in the order of `before`, then of `after`. Lists of objects are compared by `name` (or
/// `id`, `key`, `type`) where each item has one of its own, other lists as a whole where their lengths differ.
pub fn diff(before: &Value, after: &Value) -> Vec<FieldDiff> {
    let mut found = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(field: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<FieldDiff>) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(one)), Some(Value::Object(other))) => compare_objects(&field, one, other, found),
        (Some(Value::Array(one)), Some(Value::Array(other))) => compare_lists(field, one, other, found),
        // A whole part that comes or goes is told leaf by leaf, so that a reader sees what is in it.
        (None, Some(Value::Object(map))) if !map.is_empty() => compare_objects(&field, &Map::new(), map, found),
        (Some(Value::Object(map)), None) if !map.is_empty() => compare_objects(&field, map, &Map::new(), found),
        (before, after) => found.push(FieldDiff { field, before: before.cloned(), after: after.cloned() }),
    }
}

fn compare_objects(field: &str, one: &Map<String, Value>, other: &Map<String, Value>, found: &mut Vec<FieldDiff>) {
    let added = other.keys().filter(|key| !one.contains_key(*key));
    for key in one.keys().chain(added) {
        compare(child(field, key), one.get(key), other.get(key), found);
    }
}

fn compare_lists(field: String, one: &[Value], other: &[Value], found: &mut Vec<FieldDiff>) {
    let key = ["name", "id", "key", "type"].into_iter().find(|key| is_keyed(one, key) && is_keyed(other, key));
    if let Some(key) = key {
        let by = |list: &[Value], name: &str| list.iter().find(|v| v[key] == name).cloned();
        let names = |list: &[Value]| -> Vec<String> {
            list.iter().filter_map(|v| v[key].as_str().map(str::to_owned)).collect()
        };
        let (before, after) = (names(one), names(other));
        let kept: Vec<&String> = before.iter().filter(|n| after.contains(n)).collect();
        let moved = kept != after.iter().filter(|n| before.contains(n)).collect::<Vec<_>>();
        if !moved {
            for name in before.iter().chain(after.iter().filter(|n| !before.contains(n))) {
                compare(format!("{field}[{name}]"), by(one, name).as_ref(), by(other, name).as_ref(), found);
            }
            return;
        }
    } else if one.len() == other.len() {
        for (i, (one, other)) in one.iter().zip(other).enumerate() {
            compare(format!("{field}[{i}]"), Some(one), Some(other), found);
        }
        return;
    }
    let whole = |list: &[Value]| Some(Value::Array(list.to_vec()));
    found.push(FieldDiff { field, before: whole(one), after: whole(other) });
}

/// Whether every item is an object whose `key` is text of its own.
fn is_keyed(list: &[Value], key: &str) -> bool {
    let mut seen = std::collections::HashSet::new();
    list.iter().all(|item| item.get(key).and_then(Value::as_str).is_some_and(|name| seen.insert(name)))
}

/// Names that would read as several fields stand in brackets: `metadata.labels[app.kubernetes.io/name]`.
fn child(field: &str, key: &str) -> String {
    match (field.is_empty(), key.contains(['.', '/', '[', ' '])) {
        (true, false) => key.to_owned(),
        (false, false) => format!("{field}.{key}"),
        (_, true) => format!("{field}[{key}]"),
    }
}
