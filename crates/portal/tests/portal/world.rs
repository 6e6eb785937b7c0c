//! A server without sockets: requests go into the router.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use causeway_api::{App, AppParts};
use causeway_application::{ApplicationController, Preview};
use causeway_catalog::Catalog;
use causeway_core::{Object, Timestamp};
use causeway_drivers::local::{LocalOptions, LocalRuntime};
use causeway_engine::{Engine, EngineOptions};
use causeway_forge::{Forge, ForgeConfig};
use causeway_identity::{Authenticator, Authorizer, Identity, NewToken, SignIn, Tokens, Via};
use causeway_ingress::{Ingress, IngressConfig};
use causeway_repository::PushRecorder;
use causeway_resources::{Actor, Client, Registry, Resources, Subresource, WriteOptions};
use causeway_run::{LogLimits, RunLogs};
use causeway_sandbox::Sandbox;
use causeway_secrets::{Sealing, Secrets, Vault};
use causeway_store::sqlite::{Options, SqliteStore};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// How long something that is bound to happen is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Fails where a text is not on the page.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text:?} is not in the answer ({}):\n{}", self.status, self.text);
        self
    }

    /// Fails where a text is on the page.
    #[track_caller]
    pub(crate) fn hides(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text:?} is in the answer:\n{}", self.text);
        self
    }
}

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) client: Client,
    pub(crate) engine: Engine,
    router: Router,
    /// The session of an administrator.
    pub(crate) admin: String,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path(), Options::default()).expect("a store");
        let kinds = causeway_kinds::builtin().into_iter().chain(causeway_identity::kinds()).collect();
        let resources = Resources::new(Arc::new(store), Registry::new(kinds, Vec::new()).expect("schemas"));
        let vault = Arc::new(Vault::open_or_create(&folder.path().join("secrets.key")).expect("a vault"));
        resources.admit_with(Arc::new(Sealing::new(Arc::clone(&vault))));
        resources.admit_with(Arc::new(Preview::new(&resources, vec!["postgres"])));
        let client = resources.client(Actor::controller("test"));
        for object in causeway_kinds::defaults::objects() {
            resources.create(client.actor(), object, &WriteOptions::strict()).await.expect("a default");
        }
        let engine = Engine::new(Arc::clone(&resources), EngineOptions::default());
        let app = app(&folder, &resources, vault).await;
        let router = app.router(causeway_portal::router());
        let mut world = Self { admin: String::new(), app, client, engine, router, _folder: folder };
        world.admin = world.session("admin", &["system:masters"]).await;
        world
    }

    /// Lets applications be made.
    pub(crate) fn make_applications(&self) {
        self.engine.start(ApplicationController::new(&self.app.resources, vec!["postgres"]));
    }

    pub(crate) async fn stop(self) {
        self.engine.stop(Duration::from_secs(5)).await;
    }

    /// A link that signs somebody in, as far as its code.
    pub(crate) fn code(&self, user: &str, groups: &[&str]) -> String {
        let groups = groups.iter().map(|g| (*g).to_owned()).chain(["system:authenticated".to_owned()]).collect();
        let identity =
            Identity { actor: Actor { user: user.into(), groups }, via: Via::Token, credential: String::new() };
        self.app.sign_in.issue(identity, Timestamp::now()).to_string()
    }

    /// The cookie of somebody who signed in.
    pub(crate) async fn session(&self, user: &str, groups: &[&str]) -> String {
        let code = self.code(user, groups);
        self.app.sign_in.redeem(&code, Timestamp::now()).await.expect("a session").to_string()
    }

    /// A token for a program.
    pub(crate) async fn token(&self, user: &str) -> String {
        let new = NewToken {
            name: format!("{user}-test"),
            user: user.into(),
            groups: vec!["system:masters".into()],
            expires: None,
        };
        self.app.tokens.create(self.client.actor(), &new).await.expect("a token").to_string()
    }

    pub(crate) async fn create(&self, object: Value) -> Object {
        let mut object = Object::from_value(object).expect("an object");
        let status = object.status().clone();
        object.set(&["status"], Value::Null);
        let written =
            self.app.resources.create(self.client.actor(), object, &WriteOptions::strict()).await.expect("created");
        if status.is_null() {
            return written.object;
        }
        let mut next = written.object;
        next.set(&["status"], status);
        let written =
            self.app.resources.replace(self.client.actor(), next, Subresource::Status, &WriteOptions::strict()).await;
        written.expect("a status").object
    }

    /// A page as a browser of the administrator asks for it.
    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.get_as(&self.admin, url).await
    }

    pub(crate) async fn get_as(&self, session: &str, url: &str) -> Answer {
        self.send(browser(Request::get(url), session), Body::empty()).await
    }

    /// A form as a browser of the administrator sends it.
    pub(crate) async fn post(&self, url: &str, form: &[(&str, &str)]) -> Answer {
        self.post_as(&self.admin, url, form).await
    }

    pub(crate) async fn post_as(&self, session: &str, url: &str, form: &[(&str, &str)]) -> Answer {
        let request = browser(Request::post(url), session)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(encode(form))).await
    }

    pub(crate) async fn send(&self, request: http::request::Builder, body: Body) -> Answer {
        let response = self.open(request, body).await;
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// An answer whose body may never end.
    pub(crate) async fn open(&self, request: http::request::Builder, body: Body) -> axum::response::Response {
        self.router.clone().oneshot(request.body(body).expect("a request")).await.expect("an answer")
    }
}

/// What a browser says of itself.
pub(crate) fn browser(request: http::request::Builder, session: &str) -> http::request::Builder {
    let request = request.header("accept", "text/html").header("host", "127.0.0.1:7007");
    if session.is_empty() { request } else { request.header("cookie", format!("causeway_session={session}")) }
}

fn encode(form: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect()
    };
    form.iter().map(|(k, v)| format!("{}={}", escape(k), escape(v))).collect::<Vec<_>>().join("&")
}

async fn app(folder: &TempDir, resources: &Arc<Resources>, vault: Arc<Vault>) -> App {
    let pushes = Arc::new(PushRecorder::default());
    let forge = Forge::open(folder.path().join("git"), ForgeConfig::default(), pushes).await.expect("a Git host");
    let ingress = Ingress::new(IngressConfig::default());
    let local = LocalOptions::new(folder.path().join("local"), Sandbox::of_this_binary(), ingress.clone());
    App::new(AppParts {
        secrets: Secrets::new(Arc::clone(resources), vault),
        authenticator: Authenticator::new(Arc::clone(resources)),
        authorizer: Arc::new(Authorizer::new(Arc::clone(resources))),
        tokens: Tokens::new(Arc::clone(resources)),
        sign_in: Arc::new(SignIn::new(Arc::clone(resources))),
        run_logs: RunLogs::new(&folder.path().join("runs"), LogLimits::default()),
        runtime: Arc::new(LocalRuntime::new(local)),
        ingress,
        forge,
        catalog: Catalog::new(Arc::clone(resources)),
        ca_file: folder.path().join("ca.pem"),
        base_url: "http://127.0.0.1:7007".into(),
        resources: Arc::clone(resources),
    })
}
