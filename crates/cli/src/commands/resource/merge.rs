//! What `apply` changes: a merge patch from what was applied last, what is there, and what is wanted.
//!
//! The last applied form is kept where `kubectl` keeps it, so that both may be used on one object. Fields that were applied
//! once and are wanted no longer go; fields that somebody else set stay; lists are replaced as a whole.

use causeway_core::Object;
use serde_json::{Map, Value};

/// The annotation with the object as it was applied last.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The wanted object with itself in its annotation.
pub(super) fn noted(wanted: &Object) -> Object {
    let mut bare = wanted.clone();
    bare.set(&["metadata", "annotations", LAST_APPLIED], Value::Null);
    bare.set(&["status"], Value::Null);
    let text = format!("{}\n", sorted(bare.clone().into_value()));
    bare.set(&["metadata", "annotations", LAST_APPLIED], text);
    bare
}

/// The form in which it is compared: keys in order, as `kubectl` writes it.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// The object as it was applied last, where it was.
pub(super) fn last_applied(live: &Object) -> Option<Value> {
    serde_json::from_str(live.annotation(LAST_APPLIED)?).ok()
}

/// The merge patch that brings `live` to `wanted` (which is [`noted`]); empty where nothing changes but the note itself.
pub(super) fn patch(last: Option<&Value>, live: &Object, wanted: &Object) -> Map<String, Value> {
    let live = Value::Object(live.0.clone());
    let mut patch = between(last.unwrap_or(&Value::Null), &live, &wanted.0);
    for field in ["apiVersion", "kind"] {
        patch.shift_remove(field);
    }
    patch
}

/// Whether a patch changes nothing but the note of what was applied.
pub(super) fn is_note_only(patch: &Map<String, Value>) -> bool {
    let Some(metadata) = patch.get("metadata").and_then(Value::as_object) else { return patch.is_empty() };
    let annotations = metadata.get("annotations").and_then(Value::as_object);
    patch.len() == 1 && metadata.len() == 1 && annotations.is_some_and(|a| a.len() == 1 && a.contains_key(LAST_APPLIED))
}

fn between(last: &Value, live: &Value, wanted: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (key, value) in wanted.iter().filter(|(_, value)| !value.is_null()) {
        let there = live.get(key).unwrap_or(&Value::Null);
        match value {
            Value::Object(inner) if there.is_object() => {
                let changes = between(last.get(key).unwrap_or(&Value::Null), there, inner);
                if !changes.is_empty() {
                    patch.insert(key.clone(), Value::Object(changes));
                }
            }
            value if value == there => {}
            value => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    let was = last.as_object().into_iter().flat_map(Map::keys);
    let dropped = was.filter(|key| wanted.get(*key).is_none_or(Value::is_null) && live.get(key).is_some());
    patch.extend(dropped.map(|key| (key.clone(), Value::Null)));
    patch
}

#[cfg(test)]
mod tests {
    use causeway_core::Object;
    use serde_json::{Value, json};

    use super::{is_note_only, last_applied, noted, patch};

    fn object(value: Value) -> Object {
        Object::from_value(value).unwrap()
    }

    #[test]
    fn removes_what_was_applied_once_and_keeps_what_others_set() {
        let first = noted(&object(
            json!({"kind": "A", "metadata": {"name": "a"}, "spec": {"size": "small", "owner": "x", "list": [1]}}),
        ));
        let mut live = first.clone();
        live.set(&["spec", "replicas"], 3);
        live.set(&["metadata", "uid"], "u");
        let wanted =
            noted(&object(json!({"kind": "A", "metadata": {"name": "a"}, "spec": {"size": "large", "list": [1, 2]}})));
        let mut found = patch(last_applied(&live).as_ref(), &live, &wanted);
        assert!(found.shift_remove("metadata").is_some());
        assert_eq!(Value::Object(found), json!({"spec": {"size": "large", "list": [1, 2], "owner": null}}));
    }

    #[test]
    fn finds_nothing_to_do_where_everything_is_as_wanted() {
        let wanted = noted(&object(json!({"kind": "A", "metadata": {"name": "a"}, "spec": {"size": "small"}})));
        let mut live = wanted.clone();
        live.set(&["spec", "defaulted"], true);
        live.set(&["status", "x"], 1);
        assert!(patch(last_applied(&live).as_ref(), &live, &wanted).is_empty());
        live.set(&["metadata", "annotations"], Value::Null);
        assert!(is_note_only(&patch(None, &live, &wanted)));
    }
}
