//! Full text: a term that occurs in one of some fields, without case. `%` and `_` stand for any text and any character.

use serde::{Deserialize, Serialize};

use crate::Entity;

/// A term and the fields in which it is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullText {
    /// What is looked for; nothing stands for everything.
    pub term: String,
    /// Paths; without any, the field that is ordered by, or else the uid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

impl FullText {
    /// Whether the term occurs in an entity; `ordered_by` is the field by which the list is ordered.
    pub fn matches(&self, entity: &Entity, ordered_by: Option<&str>) -> bool {
        let term = self.term.trim().to_lowercase();
        if term.is_empty() {
            return true;
        }
        let pattern: Vec<char> = format!("%{term}%").chars().collect();
        let occurs = |field: &str| {
            let rows = entity.rows.at(&field.to_lowercase());
            rows.iter().filter_map(|row| row.value.as_ref()).any(|(lower, _)| is_like(lower, &pattern))
        };
        match self.fields.as_slice() {
            [] => occurs(ordered_by.unwrap_or("metadata.uid")),
            fields => fields.iter().any(|field| occurs(field)),
        }
    }
}

/// SQL's `LIKE`, in time proportional to text and pattern.
fn is_like(text: &str, pattern: &[char]) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut wanted) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(wanted) {
            Some('%') => {
                retry = Some((wanted, at));
                wanted += 1;
            }
            Some(c) if *c == '_' || *c == text[at] => {
                at += 1;
                wanted += 1;
            }
            _ => match &mut retry {
                Some((star, from)) => {
                    *from += 1;
                    (wanted, at) = (*star + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern[wanted..].iter().all(|c| *c == '%')
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn knows_both_wildcards() {
        let like = |text: &str, pattern: &str| is_like(text, &pattern.chars().collect::<Vec<_>>());
        assert!(like("team-a", "%am%"));
        assert!(like("a-c", "a_c"));
        assert!(like("", "%%"));
        assert!(!like("", "%_%"));
        assert!(!like("team-a", "%amp%"));
        assert!(like("aaab", "%ab"));
    }
}
