//! Steps that every write passes on its way: they may complete the object, refuse it, or warn.

use async_trait::async_trait;
use causeway_core::Object;

use crate::{Actor, Entry, Resources, Result, Subresource};

/// What is about to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A new object.
    Create,
    /// A changed one.
    Update,
    /// One less.
    Delete,
}

/// A write before it happens.
pub struct Request<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// What is about to happen.
    pub operation: Operation,
    /// Which part is written.
    pub subresource: Subresource,
    /// The kind.
    pub entry: &'a Entry,
    /// The object as it was.
    pub old: Option<&'a Object>,
    /// Nothing will be written.
    pub dry_run: bool,
    /// For reads that a decision needs.
    pub resources: &'a Resources,
}

/// A step. Steps run in the order of wiring; the schema is checked again after them.
#[async_trait]
pub trait Admission: Send + Sync + 'static {
    /// May change `object`, add to `warnings`, or refuse.
    async fn admit(&self, request: &Request<'_>, object: &mut Object, warnings: &mut Vec<String>) -> Result<()>;
}
