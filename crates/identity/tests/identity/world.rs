//! A store in a folder of its own, with the kinds of credentials beside the built-in ones.

use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object, Timestamp};
use causeway_identity::{Authenticator, Authorizer, SignIn, Tokens};
use causeway_resources::{Actor, DeleteOptions, Patch, Registry, Resources, Subresource, WriteOptions};
use causeway_store::sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) resources: Arc<Resources>,
    pub(crate) tokens: Tokens,
    pub(crate) authenticator: Authenticator,
    pub(crate) authorizer: Authorizer,
    pub(crate) sign_in: SignIn,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("data"), Options::default()).expect("the store opens");
        let kinds = causeway_kinds::builtin().into_iter().chain(causeway_identity::kinds()).collect();
        let resources = Resources::new(Arc::new(store), Registry::new(kinds, Vec::new()).expect("the schemas compile"));
        let world = Self {
            tokens: Tokens::new(Arc::clone(&resources)),
            authenticator: Authenticator::new(Arc::clone(&resources)),
            authorizer: Authorizer::new(Arc::clone(&resources)),
            sign_in: SignIn::new(Arc::clone(&resources)),
            resources,
            folder,
        };
        for name in ["default", "team"] {
            world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).await;
        }
        world
    }

    pub(crate) async fn create(&self, object: Value) {
        let object = Object::from_value(object).expect("an object");
        self.resources.create(&operator(), object, &WriteOptions::strict()).await.expect("it is created");
    }

    pub(crate) async fn merge(&self, key: &Key, patch: Value) {
        let patch = Patch::Merge(patch);
        let done = self.resources.patch(&operator(), key, &patch, Subresource::None, &WriteOptions::strict()).await;
        done.expect("it is patched");
    }

    pub(crate) async fn delete(&self, key: &Key) {
        self.resources.delete(&operator(), key, &DeleteOptions::default()).await.expect("it is deleted");
    }

    /// Whether any file of the store holds these bytes.
    pub(crate) fn is_on_disk(&self, needle: &str) -> bool {
        let files =
            std::fs::read_dir(self.folder.path().join("data")).expect("a folder").map(|f| f.expect("an entry").path());
        let holds = |bytes: Vec<u8>| bytes.windows(needle.len()).any(|w| w == needle.as_bytes());
        files.filter_map(|f| std::fs::read(f).ok()).any(holds)
    }
}

pub(crate) fn operator() -> Actor {
    Actor::user("operator")
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000)
}

pub(crate) fn rbac(plural: &str, namespace: &str, name: &str) -> Key {
    Key::new(GroupResource::new("rbac.authorization.k8s.io", plural.to_owned()), namespace.to_owned(), name.to_owned())
}
