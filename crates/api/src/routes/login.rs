//! Signing in: a link that works once becomes a session.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use causeway_core::Timestamp;
use causeway_identity::{Identity, SESSION_LIFE};
use http::header;
use serde::Deserialize;
use serde_json::json;

use crate::App;
use crate::answer::error::internal;
use crate::answer::status::Status;
use crate::gate::{COOKIE, Caller};

/// `/login/link` makes a link, `/login/redeem` uses it up; the page `/login` is the portal's.
pub fn router() -> Router<App> {
    Router::new()
        .route("/login/link", post(link))
        .route("/login/redeem", post(redeem))
        .route("/logout", post(leave))
        .route("/whoami", get(whoami))
}

async fn link(State(app): State<App>, caller: Option<Extension<Caller>>) -> Result<Response, Status> {
    let Some(Extension(caller)) = caller else { return Err(Status::new(401, "Unauthorized", "Unauthorized")) };
    let identity = Identity { actor: caller.actor, via: caller.via, credential: String::new() };
    let code = app.sign_in.issue(identity, Timestamp::now());
    Ok(axum::Json(json!({"url": sign_in_url(&app.base_url, &code)})).into_response())
}

/// The address that signs in: the page asks for a click, so that a preview of the link does not use it up.
pub fn sign_in_url(base: &str, code: &str) -> String {
    format!("{base}/login?code={code}")
}

#[derive(Deserialize)]
struct Redeem {
    code: String,
    #[serde(default)]
    next: String,
}

async fn redeem(
    State(app): State<App>,
    Query(query): Query<Next>,
    form: axum::Form<Redeem>,
) -> Result<Response, Status> {
    let Redeem { code, next } = form.0;
    let cookie = match app.sign_in.redeem(&code, Timestamp::now()).await {
        Ok(cookie) => cookie,
        Err(causeway_identity::IdentityError::BadCode) => return Ok(Redirect::to("/login?failed=1").into_response()),
        Err(error) => return Err(internal("the session could not be made", &error)),
    };
    let secure = if app.base_url.starts_with("https://") { "; Secure" } else { "" };
    let set =
        format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", *cookie, SESSION_LIFE.as_secs());
    let next = if next.is_empty() { query.next } else { next };
    Ok(([(header::SET_COOKIE, set)], Redirect::to(&local(&next))).into_response())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Next {
    next: String,
}

/// Only places on this server: anything else would be an open redirect.
fn local(next: &str) -> String {
    let fine =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.chars().any(char::is_control);
    if fine { next.to_owned() } else { "/".to_owned() }
}

async fn leave(State(app): State<App>, Extension(caller): Extension<Caller>) -> Result<Response, Status> {
    app.sign_in.end(&caller.credential).await.map_err(|e| internal("the session could not be ended", &e))?;
    let clear = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok(([(header::SET_COOKIE, clear)], Redirect::to("/login")).into_response())
}

async fn whoami(Extension(caller): Extension<Caller>) -> impl IntoResponse {
    axum::Json(json!({"user": caller.actor.user, "groups": caller.actor.groups}))
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn goes_on_to_places_of_this_server_alone() {
        for (next, wanted) in [
            ("/catalog?x=1", "/catalog?x=1"),
            ("//evil.test/", "/"),
            ("https://evil.test", "/"),
            ("/\\evil.test", "/"),
            ("", "/"),
        ] {
            assert_eq!(local(next), wanted, "{next}");
        }
    }
}
