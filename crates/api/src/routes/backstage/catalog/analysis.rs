//! `POST /analyze-location`: what is known of a repository, or what could be said of it.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use causeway_catalog::query::present_with;
use http::HeaderMap;
use serde_json::{Value, json};

use super::super::body;
use super::super::problem::Problem;
use super::super::sight::Sight;
use crate::App;
use crate::gate::Caller;

const LOCATION: &str = "backstage.io/managed-by-location";

pub(super) async fn analyze(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let fields = body::Fields::read(&headers, body).await?;
    fields.required("location")?;
    let location = fields.object("location")?;
    let target = location["target"].as_str().unwrap_or_default();
    let Some((_, path)) = target.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")) else {
        return Err(Problem::input("The given location.target is not a URL"));
    };
    let sight = Sight::of(&app, &caller).await?;
    let scope = sight.scope();
    let repository = format!("url:{}/", target.trim_end_matches('/').trim_end_matches(".git"));
    let file = |entity: &causeway_catalog::Entity| {
        let place = entity.object().annotation(LOCATION).filter(|place| place.starts_with(&repository))?.to_owned();
        let (kind, target) = place.split_once(':')?;
        Some(
            json!({"location": {"type": kind, "target": target}, "isRegistered": true, "entity": present_with(&scope, entity)}),
        )
    };
    let existing: Vec<Value> = scope.entities().filter_map(|entity| file(entity)).collect();
    let generated = if existing.is_empty() { vec![proposed(path)] } else { Vec::new() };
    Ok(Json(json!({"existingEntityFiles": existing, "generateEntities": generated})).into_response())
}

/// A component to start from, named after the repository.
fn proposed(path: &str) -> Value {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).trim_end_matches(".git");
    json!({
        "entity": {
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": name},
            "spec": {"type": "other", "lifecycle": "unknown"},
        },
        "fields": [],
    })
}
