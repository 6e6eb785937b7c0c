//! What entities have to do with each other, in both directions.
//!
//! Relations follow from what entities say of themselves, and are never written into them. Both ends have a relation as soon
//! as one of them says so; the other end need not exist.

mod index;
mod rule;

use serde::{Deserialize, Serialize};

pub use index::RelationIndex;
pub use rule::declared;
pub(crate) use rule::reference_fields;

/// One relation of an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relation {
    /// What it is, such as `ownedBy`.
    pub r#type: String,
    /// The other end, in its canonical form: `group:default/team-a`.
    pub target_ref: String,
}

/// A relation together with what it is called from the other end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Declared {
    /// As the entity that says so sees it.
    pub forward: &'static str,
    /// As the other end sees it.
    pub backward: &'static str,
    /// The other end, in its canonical form.
    pub target_ref: String,
}
