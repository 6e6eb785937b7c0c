//! A part of the business, and the systems in it.

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
pub struct DomainSpec {
    /// Who owns it: a group, or a user.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// The domain that it is part of.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub subdomain_of: String,
    /// What sort of domain it is.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Spec for DomainSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = "Domain";
    const PLURAL: &'static str = "domains";
}

impl EntitySpec for DomainSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] = &[("owner", "group"), ("subdomainOf", "domain")];
}

/// A part of the business, and the systems in it.
pub type Domain = Resource<DomainSpec>;

pub(crate) fn kind() -> Kind {
    let columns = vec![
        Column::text("Owner", ".spec.owner"),
        Column::text("Part Of", ".spec.subdomainOf"),
        Column::text("Type", ".spec.type").wide(),
        Column::text("Title", ".metadata.title").wide(),
        Column::text("Description", ".metadata.description").wide(),
    ];
    entity::kind::<DomainSpec>("A part of the business, and the systems in it.", columns, &["spec.owner", "spec.type"])
}
