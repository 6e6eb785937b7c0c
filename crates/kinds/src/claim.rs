//! One live resource of a type in an environment: a database, a cache, a queue, a bucket.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::resource_type::{DeletionPolicy, normalise_type_at};
use crate::rule;
use crate::status::with_conditions;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type environment"))]
pub struct ClaimSpec {
    /// A resource type of the platform, such as `postgres`; it never changes.
    #[schemars(length(min = 1))]
    pub r#type: String,
    /// One of the sizes of the type.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-aliases" = ["tier"]))]
    pub size: String,
    /// Version of the product; the recipe decides where it is left out.
    #[serde(skip_serializing_if = "is_unset")]
    pub version: String,
    /// Class within the type, for recipes to match; `default` where it is left out.
    #[serde(skip_serializing_if = "is_unset")]
    pub class: String,
    /// Parameters of the type.
    #[serde(skip_serializing_if = "is_unset")]
    pub parameters: Map<String, Value>,
    /// Name of the environment it lives in; it never changes.
    #[schemars(length(min = 1))]
    pub environment: String,
    /// Name of the workload it belongs to; empty where it stands alone.
    #[serde(skip_serializing_if = "is_unset")]
    pub workload: String,
    /// Its key among the resources of the workload, such as `db`.
    #[serde(skip_serializing_if = "is_unset")]
    pub resource: String,
    /// The group that owns it.
    #[serde(skip_serializing_if = "is_unset")]
    pub owner: String,
    /// What happens to the data when the claim is deleted; the type decides where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Where its credentials are kept, such as `db/payment-service`; derived where it is left out.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(/[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"))]
    pub secret_path: String,
}

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimStatus {
    /// Name of the recipe it is made by.
    #[serde(skip_serializing_if = "is_unset")]
    pub recipe: String,
    /// Revision of that recipe.
    #[serde(skip_serializing_if = "is_unset")]
    pub recipe_revision: String,
    /// The driver that made it.
    #[serde(skip_serializing_if = "is_unset")]
    pub driver: String,
    /// What a user of it needs to know and everybody may see, such as `host` and `port`.
    #[serde(skip_serializing_if = "is_unset")]
    pub outputs: Map<String, Value>,
    /// Path of the secret with its credentials.
    #[serde(skip_serializing_if = "is_unset")]
    pub secret_name: String,
    /// The names it has in the outside world, derived before it is created.
    #[serde(skip_serializing_if = "is_unset")]
    pub handle: Map<String, Value>,
    /// The operation that was begun and is not known to have ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// What is known: Ready is true while it can be used.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

/// An operation on the outside world that was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Intent {
    /// Repeating an operation under the same id has no further effect.
    pub op_id: String,
    /// What is done: `apply` or `destroy`.
    pub operation: String,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
}

/// The name of a claim, such as `db-payment-service.dev`: `prefix` is that of the type's secrets, `name` the workload it
/// belongs to, or what a claim that stands alone was called.
pub fn name(prefix: &str, name: &str, environment: &str) -> String {
    format!("{prefix}-{name}.{environment}")
}

/// The path of a claim's secret, such as `db/payment-service`.
pub fn secret_path(prefix: &str, name: &str) -> String {
    format!("{prefix}/{name}")
}

with_conditions!(ClaimStatus);

impl Spec for ClaimSpec {
    type Status = ClaimStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Claim";
    const PLURAL: &'static str = "claims";
}

/// A claim.
pub type Claim = Resource<ClaimSpec>;

const DESCRIPTION: &str = "One live resource of a type in an environment: a database, a cache, a queue, a bucket.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).normalised_by(normalise).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Size", ".spec.size"),
        Column::text("Environment", ".spec.environment"),
        Column::text("Workload", ".spec.workload").wide(),
        Column::text("Secret", ".status.secretName").wide(),
        Column::text("Recipe", ".status.recipe").wide(),
    ];
    Definition {
        categories: strings(&["causeway", "all"]),
        selectable_fields: strings(&["spec.type", "spec.environment", "spec.workload", "status.recipe"]),
        ..with_status::<ClaimSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn normalise(object: &mut Object) {
    normalise_type_at(object, &["spec", "type"]);
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    rule::immutable(object, old, &["spec.type", "spec.environment"])
}
