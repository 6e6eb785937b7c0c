//! Approvals.

use axum::body::Body;
use axum::response::Response;
use causeway_delivery::{Approve, ApproveError, approve as give};
use serde_json::Value;

use super::{Ask, body, present};
use crate::answer::status::Status;

/// Puts the caller's approval on a plan, for the fingerprint that they saw.
pub(super) async fn approve(ask: Ask, request: Body) -> Result<Response, Status> {
    let bytes = body::read(&ask.headers, request).await?;
    let given = body::parse(body::media_type(&ask.headers), &bytes)?;
    let Some(fingerprint) = given.get("fingerprint").and_then(Value::as_str) else {
        return Err(Status::bad_request(
            "an approval names the fingerprint of the plan that was looked at: {\"fingerprint\": …}",
        ));
    };
    let via = given.get("via").and_then(Value::as_str).unwrap_or("api");
    let approval =
        Approve { actor: &ask.caller.actor, namespace: ask.namespace(), name: &ask.target.name, fingerprint, via };
    match give(&ask.app.resources, &approval).await {
        Ok(plan) => present::one(&ask, 200, plan.to_object(), &[]),
        Err(ApproveError::Resources(error)) => Err(error.into()),
        Err(error @ ApproveError::Changed { .. }) => Err(Status::new(409, "Conflict", error.to_string())),
    }
}
