//! Who looks, and what they may see: the one way from pages to the store.
//!
//! What the viewer may not get does not exist here; what they may not list is refused with the permission that is missing.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use causeway_api::{App, Caller};
use causeway_core::selector::LabelSelector;
use causeway_core::{GroupResource, Key, Object, Resource, Spec, Timestamp};
use causeway_identity::Attributes;
use causeway_kinds::kubernetes::namespace::NamespaceSpec;
use causeway_resources::{Client, Entry};
use causeway_store::{Query, Record};
use http::request::Parts;

use crate::refusal::{Lacking, Refusal};

/// A signed-in person, and the instant at which they asked.
#[derive(Clone)]
pub(crate) struct Viewer {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    /// Ages are said as of this instant.
    pub(crate) now: Timestamp,
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let caller = parts.extensions.get::<Caller>().cloned().ok_or(Refusal::Stranger)?;
        Ok(Self { app: app.clone(), caller, now: Timestamp::now() })
    }
}

/// Which objects of a kind are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted<'a> {
    /// A namespace, or all.
    pub(crate) namespace: Option<&'a str>,
    /// A selector in text form.
    pub(crate) labels: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    pub(crate) fn within(namespace: &'a str) -> Self {
        Self { namespace: Some(namespace), labels: None }
    }
}

impl Viewer {
    /// The typed door, in the viewer's name. Writes go through it; what it reads is not checked.
    pub(crate) fn client(&self) -> Client {
        self.app.resources.client(self.caller.actor.clone())
    }

    /// Whether the viewer may do something to a kind, or to a subresource written `plans/approval`.
    pub(crate) async fn may(
        &self,
        verb: &str,
        resource: &GroupResource,
        subresource: &str,
        namespace: &str,
        name: &str,
    ) -> bool {
        let wanted = Attributes {
            verb,
            group: &resource.group,
            resource: &resource.resource,
            subresource,
            namespace,
            name,
            path: None,
        };
        self.caller.may(&self.app, &wanted).await
    }

    /// The same as a refusal that says what is missing.
    pub(crate) async fn need(
        &self,
        verb: &str,
        resource: &GroupResource,
        subresource: &str,
        namespace: &str,
    ) -> Result<(), Refusal> {
        if self.may(verb, resource, subresource, namespace, "").await {
            return Ok(());
        }
        Err(self.lacking(verb, resource, subresource, namespace).await)
    }

    async fn lacking(&self, verb: &str, resource: &GroupResource, subresource: &str, namespace: &str) -> Refusal {
        let mut written = resource.resource.to_string();
        for (separator, part) in [("/", subresource), (".", &*resource.group)] {
            if !part.is_empty() {
                written = format!("{written}{separator}{part}");
            }
        }
        Refusal::Forbidden(Box::new(Lacking {
            verb: verb.into(),
            resource: written,
            namespace: namespace.into(),
            grantors: self.grantors(namespace).await,
        }))
    }

    /// Those who are bound to a role that gives roles away.
    async fn grantors(&self, namespace: &str) -> Vec<String> {
        const GROUP: &str = "rbac.authorization.k8s.io";
        let mut found = Vec::new();
        for plural in ["clusterrolebindings", "rolebindings"] {
            let Ok(listing) = self.app.resources.list(Query::all(GroupResource::new(GROUP, plural))).await else {
                continue;
            };
            for binding in listing.page.records.iter().filter_map(|r| r.object()) {
                let here = binding.namespace().is_empty() || binding.namespace() == namespace;
                if here && ["cluster-admin", "admin"].contains(&binding.text(&["roleRef", "name"])) {
                    found.extend(subjects(&binding));
                }
            }
        }
        found.dedup();
        found
    }

    /// A record that the viewer may get.
    pub(crate) async fn record(&self, entry: &Entry, namespace: &str, name: &str) -> Result<Arc<Record>, Refusal> {
        let definition = &entry.definition;
        let missing = || Refusal::not_found(format!("{} {name}", words(&definition.kind)));
        let key = self.app.resources.stored_key(entry, namespace, name);
        if !self.may("get", &definition.resource(), "", namespace, &key.name).await {
            return Err(missing());
        }
        self.app.resources.find(&key).ok_or_else(missing)
    }

