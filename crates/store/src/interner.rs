//! Strings that many records share (kinds, namespaces, labels, owners) are held once.
//!
//! The set never keeps a string alive for long after its last user is gone: it is swept whenever it has doubled.

use std::collections::HashSet;
use std::sync::Arc;

use causeway_core::GroupResource;

/// Below this size sweeping is not worth its while.
const FIRST_SWEEP: usize = 4096;

/// Gives equal strings the same allocation.
#[derive(Debug)]
pub(crate) struct Interner {
    strings: HashSet<Arc<str>>,
    sweep_at: usize,
}

impl Default for Interner {
    fn default() -> Self {
        Self { strings: HashSet::new(), sweep_at: FIRST_SWEEP }
    }
}

impl Interner {
    /// The shared copy of a text.
    pub(crate) fn intern(&mut self, text: &str) -> Arc<str> {
        if text.is_empty() {
            return Arc::default();
        }
        if let Some(known) = self.strings.get(text) {
            return Arc::clone(known);
        }
        if self.strings.len() >= self.sweep_at {
            self.strings.retain(|string| Arc::strong_count(string) > 1);
            self.sweep_at = FIRST_SWEEP.max(self.strings.len() * 2);
        }
        let string: Arc<str> = text.into();
        self.strings.insert(Arc::clone(&string));
        string
    }

    /// The same kind, its parts shared.
    pub(crate) fn intern_resource(&mut self, resource: &GroupResource) -> GroupResource {
        GroupResource { resource: self.intern(&resource.resource), group: self.intern(&resource.group) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_equal_texts_one_allocation_and_forgets_unused_ones() {
        let mut interner = Interner::default();
        let first = interner.intern("shop");
        assert!(Arc::ptr_eq(&first, &interner.intern("shop")));
        for n in 0..3 * FIRST_SWEEP {
            interner.intern(&format!("value-{n}"));
        }
        assert!(interner.strings.len() <= FIRST_SWEEP + 1, "{} strings are kept", interner.strings.len());
        assert!(Arc::ptr_eq(&first, &interner.intern("shop")), "a string in use is kept");
    }
}
