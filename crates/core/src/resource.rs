//! A resource seen through a Rust type.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Condition, GroupResource, Metadata, Object, OwnerReference};

/// The wanted state of a kind; implemented by one struct for each kind, which names the rest of it.
pub trait Spec: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The observed state.
    type Status: Serialize + DeserializeOwned + Clone + Default + Send + Sync + 'static;
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

/// A resource of the kind whose spec is `S`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound = "")]
pub struct Resource<S: Spec> {
    /// `group/version`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// Name, labels, owners and the rest.
    pub metadata: Metadata,
    /// The wanted state.
    pub spec: S,
    /// The observed state.
    #[serde(default)]
    pub status: S::Status,
}

impl<S: Spec> Resource<S> {
    /// A new resource that is not stored yet.
    pub fn new(metadata: Metadata, spec: S) -> Self {
        Self { api_version: S::API_VERSION.into(), kind: S::KIND.into(), metadata, spec, status: S::Status::default() }
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

    /// An owner reference to this resource, as its controller.
    pub fn controller_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            name: self.metadata.name.clone(),
            uid: self.metadata.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }
}

/// A status that carries conditions.
pub trait Conditions {
    /// The conditions.
    fn conditions(&self) -> &[Condition];
    /// The conditions, to be changed with [`crate::condition::set`].
    fn conditions_mut(&mut self) -> &mut Vec<Condition>;
}
