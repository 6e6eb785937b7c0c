//! A server without its HTTP side: store, resources, Git host, engine and the controllers of this crate.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use causeway_catalog::{Catalog, Controllers, SourceGuard};
use causeway_core::{ConditionStatus, GroupResource, Key, Metadata, Object, Resource, condition};
use causeway_engine::{Engine, EngineOptions};
use causeway_forge::{
    Actor as GitActor, Author, CommitRequest, FileEntry, Forge, ForgeConfig, ObjectId, Onto, PushEvent, PushListener,
    RepositoryName,
};
use causeway_kinds::repository::RepositorySpec;
use causeway_kinds::source::{Source, SourceSpec, SourceType};
use causeway_resources::{Actor, Client, Error, Registry, Resources, WriteOptions};
use causeway_store::sqlite::{Options, SqliteStore};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// Records the heads of branches on their Repository, as the server does.
#[derive(Default)]
struct Recorder(Mutex<Option<Client>>);

#[async_trait]
impl PushListener for Recorder {
    async fn pushed(&self, event: &PushEvent) -> Result<Vec<String>, String> {
        let client = self.0.lock().clone().ok_or("not ready")?;
        let (namespace, name) = (event.repository.namespace(), event.repository.name());
        let heads: Vec<_> = event
            .updates
            .iter()
            .filter_map(|update| Some((update.branch()?.to_owned(), update.new.as_ref()?.as_str().to_owned())))
            .collect();
        let record = |repository: &mut Resource<RepositorySpec>| repository.status.branches.extend(heads.clone());
        client.modify_status(namespace, name, record).await.map_err(|e| e.to_string())?;
        Ok(Vec::new())
    }
}

pub(crate) struct Host {
    pub(crate) resources: Arc<Resources>,
    pub(crate) client: Client,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) folder: TempDir,
    forge: Forge,
    engine: Engine,
}

impl Host {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path(), Options::default()).expect("a store");
        let registry = Registry::new(causeway_kinds::builtin(), Vec::new()).expect("schemas");
        let resources = Resources::new(Arc::new(store), registry);
        resources.admit_with(Arc::new(SourceGuard));
        let client = resources.client(Actor::controller("test"));
        let listener = Arc::new(Recorder::default());
        *listener.0.lock() = Some(client.clone());
        let forge = Forge::open(folder.path().join("git"), ForgeConfig::default(), listener).await.expect("a Git host");
        let engine = Engine::new(Arc::clone(&resources), EngineOptions::default());
        Controllers::new(&resources, forge.clone()).register(&engine);
        let catalog = Catalog::new(Arc::clone(&resources));
        let host = Self { resources, client, catalog, folder, forge, engine };
        host.namespace("default").await;
        host
    }

    pub(crate) async fn stop(self) {
        self.engine.stop(Duration::from_secs(5)).await;
    }

    pub(crate) async fn namespace(&self, name: &str) {
        let object = object(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
        self.resources.create(self.client.actor(), object, &WriteOptions::strict()).await.expect("a namespace");
    }

    /// A hosted repository with a first commit.
    pub(crate) async fn repository(&self, namespace: &str, name: &str, files: &[(&str, &str)]) -> ObjectId {
        let hosted = RepositoryName::new(namespace, name).expect("a name");
        self.forge.create(&hosted, "main").await.expect("a repository");
        let repository = Resource::new(Metadata::named(namespace, name), RepositorySpec::default());
        let mut repository = self.client.create(&repository).await.expect("a resource");
        repository.status.url = format!("http://127.0.0.1:7007/git/{name}.git");
        self.client.update_status(&repository).await.expect("a status");
        self.commit(namespace, name, files).await
    }

    /// A commit that adds files to `main`, or replaces them.
    pub(crate) async fn commit(&self, namespace: &str, name: &str, files: &[(&str, &str)]) -> ObjectId {
        let entry = |(path, text): &(&str, &str)| FileEntry {
            path: (*path).into(),
            bytes: text.as_bytes().into(),
            executable: false,
        };
        let request = CommitRequest {
            branch: "main".into(),
            onto: Onto::Head,
            files: files.iter().map(entry).collect(),
            message: "Change".into(),
            author: Author { name: "Test".into(), email: "test@example.com".into() },
            time: SystemTime::now(),
            actor: GitActor::new("test"),
        };
        let hosted = RepositoryName::new(namespace, name).expect("a name");
        self.forge.commit_tree(&hosted, &request).await.expect("a commit")
    }

    /// A source that reads `catalog-info.yaml` of a repository.
    pub(crate) async fn source(&self, namespace: &str, name: &str, repository: &str) {
        let spec = SourceSpec { repository: repository.into(), ..SourceSpec::default() };
        let mut source = Resource::new(Metadata::named(namespace, name), spec);
        source.metadata.labels.insert("platform.causeway.dev/application".into(), name.into());
        self.client.create(&source).await.expect("a source");
    }

    /// A source that reads a folder of the server.
    pub(crate) async fn folder_source(&self, name: &str, path: PathBuf) {
        let spec =
            SourceSpec { r#type: SourceType::Directory, path: path.display().to_string(), ..SourceSpec::default() };
        self.client.create(&Resource::new(Metadata::named("default", name), spec)).await.expect("a source");
    }

    /// The source, once its condition is `reason` and it has read `commit` (whatever it has read, where that is none).
    pub(crate) async fn settled(&self, namespace: &str, name: &str, reason: &str, commit: Option<&ObjectId>) -> Source {
        let mut last = None;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < deadline {
            let source = self.client.require::<SourceSpec>(namespace, name).expect("the source");
            let has_read = commit.is_none_or(|commit| source.status.revision == commit.as_str());
            let is_so = condition::find(&source.status.conditions, "Ready").is_some_and(|c| c.reason == reason);
            if has_read && is_so {
                return source;
            }
            last = Some(source.status);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{name} never became {reason}: {last:#?}");
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(tokio::time::Instant::now() < deadline, "{what} never came true");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// An entity of the store.
    pub(crate) fn entity(&self, plural: &str, namespace: &str, name: &str) -> Option<Object> {
        self.resources.find(&Key::new(GroupResource::new("backstage.io", plural), namespace, name))?.object()
    }

    /// Tries to change an entity in the name of an ordinary person.
    pub(crate) async fn change_as(&self, user: &str, mut object: Object) -> Result<(), Error> {
        object.set(&["spec", "lifecycle"], "changed");
        let actor = Actor::user(user);
        let part = causeway_resources::Subresource::None;
        self.resources.replace(&actor, object, part, &WriteOptions::default()).await.map(drop)
    }
}

/// Whether a source is ready.
pub(crate) fn is_ready(source: &Source) -> bool {
    condition::find(&source.status.conditions, "Ready").is_some_and(|c| c.status == ConditionStatus::True)
}

pub(crate) fn object(value: Value) -> Object {
    Object::from_value(value).expect("an object")
}
