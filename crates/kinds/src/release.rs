//! An immutable bundle of what can be deployed: a workload at a commit, its artifacts and the checks it passed.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::rule;
use crate::run::Conclusion;
use crate::status::with_conditions;

/// What is released. Nothing of it ever changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("workload"))]
pub struct ReleaseSpec {
    /// Name of the workload.
    #[schemars(length(min = 1))]
    pub workload: String,
    /// Name of the repository it was built from.
    #[serde(skip_serializing_if = "is_unset")]
    pub repository: String,
    /// The commit it was built from.
    #[serde(skip_serializing_if = "is_unset")]
    pub commit: String,
    /// The branch that the commit was pushed to.
    #[serde(skip_serializing_if = "is_unset")]
    pub branch: String,
    /// Name of the run that built it.
    #[serde(skip_serializing_if = "is_unset")]
    pub run: String,
    /// Counts the releases of the workload, from 1.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(range(min = 0))]
    pub number: i64,
    /// The Score document as it was at the commit.
    #[serde(skip_serializing_if = "is_unset")]
    pub document: Map<String, Value>,
    /// What was built.
    #[serde(skip_serializing_if = "is_unset")]
    pub artifacts: Vec<Artifact>,
    /// How the jobs of the run ended.
    #[serde(skip_serializing_if = "is_unset")]
    pub checks: Vec<Check>,
    /// Steps of the workflow that the runner could not run and left out.
    #[serde(skip_serializing_if = "is_unset")]
    pub not_run: Vec<String>,
    /// What changed, for people.
    #[serde(skip_serializing_if = "is_unset")]
    pub notes: String,
}

/// Something that was built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name type digest"))]
pub struct Artifact {
    /// Unique within the release.
    pub name: String,
    /// What it is.
    pub r#type: ArtifactType,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "is_unset")]
    pub size_bytes: i64,
    /// Where it lies.
    #[serde(skip_serializing_if = "is_unset")]
    pub location: String,
}

/// What an artifact is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ArtifactType {
    /// The files of the job `build`, run at the path they were built at.
    #[default]
    Workspace,
    /// A container image.
    Oci,
}

/// How one job of the building run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("name"))]
pub struct Check {
    /// Name of the job.
    pub name: String,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Conclusion>,
}

/// What is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ReleaseStatus {
    /// Ready is true while its artifacts are there.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

/// The name of the `number`th release of a workload, such as `payment-service-1`.
pub fn name(workload: &str, number: i64) -> String {
    format!("{workload}-{number}")
}

with_conditions!(ReleaseStatus);

impl Spec for ReleaseSpec {
    type Status = ReleaseStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Release";
    const PLURAL: &'static str = "releases";
}

/// A release.
pub type Release = Resource<ReleaseSpec>;

const DESCRIPTION: &str =
    "An immutable bundle of what can be deployed: a workload at a commit, its artifacts and the checks it passed.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Workload", ".spec.workload"),
        Column::text("Number", ".spec.number").of("integer").wide(),
        Column::text("Commit", ".spec.commit"),
        Column::text("Branch", ".spec.branch"),
        Column::text("Run", ".spec.run").wide(),
    ];
    Definition {
        short_names: strings(&["rel"]),
        selectable_fields: strings(&["spec.workload", "spec.repository", "spec.commit", "spec.branch"]),
        ..with_status::<ReleaseSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    rule::immutable_spec(object, old, &[])
}
