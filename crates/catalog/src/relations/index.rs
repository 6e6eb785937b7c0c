//! Relations by either end.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Declared, Relation};

/// Who says what of whom.
#[derive(Clone, Debug, Default)]
pub struct RelationIndex {
    /// By the entity that says so.
    declared: HashMap<Arc<str>, Arc<[Declared]>>,
    /// By the other end: what it is called from there, and who says so.
    incoming: HashMap<String, BTreeSet<(&'static str, Arc<str>)>>,
}

impl RelationIndex {
    /// What `entity` says, in place of what it said before.
    pub fn replace(&mut self, entity: &Arc<str>, declared: Vec<Declared>) {
        self.remove(entity);
        if declared.is_empty() {
            return;
        }
        for relation in &declared {
            let incoming = self.incoming.entry(relation.target_ref.clone()).or_default();
            incoming.insert((relation.backward, Arc::clone(entity)));
        }
        self.declared.insert(Arc::clone(entity), declared.into());
    }

    /// Nothing that `entity` said holds any more. What others say of it stays.
    pub fn remove(&mut self, entity: &str) {
        let Some((name, declared)) = self.declared.remove_entry(entity) else { return };
        for relation in declared.iter() {
            if let Some(incoming) = self.incoming.get_mut(&relation.target_ref) {
                incoming.remove(&(relation.backward, Arc::clone(&name)));
                if incoming.is_empty() {
                    self.incoming.remove(&relation.target_ref);
                }
            }
        }
    }

    /// All relations of an entity, by whichever end they were said, in order of type and target. `entity` is a canonical
    /// reference; it need not exist.
    pub fn of(&self, entity: &str) -> Vec<Relation> {
        self.of_where(entity, |_| true)
    }

    /// The same without what is only said by entities that `sees` refuses.
    pub fn of_where(&self, entity: &str, sees: impl Fn(&str) -> bool) -> Vec<Relation> {
        let relation = |kind: &str, target: &str| Relation { r#type: kind.to_owned(), target_ref: target.to_owned() };
        let own = self.declared.get(entity).into_iter().flat_map(|declared| declared.iter());
        let own = own.map(|declared| relation(declared.forward, &declared.target_ref));
        let incoming = self.incoming.get(entity).into_iter().flatten();
        let incoming = incoming.filter(|(_, from)| sees(from)).map(|(kind, from)| relation(kind, from));
        let all: BTreeSet<Relation> = own.chain(incoming).collect();
        all.into_iter().collect()
    }
}
