//! Components and resources that together do one thing.

use causeway_core::{Column, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{API_VERSION, EntitySpec, NoStatus, entity};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;

/// Whose it is, and where it belongs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("owner"))]
pub struct SystemSpec {
    /// Who owns it: a group, or a user.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// The domain that it is part of.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub domain: String,
    /// What sort of system it is.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Spec for SystemSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = "System";
    const PLURAL: &'static str = "systems";
}

impl EntitySpec for SystemSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] = &[("owner", "group"), ("domain", "domain")];
}

/// Components and resources that together do one thing.
pub type System = Resource<SystemSpec>;

pub(crate) fn kind() -> Kind {
    let columns = vec![
        Column::text("Owner", ".spec.owner"),
        Column::text("Domain", ".spec.domain"),
        Column::text("Type", ".spec.type").wide(),
        Column::text("Title", ".metadata.title").wide(),
        Column::text("Description", ".metadata.description").wide(),
    ];
    entity::kind::<SystemSpec>(
        "Components and resources that together do one thing.",
        columns,
        &["spec.owner", "spec.domain", "spec.type"],
    )
}
