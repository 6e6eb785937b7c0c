//! What ConfigMaps and Secrets have in common: data by key, which may be frozen.

use causeway_core::Object;
use causeway_core::schema::FieldError;
use serde_json::{Map, Value};

/// Longest key, in bytes.
const KEY_MAX: usize = 253;
const KEY_RULE: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' \
    (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// Complains about keys in the maps called `fields` that cannot be file names, and about a key that stands in two of them.
pub(super) fn check_keys(object: &Object, fields: &[&str]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for field in fields {
        for key in object.0.get(*field).and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            let path = format!("{field}[{key}]");
            if !is_key(key) {
                errors.push(FieldError::invalid(path, &key.as_str().into(), KEY_RULE));
            } else if seen.contains(&key.as_str()) {
                errors.push(FieldError::invalid(
                    path,
                    &key.as_str().into(),
                    &format!("duplicate of key present in {}", fields[0]),
                ));
            } else {
                seen.push(key);
            }
        }
    }
    errors
}

/// Complains about changes to an object that says `immutable: true`.
pub(super) fn check_frozen(object: &Object, old: Option<&Object>, fields: &[&str]) -> Vec<FieldError> {
    let frozen = |object: &Object| object.0.get("immutable").and_then(Value::as_bool).unwrap_or(false);
    let Some(old) = old.filter(|old| frozen(old)) else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    if !frozen(object) {
        errors.push(FieldError::forbidden("immutable", "field is immutable when `immutable` is set"));
    }
    for field in fields.iter().filter(|field| object.0.get(**field) != old.0.get(**field)) {
        errors.push(FieldError::forbidden(*field, "field is immutable when `immutable` is set"));
    }
    errors
}

fn is_key(key: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    !key.is_empty() && key.len() <= KEY_MAX && key.bytes().all(allowed) && key != "." && !key.starts_with("..")
}
