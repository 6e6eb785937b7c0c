//! The end of a namespace: its content goes first, whatever the kind, then the namespace itself.

use std::sync::Arc;
use std::time::Duration;

use causeway_core::{GroupResource, Key, Object};
use causeway_resources::{Actor, DeleteOptions, Error, Resources, Subresource, WriteOptions};
use causeway_store::Query;

use crate::runtime::follow;
use crate::{Engine, WorkQueue};

const AGAIN: Duration = Duration::from_millis(200);

pub(crate) fn start(engine: &Engine) {
    let queue = Arc::new(WorkQueue::<Arc<str>>::new(engine.options.backoff));
    let (resources, feed, stop) = (Arc::clone(&engine.resources), Arc::clone(&queue), engine.stopping());
    engine.spawn(async move {
        let namespaces = GroupResource::new("", "namespaces");
        let see = |object: &Object| {
            if object.is_deleting() {
                feed.add(object.name().into());
            }
        };
        stop.run_until_cancelled(follow(resources.store(), &namespaces, see)).await;
        stop.cancelled().await;
        feed.close();
    });
    let resources = Arc::clone(&engine.resources);
    engine.spawn(async move {
        while let Some(name) = queue.next().await {
            match empty(&resources, &name).await {
                Ok(true) => queue.done(&name, None),
                Ok(false) => queue.done(&name, Some(AGAIN)),
                Err(error) => {
                    tracing::warn!(%error, namespace = &*name, "a namespace could not be emptied");
                    queue.failed(&name);
                }
            }
        }
    });
}

/// Deletes what is left in a namespace; answers whether the namespace is gone.
async fn empty(resources: &Resources, name: &str) -> Result<bool, Error> {
    let actor = Actor::controller("namespace");
    let key = Key::new(GroupResource::new("", "namespaces"), "", name);
    let Some(mut namespace) = resources.find(&key).and_then(|r| r.object()) else { return Ok(true) };
    if !namespace.is_deleting() {
        return Ok(true);
    }
    let mut left = resources.store().resources_in(name);
    // events tell of the other deletions, so they go last
    let events = GroupResource::new("", "events");
    if left.len() > 1 {
        left.retain(|r| *r != events);
    }
    // what cannot be deleted yet must not keep the rest
    let mut failed = None;
    for resource in &left {
        let query = Query::all(resource.clone()).within(name);
        for record in resources.list(query).await?.page.records.iter().filter(|r| !r.head.deleting) {
            match resources.delete(&actor, &record.key, &DeleteOptions::default()).await {
                Err(error) if !error.is_not_found() => failed = Some(error),
                _ => {}
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    if !resources.store().resources_in(name).is_empty() {
        return Ok(false);
    }
    namespace.set(&["spec", "finalizers"], serde_json::json!([]));
    match resources.replace(&actor, namespace, Subresource::None, &WriteOptions::strict()).await {
        Ok(written) => Ok(written.gone),
        Err(error) if error.is_conflict() => Ok(false),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(error),
    }
}
