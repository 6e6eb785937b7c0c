//! What a field means, read from the schema: for `explain`, for forms, for documentation.

use serde::Serialize;
use serde_json::Value;

use super::FieldError;

/// A field, explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// Dotted path; empty for the object itself.
    pub path: String,
    /// `string`, `[]string`, `map[string]string`, `Object`, `[]Object`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What it means.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
    /// The value that it has where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The allowed values, where there is a list of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// Further names under which the field is read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The fields within it (of one item, where it is a list or map), in the order of the schema.
    pub fields: Vec<ExplainedField>,
}

/// A field within an explained one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedField {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it means.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
    /// The value that it has where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The allowed values, where there is a list of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

/// Explains the field at a dotted `path` of a schema of whole objects; lists and maps are looked through. A field that does
/// not exist is an error with the nearest name.
pub fn explain(schema: &Value, path: &str) -> Result<Explained, FieldError> {
    let mut here = schema;
    let mut required = false;
    let mut walked = String::new();
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let holder = element(here);
        if !walked.is_empty() {
            walked.push('.');
        }
        walked.push_str(name);
        let properties = holder.get("properties").and_then(Value::as_object);
        here = properties.and_then(|fields| fields.get(name)).ok_or_else(|| {
            let known = properties.into_iter().flat_map(|fields| fields.keys().map(String::as_str));
            FieldError::unknown(walked.as_str(), name, known)
        })?;
        required = is_required(holder, name);
    }
    Ok(Explained {
        path: walked,
        kind: kind(here),
        description: description(here),
        required,
        default: here.get("default").cloned(),
        allowed: allowed(here),
        aliases: texts(here, "x-aliases"),
        fields: fields(element(here)),
    })
}

fn fields(schema: &Value) -> Vec<ExplainedField> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties
        .iter()
        .map(|(name, field)| ExplainedField {
            name: name.clone(),
            kind: kind(field),
            description: description(field),
            required: is_required(schema, name),
            default: field.get("default").cloned(),
            allowed: allowed(field),
        })
        .collect()
}

/// The schema of what a list or map holds, through several of them; of anything else the schema itself.
fn element(schema: &Value) -> &Value {
    match schema.get("items").or_else(|| schema.get("additionalProperties").filter(|inner| inner.is_object())) {
        Some(inner) => element(inner),
        None => schema,
    }
}

fn kind(schema: &Value) -> String {
    if schema["x-kubernetes-int-or-string"] == true {
        return "IntOrString".into();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => format!("[]{}", schema.get("items").map_or("any".into(), kind)),
        Some("object") => match schema.get("additionalProperties") {
            Some(inner) if inner.is_object() => format!("map[string]{}", kind(inner)),
            Some(Value::Bool(true)) => "map[string]any".into(),
            _ => "Object".into(),
        },
        Some(name) => name.to_owned(),
        None => "any".into(),
    }
}

fn description(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn allowed(schema: &Value) -> Vec<String> {
    let show = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    schema.get("enum").and_then(Value::as_array).map(|list| list.iter().map(show).collect()).unwrap_or_default()
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|list| list.iter().any(|field| field == name))
}

fn texts(schema: &Value, name: &str) -> Vec<String> {
    let list = schema.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}
