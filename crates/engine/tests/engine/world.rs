//! A store in a folder of its own with the built-in kinds over it, and an engine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use causeway_core::{GroupResource, Key, Object};
use causeway_engine::{Backoff, Engine, EngineOptions};
use causeway_resources::{Actor, DeleteOptions, Propagation, Registry, Resources, WriteOptions, Written};
use causeway_store::sqlite::{Options, SqliteStore};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) resources: Arc<Resources>,
    pub(crate) engine: Engine,
    pub(crate) folder: TempDir,
}

impl World {
    /// With the namespace `default`, and an engine that backs off in milliseconds.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let resources = open(folder.path());
        let engine = Engine::new(Arc::clone(&resources), options());
        let world = Self { resources, engine, folder };
        world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})).await;
        world
    }

    pub(crate) async fn create(&self, object: Value) -> Object {
        let object = Object::from_value(object).expect("an object");
        let written = self.resources.create(&actor(), object, &WriteOptions::strict()).await;
        written.expect("it is created").object
    }

    pub(crate) async fn environment(&self, name: &str) -> Object {
        self.create(json!({
            "apiVersion": "platform.causeway.dev/v1", "kind": "Environment",
            "metadata": {"namespace": "default", "name": name}, "spec": {"displayName": name},
        }))
        .await
    }

    /// A ConfigMap owned by the objects given, which a foreground deletion waits for.
    pub(crate) async fn owned(&self, name: &str, owners: &[&Object], finalizers: &[&str]) -> Object {
        let owners = owners.iter().map(|o| o.controller_reference()).map(|mut o| {
            o.controller = None;
            o
        });
        self.create(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"namespace": "default", "name": name, "ownerReferences": owners.collect::<Vec<_>>(), "finalizers": finalizers},
        }))
        .await
    }

    pub(crate) fn find(&self, key: &Key) -> Option<Object> {
        self.resources.find(key).and_then(|r| r.object())
    }

    pub(crate) async fn patch(&self, key: &Key, merge: Value) -> Object {
        let patch = causeway_resources::Patch::Merge(merge);
        let part = causeway_resources::Subresource::None;
        self.resources.patch(&actor(), key, &patch, part, &WriteOptions::strict()).await.expect("it is patched").object
    }

    pub(crate) async fn delete(&self, key: &Key, propagation: Propagation) -> Written {
        let options = DeleteOptions { propagation, ..DeleteOptions::default() };
        self.resources.delete(&actor(), key, &options).await.expect("it is deleted")
    }

    /// Events about an object, as `type reason xcount`.
    pub(crate) async fn events(&self, about: &str) -> Vec<String> {
        let query = causeway_store::Query::all(GroupResource::new("", "events"));
        let events = self.resources.list(query).await.expect("events are listed").page.records;
        let events = events.iter().filter_map(|r| r.object());
        let events = events.filter(|e| e.text(&["involvedObject", "name"]) == about);
        events
            .map(|e| {
                format!("{} {} x{}", e.text(&["type"]), e.text(&["reason"]), e.at(&["count"]).unwrap_or(&Value::Null))
            })
            .collect()
    }
}

pub(crate) fn open(folder: &Path) -> Arc<Resources> {
    let store = SqliteStore::open(folder, Options::default()).expect("the store opens");
    let registry = Registry::new(causeway_kinds::builtin(), Vec::new()).expect("the schemas compile");
    Resources::new(Arc::new(store), registry)
}

pub(crate) fn options() -> EngineOptions {
    let backoff = Backoff { first: Duration::from_millis(10), longest: Duration::from_millis(200) };
    EngineOptions { backoff, ..EngineOptions::default() }
}

pub(crate) fn actor() -> Actor {
    Actor::user("tester")
}

pub(crate) fn environment(name: &str) -> Key {
    Key::new(GroupResource::new("platform.causeway.dev", "environments"), "default", name)
}

pub(crate) fn config_map(name: &str) -> Key {
    Key::new(GroupResource::new("", "configmaps"), "default", name)
}

pub(crate) fn namespace(name: &str) -> Key {
    Key::new(GroupResource::new("", "namespaces"), "", name)
}

/// Waits until something holds; names it where it never does.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain until {what}");
}

/// Watches for a moment that something goes on holding.
pub(crate) async fn for_a_moment(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..30 {
        assert!(holds(), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
