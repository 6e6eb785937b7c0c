//! A pointer from one resource to another, as Kubernetes writes it.

use causeway_core::Object;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hint::is_unset;

/// Which object is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// `group/version` of the object.
    #[serde(skip_serializing_if = "is_unset")]
    pub api_version: String,
    /// Kind of the object.
    #[serde(skip_serializing_if = "is_unset")]
    pub kind: String,
    /// Namespace of the object; empty for cluster scope.
    #[serde(skip_serializing_if = "is_unset")]
    pub namespace: String,
    /// Name of the object.
    #[serde(skip_serializing_if = "is_unset")]
    pub name: String,
    /// Identity of the object; a namesake that is created later has another.
    #[serde(skip_serializing_if = "is_unset")]
    pub uid: String,
    /// The revision of the object that is spoken of.
    #[serde(skip_serializing_if = "is_unset")]
    pub resource_version: String,
    /// The part of the object that is spoken of, such as `spec.containers{web}`.
    #[serde(skip_serializing_if = "is_unset")]
    pub field_path: String,
}

impl ObjectReference {
    /// A reference to `object` as it is, without its revision.
    pub fn to(object: &Object) -> Self {
        Self {
            api_version: object.api_version().to_owned(),
            kind: object.kind().to_owned(),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            uid: object.uid().to_owned(),
            ..Self::default()
        }
    }
}
