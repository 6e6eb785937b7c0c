//! The API that Backstage's clients know: the same paths, parameters, bodies, status codes and error shape.
//!
//! What the caller may not see does not exist here: it is left out of lists and counts, and answers 404.

mod body;
mod catalog;
mod parameters;
mod problem;
mod scaffolder;
mod sight;

use axum::Router;

use crate::App;

/// `/api/catalog/…` and `/api/scaffolder/…`.
pub fn router() -> Router<App> {
    Router::new().merge(catalog::router()).merge(scaffolder::router())
}
