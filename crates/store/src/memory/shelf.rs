//! The objects of one kind in order of namespace and name, as a value that is cheap to copy.
//!
//! A reader takes a copy and reads it for as long as it likes; the writer goes on and copies only the chunks that it changes
//! while somebody holds the old ones. That is how a long list neither blocks commits nor sees them.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use crate::Record;

/// A chunk is split when it grows beyond this.
const CHUNK: usize = 256;

type Chunk = Arc<Vec<Arc<Record>>>;

/// Records ordered by namespace and name; no two have the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    /// None of them is empty.
    chunks: Arc<Vec<Chunk>>,
    len: usize,
}

impl Shelf {
    /// From records in whatever order, without duplicates.
    pub(crate) fn from_records(mut records: Vec<Arc<Record>>) -> Self {
        records.sort_unstable_by(|a, b| compare(a, &b.key.namespace, &b.key.name));
        let chunks = records.chunks(CHUNK / 2).map(|chunk| Arc::new(chunk.to_vec())).collect();
        Self { len: records.len(), chunks: Arc::new(chunks) }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// One record.
    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<&Arc<Record>> {
        let chunk = self.chunks.get(self.chunk_of(namespace, name))?;
        let at = chunk.binary_search_by(|record| compare(record, namespace, name)).ok()?;
        chunk.get(at)
    }

    /// Puts a record in its place; gives back the one that was there.
    pub(crate) fn insert(&mut self, record: Arc<Record>) -> Option<Arc<Record>> {
        let at = self.chunk_of(&record.key.namespace, &record.key.name);
        let chunks = Arc::make_mut(&mut self.chunks);
        let Some(chunk) = chunks.get_mut(at) else {
            chunks.push(Arc::new(vec![record]));
            self.len += 1;
            return None;
        };
        let chunk = Arc::make_mut(chunk);
        match chunk.binary_search_by(|other| compare(other, &record.key.namespace, &record.key.name)) {
            Ok(found) => Some(std::mem::replace(&mut chunk[found], record)),
            Err(place) => {
                chunk.insert(place, record);
                self.len += 1;
                if chunk.len() > CHUNK {
                    let upper = chunk.split_off(split_point(place));
                    chunks.insert(at + 1, Arc::new(upper));
                }
                None
            }
        }
    }

    /// Takes a record away.
    pub(crate) fn remove(&mut self, namespace: &str, name: &str) -> Option<Arc<Record>> {
        let at = self.chunk_of(namespace, name);
        let found = self.chunks.get(at)?.binary_search_by(|record| compare(record, namespace, name)).ok()?;
        let chunks = Arc::make_mut(&mut self.chunks);
        let chunk = Arc::make_mut(chunks.get_mut(at)?);
        let record = chunk.remove(found);
        if chunk.is_empty() {
            chunks.remove(at);
        }
        self.len -= 1;
        Some(record)
    }

    /// How many records stand before those that come after a name.
    pub(crate) fn rank_after(&self, namespace: &str, name: &str) -> usize {
        self.rank(|record| compare(record, namespace, name) == Ordering::Greater)
    }

    /// The ranks of the records of a namespace.
    pub(crate) fn ranks_of(&self, namespace: &str) -> Range<usize> {
        self.rank(|record| &*record.key.namespace >= namespace)..self.rank(|record| &*record.key.namespace > namespace)
    }

    /// The records of these ranks, in order.
    pub(crate) fn range(&self, ranks: Range<usize>) -> impl Iterator<Item = &Arc<Record>> {
        let mut skip = ranks.start;
        let mut chunks = self.chunks.iter().peekable();
        while let Some(chunk) = chunks.next_if(|chunk| chunk.len() <= skip) {
            skip -= chunk.len();
        }
        chunks.flat_map(|chunk| chunk.iter()).skip(skip).take(ranks.len())
    }

    /// How many records stand before the first for which `behind` holds; once it holds for one, it must hold for all that follow.
    fn rank(&self, behind: impl Fn(&Record) -> bool) -> usize {
        let at = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|record| !behind(record)));
        let before: usize = self.chunks[..at].iter().map(|chunk| chunk.len()).sum();
        before + self.chunks.get(at).map_or(0, |chunk| chunk.partition_point(|record| !behind(record)))
    }

    /// The chunk in which a name is or would be.
    fn chunk_of(&self, namespace: &str, name: &str) -> usize {
        let behind = self.chunks.partition_point(|chunk| {
            chunk.first().is_some_and(|first| compare(first, namespace, name) != Ordering::Greater)
        });
        behind.saturating_sub(1)
    }
}

