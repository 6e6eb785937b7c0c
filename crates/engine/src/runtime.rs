//! Runs controllers: watches feed a queue, workers take from it, outcomes become conditions, events and pauses.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use causeway_core::condition::{self, Condition, ConditionStatus};
use causeway_core::{GroupResource, Key, Object, Resource, Spec, Timestamp};
use causeway_resources::{Actor, Patch, Resources, Subresource, WriteOptions};
use causeway_store::{Query, Store, WatchScope};
use futures::{FutureExt, StreamExt};
use parking_lot::Mutex;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Backoff, Cleaned, Controller, Failure, Next, ObjectName, Recorder, Related, WorkQueue};

/// How the engine runs.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// Pauses after failures.
    pub backoff: Backoff,
    /// When a settled object is looked at again.
    pub resync: Duration,
    /// How long events are kept.
    pub keep_events: Duration,
    /// How long changes are kept for watches.
    pub keep_changes: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            backoff: Backoff::default(),
            resync: Duration::from_secs(600),
            keep_events: Duration::from_secs(7 * 24 * 3600),
            keep_changes: Duration::from_secs(3600),
        }
    }
}

/// Runs controllers until it is stopped.
pub struct Engine {
    pub(crate) resources: Arc<Resources>,
    pub(crate) options: EngineOptions,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Engine {
    /// Over the resources of one server.
    pub fn new(resources: Arc<Resources>, options: EngineOptions) -> Self {
        Self { resources, options, stop: CancellationToken::new(), tasks: TaskTracker::new() }
    }

    /// Cancelled when the engine stops; background work of capabilities ends with it.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs background work of a capability, waited for at the end.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// Starts a controller.
    pub fn start<C: Controller>(&self, controller: C) {
        let (related, nudges) = (controller.related(), controller.nudges());
        let loop_ = Arc::new(Loop {
            recorder: Recorder::new(Arc::clone(&self.resources), C::NAME),
            actor: Actor::controller(C::NAME),
            resources: Arc::clone(&self.resources),
            queue: WorkQueue::new(self.options.backoff),
            parked: Mutex::default(),
            resync: self.options.resync,
            controller,
        });
        let own = Related::new(C::Spec::resource(), |object| vec![ObjectName::new(object.namespace(), object.name())]);
        for related in std::iter::once(own).chain(related) {
            let (loop_, stop) = (Arc::clone(&loop_), self.stop.clone());
            self.tasks.spawn(async move {
                stop.run_until_cancelled(loop_.feed(related)).await;
                stop.cancelled().await;
                loop_.queue.close();
            });
        }
        if let Some(mut nudges) = nudges {
            let (loop_, stop) = (Arc::clone(&loop_), self.stop.clone());
            self.tasks.spawn(async move {
                while let Some(Some(name)) = stop.run_until_cancelled(nudges.next()).await {
                    loop_.queue.add(name);
                }
            });
        }
        for _ in 0..C::CONCURRENCY.max(1) {
            let loop_ = Arc::clone(&loop_);
            self.tasks.spawn(async move {
                while let Some(name) = loop_.queue.next().await {
                    loop_.work(name).await;
                }
            });
        }
    }

    /// Starts what every server needs: garbage collection, the life of namespaces, the end of old events and changes.
    pub fn start_housekeeping(&self) {
        crate::garbage::start(self);
        crate::namespace::start(self);
        self.spawn(crate::garbage::expire(Arc::clone(&self.resources), self.options, self.stop.clone()));
    }

    /// Stops taking work and waits for what is under way, at most `grace`.
    pub async fn stop(&self, grace: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "work was cut off at the end");
        }
    }
}

/// Follows all changes of a kind for ever, calling `see` for each object that is there and for each that changes.
pub(crate) async fn follow(store: &Arc<dyn Store>, resource: &GroupResource, see: impl Fn(&Object)) {
    loop {
        let from = store.revision();
        match store.list(&Query::all(resource.clone())).await {
            Ok(page) => page.records.iter().filter_map(|r| r.object()).for_each(|o| see(&o)),
            Err(error) => {
                tracing::error!(%error, %resource, "a kind could not be listed");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        }
        let Ok(mut watch) = store.watch(WatchScope::of(resource.clone()), Some(from)) else { continue };
        loop {
            match watch.next().await {
                Some(Ok(change)) => {
                    for record in change.before.iter().chain([&change.record]) {
                        if let Some(object) = record.object() {
                            see(&object);
                        }
                    }
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, %resource, "a controller's watch starts again");
                    break;
                }
                None => return,
            }
        }
    }
}

struct Loop<C> {
    controller: C,
    resources: Arc<Resources>,
    recorder: Recorder,
    actor: Actor,
    queue: WorkQueue<ObjectName>,
    /// Objects whose reconcile panicked, at the generation at which it did.
    parked: Mutex<HashMap<ObjectName, (String, i64)>>,
    resync: Duration,
}

enum Outcome {
    Settled(Option<Duration>),
    Again,
    Failed,
}

impl<C: Controller> Loop<C> {
    async fn feed(&self, related: Related) {
        // an odd object must not end the feed, and with it the controller
        let concerned = |object: &Object| std::panic::catch_unwind(AssertUnwindSafe(|| (related.concerns)(object)));
        let see = |object: &Object| match concerned(object) {
            Ok(names) => names.into_iter().for_each(|name| self.queue.add(name)),
            Err(_) => tracing::error!(
                controller = C::NAME,
                object = object.name(),
                "whom a change concerns could not be told"
            ),
        };
        follow(self.resources.store(), &related.resource, see).await;
    }

