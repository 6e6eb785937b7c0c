//! Plans: previews, approvals, and what they say of themselves.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::condition::{self, Condition, ConditionStatus};
use causeway_core::resource::Conditions as _;
use causeway_core::{Key, Spec as _, Timestamp};
use causeway_engine::{Controller, Failure, Next, Recorder};
use causeway_kinds::application::ApplicationSpec;
use causeway_kinds::plan::{Approval, Plan, PlanOperation, PlanSpec};
use causeway_resources::{Actor, Client, Resources};

use crate::Means;

/// Why a plan may not be carried out yet; none where it may.
pub(crate) fn missing(plan: &Plan) -> Option<String> {
    let status = &plan.status;
    if let Some(problem) = status.problems.first() {
        return Some(format!("It cannot be done: {}.", problem.message));
    }
    let approved =
        status.approvals.iter().any(|a| a.fingerprint == status.fingerprint && !status.fingerprint.is_empty());
    match status.needs.first() {
        None => None,
        Some(_) if approved => None,
        Some(need) => Some(format!("It waits for an approval: {}", need.reason)),
    }
}

/// An approval as somebody gives it.
#[derive(Clone, Debug)]
pub struct Approve<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// Namespace of the plan.
    pub namespace: &'a str,
    /// Name of the plan.
    pub name: &'a str,
    /// What they saw: the approval holds for exactly this.
    pub fingerprint: &'a str,
    /// How it came: `cli`, `portal`, `api`.
    pub via: &'a str,
}

/// Why an approval was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// The plan shows something else by now.
    #[error("the plan {name} has changed since you looked at it: its fingerprint is {found}")]
    Changed {
        /// Which plan.
        name: String,
        /// What it is now.
        found: String,
    },
    /// It could not be read or written.
    #[error(transparent)]
    Resources(#[from] causeway_resources::Error),
}

/// Puts an approval on a plan. That the actor may is for the caller to have checked.
pub async fn approve(resources: &Arc<Resources>, approval: &Approve<'_>) -> Result<Plan, ApproveError> {
    let client = resources.client(approval.actor.clone());
    let plan = client.require::<PlanSpec>(approval.namespace, approval.name)?;
    if plan.status.fingerprint != approval.fingerprint {
        return Err(ApproveError::Changed { name: plan.name().into(), found: plan.status.fingerprint });
    }
    let given = Approval {
        by: approval.actor.user.clone(),
        at: Some(Timestamp::now()),
        fingerprint: approval.fingerprint.into(),
        via: approval.via.into(),
    };
    let done = client
        .modify_status::<PlanSpec>(approval.namespace, approval.name, |plan| {
            if plan.status.fingerprint == given.fingerprint && plan.status.approvals.iter().all(|a| *a != given) {
                plan.status.approvals.push(given.clone());
            }
        })
        .await?;
    done.ok_or_else(|| {
        causeway_resources::Error::NotFound { resource: PlanSpec::resource().to_string(), name: approval.name.into() }
            .into()
    })
}

/// Says on every plan whether it is approved and applied; carries out those that delete an application.
pub(crate) struct PlanController {
    client: Client,
    recorder: Recorder,
}

impl PlanController {
    pub(crate) fn new(means: &Means) -> Self {
        Self {
            client: means.resources.client(Actor::controller(Self::NAME)),
            recorder: Recorder::new(Arc::clone(&means.resources), Self::NAME),
        }
    }

    /// A plan whose option `apply` is set is carried out by deleting its subject, once it is approved.
    async fn carry_out(&self, plan: &mut Plan) -> Result<(), Failure> {
        let asked = plan.spec.options.get("apply").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let is_deletion =
            plan.spec.operation == PlanOperation::Delete && plan.spec.subject.kind == ApplicationSpec::KIND;
        if !asked || !is_deletion || plan.status.applied_at.is_some() {
            return Ok(());
        }
        let subject = &plan.spec.subject;
        let keep = plan.spec.options.get("keepRepository").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let key = Key::new(ApplicationSpec::resource(), subject.namespace.as_str(), subject.name.as_str());
        let found = self.client.resources().find(&key);
        // a namesake that was made after the plan is not what was approved
        let same = found.is_some_and(|r| subject.uid.is_empty() || *r.head.uid == *subject.uid);
        if same {
            if keep {
                self.client
                    .modify::<ApplicationSpec>(&subject.namespace, &subject.name, |a| {
                        a.metadata.annotations.insert("platform.causeway.dev/keep-repository".into(), "true".into());
                    })
                    .await?;
            }
            self.client.delete::<ApplicationSpec>(&subject.namespace, &subject.name).await?;
        }
        plan.status.applied_at = Some(Timestamp::now());
        self.recorder.normal(&*plan, "Applied", "The deletion has begun.").await;
        Ok(())
    }
}

#[async_trait]
impl Controller for PlanController {
    type Spec = PlanSpec;
    const NAME: &'static str = "plan";

    async fn apply(&self, mut plan: Plan) -> Result<Next, Failure> {
        if plan.status.fingerprint.is_empty() {
            return Ok(Next::Resync);
        }
        let waits = missing(&plan);
        if waits.is_none() {
            self.carry_out(&mut plan).await?;
        }
        let now = Timestamp::now();
        let generation = plan.metadata.generation;
        let (approved, ready) = match (&waits, plan.status.applied_at) {
            (Some(why), _) => (
                Condition::new("Approved", ConditionStatus::False, "AwaitingApproval", why.clone()),
                Condition::ready(ConditionStatus::False, "AwaitingApproval", why.clone()),
            ),
            (None, None) => (granted(), Condition::ready(ConditionStatus::True, "Approved", "It may be carried out.")),
            (None, Some(_)) => (granted(), Condition::ready(ConditionStatus::True, "Applied", "It was carried out.")),
        };
        plan.status.observed_generation = generation;
        condition::set(plan.status.conditions_mut(), approved, generation, now);
        condition::set(plan.status.conditions_mut(), ready, generation, now);
        self.client.update_status(&plan).await?;
        Ok(Next::Resync)
    }
}

fn granted() -> Condition {
    Condition::new("Approved", ConditionStatus::True, "Approved", "Nothing is missing.")
}
