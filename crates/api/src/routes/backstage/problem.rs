//! Errors as Backstage's backend writes them: `{"error": …, "request": …, "response": …}`.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use causeway_catalog::query::QueryError;
use causeway_resources::Error;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::answer::status::Status;

/// What went wrong, by the name that decides the status code.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    name: &'static str,
    status: StatusCode,
    message: String,
}

impl Problem {
    /// The request makes no sense.
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self { name: "InputError", status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// There is no such thing, or not for this caller.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self { name: "NotFoundError", status: StatusCode::NOT_FOUND, message: message.into() }
    }

    /// The caller may not.
    pub(super) fn not_allowed(message: impl Into<String>) -> Self {
        Self { name: "NotAllowedError", status: StatusCode::FORBIDDEN, message: message.into() }
    }

    /// It is there already, or in another state.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self { name: "ConflictError", status: StatusCode::CONFLICT, message: message.into() }
    }

    /// A part of Backstage that is not served.
    pub(super) fn not_implemented(message: impl Into<String>) -> Self {
        Self { name: "NotImplementedError", status: StatusCode::NOT_IMPLEMENTED, message: message.into() }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        Self::input(error.to_string())
    }
}

/// The status code is decided where it is for all other routes; only the words differ.
impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        match status.code {
            403 => Self::not_allowed(status.message),
            404 => Self::not_found(status.message),
            409 => Self::conflict(status.message),
            400 | 422 => Self::input(status.message),
            code => Self {
                name: "Error",
                status: StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                message: status.message,
            },
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Status::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        // the body also tells of the request, which only the layer around the routes knows
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the bodies of errors. The path is told as a plugin of Backstage sees it, below `/api/<plugin>`.
pub(super) async fn write(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let url = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return with_charset(response) };
    let below = url.strip_prefix("/api/").and_then(|rest| rest.find('/').map(|slash| &rest[slash..]));
    let body = json!({
        "error": {"name": problem.name, "message": problem.message},
        "request": {"method": method.as_str(), "url": below.unwrap_or("/")},
        "response": {"statusCode": problem.status.as_u16()},
    });
    with_charset((problem.status, axum::Json(body)).into_response())
}

/// JSON is always UTF-8; Backstage says so, and a client may compare.
fn with_charset(mut response: Response) -> Response {
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if is_json {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    response
}

/// Unknown routes, and known ones with another method.
pub(super) async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}
