//! What is served: groups, versions and kinds, in the classic and the aggregated form.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use causeway_core::{Definition, PLATFORM_GROUP};
use causeway_resources::Entry;
use http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::App;
use crate::answer::status::Status;

const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const AGGREGATED: &str = "as=APIGroupDiscoveryList";

/// `/api`, `/apis` and below, as far as they describe.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api", get(core_versions))
        .route("/apis", get(groups))
        .route("/api/v1", get(core_kinds))
        .route("/apis/{group}", get(group))
        .route("/apis/{group}/{version}", get(kinds))
}

/// A group with its versions, preferred first, and the kinds of each.
struct Group {
    name: String,
    versions: Vec<(String, Vec<Arc<Entry>>)>,
}

fn all(app: &App) -> Vec<Group> {
    let mut groups: BTreeMap<String, BTreeMap<String, Vec<Arc<Entry>>>> = BTreeMap::new();
    for entry in app.resources.registry().all() {
        let definition = &entry.definition;
        if !definition.served {
            continue;
        }
        for version in definition.versions.iter().filter(|v| v.served) {
            let versions = groups.entry(definition.group.clone()).or_default();
            versions.entry(version.name.clone()).or_default().push(Arc::clone(&entry));
        }
    }
    let alias = groups.get(PLATFORM_GROUP).cloned().unwrap_or_default();
    let named = |(name, versions): (String, BTreeMap<String, Vec<Arc<Entry>>>)| Group {
        name,
        versions: versions.into_iter().rev().collect(),
    };
    // further names of our own group come last, so that short names stay ours
    let aliases = app.resources.registry().aliases().iter().map(|name| (name.clone(), alias.clone()));
    let mut list: Vec<Group> = groups.into_iter().chain(aliases).map(named).collect();
    list.sort_by_key(|g| rank(&g.name, app));
    list.iter_mut().for_each(|g| g.versions.sort_by_key(|(v, _)| version_rank(v)));
    list
}

fn rank(group: &str, app: &App) -> usize {
    match group {
        "" => 0,
        PLATFORM_GROUP => 1,
        g if app.resources.registry().aliases().iter().any(|a| a == g) => 3,
        _ => 2,
    }
}

/// Stable versions before betas before alphas.
fn version_rank(version: &str) -> (u8, String) {
    let rank = if version.contains("alpha") { 2 } else { u8::from(version.contains("beta")) };
    (rank, version.to_owned())
}

async fn core_versions(State(app): State<App>, headers: HeaderMap) -> Response {
    if wants_aggregated(&headers) {
        return aggregated(all(&app).into_iter().filter(|g| g.name.is_empty()));
    }
    axum::Json(json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})).into_response()
}

