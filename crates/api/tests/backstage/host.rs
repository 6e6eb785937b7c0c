//! A server without sockets: requests go into the router.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use causeway_api::{App, AppParts};
use causeway_catalog::{Catalog, Controllers, SourceGuard};
use causeway_core::{ConditionStatus, GroupResource, Key, Metadata, Object, Resource, condition};
use causeway_drivers::local::{LocalOptions, LocalRuntime};
use causeway_engine::{Engine, EngineOptions};
use causeway_forge::{Forge, ForgeConfig, PushEvent, PushListener};
use causeway_identity::{Authenticator, Authorizer, NewToken, SignIn, Tokens};
use causeway_ingress::{Ingress, IngressConfig};
use causeway_kinds::source::{SourceSpec, SourceType};
use causeway_resources::{Actor, Client, DeleteOptions, Registry, Resources, WriteOptions};
use causeway_run::{LogLimits, RunLogs};
use causeway_sandbox::Sandbox;
use causeway_secrets::{Secrets, Vault};
use causeway_store::sqlite::{Options, SqliteStore};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

const PATIENCE: Duration = Duration::from_secs(60);

struct Deaf;

#[async_trait]
impl PushListener for Deaf {
    async fn pushed(&self, _event: &PushEvent) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

pub(crate) struct Host {
    pub(crate) resources: Arc<Resources>,
    pub(crate) client: Client,
    pub(crate) forge: Forge,
    tokens: Tokens,
    router: Router,
    engine: Engine,
    /// What the calls of [`Host::ask`] carry.
    pub(crate) admin: String,
    _folder: TempDir,
}

impl Host {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path(), Options::default()).expect("a store");
        let kinds = causeway_kinds::builtin().into_iter().chain(causeway_identity::kinds()).collect();
        let registry = Registry::new(kinds, Vec::new()).expect("schemas");
        let resources = Resources::new(Arc::new(store), registry);
        resources.admit_with(Arc::new(SourceGuard));
        let client = resources.client(Actor::controller("test"));
        for object in causeway_kinds::defaults::objects() {
            resources.create(client.actor(), object, &WriteOptions::strict()).await.expect("a default");
        }
        let forge =
            Forge::open(folder.path().join("git"), ForgeConfig::default(), Arc::new(Deaf)).await.expect("a Git host");
        let engine = Engine::new(Arc::clone(&resources), EngineOptions::default());
        Controllers::new(&resources, forge.clone()).register(&engine);
        let tokens = Tokens::new(Arc::clone(&resources));
        let router = router(&folder, &resources, forge.clone());
        let mut host = Self { admin: String::new(), client, forge, tokens, router, engine, resources, _folder: folder };
        host.admin = host.token("admin", &["system:masters"]).await;
        host
    }

    pub(crate) async fn stop(self) {
        self.engine.stop(Duration::from_secs(5)).await;
    }

    pub(crate) async fn token(&self, user: &str, groups: &[&str]) -> String {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let new = NewToken { name: format!("{user}-test"), user: user.into(), groups, expires: None };
        self.tokens.create(self.client.actor(), &new).await.expect("a token").to_string()
    }

    pub(crate) async fn create(&self, object: Value) {
        let object = Object::from_value(object).expect("an object");
        self.resources.create(self.client.actor(), object, &WriteOptions::strict()).await.expect("created");
    }

    /// Reads files of the server into the catalog, and waits until it has.
    pub(crate) async fn read_files(&self, files: &[PathBuf]) {
        for (number, file) in files.iter().enumerate() {
            let spec =
                SourceSpec { r#type: SourceType::File, path: file.display().to_string(), ..SourceSpec::default() };
            self.client
                .create(&Resource::new(Metadata::named("default", format!("s{number}")), spec))
                .await
                .expect("a source");
        }
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let sources = self.client.list::<SourceSpec>(None).await.expect("sources");
            let is_read = |source: &causeway_kinds::source::Source| {
                condition::find(&source.status.conditions, "Ready")
                    .is_some_and(|c| c.status != ConditionStatus::Unknown)
            };
            if sources.iter().all(is_read) {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "the files were never read");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes an entity out of the catalog, if it is there.
    pub(crate) async fn remove(&self, (plural, namespace, name): (&str, &str, &str)) {
        let key = Key::new(GroupResource::new("backstage.io", plural), namespace, name);
        // not every run has it
        let _ = self.resources.delete(self.client.actor(), &key, &DeleteOptions::default()).await;
    }

    pub(crate) async fn ask(&self, request: http::request::Builder, body: Body) -> Answer {
        self.ask_as(&self.admin, request, body).await
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.ask(Request::get(url), Body::empty()).await
    }

    pub(crate) async fn get_as(&self, token: &str, url: &str) -> Answer {
        self.ask_as(token, Request::get(url), Body::empty()).await
    }

    async fn ask_as(&self, token: &str, request: http::request::Builder, body: Body) -> Answer {
        let request = request.header("authorization", format!("Bearer {token}")).body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

fn router(folder: &TempDir, resources: &Arc<Resources>, forge: Forge) -> Router {
    let vault = Vault::open_or_create(&folder.path().join("secrets.key")).expect("a vault");
    let ingress = Ingress::new(IngressConfig::default());
    let local = LocalOptions::new(folder.path().join("local"), Sandbox::of_this_binary(), ingress.clone());
    let app = App::new(AppParts {
        secrets: Secrets::new(Arc::clone(resources), Arc::new(vault)),
        authenticator: Authenticator::new(Arc::clone(resources)),
        authorizer: Arc::new(Authorizer::new(Arc::clone(resources))),
        tokens: Tokens::new(Arc::clone(resources)),
        sign_in: Arc::new(SignIn::new(Arc::clone(resources))),
        run_logs: RunLogs::new(&folder.path().join("runs"), LogLimits::default()),
        runtime: Arc::new(LocalRuntime::new(local)),
        ingress,
        forge,
        ca_file: folder.path().join("ca.pem"),
        base_url: "http://127.0.0.1:7007".into(),
        catalog: Catalog::new(Arc::clone(resources)),
        resources: Arc::clone(resources),
    });
    app.router(Router::new())
}
