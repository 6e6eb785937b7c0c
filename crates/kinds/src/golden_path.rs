//! What a service on the path must have; conformance is computed, never claimed.

use causeway_core::{Column, Condition, Definition, PLATFORM_API_VERSION, Resource, Scope, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::status::with_conditions;

/// What the path demands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GoldenPathSpec {
    /// What the path is for.
    #[serde(skip_serializing_if = "is_unset")]
    pub description: String,
    /// What a service must have.
    #[serde(skip_serializing_if = "is_unset")]
    pub required: Vec<Requirement>,
    /// What a service may have, and how it then has to be.
    #[serde(skip_serializing_if = "is_unset")]
    pub optional: Vec<Requirement>,
    /// Further rules, one in each item: its name, and what it says.
    #[serde(skip_serializing_if = "is_unset")]
    pub standards: Vec<Map<String, Value>>,
}

/// One thing that a service has. Which fields matter depends on the type; unknown ones are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type"))]
pub struct Requirement {
    /// What it is about, such as `github-repository`, `kubernetes` or `logging`.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// How it is built.
    #[serde(skip_serializing_if = "is_unset")]
    pub ci: String,
    /// The branch that is released.
    #[serde(skip_serializing_if = "is_unset")]
    pub default_branch: String,
    /// Whether that branch is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch_protection: Option<bool>,
    /// Checks that must have succeeded.
    #[serde(skip_serializing_if = "is_unset")]
    pub required_checks: Vec<String>,
    /// How it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<DeploymentRequirement>,
    /// Whether services prove to each other who they are.
    #[serde(skip_serializing_if = "is_unset")]
    pub mtls: String,
    /// Whether the mesh reports what it sees.
    #[serde(skip_serializing_if = "is_unset")]
    pub observability: String,
    /// For how many days it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<i64>,
    /// Which share is kept, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_rate: Option<Number>,
    /// Whether there are metrics.
    #[serde(skip_serializing_if = "is_unset")]
    pub metrics: String,
    /// What somebody is told about.
    #[serde(skip_serializing_if = "is_unset")]
    pub alerts: Vec<String>,
    /// The products that are allowed.
    #[serde(skip_serializing_if = "is_unset")]
    pub types: Vec<String>,
    /// Whether there are backups.
    #[serde(skip_serializing_if = "is_unset")]
    pub backup: String,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// How a service on the path runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentRequirement {
    /// The fewest copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub replicas: Option<i32>,
    /// How a new release replaces the old one.
    #[serde(skip_serializing_if = "is_unset")]
    pub strategy: String,
    /// Whether it says how it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_checks: Option<bool>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GoldenPathStatus {
    /// What is known.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

with_conditions!(GoldenPathStatus);

impl Spec for GoldenPathSpec {
    type Status = GoldenPathStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "GoldenPath";
    const PLURAL: &'static str = "goldenpaths";
}

/// A golden path.
pub type GoldenPath = Resource<GoldenPathSpec>;

const DESCRIPTION: &str = "What a service on the path must have. Conformance is computed, never claimed.";

pub(crate) fn kind() -> Kind {
    let columns = vec![Column::text("Description", ".spec.description").wide()];
    Kind::new(Definition {
        short_names: strings(&["gp"]),
        scope: Scope::Cluster,
        reconciled: false,
        ..with_status::<GoldenPathSpec>(DESCRIPTION, with_ready(columns))
    })
}
