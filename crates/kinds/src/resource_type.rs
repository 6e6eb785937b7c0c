//! A contract: what can be asked for under a name such as `postgres`, and what one gets.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Scope, Spec};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::rule;
use crate::status::with_conditions;

/// What is promised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceTypeSpec {
    /// What one gets, in one sentence.
    #[serde(skip_serializing_if = "is_unset")]
    pub description: String,
    /// Other names under which it is asked for.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub aliases: Vec<String>,
    /// What it is used as.
    pub class: ResourceClass,
    /// First part of the path of its secrets: `db` gives `db/payment-service`.
    #[schemars(regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub secret_prefix: String,
    /// Parameters that a claim may set, by name.
    #[serde(skip_serializing_if = "is_unset")]
    pub parameters: IndexMap<String, Parameter>,
    /// Sizes that a claim may ask for, smallest first; where there are none, it comes in one size.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub sizes: Vec<String>,
    /// Versions that a claim may ask for; any where there are none.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub versions: Vec<String>,
    /// What a user of a claim is given.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub outputs: Vec<Output>,
    /// What happens to the data when a claim is deleted, where the claim does not say.
    pub deletion_policy: DeletionPolicy,
}

impl Default for ResourceTypeSpec {
    fn default() -> Self {
        Self {
            description: String::new(),
            aliases: Vec::new(),
            class: ResourceClass::default(),
            secret_prefix: "db".into(),
            parameters: IndexMap::new(),
            sizes: Vec::new(),
            versions: Vec::new(),
            outputs: Vec::new(),
            deletion_policy: DeletionPolicy::default(),
        }
    }
}

/// What a resource type is used as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResourceClass {
    /// Keeps data.
    Database,
    /// Keeps data for a while.
    Cache,
    /// Passes messages.
    Queue,
    /// Keeps files.
    Bucket,
    /// Something else.
    #[default]
    Other,
}

/// What happens to the data when a claim is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeletionPolicy {
    /// It goes.
    #[default]
    Delete,
    /// It stays, and nobody looks after it.
    Retain,
    /// It goes after a copy was made.
    Snapshot,
}

/// A parameter that a claim may set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Parameter {
    /// What its values are.
    pub r#type: ParameterType,
    /// The values that are allowed; any where there are none.
    #[serde(rename = "enum", skip_serializing_if = "is_unset")]
    pub allowed: Vec<Value>,
    /// The value where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What it does.
    #[serde(skip_serializing_if = "is_unset")]
    pub description: String,
}

/// What the values of a parameter are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ParameterType {
    /// Text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    Array,
    /// A map.
    Object,
}

/// Something that a user of a claim is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name"))]
pub struct Output {
    /// What it is called.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Whether it stands in the secret alone.
    #[serde(skip_serializing_if = "is_unset")]
    pub secret: bool,
    /// What it is.
    #[serde(skip_serializing_if = "is_unset")]
    pub description: String,
}

impl ResourceTypeSpec {
    /// Whether `output` must not be shown; an output that the contract does not name is secret.
    pub fn is_secret(&self, output: &str) -> bool {
        self.outputs.iter().find(|known| known.name == output).is_none_or(|known| known.secret)
    }
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceTypeStatus {
    /// Ready is true while there is a recipe for it.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

with_conditions!(ResourceTypeStatus);

impl Spec for ResourceTypeSpec {
    type Status = ResourceTypeStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "ResourceType";
    const PLURAL: &'static str = "resourcetypes";
}

/// A resource type.
pub type ResourceType = Resource<ResourceTypeSpec>;

const DESCRIPTION: &str = "A contract: what can be asked for under a name such as `postgres`, and what one gets.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Class", ".spec.class"),
        Column::text("Sizes", ".spec.sizes"),
        Column::text("Versions", ".spec.versions").wide(),
        Column::text("On Delete", ".spec.deletionPolicy").wide(),
    ];
    Definition {
        short_names: strings(&["rt"]),
        scope: Scope::Cluster,
        selectable_fields: strings(&["spec.class"]),
        ..with_status::<ResourceTypeSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn validate(object: &Object, _old: Option<&Object>) -> Vec<FieldError> {
    let aliases = rule::value_at(object, "spec.aliases").as_array().into_iter().flatten().enumerate();
    aliases
        .filter(|(_, alias)| alias.as_str() == Some(object.name()))
        .map(|(i, alias)| FieldError::invalid(format!("spec.aliases[{i}]"), alias, "is the name of the type itself"))
        .collect()
}

/// The name under which a resource type is stored: PostgreSQL is `postgres`, however it is written.
pub fn normalise_type(name: &str) -> &str {
    let postgres = ["postgres", "postgresql"].iter().any(|known| name.eq_ignore_ascii_case(known));
    if postgres { "postgres" } else { name }
}

/// Normalises the resource type that stands in a field.
pub(crate) fn normalise_type_of(value: &mut Value) {
    let Some(name) = value.as_str() else { return };
    let normal = normalise_type(name);
    if normal != name {
        *value = normal.into();
    }
}

/// Normalises the resource type at a path, where there is one.
pub(crate) fn normalise_type_at(object: &mut Object, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    let value = rest.iter().try_fold(object.0.get_mut(*first), |value, field| Some(value?.get_mut(*field)));
    if let Some(Some(value)) = value {
        normalise_type_of(value);
    }
}
