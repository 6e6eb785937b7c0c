//! Plans: looked at, approved.

pub(crate) mod approve;
pub(crate) mod show;

use causeway_kinds::application::ApplicationSpec;
use causeway_kinds::deployment::DeploymentSpec;
use causeway_kinds::plan::{Plan, PlanSpec};

use crate::Failure;
use crate::client::Client;

/// All plans, newest first.
async fn newest_first(client: &Client, namespace: &str) -> Result<Vec<Plan>, Failure> {
    let mut plans = client.list::<PlanSpec>(namespace, "").await?;
    plans.sort_by_key(|plan| std::cmp::Reverse(plan.metadata.creation_timestamp));
    Ok(plans)
}

/// Whether a plan is about a service: its application, or one of its deployments.
fn is_about(plan: &Plan, service: &str) -> bool {
    use causeway_core::Spec as _;
    let subject = &plan.spec.subject;
    match subject.kind.as_str() {
        ApplicationSpec::KIND => subject.name == service,
        DeploymentSpec::KIND => subject.name.rsplit_once('.').is_some_and(|(workload, _)| workload == service),
        _ => false,
    }
}

/// In one word, how far a plan is.
fn state(plan: &Plan) -> &'static str {
    let status = &plan.status;
    let approved = status.approvals.iter().any(|a| a.fingerprint == status.fingerprint);
    match () {
        () if status.applied_at.is_some() => "Applied",
        () if !status.problems.is_empty() => "Impossible",
        () if !status.needs.is_empty() && !approved => "AwaitingApproval",
        () => "Approved",
    }
}
