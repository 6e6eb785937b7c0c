//! How a resource type is made here: by which driver, with which inputs, for which claims.

use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Scope, Spec};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::resource_type::normalise_type_at;
use crate::status::with_conditions;

/// How it is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("resourceType driver"))]
pub struct RecipeSpec {
    /// The resource type that it makes.
    #[schemars(length(min = 1))]
    pub resource_type: String,
    /// The driver that makes it, such as `postgres`.
    #[schemars(length(min = 1))]
    pub driver: String,
    /// Which claims it is for; all of the type where nothing is said.
    #[serde(skip_serializing_if = "is_unset")]
    pub r#match: RecipeMatch,
    /// Among recipes that match equally well, the highest wins.
    #[serde(skip_serializing_if = "is_unset")]
    pub priority: i32,
    /// What the driver needs to know.
    #[serde(skip_serializing_if = "is_unset")]
    pub inputs: Map<String, Value>,
    /// Inputs that a size adds or replaces, by size.
    #[serde(skip_serializing_if = "is_unset")]
    pub sizes: IndexMap<String, Map<String, Value>>,
    /// What one costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What to do when somebody changed it behind our back.
    pub on_drift: DriftPolicy,
}

/// Which claims a recipe is for. Every criterion that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RecipeMatch {
    /// Names of environments.
    #[serde(skip_serializing_if = "is_unset")]
    pub environments: Vec<String>,
    /// Types of environments, such as `production`.
    #[serde(skip_serializing_if = "is_unset")]
    pub environment_types: Vec<String>,
    /// Namespaces of claims.
    #[serde(skip_serializing_if = "is_unset")]
    pub namespaces: Vec<String>,
    /// Class that the claim asks for.
    #[serde(skip_serializing_if = "is_unset")]
    pub class: String,
    /// Id of the one resource that is meant.
    #[serde(skip_serializing_if = "is_unset")]
    pub id: String,
}

/// What one resource costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Cost {
    /// In a month.
    #[schemars(range(min = 0.0))]
    pub monthly: f64,
    /// Three letters, such as `EUR`.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(regex(pattern = r"^[A-Z]{3}$"))]
    pub currency: String,
}

/// What to do about a resource that is not as it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DriftPolicy {
    /// Put it right.
    Heal,
    /// Say so.
    #[default]
    Notify,
    /// Nothing.
    Ignore,
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RecipeStatus {
    /// Digest of the spec; claims remember by which they were made.
    #[serde(skip_serializing_if = "is_unset")]
    pub revision: String,
    /// Ready is true while its type and its driver are there.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

with_conditions!(RecipeStatus);

impl Spec for RecipeSpec {
    type Status = RecipeStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Recipe";
    const PLURAL: &'static str = "recipes";
}

/// A recipe.
pub type Recipe = Resource<RecipeSpec>;

const DESCRIPTION: &str = "How a resource type is made here: by which driver, with which inputs, for which claims.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).normalised_by(normalise)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Type", ".spec.resourceType"),
        Column::text("Driver", ".spec.driver"),
        Column::text("Priority", ".spec.priority").of("integer").wide(),
        Column::text("Revision", ".status.revision").wide(),
    ];
    Definition {
        scope: Scope::Cluster,
        selectable_fields: strings(&["spec.resourceType", "spec.driver"]),
        ..with_status::<RecipeSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn normalise(object: &mut Object) {
    normalise_type_at(object, &["spec", "resourceType"]);
}
