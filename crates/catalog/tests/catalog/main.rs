//! The catalog through its public door: real repositories, a real store, the engine running.

mod files;
mod guard;
mod host;
mod relations;
mod sources;
