//! Whether the server lives, is ready, and which it is.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::json;

use crate::App;

/// `/healthz`, `/livez`, `/readyz`, `/version`.
pub fn router() -> Router<App> {
    let alive = || async { "ok" };
    Router::new()
        .route("/healthz", get(alive))
        .route("/livez", get(alive))
        .route("/readyz", get(ready))
        .route("/version", get(version))
}

async fn ready(State(app): State<App>) -> impl IntoResponse {
    // reads are served from memory, so a store that answers its revision is one that serves
    let _ = app.resources.revision();
    "ok"
}

async fn version() -> impl IntoResponse {
    axum::Json(json!({
        "major": "1", "minor": "36", "gitVersion": format!("v1.36.0+causeway-{}", env!("CARGO_PKG_VERSION")),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "none", "compiler": "rustc", "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    }))
}
