//! Plans: what a change will do, and the decision about it.

mod action;
mod decide;
mod list;
mod removal;
mod show;

use axum::Router;
use axum::routing::{get, post};
use causeway_api::App;
use causeway_core::{GroupResource, Spec as _};
use causeway_kinds::plan::{Plan, PlanOperation, PlanSpec};

use crate::health;
use crate::part::State;
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};

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

/// Plans that wait for an approval.
#[derive(Default)]
pub(crate) struct Waiting {
    /// Those that the viewer may approve.
    pub(crate) mine: Vec<Plan>,
    /// How many wait for others.
    pub(crate) others: usize,
}

/// What waits, for the viewer and for others, as far as they may see it.
pub(crate) async fn waiting(viewer: &Viewer) -> Result<Waiting, Refusal> {
    let mut waiting = Waiting::default();
    let mut plans = viewer.list::<PlanSpec>(Wanted::default()).await?;
    plans.retain(|p| health::of_plan(p).state == State::Wait);
    for plan in plans {
        if viewer.may("create", &resource(), "approval", plan.namespace(), plan.name()).await {
            waiting.mine.push(plan);
        } else {
            waiting.others += 1;
        }
    }
    Ok(waiting)
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
    PlanSpec::resource()
}
