//! Smart HTTP as git-http-protocol(5) has it. The invariant: nothing of a repository is looked at
//! before the caller's [`Access`] let the request in.

mod advertise;
mod body;
mod transfer;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::access::{Access, Action, Actor, Credentials, Decision, PushPolicy};
use crate::name::RepositoryName;
use crate::storage::Forge;

/// The two services of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    UploadPack,
    ReceivePack,
}

impl Service {
    fn named(name: &str) -> Option<Self> {
        match name {
            "git-upload-pack" => Some(Self::UploadPack),
            "git-receive-pack" => Some(Self::ReceivePack),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }

    fn action(self) -> Action {
        match self {
            Self::UploadPack => Action::Read,
            Self::ReceivePack => Action::Write,
        }
    }
}

/// What a URL asks for.
#[derive(Debug, PartialEq, Eq)]
enum Endpoint {
    Advertisement(Service),
    Transfer(Service),
}

impl Endpoint {
    fn service(&self) -> Service {
        match self {
            Self::Advertisement(service) | Self::Transfer(service) => *service,
        }
    }
}

struct GitHttp {
    forge: Forge,
    access: Arc<dyn Access>,
    policy: Arc<dyn PushPolicy>,
}

impl Forge {
    /// The routes below `/git/`. A push is not bound by a body limit of the surrounding router
    /// (axum's default one included), but by `max_push`.
    pub fn router(&self, access: Arc<dyn Access>, policy: Arc<dyn PushPolicy>) -> Router {
        let state = Arc::new(GitHttp { forge: self.clone(), access, policy });
        Router::new().route("/git/{*path}", get(serve).post(serve)).with_state(state)
    }
}

async fn serve(
    State(git): State<Arc<GitHttp>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    match git.answer(&path, query.as_deref().unwrap_or_default(), request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

impl GitHttp {
    async fn answer(&self, path: &str, query: &str, request: Request) -> Result<Response, Refusal> {
        let (repository, endpoint) = endpoint(request.method(), path, query)?;
        let actor = self.let_in(request.headers(), &repository, endpoint.service().action()).await?;
        match self.forge.exists(&repository).await {
            Ok(true) => {}
            Ok(false) => return Err(Refusal::no_repository()),
            Err(error) => return Err(Refusal::fault(&error)),
        }
        match endpoint {
            Endpoint::Advertisement(Service::UploadPack) => {
                advertise::uploads(&self.forge, &repository, request.headers()).await
            }
            Endpoint::Advertisement(Service::ReceivePack) => advertise::pushes(&self.forge, &repository).await,
            Endpoint::Transfer(Service::UploadPack) => transfer::upload(&self.forge, &repository, request).await,
            Endpoint::Transfer(Service::ReceivePack) => {
                let policy = Arc::clone(&self.policy);
                transfer::receive(&self.forge, repository, actor, policy, request).await
            }
        }
    }

    async fn let_in(&self, headers: &HeaderMap, repository: &RepositoryName, action: Action) -> Result<Actor, Refusal> {
        let credentials = Credentials::from_headers(headers);
        match self.access.allow(&credentials, headers, repository, action).await {
            Decision::Allow(actor) => Ok(actor),
            Decision::AskForCredentials => Err(Refusal::ask_for_credentials()),
            Decision::Deny(reason) => Err(Refusal::new(StatusCode::FORBIDDEN, reason)),
            Decision::NotFound => Err(Refusal::no_repository()),
        }
    }
}

/// Reads `[<namespace>/]<name>.git/<what>`.
fn endpoint(method: &Method, path: &str, query: &str) -> Result<(RepositoryName, Endpoint), Refusal> {
    let (address, what) =
        path.find(".git/").map(|dot| (&path[..dot + 4], &path[dot + 5..])).ok_or_else(Refusal::no_repository)?;
    let repository = RepositoryName::from_address(address).map_err(|_invalid| Refusal::no_repository())?;
    let (endpoint, expected) = match (what, Service::named(what)) {
        ("info/refs", _) => {
            let service = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("service="))
                .and_then(Service::named)
                .ok_or_else(|| Refusal::new(StatusCode::FORBIDDEN, "only Git's smart HTTP protocol is served"))?;
            (Endpoint::Advertisement(service), Method::GET)
        }
        (_, Some(service)) => (Endpoint::Transfer(service), Method::POST),
        (_, None) => {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "there is nothing at this address"));
        }
    };
    if method != expected {
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("this address takes {expected}")));
    }
    Ok((repository, endpoint))
}

/// A refusal with a text that `git` prints as `remote: …`.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    text: String,
}

impl Refusal {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    fn no_repository() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such repository, or you may not see it")
    }

    fn ask_for_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a token is needed: give it as the password, with the user name x")
    }

    fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too many clones and pushes are running: try again in a moment")
    }

    /// A failure of the server: the cause is for the log alone.
    fn fault(error: &crate::ForgeError) -> Self {
        if let crate::ForgeError::NoRepository(_) = error {
            return Self::no_repository();
        }
        tracing::error!(%error, cause = ?std::error::Error::source(error), "a Git request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed: its log says why")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.text)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Basic realm=\"Causeway\", charset=\"UTF-8\"");
            headers.insert(WWW_AUTHENTICATE, realm);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// An answer of the protocol: its content type is `application/x-<service>-<what>`.
fn success(service: Service, what: &str, body: Body) -> Result<Response, Refusal> {
    Response::builder()
        .header(CONTENT_TYPE, format!("application/x-{}-{what}", service.name()))
        .header(CACHE_CONTROL, "no-cache, max-age=0, must-revalidate")
        .body(body)
        .map_err(|_invalid| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be built"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_repository_and_a_service() {
        let get = |path, query| endpoint(&Method::GET, path, query);
        let (name, what) = get("orders.git/info/refs", "service=git-upload-pack").unwrap();
        assert_eq!(name.to_string(), "default/orders");
        assert_eq!(what, Endpoint::Advertisement(Service::UploadPack));
        let (name, what) = endpoint(&Method::POST, "team/orders.git/git-receive-pack", "").unwrap();
        assert_eq!(name.to_string(), "team/orders");
        assert_eq!(what, Endpoint::Transfer(Service::ReceivePack));
    }

    #[test]
    fn everything_else_is_refused() {
        for (path, query, status) in [
            ("orders.git/info/refs", "", 403),
            ("orders.git/info/refs", "service=git-archive", 403),
            ("orders.git/HEAD", "", 404),
            ("orders.git/objects/info/packs", "", 404),
            ("orders.git/git-upload-pack", "", 405),
            ("../x.git/info/refs", "service=git-upload-pack", 404),
            ("a/b/c.git/info/refs", "service=git-upload-pack", 404),
            ("orders/info/refs", "service=git-upload-pack", 404),
            ("x.git/../y.git/info/refs", "service=git-upload-pack", 404),
            ("--upload-pack=x.git/info/refs", "service=git-upload-pack", 404),
        ] {
            let refusal = endpoint(&Method::GET, path, query).unwrap_err();
            assert_eq!(refusal.status.as_u16(), status, "{path}?{query}");
        }
    }
}
