//! Creates.

use causeway_core::condition::{self, Condition, ConditionStatus};
use causeway_core::{Object, Timestamp};
use causeway_store::Precondition;

use crate::admission::{Operation, Request};
use crate::write::Change;
use crate::{Actor, Entry, Error, Resources, Result, Subresource, WriteOptions, Written, decode, metadata, namespace};

const TRIES_FOR_A_GENERATED_NAME: usize = 8;

impl Resources {
    /// Creates an object. Its kind must be known, and its namespace set and there.
    pub async fn create(&self, actor: &Actor, mut object: Object, options: &WriteOptions) -> Result<Written> {
        let entry = self.kind_of(&object)?;
        if !object.resource_version().is_empty() {
            return Err(Error::bad("resourceVersion should not be set on objects to be created"));
        }
        let mut warnings = decode::accept(&entry, &mut object, options.strictness)?;
        warnings.extend(place(&entry, &mut object)?);
        let generates = object.name().is_empty();
        let prefix = object.clone();
        for _ in 0..TRIES_FOR_A_GENERATED_NAME {
            match self.create_once(actor, &entry, prefix.clone(), options, warnings.clone()).await {
                Err(error) if generates && error.is_exists() => {}
                done => return done,
            }
        }
        Err(Error::refused(
            entry.definition.resource(),
            object.text(&["metadata", "generateName"]),
            "no free name was found; try again",
        ))
    }

    async fn create_once(
        &self,
        actor: &Actor,
        entry: &Entry,
        mut object: Object,
        options: &WriteOptions,
        mut warnings: Vec<String>,
    ) -> Result<Written> {
        let now = Timestamp::now();
        prepare(entry, &mut object, now);
        decode::validate(entry, &object, None)?;
        self.check_namespace(entry, &object)?;
        let key = object.key(&entry.definition.resource());
        if self.store.get(&key).is_some() || self.store.find_name(&key.resource, &key.namespace, &key.name).is_some() {
            return Err(Error::Exists { resource: key.resource.to_string(), name: key.name.to_string() });
        }
        let request = Request {
            actor,
            operation: Operation::Create,
            subresource: Subresource::None,
            entry,
            old: None,
            dry_run: options.dry_run,
            resources: self,
        };
        for step in self.admission.load().iter() {
            step.admit(&request, &mut object, &mut warnings).await?;
        }
        decode::validate(entry, &object, None)?;
        if options.dry_run {
            return Ok(Written { object, record: None, created: true, gone: false, warnings });
        }
        let precondition = Precondition::Absent;
        self.put(Change { actor, verb: "create", entry, object, precondition, audited: true }, warnings).await
    }

    /// The kind that an object says it is of.
    pub fn kind_of(&self, object: &Object) -> Result<std::sync::Arc<Entry>> {
        self.registry
            .by_kind(object.group(), object.kind())
            .ok_or_else(|| Error::UnknownKind(format!("{:?} in {:?}", object.kind(), object.api_version())))
    }
}

/// Puts an object where its kind lives: a namespace that is missing is an error, one too many is dropped with a warning.
pub(crate) fn place(entry: &Entry, object: &mut Object) -> Result<Vec<String>> {
    let definition = &entry.definition;
    if definition.is_namespaced() {
        if object.namespace().is_empty() {
            return Err(Error::bad(format!("{} {:?} has no namespace", definition.kind, object.name())));
        }
        return Ok(Vec::new());
    }
    let given = object.namespace().to_owned();
    object.set(&["metadata", "namespace"], serde_json::Value::Null);
    if given.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("metadata.namespace {given:?} is ignored: {} is not in a namespace", definition.plural)])
}

fn prepare(entry: &Entry, object: &mut Object, now: Timestamp) {
    let definition = &entry.definition;
    metadata::prepare_new(definition, object, now);
    if definition.status_subresource {
        object.set(&["status"], serde_json::Value::Null);
    }
    if namespace::is_namespace(entry) {
        namespace::prepare_new(object);
    }
    if !definition.reconciled && !definition.passive {
        let mut conditions = Vec::new();
        let message = format!("Nothing in this version acts on a {} yet; it is kept as it is.", definition.kind);
        condition::set(
            &mut conditions,
            Condition::ready(ConditionStatus::Unknown, "NotReconciledYet", message),
            1,
            now,
        );
        object.set(&["status", "conditions"], serde_json::json!(conditions));
    }
}
