//! Facts beside an entry: which fields changed, and a few words; never the values of fields.

use std::fmt;

use causeway_core::Object;
use serde_json::{Map, Value};

/// More changed fields than this are only counted.
const FIELDS: usize = 64;
/// A note is cut after so many characters.
const NOTE: usize = 512;

/// Written by every change, and of no interest to anybody.
const BOOKKEEPING: &[&str] = &["metadata.resourceVersion", "metadata.managedFields", "metadata.generation"];

/// Further facts of an entry, written as a JSON object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail(Map<String, Value>);

impl Detail {
    /// Which fields differ between two states of an object, as paths (`spec.replicas`, `metadata.labels["a/b"]`). Lists are
    /// taken whole. None stands for an object that is not there, of which only the fields at the top are named.
    pub fn of_change(before: Option<&Object>, after: Option<&Object>) -> Self {
        let mut fields = Vec::new();
        match (before, after) {
            (Some(before), Some(after)) => compare(&before.0, &after.0, "", &mut fields),
            (Some(object), None) | (None, Some(object)) => fields.extend(object.0.keys().cloned()),
            (None, None) => {}
        }
        fields.sort();
        let more = fields.len().saturating_sub(FIELDS);
        fields.truncate(FIELDS);
        let mut detail = Self::default();
        detail.0.insert("fields".into(), fields.into());
        if more > 0 {
            detail.0.insert("moreFields".into(), more.into());
        }
        detail
    }

    /// The same with a fact in words, such as `("reason", "no role allows it")`. Must not be a value of a secret.
    #[must_use]
    pub fn note(mut self, name: &'static str, text: &str) -> Self {
        self.0.insert(name.into(), text.chars().take(NOTE).collect::<String>().into());
        self
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_string(&self.0) {
            Ok(text) => f.write_str(&text),
            Err(_) => Err(fmt::Error),
        }
    }
}

fn compare(before: &Map<String, Value>, after: &Map<String, Value>, path: &str, fields: &mut Vec<String>) {
    let only_before = before.keys().filter(|name| !after.contains_key(*name));
    for name in after.keys().chain(only_before) {
        let here = join(path, name);
        match (before.get(name), after.get(name)) {
            (old, new) if old == new || BOOKKEEPING.contains(&here.as_str()) => {}
            (Some(Value::Object(old)), Some(Value::Object(new))) => compare(old, new, &here, fields),
            _ => fields.push(here),
        }
    }
}

fn join(path: &str, name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    match (path, plain) {
        ("", _) => name.to_owned(),
        (path, true) => format!("{path}.{name}"),
        (path, false) => format!("{path}[{name:?}]"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        Object::from_value(value).unwrap()
    }

    #[test]
    fn names_the_fields_that_changed_and_no_values() {
        let before = object(json!({
            "metadata": {"resourceVersion": "1", "labels": {"a/b": "old", "same": "x"}, "managedFields": [1]},
            "data": {"password": "hunter2", "url": "x"}, "spec": {"list": [1, 2], "gone": 1},
        }));
        let after = object(json!({
            "metadata": {"resourceVersion": "2", "labels": {"a/b": "new", "same": "x"}},
            "data": {"password": "hunter3", "url": "x"}, "spec": {"list": [1], "new": {"deep": 1}},
        }));
        assert_eq!(
            Detail::of_change(Some(&before), Some(&after)).to_string(),
            r#"{"fields":["data.password","metadata.labels[\"a/b\"]","spec.gone","spec.list","spec.new"]}"#
        );
        assert_eq!(Detail::of_change(None, Some(&after)).to_string(), r#"{"fields":["data","metadata","spec"]}"#);
    }

    #[test]
    fn is_bounded() {
        let many = object((0..1000).map(|n| (format!("f{n:03}"), json!(n))).collect::<Map<_, _>>().into());
        let detail = Detail::of_change(Some(&object(json!({}))), Some(&many)).note("reason", &"x".repeat(5000));
        assert!(detail.to_string().len() < 2000);
        assert!(detail.to_string().contains(r#""moreFields":936"#), "{detail}");
    }
}
