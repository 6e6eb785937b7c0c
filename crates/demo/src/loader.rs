//! Creates objects, all with the demo's label, and tells which were new.

use std::sync::Arc;

use causeway_core::Object;
use causeway_resources::{Actor, Client, Resources, WriteOptions};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{DemoError, LABEL, NAMESPACE, actor};

/// So many creates wait for the store together; it commits them in few batches.
const AT_ONCE: usize = 64;

/// Part of the loading, as the run tells it.
pub(crate) struct Stage {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    /// What was done; empty where nothing was missing.
    pub(crate) lines: Vec<String>,
}

/// Writes in the name of the demo.
pub(crate) struct Loader {
    resources: Arc<Resources>,
    actor: Actor,
}

impl Loader {
    pub(crate) fn new(resources: &Arc<Resources>) -> Self {
        Self { resources: Arc::clone(resources), actor: actor() }
    }

    pub(crate) fn client(&self) -> Client {
        self.resources.client(self.actor.clone())
    }

    /// Creates those that are not there, in no order; answers a sentence for each, in the order given.
    pub(crate) async fn create_all(&self, objects: Vec<Object>) -> Result<Vec<String>, DemoError> {
        let creates = objects.into_iter().map(|object| self.create(object));
        let done: Vec<Option<String>> = stream::iter(creates).buffered(AT_ONCE).try_collect().await?;
        Ok(done.into_iter().flatten().collect())
    }

    async fn create(&self, mut object: Object) -> Result<Option<String>, DemoError> {
        let what = format!("{} {}", object.kind(), object.name());
        match self.write(&mut object).await {
            Ok(()) => Ok(Some(format!("created {what}"))),
            Err(error) if error.is_exists() => Ok(None),
            Err(source) => Err(DemoError::Create { what, source }),
        }
    }

    async fn write(&self, object: &mut Object) -> causeway_resources::Result<()> {
        let is_namespaced = self.resources.kind_of(object)?.definition.is_namespaced();
        if is_namespaced && object.namespace().is_empty() {
            object.set(&["metadata", "namespace"], NAMESPACE);
        }
        object.set(&["metadata", "labels", LABEL], "true");
        self.resources.create(&self.actor, std::mem::take(object), &WriteOptions::strict()).await?;
        Ok(())
    }
}
