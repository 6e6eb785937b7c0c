//! Something that components need to run: a database, a bucket, a cluster.

use causeway_core::{Column, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{API_VERSION, EntitySpec, NoStatus, entity};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;

/// What it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type owner"))]
pub struct ResourceSpec {
    /// What sort of resource it is, such as `database`.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// Who owns it: a group, or a user.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// The system that it is part of.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub system: String,
    /// What it needs, such as `resource:payment-db`.
    #[serde(skip_serializing_if = "is_unset")]
    pub depends_on: Vec<String>,
    /// What needs it.
    #[serde(skip_serializing_if = "is_unset")]
    pub dependency_of: Vec<String>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Spec for ResourceSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = "Resource";
    const PLURAL: &'static str = "resources";
}

impl EntitySpec for ResourceSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] =
        &[("owner", "group"), ("system", "system"), ("dependsOn", ""), ("dependencyOf", "")];
}

/// Something that components need to run: a database, a bucket, a cluster.
pub type Resource = causeway_core::Resource<ResourceSpec>;

pub(crate) fn kind() -> Kind {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Owner", ".spec.owner"),
        Column::text("System", ".spec.system"),
        Column::text("Title", ".metadata.title").wide(),
        Column::text("Description", ".metadata.description").wide(),
    ];
    entity::kind::<ResourceSpec>(
        "Something that components need to run: a database, a bucket, a cluster.",
        columns,
        &["spec.type", "spec.owner", "spec.system"],
    )
}
