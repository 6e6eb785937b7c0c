//! Where further entities are described.

use causeway_core::{Column, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{API_VERSION, EntitySpec, NoStatus, entity};
use crate::hint::is_unset;
use crate::kind::Kind;

/// Where to look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LocationSpec {
    /// What sort of place it is, such as `url`; that of the place where this was found by default.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// The file, absolute or relative to this one; `*` and `**` match as in a shell.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub target: String,
    /// Several of them.
    #[serde(skip_serializing_if = "is_unset")]
    pub targets: Vec<String>,
    /// Whether it is an error when there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Whether something has to be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// It has to.
    #[default]
    Required,
    /// It need not.
    Optional,
}

impl Spec for LocationSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = "Location";
    const PLURAL: &'static str = "locations";
}

impl EntitySpec for LocationSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
}

/// A location.
pub type Location = Resource<LocationSpec>;

pub(crate) fn kind() -> Kind {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Target", ".spec.target"),
        Column::text("Targets", ".spec.targets").wide(),
    ];
    entity::kind::<LocationSpec>("Where further entities are described.", columns, &["spec.type"])
}
