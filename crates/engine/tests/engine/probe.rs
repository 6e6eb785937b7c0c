//! Controllers of environments that do what a test says, and keep count.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use causeway_core::Resource;
use causeway_engine::{Cleaned, Controller, Failure, Next, ObjectName, Related};
use causeway_kinds::environment::{Environment, EnvironmentSpec};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use parking_lot::Mutex;

type Script<T> = Arc<dyn Fn(Environment, usize) -> BoxFuture<'static, Result<T, Failure>> + Send + Sync>;

/// Without a finalizer.
#[derive(Clone)]
pub(crate) struct Probe {
    script: Script<Next>,
    cleanup: Script<Cleaned>,
    calls: Arc<Mutex<HashMap<String, Vec<Instant>>>>,
    cleanups: Arc<Mutex<HashMap<String, usize>>>,
    related: Arc<Mutex<Vec<Related>>>,
    nudges: Arc<Mutex<Option<BoxStream<'static, ObjectName>>>>,
}

impl Probe {
    /// `script` gets the resource and how often it was called for that name before, from 1.
    pub(crate) fn new<F>(script: impl Fn(Environment, usize) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Next, Failure>> + Send + 'static,
    {
        Self {
            script: Arc::new(move |environment, call| Box::pin(script(environment, call))),
            cleanup: Arc::new(|_, _| Box::pin(async { Ok(Cleaned::Done) })),
            calls: Arc::default(),
            cleanups: Arc::default(),
            related: Arc::default(),
            nudges: Arc::default(),
        }
    }

    pub(crate) fn cleaning<F>(mut self, script: impl Fn(Environment, usize) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Cleaned, Failure>> + Send + 'static,
    {
        self.cleanup = Arc::new(move |environment, call| Box::pin(script(environment, call)));
        self
    }

    pub(crate) fn related(self, related: Related) -> Self {
        self.related.lock().push(related);
        self
    }

    pub(crate) fn nudged(self, nudges: BoxStream<'static, ObjectName>) -> Self {
        *self.nudges.lock() = Some(nudges);
        self
    }

    /// How often it was called for a name.
    pub(crate) fn calls(&self, name: &str) -> usize {
        self.calls.lock().get(name).map_or(0, Vec::len)
    }

    /// When it was called for a name.
    pub(crate) fn times(&self, name: &str) -> Vec<Instant> {
        self.calls.lock().get(name).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl Controller for Probe {
    type Spec = EnvironmentSpec;
    const NAME: &'static str = "probe";

    fn related(&self) -> Vec<Related> {
        std::mem::take(&mut *self.related.lock())
    }

    fn nudges(&self) -> Option<BoxStream<'static, ObjectName>> {
        self.nudges.lock().take()
    }

    async fn apply(&self, resource: Resource<EnvironmentSpec>) -> Result<Next, Failure> {
        let call = {
            let mut calls = self.calls.lock();
            let times = calls.entry(resource.name().to_owned()).or_default();
            times.push(Instant::now());
            times.len()
        };
        (self.script)(resource, call).await
    }
}

/// The same with a finalizer.
pub(crate) struct Holding(pub(crate) Probe);

pub(crate) const FINALIZER: &str = "example.com/held";

#[async_trait]
impl Controller for Holding {
    type Spec = EnvironmentSpec;
    const NAME: &'static str = "holding";
    const FINALIZER: Option<&'static str> = Some(FINALIZER);

    async fn apply(&self, resource: Resource<EnvironmentSpec>) -> Result<Next, Failure> {
        self.0.apply(resource).await
    }

    async fn cleanup(&self, resource: Resource<EnvironmentSpec>) -> Result<Cleaned, Failure> {
        let call = {
            let mut cleanups = self.0.cleanups.lock();
            let count = cleanups.entry(resource.name().to_owned()).or_default();
            *count += 1;
            *count
        };
        (self.0.cleanup)(resource, call).await
    }
}
