//! What the store needs to know of an object's JSON text, found by skimming it.
//!
//! Nothing is built for the parts that are skipped, which is what makes a start with very many objects quick. A text that
//! cannot be read gives a head that says so, never an error: one bad record must not stop the others.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use causeway_core::Object;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::interner::Interner;
use crate::{Head, Revision};

#[derive(Default, Deserialize)]
struct Outline<'a> {
    #[serde(borrow, default)]
    metadata: Metadata<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata<'a> {
    #[serde(borrow)]
    uid: Cow<'a, str>,
    #[serde(borrow)]
    labels: Labels<'a>,
    #[serde(borrow)]
    owner_references: Vec<Owner<'a>>,
    deletion_timestamp: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow)]
    uid: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Labels in the order in which they stand in the text.
#[derive(Default)]
struct Labels<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Labels<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Labels<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Text(key), Text(value))) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Labels(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[derive(Deserialize)]
struct Stamped<'a> {
    #[serde(borrow)]
    metadata: StampedMetadata<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StampedMetadata<'a> {
    #[serde(borrow)]
    resource_version: &'a RawValue,
}

/// What was found in a text, before its strings are shared.
pub(crate) struct Skimmed<'a>(Found<'a>);

enum Found<'a> {
    Outline(Metadata<'a>),
    /// Metadata of an odd shape, read the slow and lenient way.
    Odd(Object),
    Broken,
}

/// Reads what there is to know of an object.
pub(crate) fn skim(json: &str) -> Skimmed<'_> {
    Skimmed(match serde_json::from_str::<Outline<'_>>(json) {
        Ok(outline) if json.trim_ascii_start().starts_with('{') => Found::Outline(outline.metadata),
        Ok(_) | Err(_) => serde_json::from_str(json).map_or(Found::Broken, Found::Odd),
    })
}

impl Skimmed<'_> {
    /// The head, its strings shared.
    pub(crate) fn into_head(self, interner: &mut Interner) -> Head {
        match self.0 {
            Found::Outline(metadata) => head_of_outline(metadata, interner),
            Found::Odd(object) => head_of_object(&object, interner),
            Found::Broken => Head { broken: true, ..Head::default() },
        }
    }
}

fn head_of_outline(metadata: Metadata<'_>, interner: &mut Interner) -> Head {
    let labels: Vec<_> =
        metadata.labels.0.iter().map(|(key, value)| (interner.intern(key), interner.intern(value))).collect();
    let owners: Vec<_> = metadata.owner_references.iter().map(|owner| interner.intern(&owner.uid)).collect();
    assemble(&metadata.uid, labels, owners, metadata.deletion_timestamp.is_some())
}

fn head_of_object(object: &Object, interner: &mut Interner) -> Head {
    let labels: Vec<_> = object.labels().map(|(key, value)| (interner.intern(key), interner.intern(value))).collect();
    let owners: Vec<_> = object.owner_references().iter().map(|owner| interner.intern(&owner.uid)).collect();
    assemble(object.uid(), labels, owners, object.is_deleting())
}

/// Empty lists share one allocation.
fn assemble(uid: &str, labels: Vec<(Arc<str>, Arc<str>)>, owners: Vec<Arc<str>>, deleting: bool) -> Head {
    Head {
        uid: if uid.is_empty() { Arc::default() } else { uid.into() },
        labels: if labels.is_empty() { Arc::default() } else { labels.into() },
        owners: if owners.is_empty() { Arc::default() } else { owners.into() },
        deleting,
        broken: false,
    }
}

/// Where the value of `metadata.resourceVersion` stands in a text, quotes included.
pub(crate) fn locate_stamp(json: &str) -> Option<Range<usize>> {
    let stamped: Stamped<'_> = serde_json::from_str(json).ok()?;
    let value = stamped.metadata.resource_version.get();
    let start = (value.as_ptr() as usize).checked_sub(json.as_ptr() as usize)?;
    Some(start..start + value.len())
}

/// The text with another revision at a place that [`locate_stamp`] found.
pub(crate) fn stamp(json: &str, place: &Range<usize>, revision: Revision) -> Arc<str> {
    let digits = revision.to_string();
    let mut text = String::with_capacity(json.len() + digits.len() + 2 - place.len());
    text.push_str(&json[..place.start]);
    text.push('"');
    text.push_str(&digits);
    text.push('"');
    text.push_str(&json[place.end..]);
    text.into()
}

/// The text with another revision in it; as it is where it has no place for one (a broken record).
pub(crate) fn restamp(json: &Arc<str>, revision: Revision) -> Arc<str> {
    locate_stamp(json).map_or_else(|| Arc::clone(json), |place| stamp(json, &place, revision))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(json: &str) -> Head {
        skim(json).into_head(&mut Interner::default())
    }

    #[test]
    fn reads_uid_labels_owners_and_deletion() {
        let head = head(
            r#"{"metadata":{"uid":"u1","labels":{"a\u002fb":"x","c":""},"deletionTimestamp":"2026-01-01T00:00:00Z",
            "ownerReferences":[{"uid":"o1","kind":"K"},{"uid":"o2"}]},"spec":{"metadata":{"uid":"no"}}}"#,
        );
        assert_eq!(&*head.uid, "u1");
        assert_eq!(*head.labels, [("a/b".into(), "x".into()), ("c".into(), "".into())]);
        assert_eq!(*head.owners, ["o1".into(), "o2".into()]);
        assert!(head.deleting && !head.broken);
    }

    #[test]
    fn is_lenient_with_metadata_of_an_odd_shape_and_marks_what_is_no_object() {
        let odd = head(
            r#"{"metadata":{"uid":"u1","labels":{"a":1,"b":"x"},"ownerReferences":null,"deletionTimestamp":null}}"#,
        );
        assert_eq!((&*odd.uid, odd.labels.len(), odd.broken, odd.deleting), ("u1", 1, false, false));
        assert!(!head("{}").broken);
        for broken in ["", "{", "[]", "null", r#"{"a":1} x"#, "\u{fffd}"] {
            assert!(head(broken).broken, "{broken:?}");
        }
    }

    #[test]
    fn replaces_the_revision_and_nothing_else() {
        let before: Arc<str> =
            r#"{"spec":{"resourceVersion":"1"},"metadata":{"name":"é","resourceVersion":"","x":1}}"#.into();
        let after = restamp(&before, Revision(120));
        assert_eq!(
            &*after,
            r#"{"spec":{"resourceVersion":"1"},"metadata":{"name":"é","resourceVersion":"120","x":1}}"#
        );
        assert_eq!(&*restamp(&after, Revision(7)), before.replace(r#""",""#, r#""7",""#));
        assert_eq!(&*restamp(&"{".into(), Revision(7)), "{");
    }
}
