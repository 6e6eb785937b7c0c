//! Request bodies: bounded before they are read, JSON or YAML.

use axum::body::Body;
use causeway_core::{Object, yaml};
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

use crate::answer::status::Status;

/// No body may be larger.
const LIMIT: usize = 8 << 20;

/// A body, read whole.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Status> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    if length.is_some_and(|n| n > LIMIT) {
        return Err(too_large());
    }
    match Limited::new(body, LIMIT).collect().await {
        Ok(bytes) => Ok(bytes.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Status::bad_request("the body ended before it was whole")),
    }
}

fn too_large() -> Status {
    let message = format!("limit on request bodies is {} MiB", LIMIT >> 20);
    Status::new(413, "RequestEntityTooLarge", format!("Request entity too large: {message}"))
}

/// The media type, without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// A document in the syntax that the media type says.
pub(super) fn parse(media_type: &str, bytes: &[u8]) -> Result<Value, Status> {
    let text = std::str::from_utf8(bytes).map_err(|e| Status::bad_request(format!("the body is not UTF-8: {e}")))?;
    match media_type {
        ""
        | "application/json"
        | "application/json-patch+json"
        | "application/merge-patch+json"
        | "application/strategic-merge-patch+json" => {
            serde_json::from_str(text).map_err(|e| Status::bad_request(format!("the body cannot be read as JSON: {e}")))
        }
        "application/yaml" | "application/apply-patch+yaml" => {
            let document = yaml::parse_one(text, &yaml::Options::kubernetes());
            document.map(|d| d.value).map_err(|e| Status::bad_request(format!("the body cannot be read as YAML: {e}")))
        }
        other => Err(Status::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format: {other:?}; accepted are application/json and application/yaml"
            ),
        )),
    }
}

/// A document that is an object.
pub(super) fn object(media_type: &str, bytes: &[u8]) -> Result<Object, Status> {
    Object::from_value(parse(media_type, bytes)?).ok_or_else(|| Status::bad_request("the body is not an object"))
}
