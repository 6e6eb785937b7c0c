//! Lists and their pages.

use std::sync::Arc;

use causeway_core::GroupResource;
use causeway_core::selector::LabelSelector;

use crate::{Record, Revision};

/// What to list.
#[derive(Clone, Debug)]
pub struct Query {
    /// The kind.
    pub resource: GroupResource,
    /// One namespace, or all of them.
    pub namespace: Option<Arc<str>>,
    /// Only objects whose labels match.
    pub labels: Option<LabelSelector>,
    /// At most so many; none at all only tells how many there are.
    pub limit: Option<usize>,
    /// Continues an earlier page.
    pub after: Option<Cursor>,
    /// Read exactly at this revision.
    pub exactly: Option<Revision>,
}

impl Query {
    /// All objects of a kind.
    pub fn all(resource: GroupResource) -> Self {
        Self { resource, namespace: None, labels: None, limit: None, after: None, exactly: None }
    }

    /// The same in one namespace.
    #[must_use]
    pub fn within(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.into());
        self
    }
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The revision at which all pages are read.
    pub revision: Revision,
    /// The last object's namespace.
    pub namespace: Arc<str>,
    /// The last object's name.
    pub name: Arc<str>,
}

/// Part of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The objects.
    pub records: Vec<Arc<Record>>,
    /// The revision at which they were read.
    pub revision: Revision,
    /// Where to go on; none at the end.
    pub next: Option<Cursor>,
    /// How many come after this page (selectors counted in).
    pub remaining: usize,
}
