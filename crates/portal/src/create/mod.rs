//! Creating from a template: the choice of one, its form, the plan of what it would do, and the order.

mod application;
mod draw;
mod field;
mod form;
mod input;
mod list;
mod offer;
mod order;
mod review;
mod show;

use axum::Router;
use axum::routing::get;
use causeway_api::App;

pub(crate) use offer::{Offer, offers};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/create", get(list::show))
        .route("/create/{namespace}/{name}", get(show::show).post(order::submit))
}
