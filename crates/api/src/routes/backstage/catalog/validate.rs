//! `POST /validate-entity`: would the catalog take this?

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use causeway_core::{DEFAULT_NAMESPACE, GroupResource, Key, Object};
use causeway_resources::{Actor, Error, Subresource, WriteOptions};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::super::body;
use super::super::problem::Problem;
use crate::App;

/// Not the usual shape of errors: a list of all that is wrong.
pub(super) async fn validate(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let fields = body::Fields::read(&headers, body).await?;
    let location = fields.text("location")?.to_owned();
    fields.required("entity")?;
    let entity = fields.object("entity")?;
    let wrong = match envelope(&entity, &location) {
        Some(wrong) => vec![wrong],
        None => judge(&app, entity).await?,
    };
    if wrong.is_empty() {
        return Ok(StatusCode::OK.into_response());
    }
    let errors: Vec<Value> =
        wrong.into_iter().map(|(name, message)| json!({"name": name, "message": message})).collect();
    Ok((StatusCode::BAD_REQUEST, Json(json!({"errors": errors}))).into_response())
}

type Wrong = (&'static str, String);

fn envelope(entity: &Value, location: &str) -> Option<Wrong> {
    for field in ["apiVersion", "kind", "metadata"] {
        if entity.get(field).is_none() {
            return Some((
                "TypeError",
                format!("<root> must have required property '{field}' - missingProperty: {field}"),
            ));
        }
    }
    if !location.starts_with("url:") {
        let message =
            format!("Invalid location ref {location}, only 'url:<target>' is supported, e.g. url:https://host/path");
        return Some(("TypeError", message));
    }
    None
}

/// What a write would refuse; nothing is written.
async fn judge(app: &App, entity: Value) -> Result<Vec<Wrong>, Problem> {
    let input = |message: String| vec![("InputError", message)];
    let Some(mut object) = Object::from_value(entity) else { return Ok(input("an entity is an object".into())) };
    let namespace =
        if object.namespace().is_empty() { DEFAULT_NAMESPACE.to_owned() } else { object.namespace().to_owned() };
    let reference = format!("{}:{namespace}/{}", object.kind(), object.name()).to_lowercase();
    let entry = app.resources.registry().by_kind(object.group(), object.kind());
    let Some(entry) = entry.filter(|entry| causeway_catalog::is_entity_kind(&entry.definition)) else {
        let message = format!(
            "No processor recognized the entity {reference} as valid, possibly caused by a foreign kind or apiVersion"
        );
        return Ok(input(message));
    };
    if let Err(why) = causeway_core::name::check_backstage_namespace(&namespace) {
        return Ok(input(format!(
            "Policy check failed for {reference}; caused by Error: \"metadata.namespace\" is not valid; {why}"
        )));
    }
    // its namespace may come with it
    let is_there =
        app.resources.find(&Key::new(GroupResource::new("", "namespaces"), "", namespace.as_str())).is_some();
    object.set(&["metadata", "namespace"], if is_there { namespace.as_str() } else { DEFAULT_NAMESPACE });
    ["uid", "etag", "resourceVersion"].iter().for_each(|field| object.set(&["metadata", field], Value::Null));
    let key = app.resources.stored_key(&entry, object.namespace(), object.name());
    let options = WriteOptions { dry_run: true, ..WriteOptions::strict() };
    let actor = Actor::controller("catalog");
    let tried = match app.resources.find(&key) {
        Some(record) => {
            object.set(&["metadata", "name"], &*record.key.name);
            app.resources.replace(&actor, object, Subresource::None, &options).await
        }
        None => app.resources.create(&actor, object, &options).await,
    };
    let failed = |message: &dyn std::fmt::Display| {
        ("InputError", format!("Policy check failed for {reference}; caused by Error: {message}"))
    };
    match tried {
        Ok(_) => Ok(Vec::new()),
        Err(Error::Invalid { causes, .. } | Error::BadRequest { causes, .. }) if !causes.is_empty() => {
            Ok(causes.iter().map(|cause| failed(cause)).collect())
        }
        Err(error @ (Error::BadRequest { .. } | Error::Refused(_))) => Ok(vec![failed(&error)]),
        Err(error) => Err(error.into()),
    }
}
