//! How a write is meant.

/// What happens to fields that the schema does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// The write is refused, with every such field named.
    Strict,
    /// They are dropped and warned about, as Kubernetes does by default.
    #[default]
    Warn,
    /// They are dropped silently.
    Ignore,
}

/// Which part of an object is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subresource {
    /// All but the status.
    #[default]
    None,
    /// The status alone.
    Status,
}

/// Options of creates, replaces and patches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Everything is done but the writing.
    pub dry_run: bool,
    /// What happens to unknown fields.
    pub strictness: Strictness,
    /// Who manages the fields that are written.
    pub field_manager: String,
}

impl WriteOptions {
    /// Strict, and for good: what the platform's own code uses.
    pub fn strict() -> Self {
        Self { strictness: Strictness::Strict, ..Self::default() }
    }
}

/// What becomes of an object's dependents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They go after it.
    #[default]
    Background,
    /// They go before it.
    Foreground,
    /// They stay, without their owner.
    Orphan,
}

/// What must hold of the object that is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// It has this uid.
    pub uid: Option<String>,
    /// It is at this resource version.
    pub resource_version: Option<String>,
}

/// Options of deletions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Everything is done but the writing.
    pub dry_run: bool,
    /// What must hold.
    pub preconditions: Preconditions,
    /// What becomes of dependents.
    pub propagation: Propagation,
}
