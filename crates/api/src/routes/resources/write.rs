//! Creates, replaces, patches and deletions.

use axum::body::Body;
use axum::response::Response;
use causeway_core::path::JsonPath;
use causeway_core::{Object, Timestamp};
use causeway_resources::{DeleteOptions, Patch, Preconditions, Propagation, Strictness, Subresource, WriteOptions};
use serde_json::{Value, json};

use super::{Ask, body, list, present};
use crate::answer::status::Status;

fn options(ask: &Ask) -> Result<WriteOptions, Status> {
    let strictness = match ask.query.get("fieldValidation").map(String::as_str) {
        None | Some("" | "Warn") => Strictness::Warn,
        Some("Strict") => Strictness::Strict,
        Some("Ignore") => Strictness::Ignore,
        Some(other) => {
            return Err(Status::bad_request(format!("fieldValidation {other:?} is none of Strict, Warn, Ignore")));
        }
    };
    let field_manager = ask.query.get("fieldManager").cloned().unwrap_or_default();
    Ok(WriteOptions { dry_run: dry_run(ask)?, strictness, field_manager })
}

fn dry_run(ask: &Ask) -> Result<bool, Status> {
    match ask.query.get("dryRun").map(String::as_str) {
        None | Some("") => Ok(false),
        Some("All") => Ok(true),
        Some(other) => Err(Status::bad_request(format!("dryRun {other:?} is not supported; use All"))),
    }
}

/// The object of a body, in the kind and place that the address names.
fn placed(ask: &Ask, mut object: Object) -> Result<Object, Status> {
    let definition = &ask.entry.definition;
    if object.kind().is_empty() {
        object.set(&["kind"], definition.kind.as_str());
    }
    if object.api_version().is_empty() {
        object.set(&["apiVersion"], ask.target.api_version());
    }
    let group = ask.app.resources.registry().stored_group(object.group()).to_owned();
    let fits = object.kind() == definition.kind && group == definition.group && object.version() == ask.target.version;
    if !fits {
        return Err(Status::bad_request(format!(
            "the API version in the data ({}, kind {}) does not match the expected API version ({}, kind {})",
            object.api_version(),
            object.kind(),
            ask.target.api_version(),
            definition.kind
        )));
    }
    let namespace = ask.namespace();
    if definition.is_namespaced() {
        if !object.namespace().is_empty() && object.namespace() != namespace {
            return Err(Status::bad_request(format!(
                "the namespace of the provided object does not match the namespace sent on the request ({:?} and {namespace:?})",
                object.namespace()
            )));
        }
        object.set(&["metadata", "namespace"], namespace);
    }
    Ok(object)
}

pub(super) async fn create(ask: Ask, request: Body) -> Result<Response, Status> {
    let bytes = body::read(&ask.headers, request).await?;
    let object = placed(&ask, body::object(body::media_type(&ask.headers), &bytes)?)?;
    let written = ask.app.resources.create(&ask.caller.actor, object, &options(&ask)?).await?;
    present::one(&ask, 201, written.object, &written.warnings)
}

pub(super) async fn replace(ask: Ask, request: Body) -> Result<Response, Status> {
    let bytes = body::read(&ask.headers, request).await?;
    let mut object = placed(&ask, body::object(body::media_type(&ask.headers), &bytes)?)?;
    if object.name().is_empty() {
        object.set(&["metadata", "name"], ask.target.name.as_str());
    }
    if object.name() != ask.target.name {
        return Err(Status::bad_request(format!(
            "the name of the object ({:?}) does not match the name on the URL ({:?})",
            object.name(),
            ask.target.name
        )));
    }
    let written = ask.app.resources.replace(&ask.caller.actor, object, subresource(&ask)?, &options(&ask)?).await?;
    present::one(&ask, 200, written.object, &written.warnings)
}

