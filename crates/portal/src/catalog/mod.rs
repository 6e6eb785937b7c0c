//! The catalog: the list of entities, and a page for each.

mod about;
pub(crate) mod entity;
mod graph;
mod list;
mod output;
mod relation;
mod show;

use axum::Router;
use axum::routing::get;
use causeway_api::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/catalog", get(list::show))
        .route("/catalog/{namespace}/{kind}/{name}", get(show::overview))
        .route("/catalog/{namespace}/{kind}/{name}/{tab}", get(show::tab))
        .route("/live/catalog/{namespace}/{kind}/{name}/{tab}", get(show::live))
}
