//! One file per kind: spec, status, defaults, validation, columns.

mod compute;
mod hint;
mod status;

pub mod application;
pub mod claim;
pub mod cluster;
pub mod deployment;
pub mod environment;
pub mod plan;
pub mod recipe;
pub mod reference;
pub mod release;
pub mod repository;
pub mod resource_type;
pub mod run;
pub mod source;
pub mod workload;

pub use compute::ComputeResources;
pub use reference::ObjectReference;
