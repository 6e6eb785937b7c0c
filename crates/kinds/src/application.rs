//! What a developer asks for: a service in a language, with what it needs. Everything else follows from it.

use causeway_core::name::NameRule;
use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compute::ComputeResources;
use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::resource_type::normalise_type_at;
use crate::rule;
use crate::status::with_conditions;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("language"))]
pub struct ApplicationSpec {
    /// What the application does, in one sentence.
    #[serde(skip_serializing_if = "is_unset")]
    pub description: String,
    /// Programming language, such as `go` or `python`; together with the framework it chooses the template.
    #[schemars(length(min = 1))]
    pub language: String,
    /// Framework within the language, such as `gin` or `fastapi`.
    #[serde(skip_serializing_if = "is_unset")]
    pub framework: String,
    /// The group that owns the application: a name, or a reference such as `group:default/team-a`.
    #[serde(skip_serializing_if = "is_unset")]
    pub owner: String,
    /// The system that the application is part of.
    #[serde(skip_serializing_if = "is_unset")]
    pub system: String,
    /// The environment in which it is deployed first.
    pub environment: String,
    /// The template it is made from; by default `<language>-<framework>`.
    #[serde(skip_serializing_if = "is_unset")]
    pub template: String,
    /// Further parameters of the template.
    #[serde(skip_serializing_if = "is_unset")]
    pub parameters: serde_json::Map<String, Value>,
    /// Databases, caches, queues and buckets that the application needs.
    #[serde(skip_serializing_if = "is_unset")]
    pub infrastructure: Infrastructure,
    /// How it runs.
    pub deployment: DeploymentSettings,
    /// How it gets from a commit to an environment.
    pub delivery: Delivery,
    /// What can be seen of it while it runs.
    pub observability: Observability,
}

impl Default for ApplicationSpec {
    fn default() -> Self {
        Self {
            description: String::new(),
            language: String::new(),
            framework: String::new(),
            owner: String::new(),
            system: String::new(),
            environment: "dev".into(),
            template: String::new(),
            parameters: serde_json::Map::new(),
            infrastructure: Infrastructure::default(),
            deployment: DeploymentSettings::default(),
            delivery: Delivery::default(),
            observability: Observability::default(),
        }
    }
}

/// What an application needs besides itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Infrastructure {
    /// A database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<InfrastructureRequest>,
    /// A cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<InfrastructureRequest>,
    /// A message queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<InfrastructureRequest>,
    /// An object store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<InfrastructureRequest>,
}

impl Infrastructure {
    /// What is asked for, with the field it stands in.
    pub fn requests(&self) -> impl Iterator<Item = (&'static str, &InfrastructureRequest)> {
        [("database", &self.database), ("cache", &self.cache), ("queue", &self.queue), ("bucket", &self.bucket)]
            .into_iter()
            .filter_map(|(field, request)| Some((field, request.as_ref()?)))
    }
}

/// One thing that an application needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type"))]
pub struct InfrastructureRequest {
    /// A resource type of the platform, such as `postgres`; `kubectl get resourcetypes` lists them.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// Version of the product; the recipe decides where it is left out.
    #[serde(skip_serializing_if = "is_unset")]
    pub version: String,
    /// One of the sizes of the resource type.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-aliases" = ["tier"]))]
    pub size: String,
    /// Name of the resource within the application's workload; a short word for its kind by default.
    #[serde(skip_serializing_if = "is_unset")]
    pub name: String,
}

/// How an application runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentSettings {
    /// How many copies run.
    #[schemars(range(min = 0, max = 100))]
    pub replicas: i32,
    /// What one copy may use.
    #[serde(skip_serializing_if = "is_unset")]
    pub resources: ComputeResources,
    /// Whether the number of copies follows the load, and within which bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// How a new release replaces the old one; `rolling` by default.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("enum" = ["rolling", "recreate"]))]
    pub strategy: String,
}

impl Default for DeploymentSettings {
    fn default() -> Self {
        Self { replicas: 2, resources: ComputeResources::default(), autoscaling: None, strategy: String::new() }
    }
}

