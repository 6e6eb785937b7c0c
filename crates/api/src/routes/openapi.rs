//! OpenAPI v3, one document for each group and version, made from the definitions.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use causeway_core::Definition;
use http::header;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::App;
use crate::answer::status::Status;

/// `/openapi/v3` and below, and an empty v2 document for clients that ask for it first.
pub fn router() -> Router<App> {
    Router::new()
        .route("/openapi/v2", get(second))
        .route("/openapi/v3", get(index))
        .route("/openapi/v3/api/{version}", get(core))
        .route("/openapi/v3/apis/{group}/{version}", get(group))
}

async fn second() -> impl IntoResponse {
    axum::Json(
        json!({"swagger": "2.0", "info": {"title": "Causeway", "version": "v1"}, "paths": {}, "definitions": {}}),
    )
}

fn versions(app: &App) -> Vec<(String, String)> {
    let registry = app.resources.registry();
    let served = registry.all().into_iter().filter(|e| e.definition.served);
    let own = served.flat_map(|e| {
        let group = e.definition.group.clone();
        e.definition
            .versions
            .iter()
            .filter(|v| v.served)
            .map(move |v| (group.clone(), v.name.clone()))
            .collect::<Vec<_>>()
    });
    let aliases = registry.aliases().iter().map(|a| (a.clone(), "v1".to_owned()));
    let mut all: Vec<_> = own.chain(aliases).collect();
    all.sort();
    all.dedup();
    all
}

async fn index(State(app): State<App>) -> impl IntoResponse {
    let mut paths = Map::new();
    for (group, version) in versions(&app) {
        let path = if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") };
        let document = document(&app, &group, &version);
        let hash = hex::encode(&Sha256::digest(document.to_string())[..16]).to_uppercase();
        paths.insert(path.clone(), json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash={hash}")}));
    }
    axum::Json(json!({"paths": paths}))
}

async fn core(State(app): State<App>, Path(version): Path<String>) -> Result<Response, Status> {
    answer(&app, "", &version)
}

async fn group(State(app): State<App>, Path((group, version)): Path<(String, String)>) -> Result<Response, Status> {
    answer(&app, &group, &version)
}

fn answer(app: &App, group: &str, version: &str) -> Result<Response, Status> {
    if !versions(app).iter().any(|(g, v)| g == group && v == version) {
        return Err(Status::no_path());
    }
    let body = document(app, group, version).to_string();
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn document(app: &App, group: &str, version: &str) -> Value {
    let stored = app.resources.registry().stored_group(group).to_owned();
    let mut schemas = Map::new();
    let mut paths = Map::new();
    for entry in app.resources.registry().all() {
        let definition = &entry.definition;
        let Some(found) =
            definition.version(version).filter(|v| v.served && definition.served && definition.group == stored)
        else {
            continue;
        };
        let mut schema = Value::clone(&found.schema);
        let gvk = json!([{"group": group, "version": version, "kind": definition.kind}]);
        schema["x-kubernetes-group-version-kind"] = gvk;
        let name = schema_name(group, version, &definition.kind);
        schemas.insert(name.clone(), schema);
        schemas
            .insert(schema_name(group, version, &definition.list_kind), list_schema(definition, group, version, &name));
        add_paths(&mut paths, definition, group, version, &name);
    }
    json!({
        "openapi": "3.0.0", "info": {"title": "Causeway", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths, "components": {"schemas": schemas},
    })
}

/// `dev.causeway.platform.v1.Claim`: the group's parts in reverse, as Kubernetes names its schemas.
fn schema_name(group: &str, version: &str, kind: &str) -> String {
    let parts: Vec<&str> = if group.is_empty() { vec!["core", "io.k8s.api"] } else { group.split('.').collect() };
    let reversed: Vec<&str> = parts.into_iter().rev().collect();
    format!("{}.{version}.{kind}", reversed.join("."))
}

fn list_schema(definition: &Definition, group: &str, version: &str, item: &str) -> Value {
    json!({
        "type": "object", "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
            "items": {"type": "array", "items": {"$ref": format!("#/components/schemas/{item}")}},
        },
        "x-kubernetes-group-version-kind": [{"group": group, "version": version, "kind": definition.list_kind}],
    })
}

fn add_paths(paths: &mut Map<String, Value>, definition: &Definition, group: &str, version: &str, schema: &str) {
    let root = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    let place = if definition.is_namespaced() { "/namespaces/{namespace}" } else { "" };
    let collection = format!("{root}{place}/{}", definition.plural);
    let gvk = json!({"group": group, "version": version, "kind": definition.kind});
    let query = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let writing = [query("dryRun"), query("fieldManager"), query("fieldValidation")];
    let body = json!({"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}}});
    let operation = |action: &str, parameters: &[Value]| json!({"x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk, "parameters": parameters, "responses": body});
    paths.insert(collection.clone(), json!({"get": operation("list", &[]), "post": operation("post", &writing)}));
    paths.insert(
        format!("{collection}/{{name}}"),
        json!({
            "get": operation("get", &[]), "put": operation("put", &writing),
            "patch": operation("patch", &writing), "delete": operation("delete", &[query("dryRun")]),
        }),
    );
}
