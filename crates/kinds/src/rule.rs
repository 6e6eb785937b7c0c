//! Rules that several kinds share, and that a schema cannot express because they look at the object as it was.

use causeway_core::Object;
use causeway_core::schema::FieldError;
use serde_json::Value;

/// The fields at `paths` (written `spec.type`) that are not what they were. A field that is absent counts as null.
pub(crate) fn immutable(object: &Object, old: Option<&Object>, paths: &[&str]) -> Vec<FieldError> {
    let Some(old) = old else { return Vec::new() };
    let changed = |path: &&&str| value_at(object, path) != value_at(old, path);
    paths.iter().filter(changed).map(|path| is_immutable(path, value_at(object, path))).collect()
}

/// The fields of `spec` that are not what they were, but for `mutable` ones.
pub(crate) fn immutable_spec(object: &Object, old: Option<&Object>, mutable: &[&str]) -> Vec<FieldError> {
    let Some(old) = old else { return Vec::new() };
    let fields = |object: &Object| object.spec().as_object().map(|spec| spec.keys().cloned().collect::<Vec<_>>());
    let mut names = fields(object).unwrap_or_default();
    names.extend(fields(old).unwrap_or_default());
    names.sort_unstable();
    names.dedup();
    names
        .iter()
        .filter(|name| !mutable.contains(&name.as_str()))
        .filter(|name| object.spec().get(name.as_str()) != old.spec().get(name.as_str()))
        .map(|name| is_immutable(&format!("spec.{name}"), object.spec().get(name).unwrap_or(&Value::Null)))
        .collect()
}

/// The value at a path written `spec.type`; null where there is none.
pub(crate) fn value_at<'a>(object: &'a Object, path: &str) -> &'a Value {
    let fields: Vec<&str> = path.split('.').collect();
    object.at(&fields).unwrap_or(&Value::Null)
}

/// The text at a path written `spec.type`; empty where there is none.
pub(crate) fn text_at<'a>(object: &'a Object, path: &str) -> &'a str {
    value_at(object, path).as_str().unwrap_or("")
}

/// Complains about a missing text at `path` that is needed because of `reason`.
pub(crate) fn needs(object: &Object, path: &str, reason: &str) -> Option<FieldError> {
    text_at(object, path).is_empty().then(|| FieldError::required(path, reason))
}

/// Complains where `low` is more than `high`; `path` is that of `high`.
pub(crate) fn ordered(path: &str, low: Option<&Value>, high: Option<&Value>, detail: &str) -> Option<FieldError> {
    let (low, high) = (low?.as_i64()?, high?);
    (high.as_i64()? < low).then(|| FieldError::invalid(path, high, detail))
}

fn is_immutable(path: &str, value: &Value) -> FieldError {
    FieldError::invalid(path, value, "field is immutable")
}
