//! How things are, told from what their controllers say. Pure: the same conditions give the same words everywhere.

use causeway_core::condition::{Condition, ConditionStatus, find};
use causeway_core::{Object, PLATFORM_GROUP, Timestamp};
use causeway_kinds::application::Application;
use causeway_kinds::claim::Claim;
use causeway_kinds::deployment::Deployment;
use causeway_kinds::plan::Plan;
use causeway_kinds::run::{Conclusion, Run, Step, StepState};

use crate::part::{State, Status};

fn said(state: State, word: &str, condition: &Condition) -> Status {
    Status { state, word: word.into(), why: condition.message.clone(), since: condition.last_transition_time }
}

fn unknown() -> Status {
    Status::new(State::None, "No data").because("Nothing was reported yet.")
}

fn leaving(since: Option<Timestamp>) -> Status {
    Status { state: State::Run, word: "Being deleted".into(), why: String::new(), since }
}

/// A workload in an environment.
pub(crate) fn of_deployment(deployment: &Deployment) -> Status {
    if deployment.metadata.is_deleting() {
        return leaving(deployment.metadata.deletion_timestamp);
    }
    let Some(ready) = find(&deployment.status.conditions, "Ready") else { return unknown() };
    let serves = deployment.status.ready_replicas > 0;
    match (ready.status, ready.reason.as_str()) {
        (ConditionStatus::True, _) => said(State::Ok, "Healthy", ready),
        (ConditionStatus::Unknown, _) => said(State::None, "No data", ready),
        (ConditionStatus::False, "AwaitingApproval") => said(State::Wait, "Waits for approval", ready),
        (ConditionStatus::False, "AwaitingRelease") => said(State::None, "No release yet", ready),
        (ConditionStatus::False, "RollingOut") => said(State::Run, "Rolling out", ready),
        (ConditionStatus::False, "WaitingForClaims") => said(State::Run, "Waiting for claims", ready),
        (ConditionStatus::False, "RolloutFailed") if serves => said(State::Warn, "Rollout failed", ready),
        (ConditionStatus::False, "Degraded") if serves => said(State::Warn, "Degraded", ready),
        (ConditionStatus::False, _) => said(State::Bad, "Failed", ready),
    }
}

/// A database, a cache, a queue, a bucket.
pub(crate) fn of_claim(claim: &Claim) -> Status {
    let deleting = claim.metadata.is_deleting();
    let Some(ready) = find(&claim.status.conditions, "Ready") else {
        return if deleting { leaving(claim.metadata.deletion_timestamp) } else { unknown() };
    };
    match (ready.status, ready.reason.as_str()) {
        _ if deleting => Status { why: ready.message.clone(), ..leaving(claim.metadata.deletion_timestamp) },
        (ConditionStatus::True, _) => said(State::Ok, "Ready", ready),
        (ConditionStatus::Unknown, _) => said(State::None, "No data", ready),
        (ConditionStatus::False, "Applying") => said(State::Run, "Being made", ready),
        (ConditionStatus::False, _) => said(State::Bad, "Failed", ready),
    }
}

/// A run.
pub(crate) fn of_run(run: &Run) -> Status {
    let why = find(&run.status.conditions, "Ready").map(|c| c.message.clone()).unwrap_or_default();
    let (state, word) = match run.status.conclusion {
        Some(Conclusion::Success) => (State::Ok, "Done"),
        Some(Conclusion::Failure) => (State::Bad, "Failed"),
        Some(Conclusion::Cancelled) => (State::None, "Cancelled"),
        Some(Conclusion::Skipped) => (State::None, "Skipped"),
        None if run.spec.cancel => (State::Run, "Stopping"),
        None if run.status.started_at.is_none() => (State::None, "Not started"),
        None => (State::Run, "Running"),
    };
    let since = run.status.finished_at.or(run.status.started_at).or(run.metadata.creation_timestamp);
    Status { state, word: word.into(), why, since }
}

/// A step of a run.
pub(crate) fn of_step(step: &Step) -> Status {
    let (state, word) = match step.state {
        StepState::Pending => (State::None, "Not started"),
        StepState::Running => (State::Run, "Running"),
        StepState::Waiting => (State::Run, "Waiting"),
        StepState::Succeeded => (State::Ok, "Done"),
        StepState::Failed => (State::Bad, "Failed"),
        StepState::Skipped => (State::None, "Skipped"),
        StepState::Cancelled => (State::None, "Cancelled"),
    };
    Status { state, word: word.into(), why: step.message.clone(), since: step.finished_at.or(step.started_at) }
}

/// Whether a plan has every approval that it needs, for what it shows now.
pub(crate) fn is_approved(plan: &Plan) -> bool {
    let status = &plan.status;
    status.needs.is_empty()
        || status.approvals.iter().any(|a| a.fingerprint == status.fingerprint && !status.fingerprint.is_empty())
}

/// A plan.
pub(crate) fn of_plan(plan: &Plan) -> Status {
    let status = &plan.status;
    let since = status.applied_at.or(plan.metadata.creation_timestamp);
    let (state, word, why) = if status.applied_at.is_some() {
        (State::Ok, "Applied", String::new())
    } else if let Some(problem) = status.problems.first() {
        (State::Bad, "Cannot be done", problem.message.clone())
    } else if status.fingerprint.is_empty() {
        (State::None, "Being made", String::new())
    } else if is_approved(plan) {
        (State::Ok, "Approved", String::new())
    } else {
        (State::Wait, "Waits for approval", status.needs.first().map(|n| n.reason.clone()).unwrap_or_default())
    };
    Status { state, word: word.into(), why, since }
}

