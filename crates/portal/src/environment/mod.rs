//! Environments: services by environment, and a page for each.

mod list;
mod show;

use axum::Router;
use axum::routing::get;
use causeway_api::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/environments", get(list::show))
        .route("/environments/{name}", get(show::in_default))
        .route("/environments/{namespace}/{name}", get(show::show))
        .route("/live/environments", get(list::live))
        .route("/live/environments/{namespace}/{name}", get(show::live))
}
