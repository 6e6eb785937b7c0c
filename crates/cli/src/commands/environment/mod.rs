//! Environments: made, and taken away.

pub(crate) mod create;
pub(crate) mod delete;
