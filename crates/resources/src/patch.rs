//! Patches: what changes, rather than the whole.

use causeway_core::{Key, Object, patch};
use serde_json::{Map, Value};

use crate::create::place;
use crate::{Actor, Entry, Error, Resources, Result, Subresource, WriteOptions, Written, decode, read, update};

/// With many writers of one object each round lets one through, so this is how many of them may meet.
const TRIES: usize = 200;

/// A change to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// RFC 6902.
    Json(Value),
    /// RFC 7386.
    Merge(Value),
    /// Kubernetes' merge patch that knows lists by key; for the kinds that Kubernetes itself defines.
    Strategic(Value),
}

impl Resources {
    /// Changes an object. It is read, patched and written until nobody came between; a patch that names a `resourceVersion`
    /// is tried once.
    pub async fn patch(
        &self,
        actor: &Actor,
        key: &Key,
        change: &Patch,
        subresource: Subresource,
        options: &WriteOptions,
    ) -> Result<Written> {
        let entry = self.entry(&key.resource)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.patch_once(actor, &entry, key, change, subresource, options).await {
                Err(error) if error.is_conflict() && tries < TRIES && !names_version(change) => {}
                done => return done,
            }
        }
    }

    async fn patch_once(
        &self,
        actor: &Actor,
        entry: &Entry,
        key: &Key,
        change: &Patch,
        subresource: Subresource,
        options: &WriteOptions,
    ) -> Result<Written> {
        let record = self.store().get(key).ok_or_else(|| read::not_found(key))?;
        let Some(old) = record.object() else { return Err(update::broken(key)) };
        let mut object = apply(entry, &old, change)?;
        let mut warnings = place(entry, &mut object)?;
        if !entry.definition.names.same(object.name(), old.name()) || object.namespace() != old.namespace() {
            return Err(Error::bad("a patch cannot change name or namespace"));
        }
        object.set(&["metadata", "name"], old.name());
        warnings.extend(decode::accept(entry, &mut object, options.strictness)?);
        self.replace_record(actor, entry, &record, object, subresource, options, warnings).await
    }
}

fn names_version(change: &Patch) -> bool {
    match change {
        Patch::Merge(value) | Patch::Strategic(value) => value.pointer("/metadata/resourceVersion").is_some(),
        Patch::Json(value) => value.as_array().is_some_and(|operations| {
            operations.iter().any(|o| o.get("path").and_then(Value::as_str) == Some("/metadata/resourceVersion"))
        }),
    }
}

fn apply(entry: &Entry, old: &Object, change: &Patch) -> Result<Object> {
    let mut value = Value::Object(old.0.clone());
    match change {
        Patch::Json(operations) => json(entry, old, &mut value, operations)?,
        Patch::Merge(merge) => {
            if !merge.is_object() {
                return Err(Error::bad("a merge patch is an object"));
            }
            patch::merge(&mut value, merge);
        }
        Patch::Strategic(merge) => {
            let Some(merge) = merge.as_object() else { return Err(Error::bad("a strategic merge patch is an object")) };
            if let Value::Object(map) = &mut value {
                strategic(map, merge);
            }
        }
    }
    Object::from_value(value).ok_or_else(|| Error::bad("the patched document is not an object"))
}

fn json(entry: &Entry, old: &Object, value: &mut Value, operations: &Value) -> Result<()> {
    let parsed = patch::JsonPatch::parse(operations).map_err(|e| Error::bad(e.to_string()))?;
    parsed.apply(value).map_err(|e| Error::Invalid {
        group: entry.definition.group.clone(),
        kind: entry.definition.kind.clone(),
        name: old.name().into(),
        causes: vec![causeway_core::schema::FieldError::invalid("", operations, &e.to_string())],
    })
}

/// The keys by which Kubernetes merges lists of its own kinds that are served here.
fn merge_key(field: &str) -> Option<&'static str> {
    match field {
        "ownerReferences" => Some("uid"),
        "secrets" | "imagePullSecrets" => Some("name"),
        _ => None,
    }
}

fn strategic(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    if from.get("$patch").and_then(Value::as_str) == Some("replace") {
        *into = from.iter().filter(|(k, _)| *k != "$patch").map(|(k, v)| (k.clone(), v.clone())).collect();
        return;
    }
    for (field, value) in from {
        if let Some(list) = field.strip_prefix("$deleteFromPrimitiveList/") {
            if let (Some(Value::Array(have)), Value::Array(gone)) = (into.get_mut(list), value) {
                have.retain(|v| !gone.contains(v));
            }
        } else if field.starts_with('$') {
            // directives on order and retained keys say nothing about content
        } else {
            strategic_field(into, field, value);
        }
    }
}

fn strategic_field(into: &mut Map<String, Value>, field: &str, value: &Value) {
    match (into.get_mut(field), value) {
        (_, Value::Null) => {
            into.shift_remove(field);
        }
        (Some(Value::Object(old)), Value::Object(new)) => strategic(old, new),
        (None | Some(_), Value::Object(new)) => {
            let mut made = Map::new();
            strategic(&mut made, new);
            into.insert(field.to_owned(), Value::Object(made));
        }
        (Some(Value::Array(old)), Value::Array(new)) if field == "finalizers" => {
            old.extend(new.iter().filter(|v| !old.contains(v)).cloned().collect::<Vec<_>>());
        }
        (Some(Value::Array(old)), Value::Array(new)) if merge_key(field).is_some() => {
            merge_list(old, new, merge_key(field).unwrap_or("name"));
        }
        (_, other) => {
            into.insert(field.to_owned(), other.clone());
        }
    }
}

fn merge_list(old: &mut Vec<Value>, new: &[Value], key: &str) {
    for item in new {
        let same = |o: &Value| o.get(key).is_some() && o.get(key) == item.get(key);
        if item.get("$patch").and_then(Value::as_str) == Some("delete") {
            old.retain(|o| !same(o));
        } else if let Some(Value::Object(found)) = old.iter_mut().find(|o| same(o)) {
            if let Value::Object(item) = item {
                strategic(found, item);
            }
        } else {
            old.push(item.clone());
        }
    }
}
