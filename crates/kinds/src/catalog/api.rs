//! A boundary between components: what one offers and others use.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Object, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{API_VERSION, EntitySpec, NoStatus, entity};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::rule;

/// What it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type lifecycle owner"))]
pub struct ApiSpec {
    /// What sort of API it is, such as `openapi`, `asyncapi`, `graphql` or `grpc`.
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
    /// Its description in the format that the type says; needed but for the type `mcp-server`.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub definition: String,
    /// Where it answers; for the type `mcp-server`.
    #[serde(skip_serializing_if = "is_unset")]
    pub remotes: Vec<Remote>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// An address at which an API answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type url"))]
pub struct Remote {
    /// How it is spoken to, such as `streamable-http`.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// The address.
    #[schemars(length(min = 1))]
    pub url: String,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Spec for ApiSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = API_VERSION;
    const KIND: &'static str = "API";
    const PLURAL: &'static str = "apis";
}

impl EntitySpec for ApiSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] = &[("owner", "group"), ("system", "system")];
}

/// An API.
pub type Api = Resource<ApiSpec>;

pub(crate) fn kind() -> Kind {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Lifecycle", ".spec.lifecycle"),
        Column::text("Owner", ".spec.owner"),
        Column::text("System", ".spec.system"),
        Column::text("Title", ".metadata.title").wide(),
        Column::text("Description", ".metadata.description").wide(),
    ];
    let selectable = ["spec.type", "spec.lifecycle", "spec.owner", "spec.system"];
    let description = "A boundary between components: what one offers and others use.";
    entity::kind::<ApiSpec>(description, columns, &selectable).validated_by(validate)
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = entity::validate::<ApiSpec>(object, old);
    if rule::text_at(object, "spec.type") == "mcp-server" {
        if rule::value_at(object, "spec.remotes").as_array().is_none_or(Vec::is_empty) {
            errors.push(FieldError::required("spec.remotes", "the type is mcp-server"));
        }
    } else {
        errors.extend(rule::needs(object, "spec.definition", "an API has to say what it offers"));
    }
    errors
}
