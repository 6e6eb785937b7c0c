//! Objects as they are sent: in the version and group that was asked for, in the form that was asked for.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::Response;
use causeway_core::{Object, Timestamp, yaml};
use causeway_resources::Entry;
use causeway_store::Record;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::Ask;
use crate::answer::negotiate::{Shape, Syntax};
use crate::answer::status::Status;
use crate::answer::table::{Include, Rows, headings, partial};

/// A JSON answer.
pub(super) fn json(code: u16, value: &Value) -> Response {
    text(code, "application/json", value.to_string())
}

pub(super) fn text(code: u16, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Whether stored text can be sent as it is.
pub(super) fn is_as_stored(ask: &Ask) -> bool {
    let stored = &ask.entry.definition;
    ask.target.group == stored.group && ask.target.version == stored.storage_version().name && !is_secret(&ask.entry)
}

pub(super) fn is_secret(entry: &Entry) -> bool {
    entry.definition.group.is_empty() && entry.definition.plural == "secrets"
}

/// A stored object as JSON text, in the version that was asked for.
pub(super) fn stored<'a>(ask: &Ask, record: &'a Record) -> Result<Cow<'a, str>, Status> {
    if is_as_stored(ask) {
        return Ok(Cow::Borrowed(&record.json));
    }
    let object = record.object().unwrap_or_default();
    Ok(Cow::Owned(Value::Object(converted(ask, object)?.0).to_string()))
}

/// An object in the version that was asked for; a Secret is opened.
pub(super) fn converted(ask: &Ask, mut object: Object) -> Result<Object, Status> {
    if is_secret(&ask.entry) {
        object = ask.app.secrets.reveal(&object)?;
    }
    object.set(&["apiVersion"], ask.target.api_version());
    Ok(object)
}

/// One object, in the form that was asked for.
pub(super) fn one(ask: &Ask, code: u16, object: Object, warnings: &[String]) -> Result<Response, Status> {
    let value = Value::Object(converted(ask, object)?.0);
    let value = match ask.form.shape {
        Shape::Objects => value,
        Shape::Metadata => partial(&value),
        Shape::Table => table(ask, std::slice::from_ref(&value), &Value::Null)?,
    };
    let mut response = written(ask, code, &value);
    for warning in warnings {
        // a warning with characters that no header can carry is left out rather than mangled
        if let Ok(text) =
            HeaderValue::from_str(&format!("299 - \"{}\"", warning.replace('\\', "\\\\").replace('"', "\\\"")))
        {
            response.headers_mut().append(header::WARNING, text);
        }
    }
    Ok(response)
}

/// A value in the syntax that was asked for.
pub(super) fn written(ask: &Ask, code: u16, value: &Value) -> Response {
    match ask.form.syntax {
        Syntax::Json => json(code, value),
        Syntax::Yaml => text(code, "application/yaml", yaml::to_yaml(value)),
    }
}

/// A table of objects; `metadata` is the list's.
pub(super) fn table(ask: &Ask, objects: &[Value], metadata: &Value) -> Result<Value, Status> {
    let version = ask.entry.definition.version(&ask.target.version).ok_or_else(Status::no_path)?;
    let rows = rows(ask)?;
    let metadata = match (metadata, objects) {
        (Value::Null, [one]) => json!({"resourceVersion": one.pointer("/metadata/resourceVersion")}),
        (metadata, _) => metadata.clone(),
    };
    Ok(json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": headings(version), "rows": objects.iter().map(|o| rows.row(o)).collect::<Vec<_>>(),
    }))
}

/// What makes the rows of this request's tables.
pub(super) fn rows(ask: &Ask) -> Result<Rows, Status> {
    let version = ask.entry.definition.version(&ask.target.version).ok_or_else(Status::no_path)?;
    let include = match ask.query.get("includeObject").map(String::as_str) {
        Some("Object") => Include::Object,
        Some("None") => Include::None,
        _ => Include::Metadata,
    };
    Ok(Rows::new(version, include, Timestamp::now()))
}