/// Where to split a full chunk into which something was put at `place`: names often come in rising order, and then full lower
/// chunks are wanted.
fn split_point(place: usize) -> usize {
    if place == CHUNK { CHUNK } else { CHUNK / 2 }
}

fn compare(record: &Record, namespace: &str, name: &str) -> Ordering {
    (&*record.key.namespace, &*record.key.name).cmp(&(namespace, name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use causeway_core::{GroupResource, Key};

    use super::*;
    use crate::{Head, Revision};

    fn record(namespace: &str, name: &str, revision: u64) -> Arc<Record> {
        let key = Key::new(GroupResource::new("", "things"), namespace, name);
        Arc::new(Record { key, revision: Revision(revision), head: Head::default(), json: "{}".into() })
    }

    fn names(shelf: &Shelf) -> Vec<(String, String)> {
        shelf.range(0..shelf.len()).map(|r| (r.key.namespace.to_string(), r.key.name.to_string())).collect()
    }

    /// A small generator (Knuth's MMIX constants): the same run every time.
    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33
    }

    #[test]
    fn agrees_with_a_sorted_map_and_copies_stay_as_they_were() {
        let mut shelf = Shelf::default();
        let mut model: BTreeMap<(String, String), u64> = BTreeMap::new();
        let mut seed = 1;
        let mut kept = None;
        for step in 0..20_000_u64 {
            let (namespace, name) = (format!("n{}", next(&mut seed) % 5), format!("o{}", next(&mut seed) % 900));
            let key = (namespace.clone(), name.clone());
            if next(&mut seed).is_multiple_of(3) {
                let gone = shelf.remove(&namespace, &name).map(|r| r.revision.0);
                assert_eq!(gone, model.remove(&key));
            } else {
                let old = shelf.insert(record(&namespace, &name, step)).map(|r| r.revision.0);
                assert_eq!(old, model.insert(key, step));
            }
            if step == 10_000 {
                kept = Some((shelf.clone(), names(&shelf)));
            }
        }
        let expected: Vec<_> = model.keys().cloned().collect();
        assert_eq!(names(&shelf), expected);
        assert_eq!(shelf.len(), expected.len());
        let (copy, then) = kept.unwrap();
        assert_eq!(names(&copy), then);
        for (namespace, name) in expected.iter().step_by(37) {
            assert_eq!(
                shelf.get(namespace, name).map(|r| r.revision.0),
                model.get(&(namespace.clone(), name.clone())).copied()
            );
            let rank = expected.iter().filter(|key| **key <= (namespace.clone(), name.clone())).count();
            assert_eq!(shelf.rank_after(namespace, name), rank);
            let next = shelf.range(rank..rank + 1).next().map(|r| r.revision.0);
            assert_eq!(next, expected.get(rank).map(|key| model[key]));
        }
        let of_namespace = expected.iter().filter(|(n, _)| n == "n3").count();
        assert_eq!(shelf.range(shelf.ranks_of("n3")).filter(|r| &*r.key.namespace == "n3").count(), of_namespace);
        assert_eq!(shelf.ranks_of("n3").len(), of_namespace);
        assert_eq!(
            shelf.rank_after("n2", "zzz"),
            shelf.ranks_of("n3").start,
            "a name that is not there has a place, too"
        );
        assert_eq!(shelf.ranks_of("n99").len(), 0);
        assert!(shelf.get("n9", "o1").is_none() && Shelf::default().get("", "x").is_none());
    }

    #[test]
    fn is_the_same_from_a_list_as_from_single_inserts() {
        let records: Vec<_> = (0..1000).rev().map(|n| record("n", &format!("{n:04}"), n)).collect();
        let mut one_by_one = Shelf::default();
        for record in records.iter().rev() {
            one_by_one.insert(Arc::clone(record));
        }
        assert_eq!(names(&Shelf::from_records(records)), names(&one_by_one));
        assert!(one_by_one.chunks.len() <= 4, "rising names fill chunks: {}", one_by_one.chunks.len());
    }
}
