//! A resource as the JSON object that it is on the wire, with the accessors that every layer needs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Condition, GroupResource, Key, OwnerReference, Timestamp};

/// Any resource, whatever its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Object(pub Map<String, Value>);

impl Object {
    /// From a JSON value; `None` where it is not an object.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    /// The JSON value.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// `apiVersion`, or empty.
    pub fn api_version(&self) -> &str {
        self.text(&["apiVersion"])
    }

    /// The group within `apiVersion`; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The version within `apiVersion`.
    pub fn version(&self) -> &str {
        self.api_version().rsplit_once('/').map_or(self.api_version(), |(_, version)| version)
    }

    /// `kind`, or empty.
    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    /// `metadata.name`, or empty.
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// `metadata.namespace`, or empty.
    pub fn namespace(&self) -> &str {
        self.text(&["metadata", "namespace"])
    }

    /// `metadata.uid`, or empty.
    pub fn uid(&self) -> &str {
        self.text(&["metadata", "uid"])
    }

    /// `metadata.resourceVersion`, or empty.
    pub fn resource_version(&self) -> &str {
        self.text(&["metadata", "resourceVersion"])
    }

    /// `metadata.generation`, or 0.
    pub fn generation(&self) -> i64 {
        self.at(&["metadata", "generation"]).and_then(Value::as_i64).unwrap_or(0)
    }

    /// `metadata.creationTimestamp`.
    pub fn created(&self) -> Option<Timestamp> {
        Timestamp::parse(self.text(&["metadata", "creationTimestamp"]))
    }

    /// `metadata.deletionTimestamp`.
    pub fn deleted(&self) -> Option<Timestamp> {
        Timestamp::parse(self.text(&["metadata", "deletionTimestamp"]))
    }

    /// Whether deletion was asked for.
    pub fn is_deleting(&self) -> bool {
        self.at(&["metadata", "deletionTimestamp"]).is_some_and(|v| !v.is_null())
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.at(&["metadata", "labels", key]).and_then(Value::as_str)
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.at(&["metadata", "annotations", key]).and_then(Value::as_str)
    }

    /// Labels as pairs.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.at(&["metadata", "labels"])
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(k, v)| Some((k.as_str(), v.as_str()?)))
    }

    /// `metadata.finalizers`.
    pub fn finalizers(&self) -> Vec<&str> {
        self.at(&["metadata", "finalizers"])
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }

    /// `metadata.ownerReferences`; malformed ones are left out.
    pub fn owner_references(&self) -> Vec<OwnerReference> {
        self.at(&["metadata", "ownerReferences"])
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(|v| OwnerReference::deserialize(v).ok()).collect())
            .unwrap_or_default()
    }

    /// `spec`, or null.
    pub fn spec(&self) -> &Value {
        self.0.get("spec").unwrap_or(&Value::Null)
    }

    /// `status`, or null.
    pub fn status(&self) -> &Value {
        self.0.get("status").unwrap_or(&Value::Null)
    }

    /// `status.conditions`; malformed ones are left out.
    pub fn conditions(&self) -> Vec<Condition> {
        self.at(&["status", "conditions"])
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(|v| Condition::deserialize(v).ok()).collect())
            .unwrap_or_default()
    }

    /// The condition of one type.
    pub fn condition(&self, kind: &str) -> Option<Condition> {
        self.conditions().into_iter().find(|c| c.kind == kind)
    }

    /// The value at a path of field names.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.0.get(*first)?, |value, field| value.get(field))
    }

    /// The text at a path of field names, or empty.
    pub fn text(&self, path: &[&str]) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or("")
    }

    /// The object at a path of field names, made where there is none (a scalar in the way is replaced).
    pub fn object_at(&mut self, path: &[&str]) -> &mut Map<String, Value> {
        path.iter().fold(&mut self.0, |map, field| {
            let value = map.entry(*field).or_insert_with(|| Value::Object(Map::new()));
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            match value {
                Value::Object(inner) => inner,
                _ => unreachable!("made an object just above"),
            }
        })
    }

    /// Sets the value at a path of field names, making the objects on the way; null removes it.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value>) {
        let Some((last, parents)) = path.split_last() else { return };
        match value.into() {
            Value::Null => {
                if parents.is_empty() || self.at(parents).is_some() {
                    self.object_at(parents).shift_remove(*last);
                }
            }
            value => {
                self.object_at(parents).insert((*last).to_owned(), value);
            }
        }
    }

    /// The metadata map, made where there is none.
    pub fn metadata_mut(&mut self) -> &mut Map<String, Value> {
        self.object_at(&["metadata"])
    }

    /// The key under which an object of `resource` with this metadata is stored.
    pub fn key(&self, resource: &GroupResource) -> Key {
        Key::new(resource.clone(), self.namespace(), self.name())
    }

    /// An owner reference to this object, as its controller.
    pub fn controller_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: self.api_version().to_owned(),
            kind: self.kind().to_owned(),
            name: self.name().to_owned(),
            uid: self.uid().to_owned(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }
}

impl TryFrom<Value> for Object {
    type Error = Value;
    fn try_from(value: Value) -> Result<Self, Value> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            other => Err(other),
        }
    }
}