    async fn work(&self, name: ObjectName) {
        let outcome = match AssertUnwindSafe(self.reconcile(&name)).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(_) => self.park(&name).await,
        };
        match outcome {
            Outcome::Settled(again) => self.queue.done(&name, again),
            Outcome::Again => self.queue.conflicted(&name),
            Outcome::Failed => self.queue.failed(&name),
        }
    }

    fn key(&self, name: &ObjectName) -> Key {
        Key::new(C::Spec::resource(), Arc::clone(&name.namespace), Arc::clone(&name.name))
    }

    async fn reconcile(&self, name: &ObjectName) -> Outcome {
        let Some(object) = self.resources.find(&self.key(name)).and_then(|r| r.object()) else {
            self.parked.lock().remove(name);
            return Outcome::Settled(None);
        };
        if self.is_parked(name, &object) {
            return Outcome::Settled(None);
        }
        let result =
            if object.is_deleting() { self.clean(&object).await } else { self.bring_in_line(object.clone()).await };
        match result {
            Ok(again) => Outcome::Settled(again),
            Err(Failure::Conflict) => Outcome::Again,
            Err(Failure::Transient { reason, message }) => {
                self.say(name, reason, &message).await;
                Outcome::Failed
            }
            Err(Failure::Terminal { reason, message }) => {
                self.say(name, reason, &message).await;
                Outcome::Settled(Some(self.resync))
            }
        }
    }

    async fn bring_in_line(&self, mut object: Object) -> Result<Option<Duration>, Failure> {
        if let Some(finalizer) = C::FINALIZER
            && !object.finalizers().contains(&finalizer)
        {
            let mut finalizers = object.finalizers();
            finalizers.push(finalizer);
            object =
                self.write_finalizers(&object, &finalizers.iter().map(ToString::to_string).collect::<Vec<_>>()).await?;
        }
        match self.controller.apply(self.read(&object)?).await? {
            Next::Resync => Ok(Some(self.resync.mul_f64(rand::random_range(0.8..=1.2)))),
            Next::After(pause) => Ok(Some(pause)),
        }
    }

    async fn clean(&self, object: &Object) -> Result<Option<Duration>, Failure> {
        let Some(finalizer) = C::FINALIZER else { return Ok(None) };
        if !object.finalizers().contains(&finalizer) {
            return Ok(None);
        }
        match self.controller.cleanup(self.read(object)?).await? {
            Cleaned::Waiting(pause) => Ok(Some(pause)),
            Cleaned::Done => {
                let key = object.key(&C::Spec::resource());
                let Some(now) = self.resources.find(&key).and_then(|r| r.object()) else { return Ok(None) };
                let left: Vec<String> =
                    now.finalizers().iter().filter(|f| **f != finalizer).map(ToString::to_string).collect();
                self.write_finalizers(&now, &left).await?;
                Ok(None)
            }
        }
    }

    fn read(&self, object: &Object) -> Result<Resource<C::Spec>, Failure> {
        Resource::from_object(object)
            .map_err(|e| Failure::terminal("Unreadable", format!("The stored {} cannot be read: {e}.", C::Spec::KIND)))
    }

    async fn write_finalizers(&self, object: &Object, finalizers: &[String]) -> Result<Object, Failure> {
        let list = if finalizers.is_empty() { serde_json::Value::Null } else { json!(finalizers) };
        let patch =
            Patch::Merge(json!({"metadata": {"finalizers": list, "resourceVersion": object.resource_version()}}));
        let key = object.key(&C::Spec::resource());
        let written =
            self.resources.patch(&self.actor, &key, &patch, Subresource::None, &WriteOptions::strict()).await?;
        Ok(written.object)
    }

    fn is_parked(&self, name: &ObjectName, object: &Object) -> bool {
        let mut parked = self.parked.lock();
        match parked.get(name) {
            Some((uid, generation)) if uid == object.uid() && *generation == object.generation() => true,
            Some(_) => {
                parked.remove(name);
                false
            }
            None => false,
        }
    }

    async fn park(&self, name: &ObjectName) -> Outcome {
        tracing::error!(
            controller = C::NAME,
            namespace = &*name.namespace,
            name = &*name.name,
            "a reconcile panicked; the object is parked"
        );
        if let Some(object) = self.resources.find(&self.key(name)).and_then(|r| r.object()) {
            self.parked.lock().insert(name.clone(), (object.uid().to_owned(), object.generation()));
        }
        let message = "Working on this object hit a defect in the platform; it is left alone until it changes.";
        self.say(name, "ReconcilePanicked", message).await;
        Outcome::Settled(None)
    }

    /// Says on the object why it does not go on; the same words are not written twice.
    async fn say(&self, name: &ObjectName, reason: &str, message: &str) {
        let Some(mut object) = self.resources.find(&self.key(name)).and_then(|r| r.object()) else { return };
        let mut conditions = object.conditions();
        let before = condition::find(&conditions, "Ready").cloned();
        condition::set(
            &mut conditions,
            Condition::ready(ConditionStatus::False, reason, message),
            object.generation(),
            Timestamp::now(),
        );
        if condition::find(&conditions, "Ready") == before.as_ref() {
            return;
        }
        tracing::info!(
            controller = C::NAME,
            namespace = &*name.namespace,
            name = &*name.name,
            reason,
            message,
            "a reconcile failed"
        );
        object.set(&["status", "conditions"], json!(conditions));
        let options = WriteOptions::strict();
        match self.resources.replace(&self.actor, object.clone(), Subresource::Status, &options).await {
            Err(error) if !error.is_conflict() && !error.is_not_found() => {
                tracing::warn!(%error, controller = C::NAME, "a condition was not written");
            }
            _ => {}
        }
        self.recorder.warning(&object, reason, message).await;
    }
}
