//! `metav1.Status`: the body of every answer that is not an object.

use axum::response::{IntoResponse, Response};
use causeway_identity::Attributes;
use causeway_resources::Actor;
use http::StatusCode;
use serde_json::{Map, Value, json};

/// A status, good or bad.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// CamelCase reason.
    pub reason: String,
    /// What happened.
    pub message: String,
    /// What it is about, and why.
    pub details: Box<Map<String, Value>>,
}

impl Status {
    /// A failure without details.
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), message: message.into(), details: Box::default() }
    }

    /// A request that makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// Nothing lies at this path.
    pub fn no_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// With one detail.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.into(), value.into());
        self
    }

    /// A refusal for want of permission.
    pub fn forbidden(actor: &Actor, wanted: &Attributes<'_>) -> Self {
        if let Some(path) = wanted.path {
            return Self::new(
                403,
                "Forbidden",
                format!("forbidden: User {:?} cannot {} path {path:?}", actor.user, wanted.verb),
            );
        }
        let resource = if wanted.subresource.is_empty() {
            wanted.resource.to_owned()
        } else {
            format!("{}/{}", wanted.resource, wanted.subresource)
        };
        let qualified = if wanted.group.is_empty() {
            wanted.resource.to_owned()
        } else {
            format!("{}.{}", wanted.resource, wanted.group)
        };
        let name = if wanted.name.is_empty() { String::new() } else { format!(" {:?}", wanted.name) };
        let place = match wanted.namespace {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace {namespace:?}"),
        };
        let message = format!(
            "{qualified}{name} is forbidden: User {:?} cannot {} resource {resource:?} in API group {:?} {place}",
            actor.user, wanted.verb, wanted.group
        );
        let status = Self::new(403, "Forbidden", message);
        let status = if wanted.name.is_empty() { status } else { status.with("name", wanted.name) };
        let status = if wanted.group.is_empty() { status } else { status.with("group", wanted.group) };
        status.with("kind", wanted.resource)
    }

    /// The JSON body.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": if self.code < 400 { "Success" } else { "Failure" },
        });
        if !self.message.is_empty() {
            body["message"] = self.message.as_str().into();
        }
        if !self.reason.is_empty() {
            body["reason"] = self.reason.as_str().into();
        }
        if !self.details.is_empty() {
            body["details"] = Value::Object(Map::clone(&self.details));
        }
        if self.code >= 400 {
            body["code"] = self.code.into();
        }
        body
    }
}

impl IntoResponse for Status {
    fn into_response(self) -> Response {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (code, axum::Json(self.body())).into_response()
    }
}
