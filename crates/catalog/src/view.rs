//! The entities of the store as the catalog sees them: by reference, with their relations and search rows.
//!
//! A [`View`] never changes; [`Catalog::view`] gives one that is at least as new as the store was when it was asked for, so
//! that whoever writes and then reads finds what was written.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use causeway_core::{GroupResource, Object, Spec as _};
use causeway_kinds::source::{Source, SourceSpec};
use causeway_resources::{Resources, Result};
use causeway_store::{ChangeKind, Query, Record, Revision, Watch, WatchScope};
use futures::FutureExt;
use tokio::sync::Mutex;

use crate::query::Rows;
use crate::relations::{Relation, RelationIndex, declared};
use crate::{Registration, is_entity_kind};

/// An entity as it is stored, and what is found by.
#[derive(Debug)]
pub struct Entity {
    /// The canonical reference: `component:default/payment-service`.
    pub reference: Arc<str>,
    /// As it is stored.
    pub record: Arc<Record>,
    /// Its search rows, without those of relations.
    pub rows: Rows,
}

impl Entity {
    /// The stored object.
    pub fn object(&self) -> Object {
        self.record.object().unwrap_or_default()
    }

    /// The kind, as it is stored.
    pub fn resource(&self) -> &GroupResource {
        &self.record.key.resource
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.record.key.namespace
    }
}

/// All entities at one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    entities: BTreeMap<Arc<str>, Arc<Entity>>,
    relations: RelationIndex,
}

impl View {
    /// The entity with a reference, in any case.
    pub fn get(&self, reference: &str) -> Option<&Arc<Entity>> {
        self.entities.get(reference).or_else(|| self.entities.get(reference.to_lowercase().as_str()))
    }

    /// The entity with a uid.
    pub fn by_uid(&self, uid: &str) -> Option<&Arc<Entity>> {
        self.entities.values().find(|entity| &*entity.record.head.uid == uid)
    }

    /// All entities in order of their references.
    pub fn entities(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.entities.values()
    }

    /// Entities whose reference comes after `reference`.
    pub fn after(&self, reference: &str) -> impl Iterator<Item = &Arc<Entity>> {
        let from = (Bound::Excluded(Arc::from(reference)), Bound::Unbounded);
        self.entities.range::<Arc<str>, _>(from).map(|(_, entity)| entity)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Relations by either end.
    pub fn relations(&self) -> &RelationIndex {
        &self.relations
    }

    fn put(&mut self, resources: &Resources, record: &Arc<Record>) {
        let Some(record) = as_entity(resources, record) else { return };
        let Some(object) = record.object() else { return };
        let reference: Arc<str> = crate::reference(&object).into();
        self.relations.replace(&reference, declared(&object));
        let rows = Rows::of(&object);
        let entity = Entity { reference: Arc::clone(&reference), record, rows };
        self.entities.insert(reference, Arc::new(entity));
    }

    fn remove(&mut self, resources: &Resources, record: &Arc<Record>) {
        let Some(object) = as_entity(resources, record).and_then(|record| record.object()) else { return };
        let reference = crate::reference(&object);
        self.relations.remove(&reference);
        self.entities.remove(reference.as_str());
    }
}

/// The entity that a stored object is, or (a source) that stands for it.
fn as_entity(resources: &Resources, record: &Arc<Record>) -> Option<Arc<Record>> {
    if record.key.resource != SourceSpec::resource() {
        return Some(Arc::clone(record));
    }
    let source = Source::from_object(&record.object()?).ok()?;
    Some(Arc::new(Registration::of(resources, &source).record(record)))
}

/// Gives views, and keeps the last one in step with the store.
pub struct Catalog {
    resources: Arc<Resources>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    view: Arc<View>,
    /// Everything up to this is in the view.
    revision: Option<Revision>,
    /// One for each kind of entity, and one for sources.
    watches: BTreeMap<GroupResource, Watch>,
}

impl Catalog {
    /// Over the resources of one server. Nothing is read before the first view is asked for.
    pub fn new(resources: Arc<Resources>) -> Arc<Self> {
        Arc::new(Self { resources, state: Mutex::default() })
    }

    /// All entities, as they are now.
    pub async fn view(&self) -> Result<Arc<View>> {
        let now = self.resources.revision();
        let mut state = self.state.lock().await;
        if state.revision.is_some_and(|seen| seen >= now) {
            return Ok(Arc::clone(&state.view));
        }
        let kinds = self.kinds();
        let is_followed = state.revision.is_some() && kinds.iter().eq(state.watches.keys());
        if !is_followed || !state.drain(&self.resources, now).await {
            *state = self.read(kinds).await?;
        }
        state.revision = Some(now);
        Ok(Arc::clone(&state.view))
    }

    /// All relations of an entity, in order of type and target.
    pub async fn relations_of(&self, reference: &str) -> Result<Vec<Relation>> {
        Ok(self.view().await?.relations().of(&reference.to_lowercase()))
    }

    fn kinds(&self) -> Vec<GroupResource> {
        let entries = self.resources.registry().all();
        let kinds = entries.iter().map(|entry| entry.definition.resource().clone());
        let sources = SourceSpec::resource();
        kinds
            .zip(&entries)
            .filter(|(kind, entry)| is_entity_kind(&entry.definition) || *kind == sources)
            .map(|(kind, _)| kind)
            .collect()
    }

    /// Reads everything anew. What changes meanwhile comes twice, which does no harm.
    async fn read(&self, kinds: Vec<GroupResource>) -> Result<State> {
        let mut state = State::default();
        let mut view = View::default();
        for kind in kinds {
            let watch = self.resources.store().watch(WatchScope::of(kind.clone()), None)?;
            let page = self.resources.store().list(&Query::all(kind.clone())).await?;
            page.records.iter().for_each(|record| view.put(&self.resources, record));
            state.watches.insert(kind, watch);
        }
        state.view = Arc::new(view);
        Ok(state)
    }
}

impl State {
    /// Takes in all changes up to a revision. False where a watch was cut off, so that everything must be read anew.
    async fn drain(&mut self, resources: &Resources, up_to: Revision) -> bool {
        for watch in self.watches.values_mut() {
            loop {
                match watch.next().now_or_never() {
                    Some(Some(Ok(change))) => {
                        let view = Arc::make_mut(&mut self.view);
                        match change.kind {
                            ChangeKind::Created | ChangeKind::Updated => view.put(resources, &change.record),
                            ChangeKind::Deleted => view.remove(resources, &change.record),
                        }
                    }
                    Some(_) => return false,
                    None if watch.progress() >= up_to => break,
                    // what is committed is about to be handed out
                    None => tokio::task::yield_now().await,
                }
            }
        }
        true
    }
}
