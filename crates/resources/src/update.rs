//! Replaces: a whole object, or its status, in place of the one before.

use causeway_core::{Key, Object};
use causeway_store::{Precondition, Record};
use serde_json::Value;

use crate::admission::{Operation, Request};
use crate::create::place;
use crate::write::{Change, revision_of};
use crate::{
    Actor, Entry, Error, Resources, Result, Subresource, WriteOptions, Written, decode, metadata, namespace, read,
};

impl Resources {
    /// Replaces an object. With a `resourceVersion` it must still be at it; without, whatever is there is replaced.
    pub async fn replace(
        &self,
        actor: &Actor,
        mut object: Object,
        subresource: Subresource,
        options: &WriteOptions,
    ) -> Result<Written> {
        let entry = self.kind_of(&object)?;
        let misplaced = place(&entry, &mut object)?;
        let key = self.stored_key(&entry, object.namespace(), object.name());
        let record = self.store.get(&key).ok_or_else(|| read::not_found(&key))?;
        // where case does not count, the spelling that is stored stays
        object.set(&["metadata", "name"], &*key.name);
        let mut warnings = decode::accept(&entry, &mut object, options.strictness)?;
        warnings.extend(misplaced);
        self.replace_record(actor, &entry, &record, object, subresource, options, warnings).await
    }

    /// The common end of replaces and patches: `object` has been decoded, `record` is what it was made from.
    #[expect(clippy::too_many_arguments, reason = "the one place where all that a change is made of comes together")]
    pub(crate) async fn replace_record(
        &self,
        actor: &Actor,
        entry: &Entry,
        record: &Record,
        mut object: Object,
        subresource: Subresource,
        options: &WriteOptions,
        mut warnings: Vec<String>,
    ) -> Result<Written> {
        let Some(old) = record.object() else { return Err(broken(&record.key)) };
        check_precondition(&record.key, &object, &old, record)?;
        combine(entry, &mut object, &old, subresource);
        let request = Request {
            actor,
            operation: Operation::Update,
            subresource,
            entry,
            old: Some(&old),
            dry_run: options.dry_run,
            resources: self,
        };
        for step in self.admission.load().iter() {
            step.admit(&request, &mut object, &mut warnings).await?;
        }
        raise_generation(entry, &mut object, &old);
        decode::validate(entry, &object, Some(&old))?;
        let resource_version = old.resource_version();
        object.set(&["metadata", "resourceVersion"], resource_version);
        if object == old {
            let record = self.store.get(&record.key);
            return Ok(Written { object, record, created: false, gone: false, warnings });
        }
        if options.dry_run {
            return Ok(Written { object, record: None, created: false, gone: false, warnings });
        }
        let audited = subresource == Subresource::None;
        let precondition = Precondition::At(record.revision);
        if object.is_deleting()
            && object.finalizers().is_empty()
            && !(namespace::is_namespace(entry) && namespace::holds(&object))
        {
            let change = Change { actor, verb: "delete", entry, object, precondition, audited: true };
            return self.remove(change, warnings).await;
        }
        self.put(Change { actor, verb: "update", entry, object, precondition, audited }, warnings).await
    }
}

fn check_precondition(key: &Key, object: &Object, old: &Object, record: &Record) -> Result<()> {
    let conflict =
        |message: String| Error::Conflict { resource: key.resource.to_string(), name: key.name.to_string(), message };
    let asked = object.resource_version();
    if !asked.is_empty() && revision_of(object) != Some(record.revision) {
        return Err(conflict(
            "the object has been modified; please apply your changes to the latest version and try again".into(),
        ));
    }
    if !object.uid().is_empty() && object.uid() != old.uid() {
        return Err(conflict(format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            object.uid(),
            old.uid()
        )));
    }
    Ok(())
}

/// What a subresource does not write stays as it was.
fn combine(entry: &Entry, object: &mut Object, old: &Object, subresource: Subresource) {
    metadata::carry_over(object, old);
    if !entry.definition.status_subresource {
        return;
    }
    match subresource {
        Subresource::None => {
            let status = old.0.get("status").cloned().unwrap_or(Value::Null);
            object.set(&["status"], status);
        }
        Subresource::Status => {
            let status = object.0.get("status").cloned().unwrap_or(Value::Null);
            let managed = object.at(&["metadata", "managedFields"]).cloned();
            *object = old.clone();
            object.set(&["status"], status);
            if let Some(managed) = managed {
                object.set(&["metadata", "managedFields"], managed);
            }
        }
    }
}

/// A change outside metadata and status is a new generation; so is the wish to delete.
fn raise_generation(entry: &Entry, object: &mut Object, old: &Object) {
    if !entry.definition.generation {
        return;
    }
    let ignored = |field: &str| field == "metadata" || (field == "status" && entry.definition.status_subresource);
    let wanted = |o: &Object| {
        o.0.iter().filter(|(f, _)| !ignored(f)).map(|(f, v)| (f.clone(), v.clone())).collect::<serde_json::Map<_, _>>()
    };
    if wanted(object) != wanted(old) {
        object.set(&["metadata", "generation"], old.generation() + 1);
    }
}

pub(crate) fn broken(key: &Key) -> Error {
    let mut refused =
        crate::Refused { resource: key.resource.to_string(), name: key.name.to_string(), ..Default::default() };
    refused.message = format!("{key} cannot be read: its stored text is damaged");
    refused.hint = Some("delete it and create it again, or restore a backup".into());
    Error::Refused(Box::new(refused))
}
