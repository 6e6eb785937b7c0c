//! A piece of software: a service, a website, a library.

use causeway_core::{Column, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{API_VERSION, EntitySpec, NoStatus, entity};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;

/// What it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type lifecycle owner"))]
pub struct ComponentSpec {
    /// What sort of component it is, such as `service`, `website` or `library`.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// How far it is, such as `experimental`, `production` or `deprecated`.
    #[schemars(length(min = 1))]
    pub lifecycle: String,
    /// Who owns it: a group, or a user.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// The system that it is part of.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub system: String,
    /// The component that it is part of.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub subcomponent_of: String,
    /// APIs that it offers.
    #[serde(skip_serializing_if = "is_unset")]
    pub provides_apis: Vec<String>,
    /// APIs that it uses.
    #[serde(skip_serializing_if = "is_unset")]
    pub consumes_apis: Vec<String>,
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

impl Spec for ComponentSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = "Component";
    const PLURAL: &'static str = "components";
}

impl EntitySpec for ComponentSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] = &[
        ("owner", "group"),
        ("system", "system"),
        ("subcomponentOf", "component"),
        ("providesApis", "api"),
        ("consumesApis", "api"),
        ("dependsOn", ""),
        ("dependencyOf", ""),
    ];
}

/// A piece of software: a service, a website, a library.
pub type Component = Resource<ComponentSpec>;

pub(crate) fn kind() -> Kind {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Lifecycle", ".spec.lifecycle"),
        Column::text("Owner", ".spec.owner"),
        Column::text("System", ".spec.system"),
        Column::text("Title", ".metadata.title").wide(),
        Column::text("Description", ".metadata.description").wide(),
    ];
    entity::kind::<ComponentSpec>(
        "A piece of software: a service, a website, a library.",
        columns,
        &["spec.type", "spec.lifecycle", "spec.owner", "spec.system"],
    )
}
