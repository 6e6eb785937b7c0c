//! Every kind has a list and every object a page, also of kinds that were defined at run time: both follow from the definition.

mod list;
mod show;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use causeway_api::App;
use causeway_core::GroupResource;
use causeway_resources::Entry;

use crate::address::CORE;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/resources", get(list::kinds))
        .route("/resources/{group}/{plural}", get(list::show))
        .route("/resources/{group}/{plural}/{name}", get(show::of_cluster))
        .route("/resources/{group}/{plural}/{namespace}/{name}", get(show::of_namespace))
        .route("/live/resources/{group}/{plural}/{name}", get(show::live_of_cluster))
        .route("/live/resources/{group}/{plural}/{namespace}/{name}", get(show::live_of_namespace))
}

/// The kind that an address names.
fn kind(viewer: &Viewer, group: &str, plural: &str) -> Result<Arc<Entry>, Refusal> {
    let group = if group == CORE { "" } else { viewer.app.resources.registry().stored_group(group) };
    viewer.entry(&GroupResource::new(group, plural))
}
