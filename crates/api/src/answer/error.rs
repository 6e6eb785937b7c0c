//! The one place where errors become status codes.

use causeway_core::schema::FieldError;
use causeway_resources::Error;
use causeway_secrets::SecretError;
use serde_json::{Value, json};

use super::status::Status;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::UnknownKind(_) => Self::new(404, "NotFound", message),
            Error::NotFound { resource, name } => about(Self::new(404, "NotFound", message), &resource, &name),
            Error::Exists { resource, name } => about(Self::new(409, "AlreadyExists", message), &resource, &name),
            Error::Conflict { resource, name, .. } => about(Self::new(409, "Conflict", message), &resource, &name),
            Error::Invalid { group, kind, name, causes } => {
                let qualified = if group.is_empty() { kind.clone() } else { format!("{kind}.{group}") };
                let said = message.replacen(&kind, &qualified, 1);
                let status = Self::new(422, "Invalid", said).with("name", name);
                let status = if group.is_empty() { status } else { status.with("group", group) };
                status.with("kind", kind).with("causes", list(&causes))
            }
            Error::BadRequest { causes, .. } if causes.is_empty() => Self::new(400, "BadRequest", message),
            Error::BadRequest { causes, .. } => Self::new(400, "BadRequest", message).with("causes", list(&causes)),
            Error::Refused(refused) => {
                let said = match &refused.hint {
                    Some(hint) => format!("{} (hint: {hint})", refused.message),
                    None => refused.message.clone(),
                };
                let status = about(Self::new(403, "Forbidden", said), &refused.resource, &refused.name);
                match refused.cause {
                    Some(cause) => status.with("causes", json!([{"reason": cause, "message": refused.message}])),
                    None => status,
                }
            }
            Error::Expired { .. } => Self::new(410, "Expired", message),
            Error::Store(source) => internal("the store failed", &source),
        }
    }
}

impl From<SecretError> for Status {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::BadPath { .. } => Self::new(400, "BadRequest", error.to_string()),
            SecretError::Taken { .. } => Self::new(409, "AlreadyExists", error.to_string()),
            SecretError::Resources { source, .. } => source.into(),
            SecretError::Vault { .. } => internal("a secret cannot be opened", &error),
        }
    }
}

/// A failure of ours: the text goes to the log under an id, and the id to the caller.
pub fn internal(what: &str, error: &dyn std::error::Error) -> Status {
    let id = format!("{:08x}", std::process::id() ^ u32::from_ne_bytes(now()));
    tracing::error!(%error, cause = error.source().map(tracing::field::display), request = id, "{what}");
    Status::new(500, "InternalError", format!("Internal error occurred: {what} (see the server's log, request {id})"))
}

fn now() -> [u8; 4] {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    since.subsec_nanos().to_ne_bytes()
}

fn about(status: Status, resource: &str, name: &str) -> Status {
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    let status = status.with("name", name);
    let status = if group.is_empty() { status } else { status.with("group", group) };
    status.with("kind", plural)
}

fn list(causes: &[FieldError]) -> Value {
    let cause = |e: &FieldError| {
        let mut message = e.message.clone();
        if let Some(hint) = e.hint() {
            message = format!("{message} ({hint})");
        }
        let field = if e.path.is_empty() { "<nil>" } else { &e.path };
        json!({"reason": e.reason.as_str(), "message": message, "field": field})
    };
    Value::Array(causes.iter().map(cause).collect())
}
