//! Tokens for programs: listed, made, replaced, taken back. Only their makers see the text, once.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Json, Router};
use causeway_core::{PLATFORM_GROUP, Timestamp};
use causeway_identity::{Attributes, IdentityError, NewToken};
use serde::Deserialize;
use serde_json::json;

use crate::App;
use crate::answer::error::internal;
use crate::answer::status::Status;
use crate::gate::Caller;

const ROOT: &str = "/apis/platform.causeway.dev/v1/tokens";

/// Below `/apis/platform.causeway.dev/v1/tokens`.
pub fn router() -> Router<App> {
    Router::new()
        .route(ROOT, get(list).post(create))
        .route(&format!("{ROOT}/{{name}}"), delete(revoke))
        .route(&format!("{ROOT}/{{name}}/rotate"), post(rotate))
}

async fn require(app: &App, caller: &Caller, verb: &str, name: &str) -> Result<(), Status> {
    caller
        .require(app, &Attributes { verb, group: PLATFORM_GROUP, resource: "tokens", name, ..Attributes::default() })
        .await
}

async fn list(State(app): State<App>, Extension(caller): Extension<Caller>) -> Result<Response, Status> {
    require(&app, &caller, "list", "").await?;
    let tokens = app.tokens.list().await.map_err(failed)?;
    let body: Vec<_> = tokens
        .iter()
        .map(
            |t| json!({"name": t.name, "user": t.user, "groups": t.groups, "created": t.created, "expires": t.expires}),
        )
        .collect();
    Ok(Json(json!({"tokens": body})).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    expires: Option<Timestamp>,
}

async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Json(asked): Json<Create>,
) -> Result<Response, Status> {
    require(&app, &caller, "create", &asked.name).await?;
    if causeway_core::name::check_subdomain(&asked.name).is_err() || asked.name == "admin" {
        return Err(Status::bad_request(format!("{:?} cannot be the name of a new token", asked.name)));
    }
    let is_master = caller.actor.groups.iter().any(|g| g == "system:masters");
    let widens = asked.groups.iter().any(|g| !caller.actor.groups.contains(g))
        || (!asked.user.is_empty() && asked.user != caller.actor.user);
    if widens && !is_master {
        return Err(Status::new(403, "Forbidden", "a token cannot be given rights that its maker does not have"));
    }
    let user = if asked.user.is_empty() { caller.actor.user.clone() } else { asked.user };
    let groups = if asked.groups.is_empty() && !is_master { caller.actor.groups.clone() } else { asked.groups };
    let new = NewToken { name: asked.name.clone(), user, groups, expires: asked.expires };
    let text = app.tokens.create(&caller.actor, &new).await.map_err(failed)?;
    Ok((http::StatusCode::CREATED, Json(json!({"name": asked.name, "token": *text}))).into_response())
}

async fn rotate(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Response, Status> {
    require(&app, &caller, "update", &name).await?;
    let text = app.tokens.rotate(&caller.actor, &name).await.map_err(failed)?;
    Ok(Json(json!({"name": name, "token": *text})).into_response())
}

async fn revoke(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Response, Status> {
    require(&app, &caller, "delete", &name).await?;
    app.tokens.revoke(&caller.actor, &name).await.map_err(failed)?;
    Ok(Json(json!({"name": name, "revoked": true})).into_response())
}

fn failed(error: IdentityError) -> Status {
    match error {
        IdentityError::NoToken(_) => Status::new(404, "NotFound", error.to_string()),
        IdentityError::Store(source) => source.into(),
        IdentityError::BadCode => internal("a token could not be made", &error),
    }
}
