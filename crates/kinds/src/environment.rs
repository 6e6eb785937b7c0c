//! A place to run, and its rules.

use causeway_core::duration;
use causeway_core::name::NameRule;
use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compute::ComputeResources;
use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::resource_type::normalise_type_of;
use crate::rule;
use crate::status::with_conditions;

/// What the environment is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvironmentSpec {
    /// What people call it.
    #[serde(skip_serializing_if = "is_unset")]
    pub display_name: String,
    /// What it is for, such as `dev`, `staging` or `production`; recipes and policies match it.
    #[serde(skip_serializing_if = "is_unset")]
    pub r#type: String,
    /// The group that owns it.
    #[serde(skip_serializing_if = "is_unset")]
    pub owner: String,
    /// Name of the cluster where its deployments land.
    pub cluster: String,
    /// The namespace on that cluster; the environment's own name where it is left out.
    #[serde(skip_serializing_if = "is_unset")]
    pub namespace: String,
    /// Name of the environment that it was made like.
    #[serde(skip_serializing_if = "is_unset")]
    pub from: String,
    /// How long it lives, such as `4h` or `7d`; for ever where it is left out.
    #[serde(skip_serializing_if = "is_unset")]
    pub ttl: String,
    /// Whether every change in it needs an approval.
    #[serde(skip_serializing_if = "is_unset")]
    pub protected: bool,
    /// What is said here about single services; it outranks what the services say themselves.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub services: Vec<EnvironmentService>,
    /// Databases that the environment itself has.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub databases: Vec<EnvironmentDatabase>,
    /// Secrets that its services may use.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub secrets: Vec<EnvironmentSecret>,
    /// What may come in, and what may go out.
    #[serde(skip_serializing_if = "is_unset")]
    pub networking: Networking,
    /// Who is told when something is wrong.
    #[serde(skip_serializing_if = "is_unset")]
    pub monitoring: Monitoring,
}

impl Default for EnvironmentSpec {
    fn default() -> Self {
        Self {
            display_name: String::new(),
            r#type: String::new(),
            owner: String::new(),
            cluster: "local".into(),
            namespace: String::new(),
            from: String::new(),
            ttl: String::new(),
            protected: false,
            services: Vec::new(),
            databases: Vec::new(),
            secrets: Vec::new(),
            networking: Networking::default(),
            monitoring: Monitoring::default(),
        }
    }
}

/// What an environment says about one service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name"))]
pub struct EnvironmentService {
    /// Name of the workload.
    #[schemars(length(min = 1))]
    pub name: String,
    /// How many copies run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub replicas: Option<i32>,
    /// What one copy may use.
    #[serde(skip_serializing_if = "is_unset")]
    pub resources: ComputeResources,
}

/// A database that an environment has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name type"))]
pub struct EnvironmentDatabase {
    /// What it is called within the environment.
    #[schemars(length(min = 1))]
    pub name: String,
    /// A resource type of the platform, such as `postgres`.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// One of the sizes of the type.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-aliases" = ["tier"]))]
    pub size: String,
    /// Version of the product.
    #[serde(skip_serializing_if = "is_unset")]
    pub version: String,
}

/// A secret that the services of an environment may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name"))]
pub struct EnvironmentSecret {
    /// What it is called.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The store that it comes from.
    #[serde(skip_serializing_if = "is_unset")]
    pub source: String,
}

/// What may come in, and what may go out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Networking {
    /// What comes in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress: Option<Ingress>,
    /// What goes out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress: Option<Egress>,
}

/// What comes into an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Ingress {
    /// Whether its services are reached from outside.
    pub enabled: bool,
    /// Under which host name.
    #[serde(skip_serializing_if = "is_unset")]
    pub hostname: String,
}

/// What goes out of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Egress {
    /// Where its services may connect to: `all`, `none`.
    #[serde(skip_serializing_if = "is_unset")]
    pub allowed: String,
}

/// Who is told when something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Monitoring {
    /// Whether its services are watched.
    pub enabled: bool,
    /// Where alerts go.
    #[serde(skip_serializing_if = "is_unset")]
    pub alert_channel: String,
}

/// What is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvironmentStatus {
    /// Names of the services that are deployed in it.
    #[serde(skip_serializing_if = "is_unset")]
    pub services: Vec<String>,
    /// When its time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What is known: Ready is true when its cluster is and its parts are.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

with_conditions!(EnvironmentStatus);

impl Spec for EnvironmentSpec {
    type Status = EnvironmentStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Environment";
    const PLURAL: &'static str = "environments";
}

/// An environment.
pub type Environment = Resource<EnvironmentSpec>;

const DESCRIPTION: &str = "A place to run, and its rules.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).normalised_by(normalise).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Cluster", ".spec.cluster"),
        Column::text("Owner", ".spec.owner").wide(),
        Column::text("Protected", ".spec.protected").of("boolean").wide(),
        Column::text("Expires", ".status.expiresAt").wide(),
    ];
    Definition {
        short_names: strings(&["env"]),
        // The name becomes part of host names.
        names: NameRule::DnsLabel,
        selectable_fields: strings(&["spec.type", "spec.cluster", "spec.owner"]),
        ..with_status::<EnvironmentSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn normalise(object: &mut Object) {
    let Some(Value::Array(databases)) = object.0.get_mut("spec").and_then(|spec| spec.get_mut("databases")) else {
        return;
    };
    databases.iter_mut().filter_map(|database| database.get_mut("type")).for_each(normalise_type_of);
}

fn validate(object: &Object, _old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let ttl = rule::value_at(object, "spec.ttl");
    if let Some(text) = ttl.as_str().filter(|text| !text.is_empty()) {
        match duration::parse(text) {
            Ok(ttl) if !ttl.is_zero() => {}
            Ok(_) => errors.push(FieldError::invalid("spec.ttl", ttl, "must be longer than nothing")),
            Err(error) => errors.push(FieldError::invalid("spec.ttl", ttl, &error.to_string())),
        }
    }
    let from = rule::value_at(object, "spec.from");
    if !object.name().is_empty() && from.as_str() == Some(object.name()) {
        errors.push(FieldError::invalid("spec.from", from, "an environment cannot be made like itself"));
    }
    errors
}
