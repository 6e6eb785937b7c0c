//! Lists, made from the index as it is or as it was.

use std::ops::Range;
use std::sync::Arc;

use causeway_core::GroupResource;

use super::State;
use super::shelf::Shelf;
use crate::{Change, Cursor, Page, Query, Record, Revision};

/// The objects of one kind as they were at a revision.
#[derive(Clone, Debug)]
pub(crate) struct View {
    shelf: Shelf,
    /// The revision of which this is true.
    pub(crate) revision: Revision,
}

impl View {
    /// The objects of a kind now.
    pub(crate) fn newest(state: &State, resource: &GroupResource) -> Self {
        let shelf = state.index.table(resource).map(|table| table.shelf.clone()).unwrap_or_default();
        Self { shelf, revision: state.index.revision() }
    }

    /// The objects of a kind at a revision, or as near to it as memory reaches; the rest is to be undone with [`Self::undo`].
    pub(crate) fn at(state: &State, resource: &GroupResource, revision: Revision) -> (Self, Vec<Arc<Change>>) {
        let mut view = Self::newest(state, resource);
        if state.index.table(resource).is_none_or(|table| table.changed <= revision) {
            view.revision = revision;
            return (view, Vec::new());
        }
        view.revision = revision.max(state.log.start());
        let changes = state.log.after(view.revision).into_iter().flatten();
        (view, changes.filter(|change| change.record.key.resource == *resource).map(Arc::clone).collect())
    }

    /// Takes back changes, given newest first.
    pub(crate) fn undo<'a>(&mut self, changes: impl IntoIterator<Item = &'a Arc<Change>>) {
        for change in changes {
            match &change.before {
                Some(before) => self.shelf.insert(Arc::clone(before)),
                None => self.shelf.remove(&change.record.key.namespace, &change.record.key.name),
            };
        }
    }
}

/// The page of a view that a query asks for.
pub(crate) fn read_page(view: &View, query: &Query) -> Page {
    let ranks = ranks(view, query);
    let limit = query.limit.unwrap_or(usize::MAX);
    let (records, remaining): (Vec<Arc<Record>>, usize) = match &query.labels {
        None => {
            let records: Vec<_> = view.shelf.range(ranks.clone()).take(limit).map(Arc::clone).collect();
            let remaining = ranks.len() - records.len();
            (records, remaining)
        }
        Some(labels) => {
            let mut matching = view.shelf.range(ranks).filter(|record| labels.accepts(|key| record.label(key)));
            (matching.by_ref().take(limit).map(Arc::clone).collect(), matching.count())
        }
    };
    let next = records.last().filter(|_| remaining > 0).map(|last| Cursor {
        revision: view.revision,
        namespace: Arc::clone(&last.key.namespace),
        name: Arc::clone(&last.key.name),
    });
    Page { records, revision: view.revision, next, remaining }
}

/// The records of a query's namespace that come after its cursor.
fn ranks(view: &View, query: &Query) -> Range<usize> {
    let all = query.namespace.as_ref().map_or(0..view.shelf.len(), |namespace| view.shelf.ranks_of(namespace));
    let after = query.after.as_ref().map_or(0, |cursor| view.shelf.rank_after(&cursor.namespace, &cursor.name));
    all.start.max(after).min(all.end)..all.end
}
