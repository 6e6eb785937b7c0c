//! Resources of the built-in kinds over a store in a folder of its own.

use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object};
use causeway_resources::{
    Actor, DeleteOptions, Error, Patch, Registry, Resources, Result, Strictness, Subresource, WriteOptions, Written,
};
use causeway_store::sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct Door {
    pub(crate) resources: Arc<Resources>,
    pub(crate) _folder: TempDir,
}

impl Door {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path(), Options::default()).expect("the store opens");
        let aliases = vec!["platform.example.com".to_owned()];
        let registry = Registry::new(causeway_kinds::builtin(), aliases).expect("the schemas compile");
        let door = Self { resources: Resources::new(Arc::new(store), registry), _folder: folder };
        door.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}))
            .await
            .expect("created");
        door
    }

    pub(crate) async fn create(&self, object: Value) -> Result<Written> {
        self.resources.create(&actor(), object_of(object), &WriteOptions::strict()).await
    }

    pub(crate) async fn create_with(&self, object: Value, options: &WriteOptions) -> Result<Written> {
        self.resources.create(&actor(), object_of(object), options).await
    }

    pub(crate) async fn replace(&self, object: Value) -> Result<Written> {
        self.resources.replace(&actor(), object_of(object), Subresource::None, &WriteOptions::strict()).await
    }

    pub(crate) async fn replace_status(&self, object: Value) -> Result<Written> {
        self.resources.replace(&actor(), object_of(object), Subresource::Status, &WriteOptions::strict()).await
    }

    pub(crate) async fn merge(&self, key: &Key, patch: Value) -> Result<Written> {
        self.patch(key, Patch::Merge(patch)).await
    }

    pub(crate) async fn patch(&self, key: &Key, patch: Patch) -> Result<Written> {
        self.resources.patch(&actor(), key, &patch, Subresource::None, &WriteOptions::strict()).await
    }

    pub(crate) async fn delete(&self, key: &Key) -> Result<Written> {
        self.resources.delete(&actor(), key, &DeleteOptions::default()).await
    }

    pub(crate) fn find(&self, key: &Key) -> Option<Object> {
        self.resources.find(key).and_then(|r| r.object())
    }

    pub(crate) fn get(&self, key: &Key) -> Value {
        self.find(key).expect("it is there").into_value()
    }
}

pub(crate) fn object_of(value: Value) -> Object {
    Object::from_value(value).expect("an object")
}

pub(crate) fn actor() -> Actor {
    Actor::user("user:default/jane")
}

pub(crate) fn dry() -> WriteOptions {
    WriteOptions { dry_run: true, ..WriteOptions::strict() }
}

pub(crate) fn with(strictness: Strictness) -> WriteOptions {
    WriteOptions { strictness, ..WriteOptions::default() }
}

pub(crate) fn environment(name: &str) -> Value {
    json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Environment",
        "metadata": {"namespace": "default", "name": name}, "spec": {"displayName": "Development"}})
}

pub(crate) fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default", "name": name}, "data": {"a": "1"}})
}

pub(crate) fn environment_key(name: &str) -> Key {
    Key::new(GroupResource::new("platform.causeway.dev", "environments"), "default", name)
}

pub(crate) fn map_key(name: &str) -> Key {
    Key::new(GroupResource::new("", "configmaps"), "default", name)
}

/// The paths that an error names, whichever way it was refused.
pub(crate) fn paths(error: &Error) -> Vec<&str> {
    match error {
        Error::Invalid { causes, .. } | Error::BadRequest { causes, .. } => {
            causes.iter().map(|c| c.path.as_str()).collect()
        }
        other => panic!("it is about no fields: {other}"),
    }
}
