//! Who may come in: every request is identified here, and answered 401 unless its path is open.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use causeway_core::Timestamp;
use causeway_identity::{Attributes, Identity, Via};
use causeway_resources::Actor;
use http::{HeaderMap, Method, header};

use crate::App;
use crate::answer::status::Status;

/// The name of the session cookie.
pub const COOKIE: &str = "causeway_session";

/// Paths that need no identity. Git decides for itself, since a repository may be public.
const OPEN: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/login", "/favicon.ico"];
const OPEN_BELOW: &[&str] = &["/healthz/", "/livez/", "/readyz/", "/login/", "/assets/", "/git/", "/webhooks/"];

/// Who asks; every handler behind the gate can take it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// In whose name.
    pub actor: Actor,
    /// How they showed it.
    pub via: Via,
    /// The credential's id, to end a session.
    pub credential: String,
}

impl Caller {
    /// Whether the caller may do something; the error is the refusal, in Kubernetes' words.
    pub async fn require(&self, app: &App, wanted: &Attributes<'_>) -> Result<(), Status> {
        let decision = app.authorizer.decide(&self.actor, wanted).await;
        if decision.allowed { Ok(()) } else { Err(Status::forbidden(&self.actor, wanted)) }
    }

    /// Whether the caller may do something.
    pub async fn may(&self, app: &App, wanted: &Attributes<'_>) -> bool {
        app.authorizer.decide(&self.actor, wanted).await.allowed
    }
}

impl From<Identity> for Caller {
    fn from(identity: Identity) -> Self {
        Self { actor: identity.actor, via: identity.via, credential: identity.credential }
    }
}

/// The middleware in front of every route.
pub async fn pass(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let caller = credential(request.headers())
        .and_then(|text| app.authenticator.identify(&text, Timestamp::now()))
        .map(Caller::from);
    let open = OPEN.contains(&path.as_str()) || OPEN_BELOW.iter().any(|p| path.starts_with(p));
    let Some(caller) = caller else {
        return if open { next.run(request).await } else { refuse(request.headers(), &request) };
    };
    if caller.via == Via::Session && !is_safe(request.method()) && !is_same_origin(request.headers()) {
        let why = "the request comes from another site; state is changed from the portal's own pages alone";
        return Status::new(403, "Forbidden", why).into_response();
    }
    if is_non_resource(&path)
        && let Err(status) = caller
            .require(&app, &Attributes { verb: verb(request.method()), path: Some(&path), ..Attributes::default() })
            .await
    {
        return status.into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Paths of the API that are not resources, and not pages, are allowed by name in roles (`system:discovery` and the like).
fn is_non_resource(path: &str) -> bool {
    path == "/metrics"
}

fn verb(method: &Method) -> &'static str {
    match *method {
        Method::GET | Method::HEAD => "get",
        Method::POST => "post",
        Method::PUT => "put",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "options",
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// A browser says where a request comes from; one that changes state must come from our own pages.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|v: &http::HeaderValue| v.to_str().ok());
    if let Some(site) = text(http::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    let Some(host) = text(header::HOST) else { return false };
    text(header::ORIGIN).and_then(|o| o.split_once("://")).is_some_and(|(_, origin)| origin == host)
}

fn credential(headers: &HeaderMap) -> Option<String> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| {
        let (scheme, token) = v.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    bearer.or_else(|| cookie(headers, COOKIE))
}

/// A cookie's value.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = all.flat_map(|v| v.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

fn refuse(headers: &HeaderMap, request: &Request) -> Response {
    let wants_page = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    let is_api = request.uri().path().starts_with("/api") || request.uri().path().starts_with("/openapi");
    if wants_page && !is_api && request.method() == Method::GET {
        let target = request.uri().path_and_query().map_or("/", |p| p.as_str());
        let target = percent_encoding::utf8_percent_encode(target, percent_encoding::NON_ALPHANUMERIC);
        return Redirect::to(&format!("/login?next={target}")).into_response();
    }
    let mut response = Status::new(401, "Unauthorized", "Unauthorized").into_response();
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer realm=\"causeway\""));
    response
}
