//! All live objects, found by key, uid, owner, kind and namespace.

use std::collections::HashMap;
use std::sync::Arc;

use causeway_core::{GroupResource, Key};

use super::names::MixedCaseNames;
use super::shelf::Shelf;
use crate::{Change, ChangeKind, Record, Revision};

/// The objects of one kind.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The objects, in order.
    pub(crate) shelf: Shelf,
    /// The newest change of any of them.
    pub(crate) changed: Revision,
    namespaces: HashMap<Arc<str>, usize>,
    mixed_case: MixedCaseNames,
}

/// The state of everything at one revision.
#[derive(Debug, Default)]
pub(crate) struct Index {
    revision: Revision,
    tables: HashMap<GroupResource, Table>,
    uids: HashMap<Arc<str>, Arc<Record>>,
    /// Sorted by key.
    owned: HashMap<Arc<str>, Vec<Arc<Record>>>,
}

impl Index {
    /// From all live objects, in whatever order, as they were at `revision`.
    pub(crate) fn from_records(records: Vec<Arc<Record>>, revision: Revision) -> Self {
        let mut index = Self { revision, ..Self::default() };
        index.uids.reserve(records.len());
        let mut kinds: HashMap<GroupResource, Vec<Arc<Record>>> = HashMap::new();
        for record in records {
            index.add_links(&record);
            match kinds.get_mut(&record.key.resource) {
                Some(kind) => kind.push(record),
                None => {
                    kinds.insert(record.key.resource.clone(), vec![record]);
                }
            }
        }
        for (resource, records) in kinds {
            let mut table = Table { changed: revision, ..Table::default() };
            for record in &records {
                table.enter(&record.key);
            }
            table.shelf = Shelf::from_records(records);
            index.tables.insert(resource, table);
        }
        index
    }

    /// The revision of the newest change within.
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Record>> {
        self.tables.get(&key.resource)?.shelf.get(&key.namespace, &key.name)
    }

    /// The key of an object whose name is `name` but for case; the nearest spelling where there are several.
    pub(crate) fn find_name(&self, resource: &GroupResource, namespace: &str, name: &str) -> Option<Key> {
        let table = self.tables.get(resource)?;
        let stored = |name: &str| table.shelf.get(namespace, name).map(|record| record.key.clone());
        stored(name)
            .or_else(|| stored(&name.to_ascii_lowercase()))
            .or_else(|| table.mixed_case.find(namespace, name).and_then(|name| stored(name)))
    }

    /// The object with a uid.
    pub(crate) fn by_uid(&self, uid: &str) -> Option<&Arc<Record>> {
        self.uids.get(uid)
    }

    /// The objects owned by the object with a uid, in order of their keys.
    pub(crate) fn owned_by(&self, uid: &str) -> &[Arc<Record>] {
        self.owned.get(uid).map_or(&[], Vec::as_slice)
    }

    /// The objects of a kind.
    pub(crate) fn table(&self, resource: &GroupResource) -> Option<&Table> {
        self.tables.get(resource)
    }

    /// How many objects of a kind there are, in a namespace or (where empty) in all.
    pub(crate) fn count(&self, resource: &GroupResource, namespace: &str) -> usize {
        let Some(table) = self.tables.get(resource) else {
            return 0;
        };
        if namespace.is_empty() { table.shelf.len() } else { table.namespaces.get(namespace).copied().unwrap_or(0) }
    }

    /// The kinds that have an object in a namespace, in order.
    pub(crate) fn resources_in(&self, namespace: &str) -> Vec<GroupResource> {
        let holding = self.tables.iter().filter(|(_, table)| table.namespaces.contains_key(namespace));
        let mut resources: Vec<_> = holding.map(|(resource, _)| resource.clone()).collect();
        resources.sort();
        resources
    }

    /// Takes in the next change.
    pub(crate) fn apply(&mut self, change: &Change) {
        let record = &change.record;
        self.revision = record.revision;
        if let Some(before) = &change.before {
            self.remove_links(before);
        }
        let deleted = change.kind == ChangeKind::Deleted;
        if !deleted {
            self.add_links(record);
        }
        if !self.tables.contains_key(&record.key.resource) {
            self.tables.insert(record.key.resource.clone(), Table::default());
        }
        let Some(table) = self.tables.get_mut(&record.key.resource) else {
            return;
        };
        table.changed = record.revision;
        if deleted {
            if table.shelf.remove(&record.key.namespace, &record.key.name).is_some() {
                table.leave(&record.key);
            }
        } else if table.shelf.insert(Arc::clone(record)).is_none() {
            table.enter(&record.key);
        }
    }

    fn add_links(&mut self, record: &Arc<Record>) {
        if !record.head.uid.is_empty() {
            self.uids.insert(Arc::clone(&record.head.uid), Arc::clone(record));
        }
        for owner in record.head.owners.iter() {
            let owned = match self.owned.get_mut(owner) {
                Some(owned) => owned,
                None => self.owned.entry(Arc::clone(owner)).or_default(),
            };
            match owned.binary_search_by(|other| other.key.cmp(&record.key)) {
                Ok(found) => owned[found] = Arc::clone(record),
                Err(place) => owned.insert(place, Arc::clone(record)),
            }
        }
    }

    fn remove_links(&mut self, record: &Record) {
        if self.uids.get(&record.head.uid).is_some_and(|known| known.key == record.key) {
            self.uids.remove(&record.head.uid);
        }
        for owner in record.head.owners.iter() {
            let Some(owned) = self.owned.get_mut(owner) else {
                continue;
            };
            if let Ok(found) = owned.binary_search_by(|other| other.key.cmp(&record.key)) {
                owned.remove(found);
            }
            if owned.is_empty() {
                self.owned.remove(owner);
            }
        }
    }
}

impl Table {
    /// Notes a new key.
    fn enter(&mut self, key: &Key) {
        self.mixed_case.add(key);
        match self.namespaces.get_mut(&key.namespace) {
            Some(count) => *count += 1,
            None => {
                self.namespaces.insert(Arc::clone(&key.namespace), 1);
            }
        }
    }

    /// Forgets a key.
    fn leave(&mut self, key: &Key) {
        self.mixed_case.remove(key);
        if let Some(count) = self.namespaces.get_mut(&key.namespace) {
            *count -= 1;
            if *count == 0 {
                self.namespaces.remove(&key.namespace);
            }
        }
    }
}
