//! What every page passes on its way out: security headers, and a page around refusals.

use axum::Extension;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use causeway_api::Caller;
use causeway_api::answer::status::Status;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use maud::html;

use crate::layout::{Frame, Page, Section};
use crate::refusal::Refusal;

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'";

/// The middleware around all pages.
pub(crate) async fn pass(caller: Option<Extension<Caller>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let mut response = match response.extensions().get::<Refusal>().cloned() {
        Some(refusal) => (refusal.status(), explained(&refusal, caller.map(|c| c.0))).into_response(),
        None => response,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        // a page may be stricter
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // pages hold what one person may see
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn explained(refusal: &Refusal, caller: Option<Caller>) -> maud::Markup {
    let frame = caller.map_or_else(Frame::stranger, |caller| Frame::plain(&caller));
    let page = Page { title: refusal.title().into(), section: Section::None, ..Page::default() };
    frame.page(
        &page,
        html! {
            div.head { div { h1 { (refusal.title()) } } }
            (refusal.note())
        },
    )
}

/// Addresses that nothing answers: a page for browsers, a status for programs.
pub(crate) async fn nothing_here(uri: Uri, headers: HeaderMap) -> Response {
    let wants_page = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    if !wants_page || uri.path().starts_with("/api") {
        return Status::no_path().into_response();
    }
    Refusal::not_found(format!("page {}", uri.path())).into_response()
}
