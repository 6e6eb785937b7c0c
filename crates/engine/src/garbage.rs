//! Garbage collection: an object whose owners are all gone goes too; and old events and changes are forgotten.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use causeway_core::{GroupResource, Key, Object, OwnerReference, Timestamp};
use causeway_resources::{Actor, DeleteOptions, Error, Patch, Resources, Subresource, WriteOptions};
use causeway_store::{ChangeKind, Query, Record, Revision, WatchScope};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineOptions, WorkQueue};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";
const WORKERS: usize = 4;

/// What is looked at: an object that may have lost its owners, or one that is deleted before or without its dependents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Item(Key);

struct Collector {
    resources: Arc<Resources>,
    queue: WorkQueue<Item>,
    actor: Actor,
}

pub(crate) fn start(engine: &Engine) {
    let collector = Arc::new(Collector {
        resources: Arc::clone(&engine.resources),
        queue: WorkQueue::new(engine.options.backoff),
        actor: Actor::controller("garbage-collector"),
    });
    let (feeder, stop) = (Arc::clone(&collector), engine.stopping());
    engine.spawn(async move {
        tokio::select! {
            () = feeder.feed() => {}
            () = stop.cancelled() => feeder.queue.close(),
        }
    });
    for _ in 0..WORKERS {
        let collector = Arc::clone(&collector);
        engine.spawn(async move {
            while let Some(item) = collector.queue.next().await {
                match collector.look(&item.0).await {
                    Ok(()) => collector.queue.done(&item, None),
                    Err(error) => {
                        if !error.is_conflict() {
                            tracing::warn!(%error, object = %item.0, "an object could not be collected");
                        }
                        collector.queue.failed(&item);
                    }
                }
            }
        });
    }
}

impl Collector {
    async fn feed(&self) {
        loop {
            let store = self.resources.store();
            let from = store.revision();
            for entry in self.resources.registry().all() {
                let Ok(page) = store.list(&Query::all(entry.definition.resource())).await else { continue };
                page.records.iter().filter(|r| !r.head.owners.is_empty() || r.head.deleting).for_each(|r| self.add(r));
            }
            let Ok(mut watch) = store.watch(WatchScope::default(), Some(from)) else { continue };
            while let Some(Ok(change)) = watch.next().await {
                if change.kind == ChangeKind::Deleted {
                    store.owned_by(&change.record.head.uid).iter().for_each(|r| self.add(r));
                    self.add_owners(&change.record);
                } else if change.record.head.deleting || !change.record.head.owners.is_empty() {
                    self.add(&change.record);
                }
            }
            if store.at_least(store.revision()).await.is_err() {
                return;
            }
        }
    }

    fn add(&self, record: &Record) {
        self.queue.add(Item(record.key.clone()));
    }

    /// Owners that wait in the foreground for this object to go.
    fn add_owners(&self, record: &Record) {
        let Some(object) = record.object() else { return };
        for owner in object.owner_references() {
            if let Some(found) = self.owner(&object, &owner).filter(|o| o.head.deleting) {
                self.add(&found);
            }
        }
    }

    fn owner(&self, object: &Object, owner: &OwnerReference) -> Option<Arc<Record>> {
        let group = owner.api_version.rsplit_once('/').map_or("", |(g, _)| g);
        let entry = self.resources.registry().by_kind(group, &owner.kind)?;
        let namespace = if entry.definition.is_namespaced() { object.namespace() } else { "" };
        let key = Key::new(entry.definition.resource(), namespace, owner.name.as_str());
        self.resources.find(&key).filter(|r| *r.head.uid == *owner.uid)
    }

    async fn look(&self, key: &Key) -> Result<(), Error> {
        let Some(object) = self.resources.find(key).and_then(|r| r.object()) else { return Ok(()) };
        let owners = object.owner_references();
        if !object.is_deleting() && !owners.is_empty() && owners.iter().all(|o| self.owner(&object, o).is_none()) {
            return ignore_gone(self.resources.delete(&self.actor, key, &DeleteOptions::default()).await.map(|_| ()));
        }
        if !object.is_deleting() {
            return Ok(());
        }
        if object.finalizers().contains(&ORPHAN) {
            return self.orphan(key, &object).await;
        }
        if object.finalizers().contains(&FOREGROUND) {
            return self.foreground(key, &object).await;
        }
        Ok(())
    }

