//! The pages.
//!
//! The portal has no private door: what it shows, it reads with the permissions of whoever looks, checked as the resource API checks
//! them; what it does, any client can do over the API. Pages are functions of typed views; a live fragment and the page around it
//! come from the same function. Everything works without script; script adds live updates and copying.

mod address;
mod asset;
mod catalog;
mod create;
mod door;
mod environment;
mod health;
mod home;
mod layout;
mod live;
mod login;
mod part;
mod plan;
mod refusal;
mod resource;
mod run;
mod search;
mod service;
mod settings;
mod viewer;

use axum::Router;
use causeway_api::App;

/// Every page, its assets, and the streams that keep pages up to date.
pub fn router() -> Router<App> {
    Router::new()
        .merge(asset::router())
        .merge(catalog::router())
        .merge(create::router())
        .merge(environment::router())
        .merge(home::router())
        .merge(login::router())
        .merge(plan::router())
        .merge(resource::router())
        .merge(run::router())
        .merge(search::router())
        .merge(settings::router())
        .fallback(door::nothing_here)
        .layer(axum::middleware::from_fn(door::pass))
}
