//! What somebody may see of a view. What is out of sight does not exist: not in lists, not in counts, not as the source of
//! a relation.

use std::sync::Arc;

use crate::relations::Relation;
use crate::{Entity, View};

/// Part of a view.
pub struct Scope<'a> {
    view: &'a View,
    sees: Box<dyn Fn(&Entity) -> bool + Send + Sync + 'a>,
}

impl<'a> Scope<'a> {
    /// The entities that `sees` allows.
    pub fn new(view: &'a View, sees: impl Fn(&Entity) -> bool + Send + Sync + 'a) -> Self {
        Self { view, sees: Box::new(sees) }
    }

    /// Everything.
    pub fn all(view: &'a View) -> Self {
        Self::new(view, |_| true)
    }

    /// The entities in sight, in order of their references.
    pub fn entities(&self) -> impl Iterator<Item = &'a Arc<Entity>> {
        self.view.entities().filter(|entity| (self.sees)(entity))
    }

    /// An entity in sight, by its reference in any case.
    pub fn get(&self, reference: &str) -> Option<&'a Arc<Entity>> {
        self.view.get(reference).filter(|entity| (self.sees)(entity))
    }

    /// An entity in sight, by its uid.
    pub fn by_uid(&self, uid: &str) -> Option<&'a Arc<Entity>> {
        self.view.by_uid(uid).filter(|entity| (self.sees)(entity))
    }

    /// The relations of an entity, without those that only an entity out of sight tells of.
    pub fn relations(&self, reference: &str) -> Vec<Relation> {
        self.view.relations().of_where(reference, |from| self.get(from).is_some())
    }
}
