//! A source as Backstage sees it: a registered location, and the Location entity that stands for it.

use causeway_core::{GroupResource, Key, Spec as _};
use causeway_kinds::catalog::GROUP;
use causeway_kinds::repository::{Repository, RepositorySpec};
use causeway_kinds::source::{Source, SourceType};
use causeway_resources::Resources;
use causeway_store::{Head, Record};
use serde_json::json;
use sha1::{Digest, Sha1};

const LOCATION: &str = "backstage.io/managed-by-location";
const ORIGIN: &str = "backstage.io/managed-by-origin-location";

/// A registered location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// `url` or `file`.
    pub kind: &'static str,
    /// The address or path.
    pub target: String,
    /// The namespace of the entity that stands for it.
    pub namespace: String,
}

impl Registration {
    /// What a source is.
    pub fn of(resources: &Resources, source: &Source) -> Self {
        let spec = &source.spec;
        let (kind, target) = match spec.r#type {
            SourceType::Repository => ("url", hosted(resources, source)),
            SourceType::Git | SourceType::Url => ("url", spec.url.clone()),
            SourceType::Directory | SourceType::File => ("file", spec.path.clone()),
        };
        Self { kind, target, namespace: source.namespace().to_owned() }
    }

    /// `url:http://…/blob/main/catalog-info.yaml`.
    pub fn location(&self) -> String {
        format!("{}:{}", self.kind, self.target)
    }

    /// The name that Backstage gives to the entity.
    pub fn name(&self) -> String {
        format!("generated-{}", hex::encode(Sha1::digest(self.location())))
    }

    /// The reference of the entity.
    pub fn entity_ref(&self) -> String {
        format!("location:{}/{}", self.namespace, self.name())
    }

    /// The entity, which is stored nowhere: it has the uid and the revision of its source.
    pub(crate) fn record(&self, source: &Record) -> Record {
        let (name, location) = (self.name(), self.location());
        let entity = json!({
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Location",
            "metadata": {
                "name": name, "namespace": self.namespace, "uid": &*source.head.uid,
                "annotations": {LOCATION: location, ORIGIN: location},
            },
            "spec": {"type": self.kind, "target": self.target},
        });
        Record {
            key: Key::new(GroupResource::new(GROUP, "locations"), self.namespace.as_str(), name),
            revision: source.revision,
            head: Head { uid: source.head.uid.clone(), ..Head::default() },
            json: entity.to_string().into(),
        }
    }
}

/// The address of the file that a source reads from a hosted repository.
fn hosted(resources: &Resources, source: &Source) -> String {
    let spec = &source.spec;
    let key = Key::new(RepositorySpec::resource(), source.namespace(), spec.repository.as_str());
    let object = resources.find(&key).and_then(|record| record.object());
    let repository = object.and_then(|object| Repository::from_object(&object).ok());
    let (url, default) = repository.map(|r| (r.status.url, r.spec.default_branch)).unwrap_or_default();
    let branch = if spec.branch.is_empty() { default } else { spec.branch.clone() };
    format!("{}/blob/{branch}/{}", url.trim_end_matches(".git"), spec.path.trim_start_matches("./"))
}
