//! Kinds that are stored and shown, and whose specs are not looked into yet.
//!
//! Nothing reconciles them in this version: each object says so in its condition `Ready`.

use causeway_core::schema::{from_type, object_schema};
use causeway_core::{Column, Condition, Definition, PLATFORM_API_VERSION, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::definition::{described, named, strings, with_ready};
use crate::hint::is_unset;
use crate::kind::Kind;

/// What is known of an object whose kind nothing reconciles yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct OpenStatus {
    /// What is known.
    #[serde(skip_serializing_if = "is_unset")]
    conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    observed_generation: i64,
}

/// Something that people may call: its parameters, and the steps that it takes.
pub(crate) fn action() -> Kind {
    open(
        "Action",
        "actions",
        Scope::Namespaced,
        "Something that people may call: its parameters, and the steps that it takes.",
    )
}

/// Something that went wrong, from the first sign to the lesson.
pub(crate) fn incident() -> Kind {
    open("Incident", "incidents", Scope::Namespaced, "Something that went wrong, from the first sign to the lesson.")
}

/// What somebody thinks of the platform.
pub(crate) fn feedback() -> Kind {
    open("Feedback", "feedback", Scope::Namespaced, "What somebody thinks of the platform.")
}

/// Questions to developers, and their answers.
pub(crate) fn survey() -> Kind {
    open("Survey", "surveys", Scope::Namespaced, "Questions to developers, and their answers.")
}

/// Where an organisation stands: its infrastructure, and what its developers say.
pub(crate) fn assessment() -> Kind {
    let description = "Where an organisation stands: its infrastructure, and what its developers say.";
    open("Assessment", "assessments", Scope::Namespaced, description)
}

/// What may be spent, and what was.
pub(crate) fn budget() -> Kind {
    open("Budget", "budgets", Scope::Namespaced, "What may be spent, and what was.")
}

/// A documented, reviewed, expiring way around a policy.
pub(crate) fn exemption() -> Kind {
    open("Exemption", "exemptions", Scope::Namespaced, "A documented, reviewed, expiring way around a policy.")
}

/// A rule over resources and plans.
pub(crate) fn policy() -> Kind {
    let kind = open("Policy", "policies", Scope::Cluster, "A rule over resources and plans.");
    Kind { definition: Definition { short_names: strings(&["pol"]), ..kind.definition }, ..kind }
}

/// Levels of standards, computed for every entity, with the reason for each verdict.
pub(crate) fn scorecard() -> Kind {
    let description = "Levels of standards, computed for every entity, with the reason for each verdict.";
    open("Scorecard", "scorecards", Scope::Cluster, description)
}

fn open(kind: &str, plural: &str, scope: Scope, description: &str) -> Kind {
    let spec = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "description": "What it says."});
    let schema = described(object_schema(spec, Some(from_type::<OpenStatus>()), false), description);
    let columns: Vec<Column> = with_ready(Vec::new());
    Kind::new(Definition {
        scope,
        categories: strings(&["causeway"]),
        status_subresource: true,
        ..named(PLATFORM_API_VERSION, kind, plural, schema, columns)
    })
}
