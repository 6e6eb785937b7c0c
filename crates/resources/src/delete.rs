//! Deletions: at once where nobody has anything left to do, otherwise in steps.

use causeway_core::{Key, Object, Timestamp};
use causeway_store::{Precondition, Query, Record};

use crate::admission::{Operation, Request};
use crate::write::Change;
use crate::{
    Actor, DeleteOptions, Entry, Error, Propagation, Resources, Result, Subresource, Written, namespace, read,
};

/// Held while dependents are deleted first.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// Held while dependents are cut loose.
pub(crate) const ORPHAN: &str = "orphan";

impl Resources {
    /// Deletes an object, or marks it as going where finalizers hold it.
    pub async fn delete(&self, actor: &Actor, key: &Key, options: &DeleteOptions) -> Result<Written> {
        let entry = self.entry(&key.resource)?;
        loop {
            let record = self.store.get(key).ok_or_else(|| read::not_found(key))?;
            match self.delete_record(actor, &entry, &record, options).await {
                Err(error)
                    if error.is_conflict()
                        && options.preconditions.resource_version.is_none()
                        && !is_precondition(&error) => {}
                done => return done,
            }
        }
    }

    /// Deletes every object of a query that matches `keep`; answers what was deleted or marked.
    pub async fn delete_all(
        &self,
        actor: &Actor,
        query: Query,
        options: &DeleteOptions,
        keep: impl Fn(&Record) -> bool,
    ) -> Result<Vec<Written>> {
        let listing = self.list(query).await?;
        let mut gone = Vec::new();
        for record in listing.page.records.iter().filter(|r| keep(r)) {
            match self.delete(actor, &record.key, options).await {
                Ok(written) => gone.push(written),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(gone)
    }

    async fn delete_record(
        &self,
        actor: &Actor,
        entry: &Entry,
        record: &Record,
        options: &DeleteOptions,
    ) -> Result<Written> {
        // a damaged record can only be thrown away
        let mut object = record.object().unwrap_or_else(|| stand_in(record));
        check(&record.key, record, options)?;
        let old = object.clone();
        let request = Request {
            actor,
            operation: Operation::Delete,
            subresource: Subresource::None,
            entry,
            old: Some(&old),
            dry_run: options.dry_run,
            resources: self,
        };
        let mut warnings = Vec::new();
        for step in self.admission.load().iter() {
            step.admit(&request, &mut object, &mut warnings).await?;
        }
        hold_for(&mut object, options.propagation);
        let is_namespace = namespace::is_namespace(entry);
        let held = !object.finalizers().is_empty() || (is_namespace && namespace::holds(&object));
        let precondition = Precondition::At(record.revision);
        if !held {
            if options.dry_run {
                return Ok(Written { object, record: None, created: false, gone: true, warnings });
            }
            return self
                .remove(Change { actor, verb: "delete", entry, object, precondition, audited: true }, warnings)
                .await;
        }
        if old.is_deleting() && object == old {
            return Ok(Written { object, record: self.store.get(&record.key), created: false, gone: false, warnings });
        }
        mark(entry, &mut object, is_namespace);
        if options.dry_run {
            return Ok(Written { object, record: None, created: false, gone: false, warnings });
        }
        self.put(Change { actor, verb: "delete", entry, object, precondition, audited: true }, warnings).await
    }
}

fn mark(entry: &Entry, object: &mut Object, is_namespace: bool) {
    if object.is_deleting() {
        return;
    }
    object.set(&["metadata", "deletionTimestamp"], Timestamp::now().to_string());
    object.set(&["metadata", "deletionGracePeriodSeconds"], 0);
    if entry.definition.generation {
        let generation = object.generation() + 1;
        object.set(&["metadata", "generation"], generation);
    }
    if is_namespace {
        object.set(&["status", "phase"], "Terminating");
    }
}

fn hold_for(object: &mut Object, propagation: Propagation) {
    let mut finalizers: Vec<String> = object.finalizers().into_iter().map(str::to_owned).collect();
    let wanted = match propagation {
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    finalizers.retain(|f| Some(f.as_str()) == wanted || (f != FOREGROUND && f != ORPHAN));
    if let Some(wanted) = wanted
        && !finalizers.iter().any(|f| f == wanted)
    {
        finalizers.push(wanted.to_owned());
    }
    let value = if finalizers.is_empty() { serde_json::Value::Null } else { serde_json::json!(finalizers) };
    object.set(&["metadata", "finalizers"], value);
}

fn check(key: &Key, record: &Record, options: &DeleteOptions) -> Result<()> {
    let conflict = |message: String| {
        Err(Error::Conflict { resource: key.resource.to_string(), name: key.name.to_string(), message })
    };
    if let Some(uid) = &options.preconditions.uid
        && **uid != *record.head.uid
    {
        return conflict(format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            record.head.uid
        ));
    }
    if let Some(version) = &options.preconditions.resource_version
        && *version != record.revision.to_string()
    {
        return conflict(format!(
            "Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {}",
            record.revision
        ));
    }
    Ok(())
}

fn is_precondition(error: &Error) -> bool {
    matches!(error, Error::Conflict { message, .. } if message.starts_with("Precondition"))
}

fn stand_in(record: &Record) -> Object {
    let mut object = Object::default();
    object.set(&["metadata", "name"], &*record.key.name);
    object.set(
        &["metadata", "namespace"],
        if record.key.namespace.is_empty() { serde_json::Value::Null } else { (&*record.key.namespace).into() },
    );
    object
}
