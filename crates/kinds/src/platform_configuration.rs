//! How the platform as a whole is set up: clusters, mesh, observability, security.

use causeway_core::{Column, Condition, Definition, PLATFORM_API_VERSION, Resource, Scope, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::cluster::NodePool;
use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::status::with_conditions;

/// How it is set up. Each part takes further settings of its product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PlatformConfigurationSpec {
    /// The clusters that there are.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub clusters: Vec<ClusterConfiguration>,
    /// How services talk to each other.
    #[serde(skip_serializing_if = "is_unset")]
    pub service_mesh: ServiceMesh,
    /// What is recorded, and for how long.
    #[serde(skip_serializing_if = "is_unset")]
    pub observability: ObservabilityConfiguration,
    /// What is enforced.
    #[serde(skip_serializing_if = "is_unset")]
    pub security: Security,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name"))]
pub struct ClusterConfiguration {
    /// What it is called.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "is_unset")]
    pub region: String,
    /// The machines that it is made of.
    #[serde(skip_serializing_if = "is_unset")]
    pub node_pools: Vec<NodePool>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// How services talk to each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceMesh {
    /// The product.
    #[serde(skip_serializing_if = "is_unset")]
    pub provider: String,
    /// Whether services prove to each other who they are.
    #[serde(skip_serializing_if = "is_unset")]
    pub mtls: String,
    /// How requests are followed from service to service.
    #[serde(skip_serializing_if = "is_unset")]
    pub tracing: Tracing,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// How requests are followed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Tracing {
    /// The product.
    #[serde(skip_serializing_if = "is_unset")]
    pub provider: String,
    /// Which share is followed, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_rate: Option<Number>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ObservabilityConfiguration {
    /// Metrics: `retention`, `storage`.
    #[serde(skip_serializing_if = "is_unset")]
    pub prometheus: Map<String, Value>,
    /// Logs: `retention`, `aggregation`.
    #[serde(skip_serializing_if = "is_unset")]
    pub logging: Map<String, Value>,
    /// Alerts: `channels`.
    #[serde(skip_serializing_if = "is_unset")]
    pub alerts: Map<String, Value>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is enforced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Security {
    /// Whether services reach only what they may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_policies: Option<bool>,
    /// What pods may do.
    #[serde(skip_serializing_if = "is_unset")]
    pub pod_security_policy: String,
    /// Who keeps the keys: `provider`.
    #[serde(skip_serializing_if = "is_unset")]
    pub secret_encryption: Map<String, Value>,
    /// Whether images are scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_scanning: Option<bool>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PlatformConfigurationStatus {
    /// What is known.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

with_conditions!(PlatformConfigurationStatus);

impl Spec for PlatformConfigurationSpec {
    type Status = PlatformConfigurationStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "PlatformConfiguration";
    const PLURAL: &'static str = "platformconfigurations";
}

/// A platform configuration.
pub type PlatformConfiguration = Resource<PlatformConfigurationSpec>;

const DESCRIPTION: &str = "How the platform as a whole is set up: clusters, mesh, observability, security.";

pub(crate) fn kind() -> Kind {
    let columns = vec![Column::text("Mesh", ".spec.serviceMesh.provider").wide()];
    Kind::new(Definition {
        short_names: strings(&["pc"]),
        scope: Scope::Cluster,
        reconciled: false,
        ..with_status::<PlatformConfigurationSpec>(DESCRIPTION, with_ready(columns))
    })
}
