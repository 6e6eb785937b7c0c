//! Somebody.

use causeway_core::{Column, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{API_VERSION, EntitySpec, NoStatus, Profile, entity};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;

/// Who it is, and in which groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("memberOf"))]
pub struct UserSpec {
    /// How people see them.
    #[serde(skip_serializing_if = "is_unset")]
    pub profile: Profile,
    /// The groups that they are in.
    pub member_of: Vec<String>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Spec for UserSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = "User";
    const PLURAL: &'static str = "users";
}

impl EntitySpec for UserSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] = &[("memberOf", "group")];
}

/// Somebody.
pub type User = Resource<UserSpec>;

pub(crate) fn kind() -> Kind {
    let columns =
        vec![Column::text("Display Name", ".spec.profile.displayName"), Column::text("Email", ".spec.profile.email")];
    entity::kind::<UserSpec>("Somebody.", columns, &[])
}
