//! `GET /v2/actions`: what the steps of templates may do.

use axum::Json;
use axum::response::{IntoResponse, Response};
use causeway_scaffold::Actions;
use serde_json::{Value, json};

pub(super) async fn list() -> Response {
    let actions = Actions::default();
    let mut known: Vec<_> = actions.all().iter().map(|action| (action.id(), action.description())).collect();
    known.sort_unstable();
    let body: Vec<Value> =
        known.into_iter().map(|(id, description)| json!({"id": id, "description": description})).collect();
    Json(body).into_response()
}
