//! Brings the entities of a source in line with what was read.
//!
//! An entity belongs to one source. One that another source has, or that somebody wrote by hand, is never taken over: the
//! conflict is said of the source that came second.

use std::collections::BTreeSet;
use std::sync::Arc;

use causeway_core::schema::FieldError;
use causeway_core::selector::LabelSelector;
use causeway_core::{GroupResource, Key, Object, Spec};
use causeway_engine::Failure;
use causeway_kinds::source::{Source, SourceError, SourceSpec};
use causeway_resources::{Actor, DeleteOptions, Entry, Error, Resources, Subresource, WriteOptions};
use causeway_store::{Query, Record};
use futures::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::descriptor::Descriptor;
use super::origin::Origin;
use super::reader::Reading;
use crate::{APPLICATION, Registration, SOURCE, SOURCE_FILE, SOURCE_NAMESPACE, is_entity_kind};

/// Entities that are written at the same time.
const AT_ONCE: usize = 16;
const LOCATION: &str = "backstage.io/managed-by-location";
const ORIGIN: &str = "backstage.io/managed-by-origin-location";
const SOURCE_LOCATION: &str = "backstage.io/source-location";
/// Set by the server or by other writers; a file says nothing of them.
const NOT_FROM_FILES: [&str; 4] = ["managedFields", "finalizers", "ownerReferences", "resourceVersion"];

/// What came of it.
pub(super) struct Synced {
    /// References of the entities that the source has now, in order.
    pub(super) entities: Vec<String>,
    /// What is wrong, in the order of the files.
    pub(super) errors: Vec<SourceError>,
}

/// Writes in the name of one source.
pub(super) struct Emission<'a> {
    pub(super) resources: &'a Arc<Resources>,
    pub(super) actor: &'a Actor,
    pub(super) source: &'a Source,
    /// Everything is judged, and nothing written.
    pub(super) dry_run: bool,
}

