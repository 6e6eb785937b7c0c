//! Typed resources through the same door: what controllers and page code use.

use std::sync::Arc;

use causeway_core::condition;
use causeway_core::resource::Conditions;
use causeway_core::selector::LabelSelector;
use causeway_core::{Condition, Key, Object, Resource, Spec, Timestamp};
use causeway_store::Query;

use crate::{Actor, DeleteOptions, Error, Resources, Result, Subresource, WriteOptions, Written};

/// Reads and writes typed resources in the name of one actor.
#[derive(Clone)]
pub struct Client {
    resources: Arc<Resources>,
    actor: Actor,
}

/// With many writers of one object each round lets one through, so this is how many of them may meet.
const TRIES: usize = 200;

impl Client {
    pub(crate) fn new(resources: Arc<Resources>, actor: Actor) -> Self {
        Self { resources, actor }
    }

    /// The untyped door.
    pub fn resources(&self) -> &Arc<Resources> {
        &self.resources
    }

    /// In whose name this writes.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The same door in another's name.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self { resources: Arc::clone(&self.resources), actor }
    }

    /// One resource, or none. Cluster-scoped kinds pass an empty namespace.
    pub fn get<S: Spec>(&self, namespace: &str, name: &str) -> Result<Option<Resource<S>>> {
        let Some(record) = self.resources.find(&Key::new(S::resource(), namespace, name)) else { return Ok(None) };
        read(&record.object().unwrap_or_default()).map(Some)
    }

    /// One resource, or an error that names it.
    pub fn require<S: Spec>(&self, namespace: &str, name: &str) -> Result<Resource<S>> {
        self.get(namespace, name)?
            .ok_or_else(|| Error::NotFound { resource: S::resource().to_string(), name: name.into() })
    }

    /// Resources of a kind, in a namespace or in all; damaged ones are left out.
    pub async fn list<S: Spec>(&self, namespace: Option<&str>) -> Result<Vec<Resource<S>>> {
        self.select(namespace, None).await
    }

    /// Resources whose labels match a selector in text form, such as `platform.causeway.dev/workload=orders`.
    pub async fn list_by<S: Spec>(&self, namespace: Option<&str>, selector: &str) -> Result<Vec<Resource<S>>> {
        let selector = LabelSelector::parse(selector).map_err(|e| Error::bad(e.to_string()))?;
        self.select(namespace, Some(selector)).await
    }

    async fn select<S: Spec>(
        &self,
        namespace: Option<&str>,
        labels: Option<LabelSelector>,
    ) -> Result<Vec<Resource<S>>> {
        let mut query = Query::all(S::resource());
        query.namespace = namespace.map(Into::into);
        query.labels = labels;
        let listing = self.resources.list(query).await?;
        Ok(listing
            .page
            .records
            .iter()
            .filter_map(|r| r.object())
            .filter_map(|o| Resource::from_object(&o).ok())
            .collect())
    }

    /// Creates a resource.
    pub async fn create<S: Spec>(&self, resource: &Resource<S>) -> Result<Resource<S>> {
        let mut object = resource.to_object();
        object.set(&["status"], serde_json::Value::Null);
        let written = self.resources.create(&self.actor, object, &WriteOptions::strict()).await?;
        read(&written.object)
    }

    /// Replaces metadata and spec; the resource must be as it was read.
    pub async fn update<S: Spec>(&self, resource: &Resource<S>) -> Result<Resource<S>> {
        let written = self.replace(resource.to_object(), Subresource::None).await?;
        read(&written.object)
    }

    /// Replaces the status; the resource must be as it was read. Nothing is written where nothing changed.
    pub async fn update_status<S: Spec>(&self, resource: &Resource<S>) -> Result<Resource<S>> {
        let written = self.replace(resource.to_object(), Subresource::Status).await?;
        read(&written.object)
    }

    async fn replace(&self, object: Object, subresource: Subresource) -> Result<Written> {
        self.resources.replace(&self.actor, object, subresource, &WriteOptions::strict()).await
    }

    /// Reads, changes and writes metadata and spec until nobody came between. `None` where there is no such resource.
    pub async fn modify<S: Spec>(
        &self,
        namespace: &str,
        name: &str,
        change: impl Fn(&mut Resource<S>),
    ) -> Result<Option<Resource<S>>> {
        self.modify_part(namespace, name, Subresource::None, change).await
    }

    /// Reads, changes and writes the status until nobody came between. `None` where there is no such resource.
    pub async fn modify_status<S: Spec>(
        &self,
        namespace: &str,
        name: &str,
        change: impl Fn(&mut Resource<S>),
    ) -> Result<Option<Resource<S>>> {
        self.modify_part(namespace, name, Subresource::Status, change).await
    }

    async fn modify_part<S: Spec>(
        &self,
        namespace: &str,
        name: &str,
        part: Subresource,
        change: impl Fn(&mut Resource<S>),
    ) -> Result<Option<Resource<S>>> {
        for tries in 1.. {
            let Some(mut resource) = self.get::<S>(namespace, name)? else { return Ok(None) };
            change(&mut resource);
            match self.replace(resource.to_object(), part).await {
                Ok(written) => return read(&written.object).map(Some),
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) if error.is_conflict() && tries < TRIES => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Creates the resource, or brings spec, labels, annotations and owners of the one that is there in line with it.
    pub async fn ensure<S: Spec>(&self, wanted: &Resource<S>) -> Result<Resource<S>> {
        for tries in 1.. {
            let done = match self.get::<S>(wanted.namespace(), wanted.name())? {
                None => self.create(wanted).await,
                Some(found) => {
                    let mut next = found.clone();
                    next.spec = wanted.spec.clone();
                    next.metadata.labels.extend(wanted.metadata.labels.clone());
                    next.metadata.annotations.extend(wanted.metadata.annotations.clone());
                    for owner in &wanted.metadata.owner_references {
                        if !next.metadata.owner_references.iter().any(|o| o.uid == owner.uid) {
                            next.metadata.owner_references.push(owner.clone());
                        }
                    }
                    self.update(&next).await
                }
            };
            match done {
                Err(error) if (error.is_conflict() || error.is_exists() || error.is_not_found()) && tries < TRIES => {}
                done => return done,
            }
        }
        Err(Error::bad("never reached: the loop above ends by returning"))
    }

    /// Deletes a resource; one that is gone already is fine. Answers whether it is gone now.
    pub async fn delete<S: Spec>(&self, namespace: &str, name: &str) -> Result<bool> {
        let key = Key::new(S::resource(), namespace, name);
        match self.resources.delete(&self.actor, &key, &DeleteOptions::default()).await {
            Ok(written) => Ok(written.gone),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }
}

fn read<S: Spec>(object: &Object) -> Result<Resource<S>> {
    Resource::from_object(object)
        .map_err(|e| Error::bad(format!("{} {:?} does not read as one: {e}", S::KIND, object.name())))
}

/// Puts a condition in place in a typed status, said of the resource's present generation.
pub fn ensure_condition<S: Spec>(resource: &mut Resource<S>, condition: Condition)
where
    S::Status: Conditions,
{
    let generation = resource.metadata.generation;
    condition::set(resource.status.conditions_mut(), condition, generation, Timestamp::now());
}
