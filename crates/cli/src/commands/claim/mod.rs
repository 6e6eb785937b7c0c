//! Databases, caches, queues and buckets that stand alone.

pub(crate) mod create;
pub(crate) mod delete;
mod offer;
