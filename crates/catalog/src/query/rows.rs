//! What entities are found by: paths and values, as Backstage's search table holds them.
//!
//! Every scalar gives a row. The items of a list stand at the list's own path, and each text among them also as a further
//! part of the path with the value `true`. Paths and values are compared in lower case; a value that is too long is kept
//! as null, so that it is there and equals nothing.

use std::sync::Arc;

use causeway_core::Object;
use serde_json::Value;

use super::present::present;

const KEY_MAX: usize = 200;
const VALUE_MAX: usize = 200;
/// Not walked into: computed elsewhere, or added in another form.
const SPECIAL: [&str; 7] =
    ["attachments", "relations", "status", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.etag"];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The path, in lower case.
    pub key: Arc<str>,
    /// The value, in lower case and as it is written.
    pub value: Option<(Box<str>, Box<str>)>,
}

/// The rows of an entity, in order of their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows(Vec<Row>);

impl Rows {
    /// Of a stored object.
    pub fn of(object: &Object) -> Self {
        let mut rows = Vec::new();
        let entity = present(object);
        visit("", &entity, &mut rows);
        for (key, value) in [("name", object.name()), ("namespace", object.namespace()), ("uid", object.uid())] {
            add(&format!("metadata.{key}"), Some(value), &mut rows);
        }
        rows.sort_by(|one: &Row, other: &Row| one.key.cmp(&other.key));
        rows.dedup();
        rows.shrink_to_fit();
        Self(rows)
    }

    /// The rows with a path, given in lower case.
    pub fn at(&self, key: &str) -> &[Row] {
        let start = self.0.partition_point(|row| &*row.key < key);
        let end = self.0[start..].partition_point(|row| &*row.key == key);
        &self.0[start..start + end]
    }
}

fn add(path: &str, value: Option<&str>, rows: &mut Vec<Row>) {
    let key = path.to_lowercase();
    if key.encode_utf16().count() > KEY_MAX {
        return;
    }
    let value = value.and_then(|text| {
        let lower = text.to_lowercase();
        (lower.encode_utf16().count() <= VALUE_MAX).then(|| (lower.into(), text.into()))
    });
    rows.push(Row { key: key.into(), value });
}

fn visit(path: &str, value: &Value, rows: &mut Vec<Row>) {
    if SPECIAL.contains(&path) {
        return;
    }
    match value {
        Value::Null => add(path, None, rows),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => add(path, Some(&written(value)), rows),
        Value::Array(list) => {
            for item in list {
                visit(path, item, rows);
                if let Value::String(text) = item {
                    add(&format!("{path}.{text}"), Some("true"), rows);
                }
            }
        }
        Value::Object(map) => {
            for (key, inner) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                visit(&path, inner, rows);
            }
        }
    }
}

/// A scalar as JavaScript writes it.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => format!("{float}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use causeway_core::Object;
    use serde_json::json;

    use super::Rows;

    #[test]
    fn lists_stand_at_their_own_path_and_their_texts_also_as_paths() {
        let object = Object::from_value(json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "A", "namespace": "default", "uid": "u", "tags": ["Java"], "links": [{"url": "u"}]},
            "spec": {"type": "Service", "n": 2.0, "none": null, "long": "x".repeat(201)},
        }));
        let rows = Rows::of(&object.expect("an object"));
        let values =
            |key: &str| rows.at(key).iter().map(|r| r.value.as_ref().map(|v| v.1.to_string())).collect::<Vec<_>>();
        assert_eq!(values("metadata.tags"), [Some("Java".into())]);
        assert_eq!(values("metadata.tags.java"), [Some("true".into())]);
        assert_eq!(values("metadata.links.url"), [Some("u".into())]);
        assert_eq!(values("spec.type"), [Some("Service".into())]);
        assert_eq!(values("spec.n"), [Some("2".into())]);
        assert_eq!(values("spec.none"), [None]);
        assert_eq!(values("spec.long"), [None]);
        assert_eq!(values("metadata.name"), [Some("A".into())]);
        assert!(values("spec").is_empty());
    }
}
