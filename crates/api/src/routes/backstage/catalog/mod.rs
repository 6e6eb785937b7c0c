//! `/api/catalog`.

mod analysis;
mod entity;
mod facet;
mod list;
mod location;
mod page;
mod refresh;
mod validate;

use axum::Router;
use axum::routing::{any, get, post};

use super::problem;
use crate::App;

/// Every route of the catalog, and the shape of its errors.
pub(super) fn router() -> Router<App> {
    let routes = Router::new()
        .route("/entities", get(list::list).fallback(problem::nothing))
        .route("/entities/by-query", get(page::by_parameters).post(page::by_body).fallback(problem::nothing))
        .route("/entities/by-uid/{uid}", get(entity::by_uid).delete(entity::delete).fallback(problem::nothing))
        .route("/entities/by-name/{kind}/{namespace}/{name}", get(entity::by_name).fallback(problem::nothing))
        .route("/entities/by-name/{kind}/{namespace}/{name}/ancestry", get(entity::ancestry).fallback(problem::nothing))
        .route("/entities/by-refs", post(entity::by_refs).fallback(problem::nothing))
        .route("/entity-facets", get(facet::by_parameters).post(facet::by_body).fallback(problem::nothing))
        .route("/locations", get(location::list).post(location::create).fallback(problem::nothing))
        .route("/locations/by-query", post(location::by_query).fallback(problem::nothing))
        .route("/locations/{id}", get(location::get).delete(location::delete).fallback(problem::nothing))
        .route("/locations/by-entity/{kind}/{namespace}/{name}", get(location::by_entity).fallback(problem::nothing))
        .route("/analyze-location", post(analysis::analyze).fallback(problem::nothing))
        .route("/refresh", post(refresh::refresh).fallback(problem::nothing))
        .route("/validate-entity", post(validate::validate).fallback(problem::nothing))
        .route("/", any(problem::nothing))
        .route("/{*path}", any(problem::nothing));
    Router::new().nest("/api/catalog", routes).layer(axum::middleware::from_fn(problem::write))
}
