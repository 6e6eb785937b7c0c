//! Plans: asked for, shown, approved.

mod text;

use causeway_core::{Metadata, PLATFORM_API_VERSION, Spec as _};
use causeway_kinds::ObjectReference;
use causeway_kinds::plan::{Plan, PlanOperation, PlanSpec};
use serde_json::{Value, json};

use crate::Failure;
use crate::client::{Address, ApiError, Call, Client};

pub(crate) use text::render;

/// The address of a plan's approval.
fn approval(plan: &Plan) -> Address {
    Address::collection(PLATFORM_API_VERSION, plan.namespace(), PlanSpec::PLURAL).then(plan.name()).then("approval")
}

/// A plan that is not stored: what an operation would do.
pub(crate) async fn preview(client: &Client, namespace: &str, spec: PlanSpec) -> Result<Plan, ApiError> {
    // named by the server, so that what is wrong with the subject's name is said of the subject
    let metadata =
        Metadata { namespace: namespace.to_owned(), generate_name: Some("preview-".to_owned()), ..Metadata::default() };
    Ok(client.create(&Plan::new(metadata, spec), true).await?.0)
}

/// A stored plan, with a name that the server makes.
pub(crate) async fn store(client: &Client, namespace: &str, spec: PlanSpec) -> Result<Plan, ApiError> {
    let operation = match spec.operation {
        PlanOperation::Create => "create",
        PlanOperation::Change => "change",
        PlanOperation::Deploy => "deploy",
        PlanOperation::Promote => "promote",
        PlanOperation::Rollback => "rollback",
        PlanOperation::Delete => "delete",
    };
    let generate_name = Some(format!("{}-{operation}-", spec.subject.name));
    let metadata = Metadata { namespace: namespace.to_owned(), generate_name, ..Metadata::default() };
    Ok(client.create(&Plan::new(metadata, spec), false).await?.0)
}

/// Approves a plan as it was seen: for exactly this fingerprint.
pub(crate) async fn approve(client: &Client, plan: &Plan, fingerprint: &str) -> Result<Value, ApiError> {
    client.value(Call::post(approval(plan), json!({"fingerprint": fingerprint, "via": "cli"}))).await
}

/// The reference of something that need not exist yet.
pub(crate) fn subject(kind: &str, namespace: &str, name: &str) -> ObjectReference {
    ObjectReference {
        api_version: PLATFORM_API_VERSION.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        ..ObjectReference::default()
    }
}

/// The failure that a plan's problems amount to; none where it can be carried out.
pub(crate) fn refusal(plan: &Plan, what: &str) -> Option<Failure> {
    let problems = &plan.status.problems;
    let (first, rest) = problems.split_first()?;
    let mut failure = Failure::failed(format!("{what}: {}; nothing was changed", first.message.trim_end_matches('.')));
    failure.details = rest.iter().map(|p| p.message.clone()).collect();
    failure.hints = problems.iter().filter(|p| !p.hint.is_empty()).map(|p| p.hint.clone()).collect();
    Some(failure)
}
