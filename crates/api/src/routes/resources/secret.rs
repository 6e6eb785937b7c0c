//! The secrets of an environment, by path.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use causeway_identity::Attributes;
use causeway_secrets::{Put, Secret, SecretText};
use causeway_store::{AuditRow, Batch};
use serde_json::{Map, Value, json};

use super::{Ask, body, present};
use crate::answer::error::internal;
use crate::answer::status::Status;

pub(super) async fn serve(ask: Ask, verb: &'static str, request: Body) -> Result<Response, Status> {
    let path = ask.target.rest.clone();
    let (namespace, environment) = (ask.namespace().to_owned(), ask.target.name.clone());
    let verb = if path.is_empty() && verb == "get" { "list" } else { verb };
    // permission is on the Secret that stands for the path, so that one rule covers both doors
    let name = if path.is_empty() { String::new() } else { format!("{}.{environment}", path.replace('/', "-")) };
    let wanted = Attributes { verb, resource: "secrets", namespace: &namespace, name: &name, ..Attributes::default() };
    ask.caller.require(&ask.app, &wanted).await?;
    match verb {
        "list" => {
            let secrets = ask.app.secrets.list(&namespace, Some(&environment)).await?;
            let items: Vec<Value> = secrets
                .iter()
                .map(|s| json!({"name": s.path, "environment": s.environment, "version": s.version, "keys": s.keys}))
                .collect();
            Ok(present::json(200, &json!({"items": items})))
        }
        "get" => {
            let secret =
                ask.app.secrets.get(&namespace, &environment, &path)?.ok_or_else(|| missing(&path, &environment))?;
            note_read(&ask, &namespace, &name).await?;
            Ok(present::json(200, &shown(&secret)))
        }
        "update" | "create" => {
            let bytes = body::read(&ask.headers, request).await?;
            let given = body::parse(body::media_type(&ask.headers), &bytes)?;
            let data = values(given.get("data").unwrap_or(&Value::Null))?;
            let put = Put { namespace, environment: environment.clone(), path: path.clone(), data, owners: Vec::new() };
            let version = ask.app.secrets.put(&ask.caller.actor, &put).await?;
            Ok(present::json(200, &json!({"name": path, "environment": environment, "version": version})))
        }
        "delete" => {
            ask.app.secrets.delete(&ask.caller.actor, &namespace, &environment, &path).await?;
            Ok(present::json(200, &Status::new(200, "", "").body()))
        }
        _ => Err(Status::new(405, "MethodNotAllowed", "secrets of an environment can be read, set and deleted")),
    }
}

fn shown(secret: &Secret) -> Value {
    let data: Map<String, Value> = secret.data.iter().map(|(k, v)| (k.clone(), v.reveal().into())).collect();
    json!({"name": secret.path, "environment": secret.environment, "version": secret.version, "data": data})
}

fn missing(path: &str, environment: &str) -> Status {
    Status::new(404, "NotFound", format!("there is no secret {path:?} in the environment {environment:?}"))
        .with("name", path)
        .with("kind", "secrets")
}

fn values(data: &Value) -> Result<BTreeMap<String, SecretText>, Status> {
    let refused = || Status::bad_request("a secret is set as {\"data\": {\"key\": \"text\", …}}");
    let map = data.as_object().filter(|m| !m.is_empty()).ok_or_else(refused)?;
    map.iter().map(|(k, v)| Ok((k.clone(), SecretText::new(v.as_str().ok_or_else(refused)?)))).collect()
}

/// Reading a secret leaves a line in the audit trail, written before the answer is sent.
async fn note_read(ask: &Ask, namespace: &str, name: &str) -> Result<(), Status> {
    let row = AuditRow {
        time: causeway_core::Timestamp::now().as_second() * 1000,
        actor: ask.caller.actor.user.clone(),
        verb: "read-secret".into(),
        target: format!("secrets/{namespace}/{name}"),
        ..AuditRow::default()
    };
    let batch = Batch { writes: Vec::new(), audit: vec![row] };
    let done = ask.app.resources.store().commit(batch).await;
    done.map(|_| ()).map_err(|e| internal("the audit trail could not be written", &e))
}
