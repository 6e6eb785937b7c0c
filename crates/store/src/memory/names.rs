//! Names that are found whatever the case in which they are asked for.
//!
//! Nearly all names are lower-case and are found by folding the question; only the others cost an entry here.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use causeway_core::Key;

/// The names with upper-case letters, by namespace and folded name.
#[derive(Debug, Default)]
pub(crate) struct MixedCaseNames(HashMap<(Arc<str>, String), BTreeSet<Arc<str>>>);

impl MixedCaseNames {
    /// Notes a key.
    pub(crate) fn add(&mut self, key: &Key) {
        if let Some(place) = place(key) {
            self.0.entry(place).or_default().insert(Arc::clone(&key.name));
        }
    }

    /// Forgets a key.
    pub(crate) fn remove(&mut self, key: &Key) {
        let Some(place) = place(key) else { return };
        if let Some(names) = self.0.get_mut(&place) {
            names.remove(&key.name);
            if names.is_empty() {
                self.0.remove(&place);
            }
        }
    }

    /// A name that is equal but for case.
    pub(crate) fn find(&self, namespace: &str, name: &str) -> Option<&Arc<str>> {
        self.0.get(&(namespace.into(), name.to_ascii_lowercase()))?.first()
    }
}

fn place(key: &Key) -> Option<(Arc<str>, String)> {
    let mixed = key.name.bytes().any(|byte| byte.is_ascii_uppercase());
    mixed.then(|| (Arc::clone(&key.namespace), key.name.to_ascii_lowercase()))
}