    async fn orphan(&self, key: &Key, object: &Object) -> Result<(), Error> {
        for dependent in self.resources.store().owned_by(object.uid()) {
            let Some(found) = dependent.object() else { continue };
            let left: Vec<OwnerReference> = found.owner_references().into_iter().filter(|o| o.uid != object.uid()).collect();
            let list = if left.is_empty() { Value::Null } else { json!(left) };
            let patch = Patch::Merge(json!({"metadata": {"ownerReferences": list, "resourceVersion": found.resource_version()}}));
            let options = WriteOptions::strict();
            ignore_gone(self.resources.patch(&self.actor, &dependent.key, &patch, Subresource::None, &options).await.map(|_| ()))?;
        }
        self.drop_finalizer(key, object, ORPHAN).await
    }

    async fn foreground(&self, key: &Key, object: &Object) -> Result<(), Error> {
        let mut blocked = false;
        for dependent in self.resources.store().owned_by(object.uid()) {
            let Some(found) = dependent.object() else { continue };
            blocked |= found.owner_references().iter().any(|o| o.uid == object.uid() && o.block_owner_deletion == Some(true));
            if !found.is_deleting() {
                ignore_gone(self.resources.delete(&self.actor, &dependent.key, &DeleteOptions::default()).await.map(|_| ()))?;
            }
        }
        // the deletion of the last dependent brings the owner back here
        if blocked && !self.resources.store().owned_by(object.uid()).is_empty() {
            return Ok(());
        }
        self.drop_finalizer(key, object, FOREGROUND).await
    }

    async fn drop_finalizer(&self, key: &Key, object: &Object, finalizer: &str) -> Result<(), Error> {
        let left: Vec<&str> = object.finalizers().into_iter().filter(|f| *f != finalizer).collect();
        let list = if left.is_empty() { Value::Null } else { json!(left) };
        let patch = Patch::Merge(json!({"metadata": {"finalizers": list, "resourceVersion": object.resource_version()}}));
        ignore_gone(self.resources.patch(&self.actor, key, &patch, Subresource::None, &WriteOptions::strict()).await.map(|_| ()))
    }
}

fn ignore_gone(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}

/// Forgets old events and changes, once a minute.
pub(crate) async fn expire(resources: Arc<Resources>, options: EngineOptions, stop: CancellationToken) {
    const EVERY: Duration = Duration::from_secs(60);
    let mut marks: VecDeque<(tokio::time::Instant, Revision)> = VecDeque::new();
    while tokio::time::timeout(EVERY, stop.cancelled()).await.is_err() {
        let now = tokio::time::Instant::now();
        marks.push_back((now, resources.revision()));
        let mut old = None;
        while marks.front().is_some_and(|(at, _)| now.duration_since(*at) >= options.keep_changes) {
            old = marks.pop_front().map(|(_, revision)| revision);
        }
        if let Some(revision) = old
            && let Err(error) = resources.store().compact(revision).await
        {
            tracing::warn!(%error, "old changes could not be forgotten");
        }
        forget_events(&resources, options.keep_events, Timestamp::now()).await;
    }
}

async fn forget_events(resources: &Resources, keep: Duration, now: Timestamp) {
    let actor = Actor::controller("event-expiry");
    let is_old = |record: &Record| {
        let Some(event) = record.object() else { return false };
        let last = Timestamp::parse(event.text(&["lastTimestamp"])).or_else(|| event.created());
        last.is_some_and(|at| now.since(at) > keep)
    };
    let query = Query::all(GroupResource::new("", "events"));
    if let Err(error) = resources.delete_all(&actor, query, &DeleteOptions::default(), is_old).await {
        tracing::warn!(%error, "old events could not be forgotten");
    }
}
