//! A golden path's way to create something: the questions that it asks, and the steps that it takes.

use causeway_core::{Column, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{EntitySpec, NoStatus, entity};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;

/// What it asks and does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type steps"))]
pub struct TemplateSpec {
    /// What sort of thing it makes, such as `service`.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// Who owns the template: a group, or a user.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub owner: String,
    /// How far it is, such as `experimental` or `production`.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub lifecycle: String,
    /// What it asks: one JSON schema, or a list of them, one for each page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// What it does, in order.
    pub steps: Vec<TemplateStep>,
    /// What it leaves behind: links, texts and whatever else.
    #[serde(skip_serializing_if = "is_unset")]
    pub output: Map<String, Value>,
    /// How the form looks.
    #[serde(skip_serializing_if = "is_unset")]
    pub presentation: Map<String, Value>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One step of a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("action"))]
pub struct TemplateStep {
    /// Unique within the template; later steps refer to it.
    #[serde(skip_serializing_if = "is_unset")]
    pub id: String,
    /// What people see.
    #[serde(skip_serializing_if = "is_unset")]
    pub name: String,
    /// What is done, such as `fetch:template`.
    #[schemars(length(min = 1))]
    pub action: String,
    /// What the action is told; `${{ }}` is filled in.
    #[serde(skip_serializing_if = "is_unset")]
    pub input: Map<String, Value>,
    /// Whether it is done: true, false, or a text that is filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#if: Option<Value>,
    /// Over what it is repeated: a list, a map, or a text that is filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<Value>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Spec for TemplateSpec {
    type Status = NoStatus;
    const API_VERSION: &'static str = "scaffolder.backstage.io/v1beta3";
    const KIND: &'static str = "Template";
    const PLURAL: &'static str = "templates";
}

impl EntitySpec for TemplateSpec {
    const REFERENCES: &'static [(&'static str, &'static str)] = &[("owner", "group")];
}

/// A template.
pub type Template = Resource<TemplateSpec>;

pub(crate) fn kind() -> Kind {
    let columns = vec![
        Column::text("Title", ".metadata.title"),
        Column::text("Type", ".spec.type"),
        Column::text("Owner", ".spec.owner"),
        Column::text("Description", ".metadata.description").wide(),
    ];
    let description =
        "A golden path's way to create something: the questions that it asks, and the steps that it takes.";
    entity::kind::<TemplateSpec>(description, columns, &["spec.type", "spec.owner", "spec.lifecycle"])
}
