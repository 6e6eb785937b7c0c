//! A Score document at one revision: what runs, and what it needs.
//!
//! The fields are those of `score.dev/v1b1`; a Score file itself is read with [`from_score`].

mod container;
mod score;

use causeway_core::name::NameRule;
use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use container::{
    Container, ContainerQuantities, ContainerResources, ExecAction, File, HttpGetAction, HttpHeader, Probe, Scheme,
    Start, StartCondition, Volume,
};
pub use score::{SCORE_API_VERSION, from_score, is_score, to_score};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::resource_type::normalise_type_of;
use crate::rule;
use crate::status::with_conditions;

/// What runs, and what it needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("containers"))]
pub struct WorkloadSpec {
    /// The containers that run side by side, by name.
    #[schemars(extend("minProperties" = 1))]
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
    #[schemars(
        regex(pattern = r"^[a-z0-9](?:-?[a-z0-9]+)*(?:\.[a-z0-9](?:-?[a-z0-9]+)*)*$"),
        length(min = 2, max = 63)
    )]
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

const DESCRIPTION: &str = "A Score document at one revision: what runs, and what it needs.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).normalised_by(normalise).validated_by(validate)
}

fn definition() -> Definition {
    let columns =
        vec![Column::text("Repository", ".spec.source.repository"), Column::text("Commit", ".spec.source.commit")];
    Definition {
        short_names: strings(&["wl"]),
        categories: strings(&["causeway", "all"]),
        // The name becomes part of host names.
        names: NameRule::DnsLabel,
        selectable_fields: strings(&["spec.source.repository", "spec.source.commit"]),
        ..with_status::<WorkloadSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn normalise(object: &mut Object) {
    let Some(spec) = object.0.get_mut("spec") else {
        return;
    };
    if let Some(Value::Object(resources)) = spec.get_mut("resources") {
        resources.values_mut().filter_map(|resource| resource.get_mut("type")).for_each(normalise_type_of);
    }
}

fn validate(object: &Object, _old: Option<&Object>) -> Vec<FieldError> {
    let named = |field: &'static str| {
        let names = rule::value_at(object, field).as_object().into_iter().flat_map(|map| map.keys());
        names.filter(|name| !is_score_name(name)).map(move |name| {
            let detail =
                "must be 2 to 63 lower case letters, digits or '-', and must start and end with a letter or digit";
            FieldError::invalid(format!("{field}[{name}]"), &name.as_str().into(), detail)
        })
    };
    let mut errors: Vec<FieldError> =
        named("spec.containers").chain(named("spec.service.ports")).chain(named("spec.resources")).collect();
    errors.extend(container::validate(rule::value_at(object, "spec.containers")));
    errors
}

/// Score's rule for names of containers, ports and resources.
fn is_score_name(name: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    (2..=63).contains(&bytes.len())
        && bytes.iter().all(|&b| alphanumeric(b) || b == b'-')
        && bytes.first().is_some_and(|&b| alphanumeric(b))
        && bytes.last().is_some_and(|&b| alphanumeric(b))
}
