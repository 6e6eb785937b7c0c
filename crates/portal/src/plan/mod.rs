//! Plans: what a change will do, and the decision about it.

mod action;
mod decide;
mod list;
mod removal;
mod show;

use axum::Router;
use axum::routing::{get, post};
use causeway_api::App;
use causeway_core::GroupResource;
use causeway_kinds::plan::{Plan, PlanOperation};

pub(crate) use action::{actions, summary};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/plans", get(list::show))
        .route("/plans/{name}", get(show::in_default))
        .route("/plans/{namespace}/{name}", get(show::show))
        .route("/plans/{namespace}/{name}/approval", post(decide::approve))
        .route("/live/plans/{namespace}/{name}", get(show::live))
        .route("/delete/{namespace}/{name}", get(removal::show).post(removal::start))
}

/// What a plan does, in words.
pub(crate) fn title(plan: &Plan) -> String {
    let subject = &plan.spec.subject.name;
    let verb = match plan.spec.operation {
        PlanOperation::Create => "Create",
        PlanOperation::Change => "Change",
        PlanOperation::Deploy => "Deploy",
        PlanOperation::Promote => "Promote",
        PlanOperation::Rollback => "Roll back",
        PlanOperation::Delete => "Delete",
    };
    format!("{verb} {subject}")
}

/// The kind as the API addresses it.
fn resource() -> GroupResource {
    use causeway_core::Spec as _;
    causeway_kinds::plan::PlanSpec::resource()
}
