//! Events: what happened to an object, once, in words. Repetitions are counted on the event that is there.

use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object, Timestamp};
use causeway_resources::{Actor, Error, Patch, Resources, Subresource, WriteOptions, Written};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const TRIES: usize = 100;
/// Of the object's name, within the event's.
const LONGEST_NAME: usize = 200;

/// Whether an event tells of something ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It went as it should.
    Normal,
    /// It did not.
    Warning,
}

/// The object that an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regarding {
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace, or empty.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl From<&Object> for Regarding {
    fn from(object: &Object) -> Self {
        Self {
            api_version: object.api_version().into(),
            kind: object.kind().into(),
            namespace: object.namespace().into(),
            name: object.name().into(),
            uid: object.uid().into(),
        }
    }
}

impl<S: causeway_core::Spec> From<&causeway_core::Resource<S>> for Regarding {
    fn from(resource: &causeway_core::Resource<S>) -> Self {
        Self {
            api_version: resource.api_version.clone(),
            kind: resource.kind.clone(),
            namespace: resource.metadata.namespace.clone(),
            name: resource.metadata.name.clone(),
            uid: resource.metadata.uid.clone(),
        }
    }
}

/// Writes events in the name of one component.
#[derive(Clone)]
pub struct Recorder {
    resources: Arc<Resources>,
    component: &'static str,
}

impl Recorder {
    /// For a component such as `delivery`.
    pub fn new(resources: Arc<Resources>, component: &'static str) -> Self {
        Self { resources, component }
    }

    /// Records that something went as it should. A failure to record is logged, and changes nothing for the caller.
    pub async fn normal(&self, about: impl Into<Regarding>, reason: &str, message: impl Into<String>) {
        self.record(&about.into(), EventKind::Normal, reason, &message.into()).await;
    }

    /// Records that something did not.
    pub async fn warning(&self, about: impl Into<Regarding>, reason: &str, message: impl Into<String>) {
        self.record(&about.into(), EventKind::Warning, reason, &message.into()).await;
    }

    /// Records an event, or counts it on the one that says the same.
    pub async fn record(&self, about: &Regarding, kind: EventKind, reason: &str, message: &str) {
        if let Err(error) = self.write(about, kind, reason, message).await {
            tracing::warn!(%error, object = about.name, reason, "an event was not recorded");
        }
    }

    async fn write(
        &self,
        about: &Regarding,
        kind: EventKind,
        reason: &str,
        message: &str,
    ) -> causeway_resources::Result<()> {
        let now = Timestamp::now().to_string();
        let namespace = if about.namespace.is_empty() { causeway_core::DEFAULT_NAMESPACE } else { &about.namespace };
        let name = event_name(about, self.component, kind, reason, message);
        let key = Key::new(GroupResource::new("", "events"), namespace, name.as_str());
        let actor = Actor::controller(self.component);
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {"apiVersion": about.api_version, "kind": about.kind, "namespace": about.namespace, "name": about.name, "uid": about.uid},
            "type": match kind { EventKind::Normal => "Normal", EventKind::Warning => "Warning" },
            "reason": reason, "message": message, "count": 1, "firstTimestamp": now, "lastTimestamp": now,
            "source": {"component": self.component}, "reportingComponent": self.component, "reportingInstance": "",
        });
        let object = Object::from_value(event).unwrap_or_default();
        for tries in 1.. {
            let done = match self.resources.find(&key).and_then(|r| r.object()) {
                Some(found) => self.count(&actor, &key, &found, &now).await,
                None => self.resources.create(&actor, object.clone(), &WriteOptions::strict()).await,
            };
            match done {
                Err(error) if tries < TRIES && (error.is_conflict() || error.is_exists() || error.is_not_found()) => {}
                // nothing is told about what happens while a namespace goes
                Err(Error::Refused(why)) if why.cause.as_deref() == Some("NamespaceTerminating") => break,
                done => return done.map(|_| ()),
            }
        }
        Ok(())
    }

    /// Counts once more, unless somebody else has counted since `found`: then it is a conflict, so that no count is lost.
    async fn count(&self, actor: &Actor, key: &Key, found: &Object, now: &str) -> causeway_resources::Result<Written> {
        let count = found.at(&["count"]).and_then(Value::as_i64).unwrap_or(1) + 1;
        let version = found.resource_version();
        let patch =
            Patch::Merge(json!({"metadata": {"resourceVersion": version}, "count": count, "lastTimestamp": now}));
        self.resources.patch(actor, key, &patch, Subresource::None, &WriteOptions::strict()).await
    }
}

/// The same event about the same object always gets the same name, which is what makes counting it possible.
fn event_name(about: &Regarding, component: &str, kind: EventKind, reason: &str, message: &str) -> String {
    let mut digest = Sha256::new();
    for part in [about.uid.as_str(), &about.kind, component, reason, message] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    digest.update([u8::from(kind == EventKind::Warning)]);
    let hash = hex::encode(&digest.finalize()[..8]);
    // names that are no DNS names (`system:discovery`, `My_Service`) are brought into that form
    if about.name.len() <= LONGEST_NAME && causeway_core::name::check_subdomain(&about.name).is_ok() {
        return format!("{}.{hash}", about.name);
    }
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = about.name.chars().take(LONGEST_NAME).map(fits).collect();
    match name.trim_matches('-') {
        "" => format!("event.{hash}"),
        name => format!("{name}.{hash}"),
    }
}