fn subresource(ask: &Ask) -> Result<Subresource, Status> {
    match ask.target.subresource.as_str() {
        "status" if ask.entry.definition.status_subresource => Ok(Subresource::Status),
        "status" => Err(Status::no_path()),
        _ => Ok(Subresource::None),
    }
}

fn read_patch(ask: &Ask, bytes: &[u8]) -> Result<Patch, Status> {
    let media_type = body::media_type(&ask.headers);
    let value = || body::parse(media_type, bytes);
    match media_type {
        "application/json-patch+json" => Ok(Patch::Json(value()?)),
        "application/merge-patch+json" => Ok(Patch::Merge(value()?)),
        "application/strategic-merge-patch+json" if is_kubernetes(ask) => Ok(Patch::Strategic(value()?)),
        other => Err(Status::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json (not {other:?})"
            ),
        )),
    }
}

/// Kinds that Kubernetes itself defines know lists by key.
fn is_kubernetes(ask: &Ask) -> bool {
    let group = ask.entry.definition.group.as_str();
    group.is_empty() || group.ends_with(".k8s.io")
}

pub(super) async fn patch(ask: Ask, request: Body) -> Result<Response, Status> {
    let bytes = body::read(&ask.headers, request).await?;
    let patch = read_patch(&ask, &bytes)?;
    let key = ask.app.resources.stored_key(&ask.entry, ask.namespace(), &ask.target.name);
    let written = ask.app.resources.patch(&ask.caller.actor, &key, &patch, subresource(&ask)?, &options(&ask)?).await?;
    present::one(&ask, 200, written.object, &written.warnings)
}

fn delete_options(ask: &Ask, bytes: &[u8]) -> Result<DeleteOptions, Status> {
    let given = if bytes.is_empty() { Value::Null } else { body::parse(body::media_type(&ask.headers), bytes)? };
    let text = |key: &str| given.get(key).and_then(Value::as_str).or_else(|| ask.query.get(key).map(String::as_str));
    let propagation = match text("propagationPolicy") {
        None | Some("" | "Background") => Propagation::Background,
        Some("Foreground") => Propagation::Foreground,
        Some("Orphan") => Propagation::Orphan,
        Some(other) => {
            return Err(Status::bad_request(format!(
                "propagationPolicy {other:?} is none of Background, Foreground, Orphan"
            )));
        }
    };
    let precondition =
        |key: &str| given.pointer(&format!("/preconditions/{key}")).and_then(Value::as_str).map(str::to_owned);
    let preconditions = Preconditions { uid: precondition("uid"), resource_version: precondition("resourceVersion") };
    let in_body = given.get("dryRun").and_then(Value::as_array).is_some_and(|list| list.iter().any(|v| v == "All"));
    Ok(DeleteOptions { dry_run: dry_run(ask)? || in_body, preconditions, propagation })
}

pub(super) async fn delete(ask: Ask, request: Body) -> Result<Response, Status> {
    let bytes = body::read(&ask.headers, request).await?;
    let options = delete_options(&ask, &bytes)?;
    let key = ask.app.resources.stored_key(&ask.entry, ask.namespace(), &ask.target.name);
    let written = ask.app.resources.delete(&ask.caller.actor, &key, &options).await?;
    if !written.gone {
        return present::one(&ask, 200, written.object, &written.warnings);
    }
    let definition = &ask.entry.definition;
    let status = Status::new(200, "", "").with("name", ask.target.name.as_str());
    let status = if definition.group.is_empty() { status } else { status.with("group", definition.group.as_str()) };
    let status = status.with("kind", definition.plural.as_str()).with("uid", written.object.uid());
    Ok(present::written(&ask, 200, &status.body()))
}