    /// One resource that the viewer may get.
    pub(crate) async fn see<S: Spec>(&self, namespace: &str, name: &str) -> Result<Resource<S>, Refusal> {
        let entry = self.app.resources.entry(&S::resource())?;
        let record = self.record(&entry, namespace, name).await?;
        read(&record)
    }

    /// The same, where it may well be missing.
    pub(crate) async fn look<S: Spec>(&self, namespace: &str, name: &str) -> Option<Resource<S>> {
        self.see(namespace, name).await.ok()
    }

    /// Records of a kind that the viewer may list.
    pub(crate) async fn records(
        &self,
        resource: &GroupResource,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Arc<Record>>, Refusal> {
        let mut query = Query::all(resource.clone());
        query.namespace = wanted.namespace.map(Into::into);
        query.labels = wanted.labels.and_then(|text| LabelSelector::parse(text).ok());
        let namespace = wanted.namespace.unwrap_or_default();
        if self.may("list", resource, "", namespace, "").await {
            return Ok(self.app.resources.list(query).await?.page.records);
        }
        let places = if namespace.is_empty() { self.places(resource).await? } else { Vec::new() };
        if places.is_empty() {
            return Err(self.lacking("list", resource, "", namespace).await);
        }
        let records = self.app.resources.list(query).await?.page.records;
        Ok(records.into_iter().filter(|r| places.iter().any(|p| **p == *r.key.namespace)).collect())
    }

    /// Namespaces in which the viewer may list a kind.
    async fn places(&self, resource: &GroupResource) -> Result<Vec<String>, Refusal> {
        let namespaces = self.app.resources.list(Query::all(NamespaceSpec::resource())).await?;
        let mut places = Vec::new();
        for record in &namespaces.page.records {
            if self.may("list", resource, "", &record.key.name, "").await {
                places.push(record.key.name.to_string());
            }
        }
        Ok(places)
    }

    /// Objects of a kind that the viewer may list.
    pub(crate) async fn objects(&self, resource: &GroupResource, wanted: Wanted<'_>) -> Result<Vec<Object>, Refusal> {
        Ok(self.records(resource, wanted).await?.iter().filter_map(|r| r.object()).collect())
    }

    /// Resources of a kind that the viewer may list; damaged ones are left out.
    pub(crate) async fn list<S: Spec>(&self, wanted: Wanted<'_>) -> Result<Vec<Resource<S>>, Refusal> {
        let objects = self.objects(&S::resource(), wanted).await?;
        Ok(objects.iter().filter_map(|o| Resource::from_object(o).ok()).collect())
    }

    /// A kind by its key; kinds that are not served have no page.
    pub(crate) fn entry(&self, resource: &GroupResource) -> Result<Arc<Entry>, Refusal> {
        let entry = self.app.resources.registry().entry(resource).filter(|e| e.definition.served);
        entry.ok_or_else(|| Refusal::not_found(format!("kind {resource}")))
    }

    /// Whether an object is there at all, for those who may get it.
    pub(crate) async fn has(&self, key: &Key) -> bool {
        self.app.resources.find(key).is_some() && self.may("get", &key.resource, "", &key.namespace, &key.name).await
    }
}

fn read<S: Spec>(record: &Record) -> Result<Resource<S>, Refusal> {
    let object = record.object().unwrap_or_default();
    Resource::from_object(&object).map_err(|e| Refusal::Failed {
        why: format!("The stored {} {} does not read as one: {e}.", S::KIND, record.key.name),
    })
}

fn subjects(binding: &Object) -> Vec<String> {
    let subjects = binding.at(&["subjects"]).and_then(|v| v.as_array());
    let text = |subject: &serde_json::Value, field: &str| {
        subject.get(field).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
    };
    let said = |subject: &serde_json::Value| match text(subject, "kind").as_str() {
        "Group" => format!("members of {}", text(subject, "name")),
        _ => text(subject, "name"),
    };
    subjects.into_iter().flatten().map(said).collect()
}

/// `ResourceType` as people read it: `resource type`.
pub(crate) fn words(kind: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for c in kind.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn says_kinds_in_words() {
        for (kind, said) in
            [("Run", "run"), ("ResourceType", "resource type"), ("API", "api"), ("GoldenPath", "golden path")]
        {
            assert_eq!(words(kind), said);
        }
    }
}
