//! A store in a folder of its own, with the step that seals.

use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object};
use causeway_resources::{Actor, Registry, Resources, WriteOptions, Written};
use causeway_secrets::{Sealing, Secrets, Vault};
use causeway_store::sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) resources: Arc<Resources>,
    pub(crate) secrets: Secrets,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("data"), Options::default()).expect("the store opens");
        let registry = Registry::new(causeway_kinds::builtin(), Vec::new()).expect("the schemas compile");
        let resources = Resources::new(Arc::new(store), registry);
        let vault = Arc::new(Vault::open_or_create(&folder.path().join("key")).expect("a key"));
        resources.admit_with(Arc::new(Sealing::new(Arc::clone(&vault))));
        let secrets = Secrets::new(Arc::clone(&resources), vault);
        let world = Self { resources, secrets, folder };
        world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})).await;
        world
    }

    pub(crate) async fn create(&self, object: Value) -> Written {
        let object = Object::from_value(object).expect("an object");
        self.resources.create(&actor(), object, &WriteOptions::strict()).await.expect("it is created")
    }

    pub(crate) fn stored(&self, name: &str) -> Object {
        self.resources.find(&key(name)).and_then(|r| r.object()).expect("it is there")
    }

    pub(crate) fn revealed(&self, name: &str) -> Object {
        self.secrets.reveal(&self.stored(name)).expect("it opens")
    }

    /// Whether any file of the store holds these bytes.
    pub(crate) fn is_on_disk(&self, needle: &str) -> bool {
        let files =
            std::fs::read_dir(self.folder.path().join("data")).expect("a folder").map(|f| f.expect("an entry").path());
        let holds = |bytes: Vec<u8>| bytes.windows(needle.len()).any(|w| w == needle.as_bytes());
        files.filter_map(|f| std::fs::read(f).ok()).any(holds)
    }
}

pub(crate) fn actor() -> Actor {
    Actor::user("tester")
}

pub(crate) fn key(name: &str) -> Key {
    Key::new(GroupResource::new("", "secrets"), "default", name)
}
