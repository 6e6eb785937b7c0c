//! Reads, all from the index.

use std::sync::Arc;

use causeway_core::{GroupResource, Key};
use causeway_store::{Page, Query, Record, Revision};

use crate::{Entry, Error, Resources, Result};

/// A list with what is needed to present it.
pub struct Listing {
    /// The kind.
    pub entry: Arc<Entry>,
    /// The objects and where the list ends.
    pub page: Page,
}

impl Resources {
    /// The kind behind a key.
    pub fn entry(&self, resource: &GroupResource) -> Result<Arc<Entry>> {
        self.registry.entry(resource).ok_or_else(|| Error::UnknownKind(resource.to_string()))
    }

    /// The stored form of a name: kinds that compare without case find the spelling that is stored.
    pub fn stored_key(&self, entry: &Entry, namespace: &str, name: &str) -> Key {
        let resource = entry.definition.resource();
        let key = Key::new(resource, namespace, name);
        if entry.definition.names != causeway_core::name::NameRule::Backstage || self.store.get(&key).is_some() {
            return key;
        }
        self.find_without_case(&key).unwrap_or(key)
    }

    fn find_without_case(&self, key: &Key) -> Option<Key> {
        let folded = Key::new(key.resource.clone(), key.namespace.clone(), key.name.to_lowercase());
        if self.store.get(&folded).is_some() {
            return Some(folded);
        }
        self.store.find_name(&key.resource, &key.namespace, &key.name)
    }

    /// One object, or none.
    pub fn find(&self, key: &Key) -> Option<Arc<Record>> {
        self.store.get(key)
    }

    /// One object, or an error that names it.
    pub fn get(&self, key: &Key) -> Result<Arc<Record>> {
        self.store.get(key).ok_or_else(|| not_found(key))
    }

    /// Objects of a kind.
    pub async fn list(&self, query: Query) -> Result<Listing> {
        let entry = self.entry(&query.resource)?;
        let page = self.store.list(&query).await?;
        Ok(Listing { entry, page })
    }

    /// The newest revision that reads may see.
    pub fn revision(&self) -> Revision {
        self.store.revision()
    }
}

pub(crate) fn not_found(key: &Key) -> Error {
    Error::NotFound { resource: key.resource.to_string(), name: key.name.to_string() }
}
