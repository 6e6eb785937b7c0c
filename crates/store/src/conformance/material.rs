//! Objects to try a store with, and the small steps that every case takes.

use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object};
use serde_json::json;

use crate::{
    Batch, Change, Committed, Precondition, Query, Record, Result, Store, Watch, WatchScope, Write, WriteKind,
};

/// The kind of most objects here.
pub(super) fn things() -> GroupResource {
    GroupResource::new("example.org", "things")
}

/// Another kind, in the core group.
pub(super) fn others() -> GroupResource {
    GroupResource::new("", "others")
}

/// The key of a thing.
pub(super) fn thing(namespace: &str, name: &str) -> Key {
    Key::new(things(), namespace, name)
}

/// An object for a key, with a value by which its versions are told apart.
pub(super) fn object(key: &Key, value: impl Into<serde_json::Value>) -> Object {
    Object::from_value(json!({
        "apiVersion": "example.org/v1",
        "kind": "Thing",
        "metadata": {
            "name": &*key.name,
            "namespace": &*key.namespace,
            "uid": format!("uid-of-{}", key.name),
            "labels": {"parity": if key.name.len().is_multiple_of(2) { "even" } else { "odd" }},
        },
        "spec": {"value": value.into()},
    }))
    .unwrap_or_default()
}

/// The value of [`object`].
pub(super) fn value(record: &Record) -> serde_json::Value {
    let object = record.object().expect("a stored object can be parsed");
    object.spec().get("value").cloned().unwrap_or_default()
}

/// A write of an object, whatever is there.
pub(super) fn put(key: &Key, value: impl Into<serde_json::Value>) -> Write {
    write(key, Precondition::Any, value)
}

/// A write of an object under a precondition.
pub(super) fn write(key: &Key, precondition: Precondition, value: impl Into<serde_json::Value>) -> Write {
    Write { key: key.clone(), precondition, kind: WriteKind::Put(object(key, value)) }
}

/// A write of a certain object, whatever is there.
pub(super) fn put_object(key: &Key, object: Object) -> Write {
    Write { key: key.clone(), precondition: Precondition::Any, kind: WriteKind::Put(object) }
}

/// A deletion, whatever is there.
pub(super) fn delete(key: &Key) -> Write {
    Write { key: key.clone(), precondition: Precondition::Any, kind: WriteKind::Delete }
}

/// Commits writes as one batch.
pub(super) async fn commit(store: &Arc<dyn Store>, writes: impl IntoIterator<Item = Write>) -> Result<Committed> {
    store.commit(Batch { writes: writes.into_iter().collect(), audit: Vec::new() }).await
}

/// Commits writes that must succeed.
pub(super) async fn must_commit(store: &Arc<dyn Store>, writes: impl IntoIterator<Item = Write>) -> Committed {
    commit(store, writes).await.expect("the commit succeeds")
}

/// All things, of all namespaces.
pub(super) async fn list_things(store: &Arc<dyn Store>) -> Vec<Arc<Record>> {
    store.list(&Query::all(things())).await.expect("the list succeeds").records
}

/// A watch of all things.
pub(super) fn watch_things(store: &Arc<dyn Store>, after: Option<crate::Revision>) -> Watch {
    store.watch(WatchScope::of(things()), after).expect("the watch starts")
}

/// The next change of a watch, which must come.
pub(super) async fn next(watch: &mut Watch) -> Arc<Change> {
    watch.next().await.expect("the watch goes on").expect("the watch is not cut off")
}

/// Pseudo-random numbers, the same in every run (Knuth's MMIX generator).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A random write of one of a few things: mostly puts, some deletions.
pub(super) fn random_write(dice: &mut Dice, names: u64, step: u64) -> Write {
    let key = thing(&format!("ns-{}", dice.below(3)), &format!("thing-{:03}", dice.below(names)));
    if dice.below(4) == 0 { delete(&key) } else { put(&key, step) }
}
