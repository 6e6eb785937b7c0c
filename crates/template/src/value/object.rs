//! Maps with ECMAScript's order of keys.
//!
//! Invariant: keys that are array indices come first, ascending; the others follow as they were inserted. A map never changes
//! after it was made.

use indexmap::IndexMap;

use crate::value::{Text, Value};

/// An immutable map from string to value.
#[derive(Debug, Default)]
pub(crate) struct Object {
    entries: IndexMap<Text, Value>,
    /// Whether these are the keyword arguments of a call.
    pub(crate) is_keywords: bool,
}

impl Object {
    /// Later entries replace earlier ones with the same key. `__proto__` is dropped: it never is data.
    pub(crate) fn new(entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        let mut entries: IndexMap<Text, Value> = entries.into_iter().filter(|(key, _)| &**key != "__proto__").collect();
        if entries.keys().any(|key| array_index(key).is_some()) {
            entries.sort_by_cached_key(|key, _| array_index(key).map_or(u64::MAX, u64::from));
        }
        Self { entries, is_keywords: false }
    }

    pub(crate) fn keywords(entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Self { is_keywords: true, ..Self::new(entries) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Text, &Value)> {
        self.entries.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// The number a key stands for if it is an array index in canonical form.
fn array_index(key: &str) -> Option<u32> {
    let bytes = key.as_bytes();
    let is_canonical = matches!(bytes, [b'0'] | [b'1'..=b'9', ..]) && bytes.iter().all(u8::is_ascii_digit);
    if is_canonical { key.parse().ok().filter(|index| *index != u32::MAX) } else { None }
}
