//! One workload in one environment: which release runs there, how healthy it is, and how it came to be so.

use causeway_core::definition::Scale;
use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::compute::ComputeResources;
use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::rule;
use crate::status::with_conditions;

/// What should run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("workload environment"))]
pub struct DeploymentSpec {
    /// Name of the workload; it never changes.
    #[schemars(length(min = 1))]
    pub workload: String,
    /// Name of the environment; it never changes.
    #[schemars(length(min = 1))]
    pub environment: String,
    /// Name of the release that should run; empty until there is one.
    #[serde(skip_serializing_if = "is_unset")]
    pub release: String,
    /// How many copies run; the application, the environment or the recipe decides where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub replicas: Option<i32>,
    /// Whether new releases of the default branch are rolled out by themselves.
    #[serde(skip_serializing_if = "is_unset")]
    pub automatic: bool,
    /// Whether nothing is to be changed for now.
    #[serde(skip_serializing_if = "is_unset")]
    pub paused: bool,
    /// What one copy may use.
    #[serde(skip_serializing_if = "is_unset")]
    pub resources: ComputeResources,
    /// The group that owns it.
    #[serde(skip_serializing_if = "is_unset")]
    pub owner: String,
}

/// What runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// Where it answers.
    #[serde(skip_serializing_if = "is_unset")]
    pub url: String,
    /// Name of the release that runs.
    #[serde(skip_serializing_if = "is_unset")]
    pub release: String,
    /// How many copies there are.
    pub replicas: i32,
    /// How many of them answer.
    pub ready_replicas: i32,
    /// How many replicas were last asked of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_replicas: Option<i32>,
    /// Names of the claims that it uses.
    #[serde(skip_serializing_if = "is_unset")]
    pub claims: Vec<String>,
    /// Name of the plan that is carried out or waits.
    #[serde(skip_serializing_if = "is_unset")]
    pub plan: String,
    /// Name of the release that failed last; automatic delivery does not try it again.
    #[serde(skip_serializing_if = "is_unset")]
    pub failed_release: String,
    /// What was rolled out, newest first.
    #[serde(skip_serializing_if = "is_unset")]
    pub history: Vec<Rollout>,
    /// Which limits hold for the copies, and which cannot be enforced here.
    #[serde(skip_serializing_if = "is_unset")]
    pub enforced: Map<String, Value>,
    /// What depends on what, as of the last rollout; deletion goes the other way.
    #[serde(skip_serializing_if = "is_unset")]
    pub edges: Vec<Edge>,
    /// What is known: Ready is true while as many copies answer as are wanted.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

/// One rollout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollout {
    /// Name of the release.
    pub release: String,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Name of the plan.
    #[serde(skip_serializing_if = "is_unset")]
    pub plan: String,
    /// How it ended: `Succeeded`, `Failed`, `RolledBack`, `Superseded`; empty while it is under way.
    #[serde(skip_serializing_if = "is_unset")]
    pub result: String,
}

/// One dependency between two resources, each written `kind/name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Edge {
    /// What depends.
    pub from: String,
    /// On what.
    pub to: String,
}

/// The name of the deployment of a workload in an environment, such as `payment-service.dev`.
pub fn name(workload: &str, environment: &str) -> String {
    format!("{workload}.{environment}")
}

with_conditions!(DeploymentStatus);

impl Spec for DeploymentSpec {
    type Status = DeploymentStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Deployment";
    const PLURAL: &'static str = "deployments";
}

/// A deployment.
pub type Deployment = Resource<DeploymentSpec>;

const DESCRIPTION: &str =
    "One workload in one environment: which release runs there, how healthy it is, and how it came to be so.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Release", ".status.release"),
        Column::text("Replicas", ".status.replicas").of("integer"),
        Column::text("Available", ".status.readyReplicas").of("integer"),
        Column::text("URL", ".status.url"),
        Column::text("Workload", ".spec.workload").wide(),
        Column::text("Environment", ".spec.environment").wide(),
        Column::text("Wanted", ".spec.release").wide(),
        Column::text("Plan", ".status.plan").wide(),
    ];
    Definition {
        short_names: strings(&["dep"]),
        categories: strings(&["causeway", "all"]),
        scale: Some(Scale {
            spec_replicas: ".spec.replicas".into(),
            status_replicas: ".status.replicas".into(),
            label_selector: None,
        }),
        selectable_fields: strings(&["spec.workload", "spec.environment", "spec.release", "status.release"]),
        ..with_status::<DeploymentSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    rule::immutable(object, old, &["spec.workload", "spec.environment"])
}
