//! Conditions: what is known of an object, one sentence each (`metav1.Condition`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody knows yet.
    #[default]
    Unknown,
}

/// One condition of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What is spoken of: `Ready` is last in the chain of every reconciled kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why, in one CamelCase word.
    #[serde(default)]
    pub reason: String,
    /// Why, in one deterministic sentence without times or counters.
    #[serde(default)]
    pub message: String,
    /// When `status` last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Timestamp>,
    /// The generation that this was said of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

impl Condition {
    /// A condition; its time is set when it is put in place by [`set`].
    pub fn new(kind: &str, status: ConditionStatus, reason: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), status, reason: reason.into(), message: message.into(), ..Self::default() }
    }

    /// `Ready`.
    pub fn ready(status: ConditionStatus, reason: &str, message: impl Into<String>) -> Self {
        Self::new("Ready", status, reason, message)
    }

    /// Whether it holds.
    pub fn is_true(&self) -> bool {
        self.status == ConditionStatus::True
    }
}

/// Puts a condition in place: the transition time moves only where the status changes.
pub fn set(conditions: &mut Vec<Condition>, mut condition: Condition, generation: i64, now: Timestamp) {
    condition.observed_generation = Some(generation);
    match conditions.iter_mut().find(|c| c.kind == condition.kind) {
        Some(old) => {
            let same = old.status == condition.status;
            condition.last_transition_time = if same { old.last_transition_time.or(Some(now)) } else { Some(now) };
            *old = condition;
        }
        None => {
            condition.last_transition_time = Some(now);
            conditions.push(condition);
        }
    }
}

/// The condition of one type.
pub fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|c| c.kind == kind)
}
