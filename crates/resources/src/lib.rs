//! The one door to the store: the rules of every write, whoever makes it.
//!
//! The API, the controllers, the catalog and the pages all come through [`Resources`]: decoding from the schema, defaults,
//! validation, names, generations, finalizers, ownership, admission, audit. Nothing that is written past it would be
//! versioned, validated or seen in the audit trail, so nothing is. [`Client`] is the same door for code that works with
//! typed resources, such as controllers.
#![warn(missing_docs)]

mod actor;
pub mod admission;
mod client;
mod create;
mod decode;
mod delete;
mod error;
mod metadata;
mod namespace;
mod options;
pub mod patch;
mod read;
pub mod registry;
mod update;
mod write;

use std::sync::Arc;

use arc_swap::ArcSwap;
use causeway_store::Store;

pub use actor::Actor;
pub use client::{Client, ensure_condition};
pub use error::{Error, Refused};
pub use options::{DeleteOptions, Preconditions, Propagation, Strictness, Subresource, WriteOptions};
pub use patch::Patch;
pub use read::Listing;
pub use registry::{Entry, Registry};
pub use write::Written;

/// Result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// Reads and writes of resources of every kind.
pub struct Resources {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    admission: ArcSwap<Vec<Arc<dyn admission::Admission>>>,
}

impl Resources {
    /// Over a store, for the kinds of a registry.
    pub fn new(store: Arc<dyn Store>, registry: Arc<Registry>) -> Arc<Self> {
        Arc::new(Self { store, registry, admission: ArcSwap::default() })
    }

    /// What is known of each kind.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The store beneath, for watches and counts.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Adds a step that every write passes. Called while wiring, before anything is served.
    pub fn admit_with(&self, step: Arc<dyn admission::Admission>) {
        self.admission.rcu(|steps| {
            let mut steps = Vec::clone(steps);
            steps.push(Arc::clone(&step));
            steps
        });
    }

    /// The same door for typed resources, in the name of `actor`.
    pub fn client(self: &Arc<Self>, actor: Actor) -> Client {
        Client::new(Arc::clone(self), actor)
    }
}