impl Emission<'_> {
    /// Writes what was found, and deletes what is not described any more.
    pub(super) async fn apply(&self, origin: &Origin, reading: Reading) -> Result<Synced, Failure> {
        self.make_namespaces(&reading.found).await?;
        let first = Registration::of(self.resources, self.source).location();
        let writes: Vec<_> = reading.found.iter().map(|found| self.write(origin, &first, found)).collect();
        let written: Vec<Vec<SourceError>> = futures::stream::iter(writes).buffered(AT_ONCE).try_collect().await?;
        let described: BTreeSet<String> = reading.found.iter().map(|found| found.reference.canonical()).collect();
        let mut entities = BTreeSet::new();
        for record in self.entities().await? {
            let Some(object) = record.object() else { continue };
            let reference = reference(&object);
            let stays = described.contains(&reference)
                || reading.spoilt.contains(&reference)
                || object.annotation(SOURCE_FILE).is_some_and(|file| reading.unread.contains(file));
            if stays {
                entities.insert(reference);
            } else {
                self.remove(&record.key).await?;
            }
        }
        let mut errors = reading.errors;
        errors.extend(written.into_iter().flatten());
        Ok(Synced { entities: entities.into_iter().collect(), errors })
    }

    /// What would be written, and what is wrong with the rest.
    pub(super) async fn try_out(
        &self,
        origin: &Origin,
        reading: Reading,
    ) -> Result<(Vec<Object>, Vec<SourceError>), Failure> {
        let first = Registration::of(self.resources, self.source).location();
        let (mut objects, mut errors) = (Vec::new(), reading.errors);
        for found in &reading.found {
            let wrong = self.write(origin, &first, found).await?;
            if wrong.is_empty() {
                let mut object = found.object.clone();
                self.mark(origin, &first, found, &mut object);
                objects.push(object);
            }
            errors.extend(wrong);
        }
        Ok((objects, errors))
    }

    /// Deletes every entity of the source; answers whether all are gone.
    pub(super) async fn release(&self) -> Result<bool, Failure> {
        for record in self.entities().await? {
            self.remove(&record.key).await?;
        }
        Ok(self.entities().await?.is_empty())
    }

    async fn remove(&self, key: &Key) -> Result<(), Failure> {
        match self.resources.delete(self.actor, key, &DeleteOptions::default()).await {
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// All entities that the source has, whatever their kind and namespace.
    async fn entities(&self) -> Result<Vec<Arc<Record>>, Failure> {
        let selector = format!("{SOURCE}={}", self.source.name());
        let selector = LabelSelector::parse(&selector).map_err(|e| Failure::terminal("BadName", e.to_string()))?;
        let mut found = Vec::new();
        for entry in self.resources.registry().all().iter().filter(|entry| is_entity_kind(&entry.definition)) {
            let mut query = Query::all(entry.definition.resource());
            query.labels = Some(selector.clone());
            let listing = self.resources.list(query).await?;
            found.extend(listing.page.records.into_iter().filter(|r| r.object().is_some_and(|o| self.owns(&o))));
        }
        Ok(found)
    }

    fn owns(&self, object: &Object) -> bool {
        object.label(SOURCE) == Some(self.source.name())
            && object.annotation(SOURCE_NAMESPACE) == Some(self.source.namespace())
    }

    async fn make_namespaces(&self, found: &[Descriptor]) -> Result<(), Failure> {
        let names: BTreeSet<&str> = found.iter().map(|found| found.object.namespace()).collect();
        for name in names {
            if self.resources.find(&Key::new(GroupResource::new("", "namespaces"), "", name)).is_some() {
                continue;
            }
            let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            let object = Object::from_value(object).unwrap_or_default();
            match self.resources.create(self.actor, object, &WriteOptions::strict()).await {
                Err(error) if !error.is_exists() => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes one entity, unless it is as it should be; answers what is wrong with it.
    async fn write(&self, origin: &Origin, first: &str, found: &Descriptor) -> Result<Vec<SourceError>, Failure> {
        let (group, kind) = (found.object.group(), found.object.kind());
        let entry = self.resources.registry().by_kind(group, kind).filter(|entry| is_entity_kind(&entry.definition));
        let Some(entry) = entry else {
            let message = format!("there is no kind {kind} in {group:?} that the catalog takes");
            return Ok(vec![found.error("kind", message)]);
        };
        let mut object = found.object.clone();
        self.mark(origin, first, found, &mut object);
        match self.store(&entry, object).await {
            Ok(()) => Ok(Vec::new()),
            // the namespace comes with the entity
            Err(Error::NotFound { .. }) if self.dry_run => Ok(Vec::new()),
            Err(Error::Invalid { causes, .. }) => Ok(causes.iter().map(|cause| about_field(found, cause)).collect()),
            Err(Error::BadRequest { causes, .. }) if !causes.is_empty() => {
                Ok(causes.iter().map(|cause| about_field(found, cause)).collect())
            }
            Err(error @ (Error::BadRequest { .. } | Error::Refused(_) | Error::UnknownKind(_))) => {
                Ok(vec![found.error("", error)])
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Says on the entity where it comes from. What its author says of that himself wins, but for whom it belongs to.
    fn mark(&self, origin: &Origin, first: &str, found: &Descriptor, object: &mut Object) {
        let mut annotate = |key: &str, value: String, always: bool| {
            let is_free = object.at(&["metadata", "annotations", key]).is_none();
            if always || is_free {
                object.set(&["metadata", "annotations", key], value);
            }
        };
        annotate(LOCATION, origin.location(&found.file), true);
        annotate(ORIGIN, first.to_owned(), true);
        annotate(SOURCE_NAMESPACE, self.source.namespace().to_owned(), true);
        annotate(SOURCE_FILE, found.file.clone(), true);
        if let Some(location) = origin.source_location(&found.file) {
            annotate(SOURCE_LOCATION, location, false);
        }
        object.set(&["metadata", "labels", SOURCE], self.source.name());
        if let Some(application) = self.source.metadata.labels.get(APPLICATION) {
            object.set(&["metadata", "labels", APPLICATION], application.as_str());
        }
    }

    async fn store(&self, entry: &Entry, mut object: Object) -> Result<(), Error> {
        let key = self.resources.stored_key(entry, object.namespace(), object.name());
        let options = WriteOptions { dry_run: self.dry_run, ..WriteOptions::strict() };
        let Some(old) = self.resources.find(&key).and_then(|record| record.object()) else {
            return self.resources.create(self.actor, object, &options).await.map(drop);
        };
        if !self.owns(&old) {
            self.check_free(&key, &old)?;
        }
        if old.name() != object.name() {
            // only the case differs: it is the same entity, and it keeps the spelling under which it is known
            object.set(&["metadata", "name"], old.name());
        }
        for field in NOT_FROM_FILES {
            let kept = old.at(&["metadata", field]).cloned().unwrap_or(Value::Null);
            object.set(&["metadata", field], kept);
        }
        self.resources.replace(self.actor, object, Subresource::None, &options).await.map(drop)
    }

    /// Refuses to take over what another source has, or what was written by hand.
    fn check_free(&self, key: &Key, old: &Object) -> Result<(), Error> {
        let owner = old.label(SOURCE).unwrap_or_default();
        if owner.is_empty() {
            let message =
                "it is in the catalog already and comes from no file; delete it there, and it is read from here";
            return Err(Error::refused(&key.resource, &key.name, message));
        }
        let namespace = old.annotation(SOURCE_NAMESPACE).unwrap_or_default();
        if self.resources.find(&Key::new(SourceSpec::resource(), namespace, owner)).is_none() {
            return Ok(());
        }
        let file = old.annotation(SOURCE_FILE).unwrap_or("a file");
        let message = format!("it comes from {file} of the source {owner} in the namespace {namespace} already");
        Err(Error::refused(&key.resource, &key.name, message))
    }
}

fn about_field(found: &Descriptor, cause: &FieldError) -> SourceError {
    let hint = cause.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
    found.error(&cause.path, format!("{cause}{hint}"))
}

/// The canonical reference of an entity.
pub(crate) fn reference(object: &Object) -> String {
    format!("{}:{}/{}", object.kind(), object.namespace(), object.name()).to_lowercase()
}
