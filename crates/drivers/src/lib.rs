//! One folder per outside system: how a claim becomes a database, and a release becomes processes.
//!
//! A [`ResourceDriver`] looks after claims, a [`Runtime`] after deployments. Both are idempotent under a repeated operation:
//! names are derived before anything is made, so that a crash between "made" and "recorded" leaks nothing, and after a
//! restart every open intent is resolved by looking. Neither knows a controller or the store.
#![warn(missing_docs)]

mod error;
mod resource;
mod runtime;

pub mod local;
pub mod postgres;
pub mod sqlite;

pub use error::{DriverError, ErrorClass};
pub use resource::{Applied, Observed, Operation, Output, ResourceDriver, ResourceDrivers};
pub use runtime::{
    Health, HttpProbe, Instance, InstanceId, InstanceState, Probe, ProbeAction, Process, ReplicaState, Resources,
    Runtime, RuntimeEvent,
};