pub(super) async fn delete_collection(ask: Ask, request: Body) -> Result<Response, Status> {
    let bytes = body::read(&ask.headers, request).await?;
    let options = delete_options(&ask, &bytes)?;
    let fields = list::field_selector(&ask)?;
    let matches =
        |r: &causeway_store::Record| fields.as_ref().is_none_or(|f| r.object().is_some_and(|o| f.matches(&o)));
    let gone = ask.app.resources.delete_all(&ask.caller.actor, list::query(&ask)?, &options, matches).await?;
    let items = gone.into_iter().map(|w| present::converted(&ask, w.object).map(|o| Value::Object(o.0)));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let version = ask.app.resources.revision().to_string();
    let body = json!({"kind": ask.entry.definition.list_kind, "apiVersion": ask.target.api_version(),
        "metadata": {"resourceVersion": version}, "items": items});
    Ok(present::written(&ask, 200, &body))
}

/// `autoscaling/v1` `Scale`, through the paths that the definition names.
pub(super) async fn scale(ask: Ask, verb: &'static str, request: Body) -> Result<Response, Status> {
    let Some(paths) = ask.entry.definition.scale.clone() else { return Err(Status::no_path()) };
    let key = ask.app.resources.stored_key(&ask.entry, ask.namespace(), &ask.target.name);
    let record = ask.app.resources.get(&key)?;
    let object = record.object().unwrap_or_default();
    if verb == "get" {
        return Ok(present::written(&ask, 200, &scale_of(&object, &paths)));
    }
    let bytes = body::read(&ask.headers, request).await?;
    let mut wanted = scale_of(&object, &paths);
    match verb {
        "update" => wanted = body::parse(body::media_type(&ask.headers), &bytes)?,
        _ => match read_patch(&ask, &bytes)? {
            Patch::Merge(patch) | Patch::Strategic(patch) => causeway_core::patch::merge(&mut wanted, &patch),
            Patch::Json(operations) => {
                let parsed = causeway_core::patch::JsonPatch::parse(&operations)
                    .map_err(|e| Status::bad_request(e.to_string()))?;
                parsed.apply(&mut wanted).map_err(|e| Status::new(422, "Invalid", e.to_string()))?;
            }
        },
    }
    let replicas = wanted.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(0);
    let version = wanted.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    let mut change = Object::default();
    let fields: Vec<&str> = paths.spec_replicas.trim_start_matches('.').split('.').collect();
    change.set(&fields, replicas);
    if !version.is_empty() && version != object.resource_version() {
        return Err(Status::new(
            409,
            "Conflict",
            "the object has been modified; please apply your changes to the latest version and try again",
        ));
    }
    let patch = Patch::Merge(change.into_value());
    let written = ask.app.resources.patch(&ask.caller.actor, &key, &patch, Subresource::None, &options(&ask)?).await?;
    Ok(present::written(&ask, 200, &scale_of(&written.object, &paths)))
}

fn scale_of(object: &Object, paths: &causeway_core::definition::Scale) -> Value {
    let value = Value::Object(object.0.clone());
    let number =
        |path: &str| JsonPath::parse(path).ok().and_then(|p| p.first(&value).and_then(Value::as_i64)).unwrap_or(0);
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": object.name(), "namespace": object.namespace(), "uid": object.uid(),
            "resourceVersion": object.resource_version(), "creationTimestamp": object.created()},
        "spec": {"replicas": number(&paths.spec_replicas)}, "status": {"replicas": number(&paths.status_replicas)},
    })
}

/// Restarts a deployment's replicas one by one, by a mark that changes what they are made of.
pub(super) async fn restart(ask: Ask) -> Result<Response, Status> {
    let key = ask.app.resources.stored_key(&ask.entry, ask.namespace(), &ask.target.name);
    let mark =
        json!({"metadata": {"annotations": {"platform.causeway.dev/restarted-at": Timestamp::now().to_string()}}});
    let options = WriteOptions::default();
    let written =
        ask.app.resources.patch(&ask.caller.actor, &key, &Patch::Merge(mark), Subresource::None, &options).await?;
    present::one(&ask, 200, written.object, &[])
}
