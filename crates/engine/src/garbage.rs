//! Garbage collection: an object whose owners are all gone goes too; and old events and changes are forgotten.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use causeway_core::{GroupResource, Key, Object, OwnerReference, Timestamp};
use causeway_resources::{Actor, DeleteOptions, Error, Patch, Resources, Subresource, WriteOptions};
use causeway_store::{Change, ChangeKind, Query, Record, Revision, StoreError, WatchScope};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineOptions, WorkQueue};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";
const WORKERS: usize = 4;
const AFTER_A_CUT: Duration = Duration::from_secs(1);

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
        stop.run_until_cancelled(feeder.feed()).await;
        stop.cancelled().await;
        feeder.queue.close();
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
            match store.watch(WatchScope::default(), Some(from)) {
                Ok(mut watch) => {
                    while let Some(Ok(change)) = watch.next().await {
                        self.note(&change);
                    }
                }
                Err(StoreError::Closed) => return,
                Err(error) => tracing::warn!(%error, "garbage collection could not watch the store"),
            }
            // only a watch that was cut off, or could not begin, comes here
            tokio::time::sleep(AFTER_A_CUT).await;
        }
    }

    fn note(&self, change: &Change) {
        if change.kind == ChangeKind::Deleted {
            self.resources.store().owned_by(&change.record.head.uid).iter().for_each(|r| self.add(r));
            self.add_owners(&change.record);
            return;
        }
        let has_owners = !change.record.head.owners.is_empty();
        if change.record.head.deleting || has_owners {
            self.add(&change.record);
        }
        if has_owners && change.kind == ChangeKind::Created {
            self.add_owners(&change.record);
        }
    }

    fn add(&self, record: &Record) {
        self.queue.add(Item(record.key.clone()));
    }

    /// Owners that wait in the foreground for this object to go.
    fn add_owners(&self, record: &Record) {
        let owners = record.head.owners.iter().filter_map(|uid| self.resources.store().by_uid(uid));
        owners.filter(|o| o.head.deleting).for_each(|o| self.add(&o));
    }

    /// Whether an owner is gone for good. One whose kind is not known (any more, or yet) or whose record is damaged may well be
    /// there, and what it owns may hold data: it counts as there.
    fn is_gone(&self, object: &Object, owner: &OwnerReference) -> bool {
        if let Some(found) = self.resources.store().by_uid(&owner.uid) {
            let namespace = &*found.key.namespace;
            return !namespace.is_empty() && namespace != object.namespace();
        }
        let group = owner.api_version.rsplit_once('/').map_or("", |(g, _)| g);
        let Some(entry) = self.resources.registry().by_kind(group, &owner.kind) else { return false };
        let namespace = if entry.definition.is_namespaced() { object.namespace() } else { "" };
        let key = Key::new(entry.definition.resource(), namespace, owner.name.as_str());
        self.resources.find(&key).is_none_or(|r| !r.head.broken)
    }

    async fn look(&self, key: &Key) -> Result<(), Error> {
        let Some(object) = self.resources.find(key).and_then(|r| r.object()) else { return Ok(()) };
        let owners = object.owner_references();
        if !object.is_deleting() && !owners.is_empty() && owners.iter().all(|o| self.is_gone(&object, o)) {
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
            let left: Vec<OwnerReference> =
                found.owner_references().into_iter().filter(|o| o.uid != object.uid()).collect();
            let list = if left.is_empty() { Value::Null } else { json!(left) };
            let patch = Patch::Merge(
                json!({"metadata": {"ownerReferences": list, "resourceVersion": found.resource_version()}}),
            );
            let options = WriteOptions::strict();
            ignore_gone(
                self.resources
                    .patch(&self.actor, &dependent.key, &patch, Subresource::None, &options)
                    .await
                    .map(|_| ()),
            )?;
        }
        self.drop_finalizer(key, object, ORPHAN).await
    }

    async fn foreground(&self, key: &Key, object: &Object) -> Result<(), Error> {
        for dependent in self.resources.store().owned_by(object.uid()) {
            if !dependent.head.deleting {
                ignore_gone(
                    self.resources.delete(&self.actor, &dependent.key, &DeleteOptions::default()).await.map(|_| ()),
                )?;
            }
        }
        // the end of each dependent that is waited for brings the owner back here
        let left = self.resources.store().owned_by(object.uid());
        if left.iter().filter_map(|r| r.object()).any(|dependent| blocks(&dependent, object.uid())) {
            return Ok(());
        }
        self.drop_finalizer(key, object, FOREGROUND).await
    }

    async fn drop_finalizer(&self, key: &Key, object: &Object, finalizer: &str) -> Result<(), Error> {
        let left: Vec<&str> = object.finalizers().into_iter().filter(|f| *f != finalizer).collect();
        let list = if left.is_empty() { Value::Null } else { json!(left) };
        let patch =
            Patch::Merge(json!({"metadata": {"finalizers": list, "resourceVersion": object.resource_version()}}));
        ignore_gone(
            self.resources
                .patch(&self.actor, key, &patch, Subresource::None, &WriteOptions::strict())
                .await
                .map(|_| ()),
        )
    }
}

fn blocks(dependent: &Object, owner: &str) -> bool {
    dependent.owner_references().iter().any(|o| o.uid == owner && o.block_owner_deletion == Some(true))
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
