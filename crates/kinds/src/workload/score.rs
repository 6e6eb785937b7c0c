//! A Score file and the Workload that it stands for, one made from the other.
//!
//! A Score file has no `spec`: containers, service and resources stand beside its metadata. Metadata that Score allows and
//! a resource does not have is kept in annotations, so that nothing is lost on the way there and back. Forms that Score has given up are read as those that it has.

use causeway_core::path::FieldPath;
use causeway_core::schema::FieldError;
use causeway_core::{Metadata, Object, PLATFORM_API_VERSION, Spec as _};
use serde_json::{Map, Value};

use super::WorkloadSpec;

/// `apiVersion` of the Score files that are read.
pub const SCORE_API_VERSION: &str = "score.dev/v1b1";
/// Begins the annotations that keep metadata of a Score file.
const KEPT: &str = "score.dev/";
/// Fields of a resource's metadata that may stand in a Score file as they are.
const OWN: [&str; 4] = ["name", "namespace", "labels", "annotations"];

/// Whether a document is a Score file rather than a resource.
pub fn is_score(document: &Object) -> bool {
    document.api_version().starts_with(KEPT) && document.kind().is_empty()
}

/// The Workload that a Score file stands for. What is wrong with the file, the schema of the Workload finds, but for fields
/// that are null: a resource takes them for absent, Score does not allow them.
///
/// # Errors
///
/// Every field that is null, by its path in the Score file.
pub fn from_score(document: &Object) -> Result<Object, Vec<FieldError>> {
    let mut nulls = Vec::new();
    for (field, value) in document.0.iter().filter(|(field, _)| *field != "metadata") {
        find_nulls(&FieldPath::root().child(field), value, &mut nulls);
    }
    if !nulls.is_empty() {
        return Err(nulls);
    }
    let mut object = Object::default();
    object.set(&["apiVersion"], PLATFORM_API_VERSION);
    object.set(&["kind"], WorkloadSpec::KIND);
    for (field, value) in &document.0 {
        match (field.as_str(), value) {
            ("apiVersion", _) => {}
            ("metadata", Value::Object(metadata)) => set_metadata(&mut object, metadata),
            ("metadata", other) => object.set(&["metadata"], other.clone()),
            (field, value) => object.set(&["spec", field], value.clone()),
        }
    }
    if let Some(Value::Object(containers)) = object.object_at(&["spec"]).get_mut("containers") {
        containers.values_mut().for_each(upgrade);
    }
    Ok(object)
}

fn find_nulls(path: &FieldPath, value: &Value, found: &mut Vec<FieldError>) {
    match value {
        Value::Null => found.push(FieldError::type_invalid(path.as_str(), value, "must not be null")),
        Value::Object(map) => {
            for (key, inner) in map {
                // What stands in parameters and metadata is not ours to judge.
                let is_free = inner.is_object() && (key == "params" || key == "metadata");
                match inner.get("annotations").filter(|_| is_free) {
                    Some(annotations) => find_nulls(&path.child(key).child("annotations"), annotations, found),
                    None if is_free => {}
                    None => find_nulls(&path.child(key), inner, found),
                }
            }
        }
        Value::Array(list) => {
            for (i, inner) in list.iter().enumerate() {
                find_nulls(&path.index(i), inner, found);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Brings the forms that Score once had into the one that it has: lists of files and volumes become maps by their target,
/// a list of lines becomes one text.
fn upgrade(container: &mut Value) {
    for field in ["files", "volumes"] {
        if let Some(value) = container.get_mut(field) {
            by_target(value);
        }
    }
    let Some(Value::Object(files)) = container.get_mut("files") else {
        return;
    };
    for content in files.values_mut().filter_map(|file| file.get_mut("content")) {
        let lines = content.as_array().and_then(|lines| lines.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        if let Some(lines) = lines {
            *content = lines.join("\n").into();
        }
    }
}

/// Turns a list of objects with a `target` into a map by it. A list that cannot be turned without loss is left as it is.
fn by_target(value: &mut Value) {
    let Value::Array(list) = value else { return };
    let mut map = Map::new();
    for item in list.iter() {
        let Value::Object(item) = item else { return };
        let mut item = item.clone();
        let Some(Value::String(target)) = item.shift_remove("target") else {
            return;
        };
        if let Some(read_only) = item.shift_remove("read_only") {
            item.insert("readOnly".into(), read_only);
        }
        if map.insert(target, Value::Object(item)).is_some() {
            return;
        }
    }
    *value = Value::Object(map);
}

fn set_metadata(object: &mut Object, metadata: &Map<String, Value>) {
    for (field, value) in metadata {
        if OWN.contains(&field.as_str()) {
            object.set(&["metadata", field], value.clone());
        }
    }
    for (field, value) in metadata.iter().filter(|(field, _)| !OWN.contains(&field.as_str())) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        object.set(&["metadata", "annotations", &format!("{KEPT}{field}")], text);
    }
}

/// The Score file of a workload.
pub fn to_score(metadata: &Metadata, spec: &WorkloadSpec) -> Map<String, Value> {
    let mut document = Object::default();
    document.set(&["apiVersion"], SCORE_API_VERSION);
    document.set(&["metadata", "name"], metadata.name.as_str());
    for (key, text) in &metadata.annotations {
        match key.strip_prefix(KEPT) {
            Some(field) => document.set(&["metadata", field], text.as_str()),
            None => document.set(&["metadata", "annotations", key], text.as_str()),
        }
    }
    if let Ok(Value::Object(fields)) = serde_json::to_value(spec) {
        document.0.extend(fields.into_iter().filter(|(field, _)| field != "source"));
    }
    document.0
}