/// An application on its way.
pub(crate) fn of_application(application: &Application) -> Status {
    if application.metadata.is_deleting() {
        return leaving(application.metadata.deletion_timestamp);
    }
    let Some(ready) = find(&application.status.conditions, "Ready") else { return unknown() };
    match (ready.status, ready.reason.as_str()) {
        (ConditionStatus::True, _) => said(State::Ok, "Ready", ready),
        (ConditionStatus::Unknown, _) => said(State::None, "No data", ready),
        (ConditionStatus::False, "AwaitingApproval") => said(State::Wait, "Waits for approval", ready),
        (ConditionStatus::False, "Degraded") => said(State::Warn, "Degraded", ready),
        (ConditionStatus::False, reason) if is_failure(reason) => said(State::Bad, "Failed", ready),
        (ConditionStatus::False, _) => said(State::Run, "Being made", ready),
    }
}

/// Reasons of stages that do not go on by themselves.
fn is_failure(reason: &str) -> bool {
    reason.ends_with("Failed")
        || reason.starts_with("Cannot")
        || reason.starts_with("Invalid")
        || reason == "NotSupported"
}

/// Anything that says of itself whether it is ready; none where it says nothing.
pub(crate) fn of_object(object: &Object) -> Option<Status> {
    let known = match (object.group(), object.kind()) {
        (PLATFORM_GROUP, "Application") => Application::from_object(object).ok().map(|o| of_application(&o)),
        (PLATFORM_GROUP, "Claim") => Claim::from_object(object).ok().map(|o| of_claim(&o)),
        (PLATFORM_GROUP, "Deployment") => Deployment::from_object(object).ok().map(|o| of_deployment(&o)),
        (PLATFORM_GROUP, "Plan") => Plan::from_object(object).ok().map(|o| of_plan(&o)),
        (PLATFORM_GROUP, "Run") => Run::from_object(object).ok().map(|o| of_run(&o)),
        _ => None,
    };
    if known.is_some() {
        return known;
    }
    if object.is_deleting() {
        return Some(leaving(None));
    }
    let ready = object.condition("Ready")?;
    Some(of_condition(&ready))
}

/// One condition, of which nothing more is known.
pub(crate) fn of_condition(condition: &Condition) -> Status {
    match condition.status {
        ConditionStatus::True => said(State::Ok, &condition.kind, condition),
        ConditionStatus::False if is_failure(&condition.reason) => said(State::Bad, "Failed", condition),
        ConditionStatus::False => said(State::Warn, &format!("Not {}", condition.kind.to_lowercase()), condition),
        ConditionStatus::Unknown => said(State::None, "Not known", condition),
    }
}

#[cfg(test)]
mod tests {
    use causeway_core::{Condition, ConditionStatus, Metadata};
    use causeway_kinds::deployment::{Deployment, DeploymentSpec};
    use causeway_kinds::plan::{Approval, Need, Plan, PlanSpec};

    use super::{of_deployment, of_plan};
    use crate::part::State;

    fn deployment(status: ConditionStatus, reason: &str, ready_replicas: i32) -> Deployment {
        let mut deployment = Deployment::new(Metadata::named("default", "a.dev"), DeploymentSpec::default());
        deployment.status.ready_replicas = ready_replicas;
        deployment.status.conditions = vec![Condition::ready(status, reason, "Why.")];
        deployment
    }

    #[test]
    fn never_shows_a_deployment_without_data_as_healthy() {
        let silent = Deployment::new(Metadata::named("default", "a.dev"), DeploymentSpec::default());
        assert_eq!(of_deployment(&silent).state, State::None);
        assert_eq!(of_deployment(&deployment(ConditionStatus::Unknown, "NotReconciledYet", 2)).state, State::None);
    }

    #[test]
    fn tells_degraded_from_down_by_the_replicas_that_answer() {
        let state = |reason, ready| of_deployment(&deployment(ConditionStatus::False, reason, ready)).state;
        assert_eq!(state("Degraded", 1), State::Warn);
        assert_eq!(state("Degraded", 0), State::Bad);
        assert_eq!(state("RolloutFailed", 2), State::Warn);
        assert_eq!(state("RollingOut", 0), State::Run);
        assert_eq!(state("AwaitingApproval", 2), State::Wait);
        assert_eq!(state("EnvironmentNotFound", 0), State::Bad);
    }

    #[test]
    fn counts_an_approval_for_what_was_approved_alone() {
        let mut plan = Plan::new(Metadata::named("default", "p"), PlanSpec::default());
        plan.status.fingerprint = "new".into();
        plan.status.needs = vec![Need { reason: "It destroys data.".into(), ..Need::default() }];
        plan.status.approvals = vec![Approval { fingerprint: "old".into(), ..Approval::default() }];
        assert_eq!(of_plan(&plan).state, State::Wait);
        plan.status.approvals[0].fingerprint = "new".into();
        assert_eq!(of_plan(&plan).word, "Approved");
    }
}
