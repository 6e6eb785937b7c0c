//! Which plan allows what a deployment is about to do.

use causeway_core::{Metadata, Timestamp};
use causeway_kinds::application::ApplicationSpec;
use causeway_kinds::deployment::Deployment;
use causeway_kinds::plan::{Action, Approval, Plan, PlanOperation, PlanSpec};
use causeway_kinds::reference::ObjectReference;
use causeway_plan::{Outline, covers};
use causeway_resources::{Client, Result};

use crate::{label, plan};

/// The plan under which to act, or the one that waits for an approval.
pub(crate) enum Permission {
    /// Go on, under the plan of this name.
    Granted(String),
    /// The plan of this name waits: for what.
    Awaited(String, String),
}

/// Finds the plan that shows all of the actions, or makes one.
pub(crate) async fn permission(client: &Client, deployment: &Deployment, outline: Outline) -> Result<Permission> {
    for name in candidates(client, deployment)? {
        if is_covering(client, deployment, &name, &outline.actions)? {
            return Ok(Permission::Granted(name));
        }
    }
    let plan = make(client, deployment, outline).await?;
    Ok(match plan::missing(&plan) {
        None => Permission::Granted(plan.name().to_owned()),
        Some(why) => Permission::Awaited(plan.name().to_owned(), why),
    })
}

/// The plan that is being carried out, and the plan of the application.
fn candidates(client: &Client, deployment: &Deployment) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let current = client.get::<PlanSpec>(deployment.namespace(), &deployment.status.plan)?;
    if let Some(plan) = current.filter(|p| p.status.applied_at.is_none()) {
        names.push(plan.name().to_owned());
    }
    if let Some(name) = deployment.metadata.labels.get(label::APPLICATION)
        && let Some(application) = client.get::<ApplicationSpec>(deployment.namespace(), name)?
    {
        names.push(application.status.plan);
    }
    Ok(names)
}

/// Whether a plan is approved and lists every action.
fn is_covering(client: &Client, deployment: &Deployment, name: &str, actions: &[Action]) -> Result<bool> {
    let Some(plan) = client.get::<PlanSpec>(deployment.namespace(), name)? else { return Ok(false) };
    let listed = |action: &Action| plan.status.actions.iter().any(|planned| covers(planned, action));
    Ok(plan::missing(&plan).is_none() && actions.iter().all(listed))
}

async fn make(client: &Client, deployment: &Deployment, outline: Outline) -> Result<Plan> {
    let status = outline.into_status();
    let name = format!("{}-{}", deployment.name(), &status.fingerprint[..8]);
    if let Some(found) = client.get::<PlanSpec>(deployment.namespace(), &name)? {
        return Ok(found);
    }
    let author =
        deployment.metadata.annotations.get(label::ACTOR).cloned().unwrap_or_else(|| client.actor().user.clone());
    let spec = PlanSpec {
        subject: ObjectReference {
            api_version: deployment.api_version.clone(),
            kind: deployment.kind.clone(),
            namespace: deployment.namespace().into(),
            name: deployment.name().into(),
            uid: deployment.metadata.uid.clone(),
            ..ObjectReference::default()
        },
        operation: PlanOperation::Deploy,
        author: author.clone(),
        ..PlanSpec::default()
    };
    let mut metadata = Metadata::named(deployment.namespace(), name.as_str());
    metadata.labels.clone_from(&deployment.metadata.labels);
    metadata.owner_references = vec![deployment.controller_reference()];
    let mut plan = client.create(&Plan::new(metadata, spec)).await?;
    plan.status = status;
    if plan.status.needs.is_empty() {
        // nothing is destroyed: who asked for the change has approved it by asking
        let fingerprint = plan.status.fingerprint.clone();
        plan.status.approvals =
            vec![Approval { by: author, at: Some(Timestamp::now()), fingerprint, ..Approval::default() }];
    }
    client.update_status(&plan).await
}
