//! `/api/scaffolder`: templates, actions, and tasks, which here are runs of templates.

mod action;
mod event;
mod task;
mod template;

use axum::Router;
use axum::routing::{any, get, post};

use super::problem;
use crate::App;

/// Every route of the scaffolder, and the shape of its errors.
pub(super) fn router() -> Router<App> {
    let routes = Router::new()
        .route(
            "/v2/templates/{namespace}/{kind}/{name}/parameter-schema",
            get(template::parameters).fallback(problem::nothing),
        )
        .route("/v2/actions", get(action::list).fallback(problem::nothing))
        .route("/v2/tasks", get(task::list).post(task::create).fallback(problem::nothing))
        .route("/v2/tasks/{id}", get(task::get).fallback(problem::nothing))
        .route("/v2/tasks/{id}/cancel", post(task::cancel).fallback(problem::nothing))
        .route("/v2/tasks/{id}/retry", post(task::retry).fallback(problem::nothing))
        .route("/v2/tasks/{id}/events", get(event::list).fallback(problem::nothing))
        .route("/v2/tasks/{id}/eventstream", get(event::stream).fallback(problem::nothing))
        .route("/", any(problem::nothing))
        .route("/{*path}", any(problem::nothing));
    Router::new().nest("/api/scaffolder", routes).layer(axum::middleware::from_fn(problem::write))
}
