//! A team, or a part of the organisation.

use causeway_core::{Column, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{API_VERSION, EntitySpec, NoStatus, Profile, entity};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;

/// Who is in it, and where it belongs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type children"))]
pub struct GroupSpec {
    /// What sort of group it is, such as `team`.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// How people see it.
    #[serde(skip_serializing_if = "is_unset")]
    pub profile: Profile,
    /// The group that it is part of.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub parent: String,
    /// The groups that are part of it.
    pub children: Vec<String>,
    /// The users who are in it.
    #[serde(skip_serializing_if = "is_unset")]
    pub members: Vec<String>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Spec for GroupSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = "Group";
    const PLURAL: &'static str = "groups";
}

impl EntitySpec for GroupSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] =
        &[("parent", "group"), ("children", "group"), ("members", "user")];
}

/// A team, or a part of the organisation.
pub type Group = Resource<GroupSpec>;

pub(crate) fn kind() -> Kind {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Parent", ".spec.parent"),
        Column::text("Display Name", ".spec.profile.displayName"),
        Column::text("Email", ".spec.profile.email").wide(),
    ];
    entity::kind::<GroupSpec>("A team, or a part of the organisation.", columns, &["spec.type", "spec.parent"])
}