async fn groups(State(app): State<App>, headers: HeaderMap) -> Response {
    let groups = all(&app).into_iter().filter(|g| !g.name.is_empty());
    if wants_aggregated(&headers) {
        return aggregated(groups);
    }
    let list: Vec<Value> = groups.map(|g| group_body(&g)).collect();
    axum::Json(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": list})).into_response()
}

fn group_body(group: &Group) -> Value {
    let version = |v: &str| json!({"groupVersion": format!("{}/{v}", group.name), "version": v});
    let versions: Vec<Value> = group.versions.iter().map(|(v, _)| version(v)).collect();
    json!({"name": group.name, "versions": versions, "preferredVersion": versions.first()})
}

async fn group(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Status> {
    let found = all(&app).into_iter().find(|g| g.name == name && !name.is_empty()).ok_or_else(Status::no_path)?;
    let mut body = group_body(&found);
    body["kind"] = "APIGroup".into();
    body["apiVersion"] = "v1".into();
    Ok(axum::Json(body).into_response())
}

async fn core_kinds(State(app): State<App>) -> Result<Response, Status> {
    list_kinds(&app, "", "v1")
}

async fn kinds(State(app): State<App>, Path((group, version)): Path<(String, String)>) -> Result<Response, Status> {
    list_kinds(&app, &group, &version)
}

fn list_kinds(app: &App, group: &str, version: &str) -> Result<Response, Status> {
    let groups = all(app);
    let entries = groups.iter().filter(|g| g.name == group).flat_map(|g| &g.versions).find(|(v, _)| v == version);
    let (_, entries) = entries.ok_or_else(Status::no_path)?;
    let mut resources: Vec<Value> =
        entries.iter().flat_map(|e| resource_bodies(&e.definition, e.definition.group != group)).collect();
    if group.is_empty() {
        resources.push(services());
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let body =
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources});
    Ok(axum::Json(body).into_response())
}

/// An empty list that `kubectl cluster-info` looks for.
fn services() -> Value {
    json!({"name": "services", "singularName": "service", "namespaced": true, "kind": "Service", "verbs": ["get", "list"], "shortNames": ["svc"]})
}

/// Under an alias of its group a kind has no short names: they belong to the group itself.
fn resource_bodies(definition: &Definition, is_alias: bool) -> Vec<Value> {
    let mut body = json!({
        "name": definition.plural, "singularName": definition.singular, "namespaced": definition.is_namespaced(),
        "kind": definition.kind, "verbs": VERBS,
    });
    if !definition.short_names.is_empty() && !is_alias {
        body["shortNames"] = definition.short_names.clone().into();
    }
    if !definition.categories.is_empty() && !is_alias {
        body["categories"] = definition.categories.clone().into();
    }
    let mut bodies = vec![body];
    if definition.status_subresource {
        bodies.push(json!({
            "name": format!("{}/status", definition.plural), "singularName": "", "namespaced": definition.is_namespaced(),
            "kind": definition.kind, "verbs": ["get", "patch", "update"],
        }));
    }
    if definition.scale.is_some() {
        bodies.push(json!({
            "name": format!("{}/scale", definition.plural), "singularName": "", "namespaced": definition.is_namespaced(),
            "group": "autoscaling", "version": "v1", "kind": "Scale", "verbs": ["get", "patch", "update"],
        }));
    }
    bodies
}

fn wants_aggregated(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| {
        v.split(',')
            .next()
            .is_some_and(|first| first.contains(AGGREGATED) && first.contains("v=v2") && !first.contains("v=v2beta1"))
    })
}

fn aggregated(groups: impl Iterator<Item = Group>) -> Response {
    let items: Vec<Value> = groups.map(|g| aggregated_group(&g)).collect();
    let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
    let kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    ([(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

fn aggregated_group(group: &Group) -> Value {
    let versions: Vec<Value> = group
        .versions
        .iter()
        .map(|(version, entries)| {
            let mut resources: Vec<Value> = entries.iter().map(|e| aggregated_kind(&e.definition, &group.name, version)).collect();
            if group.name.is_empty() {
                resources.push(json!({"resource": "services", "responseKind": {"group": "", "version": "v1", "kind": "Service"},
                    "scope": "Namespaced", "singularResource": "service", "verbs": ["get", "list"], "shortNames": ["svc"]}));
            }
            json!({"version": version, "resources": resources, "freshness": "Current"})
        })
        .collect();
    let metadata = if group.name.is_empty() {
        json!({"creationTimestamp": null})
    } else {
        json!({"name": group.name, "creationTimestamp": null})
    };
    json!({"metadata": metadata, "versions": versions})
}

fn aggregated_kind(definition: &Definition, group: &str, version: &str) -> Value {
    let is_alias = definition.group != group;
    let scope = if definition.is_namespaced() { "Namespaced" } else { "Cluster" };
    let response = json!({"group": group, "version": version, "kind": definition.kind});
    let mut body = json!({
        "resource": definition.plural, "responseKind": response, "scope": scope,
        "singularResource": definition.singular, "verbs": VERBS,
    });
    if !definition.short_names.is_empty() && !is_alias {
        body["shortNames"] = definition.short_names.clone().into();
    }
    if !definition.categories.is_empty() && !is_alias {
        body["categories"] = definition.categories.clone().into();
    }
    let mut subresources = Vec::new();
    if definition.status_subresource {
        subresources
            .push(json!({"subresource": "status", "responseKind": response, "verbs": ["get", "patch", "update"]}));
    }
    if definition.scale.is_some() {
        let scale = json!({"group": "autoscaling", "version": "v1", "kind": "Scale"});
        subresources.push(json!({"subresource": "scale", "responseKind": scale, "verbs": ["get", "patch", "update"]}));
    }
    if !subresources.is_empty() {
        body["subresources"] = subresources.into();
    }
    body
}
