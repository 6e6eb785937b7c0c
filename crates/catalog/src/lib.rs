//! Sources read into entities, and the relations between them.
//!
//! A [`source`] becomes entities in the store, which then belong to it: [`SourceGuard`] keeps other writers out. What can be
//! derived from entities (relations, search rows, facets) is never written into them; [`Catalog`] keeps it in memory beside
//! the store, as new as the store is at every read.
#![warn(missing_docs)]

mod admission;
pub mod query;
mod registration;
pub mod relations;
mod source;
mod view;

pub(crate) use source::reference;

use std::sync::Arc;

use causeway_core::Definition;
use causeway_engine::Engine;
use causeway_forge::Forge;
use causeway_resources::Resources;

pub use admission::SourceGuard;
pub use registration::Registration;
pub use relations::Relation;
pub use source::{Preview, PreviewError, preview};
pub use view::{Catalog, Entity, View};

/// Label: name of the Source that an entity comes from.
pub const SOURCE: &str = "platform.causeway.dev/source";
/// Annotation: namespace of the Source that an entity comes from.
pub const SOURCE_NAMESPACE: &str = "platform.causeway.dev/source-namespace";
/// Annotation: the file that an entity stands in, relative to its source.
pub const SOURCE_FILE: &str = "platform.causeway.dev/source-file";
/// Label: name of the Application for whose sake an object is there.
pub(crate) const APPLICATION: &str = "platform.causeway.dev/application";

/// The category that all kinds of the catalog are in.
const CATEGORY: &str = "catalog";

/// Whether objects of a kind are entities of the catalog.
pub fn is_entity_kind(definition: &Definition) -> bool {
    definition.categories.iter().any(|category| category == CATEGORY) && definition.is_namespaced()
}

/// All controllers of this crate.
pub struct Controllers {
    sources: source::SourceController,
}

impl Controllers {
    /// Over the resources and the Git host of one server.
    pub fn new(resources: &Arc<Resources>, forge: Forge) -> Self {
        Self { sources: source::SourceController::new(resources, forge) }
    }

    /// Starts them all.
    pub fn register(self, engine: &Engine) {
        let Self { sources } = self;
        engine.start(sources);
    }
}
