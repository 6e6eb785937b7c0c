//! One container of a workload, as Score describes it.

use causeway_core::schema::FieldError;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::compute::ComputeResources;
use crate::hint::{Required, is_unset};

/// One container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("image"))]
pub struct Container {
    /// The image; `.` is what the repository's pipeline built.
    #[schemars(length(min = 1))]
    pub image: String,
    /// Replaces the command of the image.
    #[serde(skip_serializing_if = "is_unset")]
    pub command: Vec<String>,
    /// Replaces the arguments of the image.
    #[serde(skip_serializing_if = "is_unset")]
    pub args: Vec<String>,
    /// Environment variables; values may refer to resources: `${resources.db.host}`.
    #[serde(skip_serializing_if = "is_unset")]
    pub variables: IndexMap<String, String>,
    /// Files that are put into it, by path.
    #[serde(skip_serializing_if = "is_unset")]
    pub files: IndexMap<String, File>,
    /// Volumes that are mounted into it, by path.
    #[serde(skip_serializing_if = "is_unset")]
    pub volumes: IndexMap<String, Volume>,
    /// Containers that must have got somewhere before this one starts, by name.
    #[serde(skip_serializing_if = "is_unset")]
    pub before: IndexMap<String, Start>,
    /// What it may use.
    #[serde(skip_serializing_if = "is_unset")]
    pub resources: ContainerResources,
    /// How it is found to be stuck; it is then restarted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liveness_probe: Option<Probe>,
    /// How it is found to be ready for requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readiness_probe: Option<Probe>,
}

/// A file that is put into a container; exactly one of its contents is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct File {
    /// Its permissions in octal, such as `0644`.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(regex(pattern = r"^0?[0-7]{3}$"))]
    pub mode: String,
    /// Its text; placeholders are filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Its bytes in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_content: Option<String>,
    /// The file to take it from, relative to the Score file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub source: Option<String>,
    /// Whether placeholders are left as they are.
    #[serde(skip_serializing_if = "is_unset")]
    pub no_expand: bool,
}

/// A volume that is mounted into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("source"))]
pub struct Volume {
    /// The volume, such as `${resources.data}`.
    pub source: String,
    /// The folder within the volume.
    #[serde(skip_serializing_if = "is_unset")]
    pub path: String,
    /// Whether nothing can be written to it.
    #[serde(skip_serializing_if = "is_unset")]
    pub read_only: bool,
}

/// How far another container must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("ready"))]
pub struct Start {
    /// How far.
    pub ready: StartCondition,
}

/// How far a container is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StartCondition {
    /// It was started.
    #[default]
    Started,
    /// It is ready for requests.
    Healthy,
    /// It has ended well.
    Complete,
}

/// What a container may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerResources {
    /// The most.
    #[serde(skip_serializing_if = "is_unset")]
    pub limits: ContainerQuantities,
    /// What is set aside for it.
    #[serde(skip_serializing_if = "is_unset")]
    pub requests: ContainerQuantities,
}

/// Processor and memory as Score writes them; `K` is a thousand, as `k` is in Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerQuantities {
    /// Cores, such as `500m` or `0.5`.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(regex(pattern = r"^\d+(?:m|\.\d+)?$"))]
    pub cpu: String,
    /// Bytes, such as `512Mi`.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(regex(pattern = r"^(0\.\d+|[1-9]\d*(\.\d+)?)(K|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"))]
    pub memory: String,
}

impl ContainerQuantities {
    /// The same as the platform counts; what is empty or malformed is left out.
    pub fn to_compute(&self) -> ComputeResources {
        let memory = match self.memory.strip_suffix('K') {
            Some(thousands) => format!("{thousands}k").parse().ok(),
            None => self.memory.parse().ok(),
        };
        ComputeResources { cpu: self.cpu.parse().ok(), memory }
    }
}

/// How the state of a container is found out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Probe {
    /// By an HTTP request that must be answered with success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_get: Option<HttpGetAction>,
    /// By a command in the container that must succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec: Option<ExecAction>,
}

/// An HTTP request to a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("port path"))]
pub struct HttpGetAction {
    /// Host name to send; the address of the container where it is left out.
    #[serde(skip_serializing_if = "is_unset")]
    pub host: String,
    /// With or without TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// Path to ask for.
    pub path: String,
    /// Port to ask.
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
    /// Further headers.
    #[serde(skip_serializing_if = "is_unset")]
    pub http_headers: Vec<HttpHeader>,
}

/// With or without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Scheme {
    /// Without.
    #[default]
    #[serde(rename = "HTTP")]
    Http,
    /// With.
    #[serde(rename = "HTTPS")]
    Https,
}

/// A header of an HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name value"))]
pub struct HttpHeader {
    /// Its name.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A command in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("command"))]
pub struct ExecAction {
    /// The program and its arguments.
    pub command: Vec<String>,
}

/// What is wrong with the containers of a workload beyond the schema.
pub(super) fn validate(containers: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let Some(containers) = containers.as_object() else {
        return errors;
    };
    for (name, container) in containers {
        let path = format!("spec.containers[{name}]");
        for (target, file) in container.get("files").and_then(Value::as_object).into_iter().flatten() {
            let given =
                ["content", "binaryContent", "source"].iter().filter(|field| file.get(**field).is_some()).count();
            if given != 1 {
                let detail = "exactly one of content, binaryContent and source must be given";
                errors.push(FieldError::invalid(format!("{path}.files[{target}]"), file, detail));
            }
        }
        for other in container.get("before").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            if other == name || !containers.contains_key(other) {
                let detail = "must name another container of the workload";
                errors.push(FieldError::invalid(format!("{path}.before[{other}]"), &other.as_str().into(), detail));
            }
        }
        for probe in ["livenessProbe", "readinessProbe"] {
            let Some(value) = container.get(probe) else {
                continue;
            };
            if value.get("httpGet").is_none() && value.get("exec").is_none() {
                errors.push(FieldError::required(format!("{path}.{probe}"), "one of httpGet and exec must be given"));
            }
        }
    }
    errors
}