/// Bounds within which the number of copies follows the load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Autoscaling {
    /// Whether it does.
    pub enabled: bool,
    /// The fewest copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub min_replicas: Option<i32>,
    /// The most copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub max_replicas: Option<i32>,
}

/// How an application gets from a commit to an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Delivery {
    /// Whether its repository gets a pipeline; without one nothing is released.
    pub ci: bool,
    /// Whether releases of the default branch are deployed by themselves.
    pub cd: bool,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { ci: true, cd: true }
    }
}

/// What can be seen of an application while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Observability {
    /// Whether it writes structured logs.
    pub logging: bool,
    /// Whether it offers metrics.
    pub metrics: bool,
    /// Whether it sends traces.
    pub tracing: bool,
    /// Where alerts go, such as `slack`.
    #[serde(skip_serializing_if = "is_unset")]
    pub alert_channels: Vec<String>,
}

impl Default for Observability {
    fn default() -> Self {
        Self { logging: true, metrics: true, tracing: true, alert_channels: Vec::new() }
    }
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationStatus {
    /// Name of the plan under which it is made.
    #[serde(skip_serializing_if = "is_unset")]
    pub plan: String,
    /// Name of the run of its template.
    #[serde(skip_serializing_if = "is_unset")]
    pub run: String,
    /// Name of its repository.
    #[serde(skip_serializing_if = "is_unset")]
    pub repository: String,
    /// Where the repository is cloned from.
    #[serde(skip_serializing_if = "is_unset")]
    pub remote_url: String,
    /// Where it answers.
    #[serde(skip_serializing_if = "is_unset")]
    pub url: String,
    /// Its catalog entity, such as `component:default/payment-service`.
    #[serde(skip_serializing_if = "is_unset")]
    pub component: String,
    /// Paths of its secrets, such as `db/payment-service`.
    #[serde(skip_serializing_if = "is_unset")]
    pub secrets: Vec<String>,
    /// What is known: Planned, Scaffolded, Cataloged, Released, Deployed, Ready.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

with_conditions!(ApplicationStatus);

impl Spec for ApplicationSpec {
    type Status = ApplicationStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Application";
    const PLURAL: &'static str = "applications";
}

/// An application.
pub type Application = Resource<ApplicationSpec>;

const DESCRIPTION: &str = "What a developer asks for: a service in a language, with what it needs. Repository, pipeline, database, deployment and catalog entry follow from it.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).normalised_by(normalise).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Language", ".spec.language"),
        Column::text("Framework", ".spec.framework").wide(),
        Column::text("Environment", ".spec.environment"),
        Column::text("Owner", ".spec.owner").wide(),
        Column::text("URL", ".status.url"),
        Column::text("Repository", ".status.repository").wide(),
    ];
    Definition {
        short_names: strings(&["app"]),
        categories: strings(&["causeway", "all"]),
        // The name becomes part of host names, of the repository, and of the database.
        names: NameRule::DnsLabel,
        selectable_fields: strings(&["spec.language", "spec.owner", "spec.system", "spec.environment"]),
        ..with_status::<ApplicationSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn normalise(object: &mut Object) {
    for field in ["database", "cache", "queue", "bucket"] {
        normalise_type_at(object, &["spec", "infrastructure", field, "type"]);
    }
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let scaling = ["spec", "deployment", "autoscaling"];
    let bound = |name| object.at(&[&scaling[..], &[name]].concat());
    let mut errors: Vec<FieldError> = rule::ordered(
        "spec.deployment.autoscaling.maxReplicas",
        bound("minReplicas"),
        bound("maxReplicas"),
        "must not be less than minReplicas",
    )
    .into_iter()
    .collect();
    // Until there is code, a wrong language can be put right.
    let scaffolded = old.filter(|old| !old.text(&["status", "repository"]).is_empty());
    errors.extend(rule::immutable(object, scaffolded, &["spec.language", "spec.framework", "spec.template"]));
    errors
}
