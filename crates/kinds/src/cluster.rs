//! Where deployments land: the built-in `local` cluster, or a Kubernetes cluster.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Scope, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::rule;
use crate::status::with_conditions;

/// How the cluster is reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type"))]
pub struct ClusterSpec {
    /// What kind of cluster it is.
    pub r#type: ClusterType,
    /// Where it stands.
    #[serde(skip_serializing_if = "is_unset")]
    pub region: String,
    /// Address of its API server.
    #[serde(skip_serializing_if = "is_unset")]
    pub server: String,
    /// Name of the secret with the kubeconfig that opens it.
    #[serde(skip_serializing_if = "is_unset")]
    pub kubeconfig_secret: String,
    /// The machines that it is made of.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub node_pools: Vec<NodePool>,
}

/// What kind of cluster it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ClusterType {
    /// Processes on the machine of the platform.
    #[default]
    Local,
    /// A Kubernetes cluster.
    Kubernetes,
}

/// Machines that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name"))]
pub struct NodePool {
    /// What they are called.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The fewest machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub min_size: Option<i32>,
    /// The most machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub max_size: Option<i32>,
    /// What each machine is.
    #[serde(skip_serializing_if = "is_unset")]
    pub instance_type: String,
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterStatus {
    /// Version of what runs there.
    #[serde(skip_serializing_if = "is_unset")]
    pub version: String,
    /// Ready is true while it can be reached.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

with_conditions!(ClusterStatus);

impl Spec for ClusterSpec {
    type Status = ClusterStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Cluster";
    const PLURAL: &'static str = "clusters";
}

/// A cluster.
pub type Cluster = Resource<ClusterSpec>;

const DESCRIPTION: &str = "Where deployments land: the built-in local cluster, or a Kubernetes cluster.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Region", ".spec.region"),
        Column::text("Version", ".status.version").wide(),
        Column::text("Server", ".spec.server").wide(),
    ];
    Definition {
        scope: Scope::Cluster,
        selectable_fields: strings(&["spec.type"]),
        ..with_status::<ClusterSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = rule::immutable(object, old, &["spec.type"]);
    let pools = rule::value_at(object, "spec.nodePools").as_array().into_iter().flatten().enumerate();
    errors.extend(pools.filter_map(|(i, pool)| {
        let path = format!("spec.nodePools[{i}].maxSize");
        rule::ordered(&path, pool.get("minSize"), pool.get("maxSize"), "must not be less than minSize")
    }));
    errors
}
