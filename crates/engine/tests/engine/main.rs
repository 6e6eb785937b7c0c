//! The engine through its front door: real resources over a real store, and controllers written for the purpose.

mod controllers;
mod events;
mod failures;
mod garbage;
mod leases;
mod namespaces;
mod probe;
mod queue;
mod world;
