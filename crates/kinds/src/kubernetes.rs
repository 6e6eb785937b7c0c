//! Kinds of Kubernetes itself that its clients expect to find, or that the platform uses as they are.
//!
//! Most of them have no spec: their fields stand beside the metadata. A [`Body`] is those fields, a [`Flat`] the whole.

pub mod config_map;
pub mod event;
pub mod lease;
pub mod namespace;
pub mod rbac;
pub mod secret;
pub mod service_account;

mod keyed;

use causeway_core::{GroupResource, Metadata, Object};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The fields of a kind that has no spec.
pub trait Body: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// `apiVersion` as stored.
    const API_VERSION: &'static str;
    /// `kind`.
    const KIND: &'static str;
    /// Lower-case plural.
    const PLURAL: &'static str;

    /// The kind as the API addresses it.
    fn resource() -> GroupResource {
        let group = Self::API_VERSION.split_once('/').map_or("", |(group, _)| group);
        GroupResource::new(group, Self::PLURAL)
    }
}

/// A resource whose fields stand beside its metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound = "")]
pub struct Flat<B: Body> {
    /// `group/version`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// Name, labels, owners and the rest.
    pub metadata: Metadata,
    /// The fields of the kind.
    #[serde(flatten)]
    pub body: B,
}

impl<B: Body> Flat<B> {
    /// A new resource that is not stored yet.
    pub fn new(metadata: Metadata, body: B) -> Self {
        Self { api_version: B::API_VERSION.into(), kind: B::KIND.into(), metadata, body }
    }

    /// From the wire form.
    pub fn from_object(object: &Object) -> Result<Self, serde_json::Error> {
        Self::deserialize(serde_json::Value::Object(object.0.clone()))
    }

    /// To the wire form.
    pub fn to_object(&self) -> Object {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(map)) => Object(map),
            Ok(_) | Err(_) => unreachable!("a resource with string keys is always a JSON object"),
        }
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// `metadata.namespace`, empty for cluster scope.
    pub fn namespace(&self) -> &str {
        &self.metadata.namespace
    }
}
