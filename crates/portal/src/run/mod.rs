//! Runs: the list of them, and a page for each that follows it while it is at work.

mod cancel;
mod line;
mod list;
mod log;
mod retry;
mod show;
mod view;

use axum::Router;
use axum::routing::{get, post};
use causeway_api::App;

pub(crate) use list::{panel, panel_of, row};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/runs", get(list::show))
        .route("/runs/{name}", get(show::in_default))
        .route("/runs/{namespace}/{name}", get(show::show))
        .route("/runs/{namespace}/{name}/cancel", post(cancel::cancel))
        .route("/runs/{namespace}/{name}/retry", post(retry::retry))
        .route("/live/runs/{namespace}/{name}", get(show::live))
}
