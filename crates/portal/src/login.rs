//! Signing in by a link that works once. The link shows a button, so that a preview of it does not use it up.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use causeway_api::App;
use causeway_core::Timestamp;
use http::{HeaderName, HeaderValue};
use maud::{Markup, html};
use serde::Deserialize;

use crate::layout::{Frame, Page};
use crate::part::icon;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/login", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    code: String,
    next: String,
    failed: String,
}

async fn show(State(app): State<App>, Query(asked): Query<Asked>) -> Response {
    let page = Page { title: "Sign in".into(), ..Page::default() };
    let is_open = !asked.code.is_empty() && app.sign_in.is_open(&asked.code, Timestamp::now());
    let content = if is_open { confirm(&asked) } else { explain(&asked) };
    let mut response = Frame::stranger().page(&page, content).into_response();
    // the address holds the code: it is told to nobody
    response.headers_mut().insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    response
}

fn confirm(asked: &Asked) -> Markup {
    html! {
        div.head { div { h1 { "Sign in" } p { "This link signs you in once, on this browser, for 12 hours." } } }
        form method="post" action="/login/redeem" {
            input type="hidden" name="code" value=(asked.code);
            input type="hidden" name="next" value=(asked.next);
            button.go { (icon("key")) "Sign in to Causeway" }
        }
    }
}

fn explain(asked: &Asked) -> Markup {
    html! {
        div.head { div { h1 { "Sign in" } } }
        @if !asked.failed.is_empty() || !asked.code.is_empty() {
            div.note.bad.mb role="alert" {
                (icon("s-bad"))
                div { h2 { "This link does not work any more" } p.s { "A sign-in link works once, for ten minutes. Print another and open it in this browser." } }
            }
        }
        div.stack.prose {
            p { "You sign in with a link that the command line makes for you. There is no password." }
            ol {
                li { "In a terminal on which you are signed in, run " code { "platform login --print-link" } "." }
                li { "Open the address that it prints in this browser within ten minutes." }
            }
            p.dim { "The first administrator finds a link in what the server printed when it started, and a token in the file " code { "admin.token" } " in its data folder." }
        }
    }
}
