//! What a change will do, before it does it: actions with their diffs, what they cost, and the approvals they need.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::reference::ObjectReference;
use crate::rule;
use crate::status::with_conditions;

/// Which change is planned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("subject operation"))]
pub struct PlanSpec {
    /// The object that is changed.
    pub subject: ObjectReference,
    /// What is done with it.
    pub operation: PlanOperation,
    /// The object as it is asked for, where it is not stored like that yet.
    #[serde(skip_serializing_if = "is_unset")]
    pub proposed: Map<String, Value>,
    /// Who asked for it.
    #[serde(skip_serializing_if = "is_unset")]
    pub author: String,
    /// What else was asked for, such as `keepRepository`.
    #[serde(skip_serializing_if = "is_unset")]
    pub options: Map<String, Value>,
}

/// What a plan does with its subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PlanOperation {
    /// Makes it, and what belongs to it.
    #[default]
    Create,
    /// Changes it.
    Change,
    /// Rolls out a release.
    Deploy,
    /// Rolls out what runs in another environment.
    Promote,
    /// Goes back to an earlier release.
    Rollback,
    /// Takes it away, and what belongs to it.
    Delete,
}

/// What the change amounts to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PlanStatus {
    /// What is done, in order.
    #[serde(skip_serializing_if = "is_unset")]
    pub actions: Vec<Action>,
    /// SHA-256 over the actions, in hexadecimal. An approval holds for one fingerprint only.
    #[serde(skip_serializing_if = "is_unset")]
    pub fingerprint: String,
    /// What to think about before approving it.
    #[serde(skip_serializing_if = "is_unset")]
    pub warnings: Vec<String>,
    /// Why it cannot be done, and what to try.
    #[serde(skip_serializing_if = "is_unset")]
    pub problems: Vec<Problem>,
    /// Which approvals it needs.
    #[serde(skip_serializing_if = "is_unset")]
    pub needs: Vec<Need>,
    /// Which approvals it has.
    #[serde(skip_serializing_if = "is_unset")]
    pub approvals: Vec<Approval>,
    /// What it changes about the monthly cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_delta: Option<CostDelta>,
    /// When it was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<Timestamp>,
    /// What is known: Approved, Applied, Ready.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

/// One action of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("id operation target"))]
pub struct Action {
    /// Unique within the plan.
    pub id: String,
    /// What is done.
    pub operation: ActionOperation,
    /// To what.
    pub target: Target,
    /// The same in words.
    #[serde(skip_serializing_if = "is_unset")]
    pub summary: String,
    /// Which fields change.
    #[serde(skip_serializing_if = "is_unset")]
    pub diff: Vec<FieldChange>,
    /// Whether data is lost.
    #[serde(skip_serializing_if = "is_unset")]
    pub destructive: bool,
    /// Ids of the actions that come before it.
    #[serde(skip_serializing_if = "is_unset")]
    pub after: Vec<String>,
    /// What the target costs in a month afterwards, in the currency of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_monthly: Option<f64>,
}

/// What an action does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ActionOperation {
    /// Makes something.
    #[default]
    Create,
    /// Changes something.
    Change,
    /// Runs something.
    Run,
    /// Takes something away.
    Delete,
}

/// What an action is done to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("kind name"))]
pub struct Target {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for cluster scope.
    #[serde(skip_serializing_if = "is_unset")]
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The environment it lives in, where it does.
    #[serde(skip_serializing_if = "is_unset")]
    pub environment: String,
}

/// One field that changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("field"))]
pub struct FieldChange {
    /// Path of the field, such as `spec.replicas`.
    pub field: String,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Whether the values are left out because they are secret.
    #[serde(skip_serializing_if = "is_unset")]
    pub sensitive: bool,
}

/// Why a plan cannot be carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("message"))]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to try.
    #[serde(skip_serializing_if = "is_unset")]
    pub hint: String,
}

/// An approval that a plan needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("reason"))]
pub struct Need {
    /// Why.
    pub reason: String,
    /// Ids of the actions that ask for it.
    #[serde(skip_serializing_if = "is_unset")]
    pub actions: Vec<String>,
}

/// An approval that was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("by fingerprint"))]
pub struct Approval {
    /// Who gave it.
    pub by: String,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The fingerprint that was approved.
    pub fingerprint: String,
    /// How it was given: `author`, `cli`, `portal`, `api`.
    #[serde(skip_serializing_if = "is_unset")]
    pub via: String,
}

/// What a plan changes about the monthly cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CostDelta {
    /// More, or less where it is negative.
    pub monthly: f64,
    /// Three letters, such as `EUR`.
    #[serde(skip_serializing_if = "is_unset")]
    pub currency: String,
}

with_conditions!(PlanStatus);

impl Spec for PlanSpec {
    type Status = PlanStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Plan";
    const PLURAL: &'static str = "plans";
}

/// A plan.
pub type Plan = Resource<PlanSpec>;

const DESCRIPTION: &str =
    "What a change will do, before it does it: actions with their diffs, what they cost, and the approvals they need.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Operation", ".spec.operation"),
        Column::text("Kind", ".spec.subject.kind"),
        Column::text("Subject", ".spec.subject.name"),
        Column::text("Approved", r#".status.conditions[?(@.type=="Approved")].status"#),
        Column::text("Applied", r#".status.conditions[?(@.type=="Applied")].status"#),
        Column::text("Author", ".spec.author").wide(),
        Column::text("Fingerprint", ".status.fingerprint").wide(),
    ];
    Definition {
        selectable_fields: strings(&["spec.operation", "spec.subject.kind", "spec.subject.name", "spec.subject.uid"]),
        ..with_status::<PlanSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = rule::immutable_spec(object, old, &[]);
    errors.extend(rule::needs(object, "spec.subject.kind", "a plan is about one object"));
    errors.extend(rule::needs(object, "spec.subject.name", "a plan is about one object"));
    errors
}
