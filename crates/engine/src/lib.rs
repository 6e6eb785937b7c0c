//! Controllers: what they are, when they run, and what becomes of their failures.
//!
//! A [`Controller`] gets a resource, not an event, and does the same for it on every call. Around it, the engine watches,
//! queues by name without duplicates, backs off with jitter, keeps finalizers, turns failures into conditions and events, and
//! stops without cutting anyone off. It knows no kind but those that all kinds share: events, leases, namespaces.
#![warn(missing_docs)]

mod controller;
mod event;
mod failure;
mod garbage;
mod lease;
mod namespace;
mod queue;
mod runtime;

pub use controller::{Cleaned, Concerns, Controller, Next, ObjectName, Related};
pub use event::{EventKind, Recorder, Regarding};
pub use failure::Failure;
pub use lease::{Lease, LeaseError};
pub use queue::{Backoff, WorkQueue};
pub use runtime::{Engine, EngineOptions};
