//! A Score document at one revision: what runs, and what it needs.
//!
//! The fields are those of `score.dev/v1b1`; the deprecated list forms of `files` and `volumes` are stored as maps.

mod container;

use causeway_core::{Condition, PLATFORM_API_VERSION, Resource, Spec};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use container::{
    Container, ContainerQuantities, ContainerResources, ExecAction, File, HttpGetAction, HttpHeader, Probe, Scheme, Start, StartCondition,
    Volume,
};

use crate::hint::{Required, is_unset};
use crate::status::with_conditions;

/// What runs, and what it needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("containers"))]
pub struct WorkloadSpec {
    /// The containers that run side by side, by name.
    #[schemars(length(min = 1))]
    pub containers: IndexMap<String, Container>,
    /// Where others reach it.
    #[serde(skip_serializing_if = "is_unset")]
    pub service: Service,
    /// What it needs: databases, queues, other services, by name.
    #[serde(skip_serializing_if = "is_unset")]
    pub resources: IndexMap<String, WorkloadResource>,
    /// Where the document comes from.
    #[serde(skip_serializing_if = "is_unset")]
    pub source: WorkloadSource,
}

/// Where a workload is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Service {
    /// Its ports, by name.
    #[serde(skip_serializing_if = "is_unset")]
    pub ports: IndexMap<String, Port>,
}

/// One port of a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("port"))]
pub struct Port {
    /// The port that others use.
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
    /// The port that the container listens on, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub target_port: Option<i32>,
    /// The transport protocol; TCP where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
}

/// A transport protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Protocol {
    /// TCP.
    #[default]
    #[serde(rename = "TCP")]
    Tcp,
    /// UDP.
    #[serde(rename = "UDP")]
    Udp,
}

/// Something that a workload needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type"))]
pub struct WorkloadResource {
    /// A resource type, such as `postgres`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]$"))]
    pub r#type: String,
    /// Class within the type.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]$"))]
    pub class: String,
    /// The resources of all workloads with the same type, class and id are one.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(regex(pattern = r"^[a-z0-9](?:-?[a-z0-9]+)*(?:\.[a-z0-9](?:-?[a-z0-9]+)*)*$"), length(min = 2, max = 63))]
    pub id: String,
    /// What else is said of it.
    #[serde(skip_serializing_if = "is_unset")]
    pub metadata: Map<String, Value>,
    /// Parameters of the type.
    #[serde(skip_serializing_if = "is_unset")]
    pub params: Map<String, Value>,
}

/// Where a workload's document comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadSource {
    /// Name of the repository.
    #[serde(skip_serializing_if = "is_unset")]
    pub repository: String,
    /// The commit.
    #[serde(skip_serializing_if = "is_unset")]
    pub commit: String,
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadStatus {
    /// Ready is true while the document holds together.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

with_conditions!(WorkloadStatus);

impl Spec for WorkloadSpec {
    type Status = WorkloadStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Workload";
    const PLURAL: &'static str = "workloads";
}

/// A workload.
pub type Workload = Resource<WorkloadSpec>;
