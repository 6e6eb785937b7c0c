//! What the ingress says itself. The invariant: an answer names the request by its id and tells
//! nothing about services, backends or addresses.

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::body::ResponseBody;
use crate::headers::REQUEST_ID;

/// Why the ingress answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The request names no host, or several.
    NoHost,
    /// A method that a reverse proxy does not serve.
    Method,
    /// No route for the host.
    Unknown,
    /// The service has no backend now.
    NoBackend,
    /// Backends failed to answer.
    Failed,
    /// A backend took too long to answer.
    Slow,
    /// The client took too long to send its body.
    Stalled,
    /// The client went away or sent a broken body.
    Broken,
}

impl Reason {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::NoHost | Self::Broken => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::NoBackend => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::BAD_GATEWAY,
            Self::Slow => StatusCode::GATEWAY_TIMEOUT,
            Self::Stalled => StatusCode::REQUEST_TIMEOUT,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::NoHost => "HostMissing",
            Self::Method => "MethodNotAllowed",
            Self::Unknown => "ServiceNotFound",
            Self::NoBackend => "ServiceUnavailable",
            Self::Failed => "ServiceFailed",
            Self::Slow => "ServiceTimedOut",
            Self::Stalled => "RequestTimedOut",
            Self::Broken => "RequestBroken",
        }
    }

    fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::NoHost => ("Which service?", "The request must name one host."),
            Self::Method => ("Not here", "This method is not served."),
            Self::Unknown => (
                "No service here",
                "No service answers at this address. It may have another name, or may not be deployed yet.",
            ),
            Self::NoBackend => (
                "Starting up",
                "The service has no replica that can answer now. It may be starting: try again in a moment.",
            ),
            Self::Failed => ("No answer", "The service closed the connection without an answer. Its log may say why."),
            Self::Slow => ("No answer yet", "The service did not answer in time. Its log may say why."),
            Self::Stalled => ("Too slow", "The body of the request did not arrive in time."),
            Self::Broken => ("Broken request", "The body of the request was not complete."),
        }
    }
}

/// The answer for `reason`: a page for browsers, JSON for everybody else.
pub(crate) fn answer(reason: Reason, asked: &HeaderMap, id: HeaderValue) -> Response<ResponseBody> {
    let id_text = id.to_str().unwrap_or_default();
    let (title, text) = reason.sentences();
    let (kind, body) = if wants_page(asked) {
        ("text/html; charset=utf-8", page(title, text, id_text))
    } else {
        let body = serde_json::json!({
            "error": { "code": reason.code(), "message": text, "requestId": id_text }
        });
        ("application/json", format!("{body}\n"))
    };
    let mut response = Response::new(ResponseBody::text(Bytes::from(body)));
    *response.status_mut() = reason.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REQUEST_ID, id);
    if matches!(reason, Reason::NoHost | Reason::Broken | Reason::Stalled) {
        // What follows on this connection may not be what its client means.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if reason == Reason::NoBackend {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

fn wants_page(asked: &HeaderMap) -> bool {
    let accept = asked.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// All three texts are of letters that need no escaping: two are ours, the id is checked.
fn page(title: &str, text: &str, id: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem}}\
         small{{opacity:.6}}</style><h1>{title}</h1><p>{text}</p><small>Request {id}</small></html>\n"
    )
}
