//! Files that are kept in sync: catalog files, platform configuration, manifests.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::rule;
use crate::status::with_conditions;

/// Where the files are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("type"))]
pub struct SourceSpec {
    /// What kind of place it is.
    pub r#type: SourceType,
    /// Name of a repository of the platform, in the same namespace; for the type `repository`.
    #[serde(skip_serializing_if = "is_unset")]
    pub repository: String,
    /// Address of a repository elsewhere, or of the file itself; for the types `git` and `url`.
    #[serde(skip_serializing_if = "is_unset")]
    pub url: String,
    /// The file, or a pattern such as `**/catalog-info.yaml`; for `directory` and `file` where it lies on the server.
    #[schemars(length(min = 1))]
    pub path: String,
    /// The branch; the default branch where it is left out.
    #[serde(skip_serializing_if = "is_unset")]
    pub branch: String,
    /// How often to look for changes that nobody announces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub interval_seconds: Option<i64>,
}

impl Default for SourceSpec {
    fn default() -> Self {
        Self {
            r#type: SourceType::default(),
            repository: String::new(),
            url: String::new(),
            path: "catalog-info.yaml".into(),
            branch: String::new(),
            interval_seconds: None,
        }
    }
}

/// What kind of place a source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SourceType {
    /// A repository of the platform.
    #[default]
    Repository,
    /// A Git repository elsewhere.
    Git,
    /// One file behind an address.
    Url,
    /// A folder on the server.
    Directory,
    /// One file on the server.
    File,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SourceStatus {
    /// The commit, or the digest of the files, that was read last.
    #[serde(skip_serializing_if = "is_unset")]
    pub revision: String,
    /// References of the entities that came from it.
    #[serde(skip_serializing_if = "is_unset")]
    pub entities: Vec<String>,
    /// What is wrong with the files.
    #[serde(skip_serializing_if = "is_unset")]
    pub errors: Vec<SourceError>,
    /// When it was read last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sync: Option<Timestamp>,
    /// What is known: Ready is true while everything that was read is in the catalog.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

/// Something wrong in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("message"))]
pub struct SourceError {
    /// The file, relative to the source.
    #[serde(skip_serializing_if = "is_unset")]
    pub file: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "is_unset")]
    pub line: i64,
    /// The column, from 1.
    #[serde(skip_serializing_if = "is_unset")]
    pub column: i64,
    /// What is wrong.
    pub message: String,
}

with_conditions!(SourceStatus);

impl Spec for SourceSpec {
    type Status = SourceStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Source";
    const PLURAL: &'static str = "sources";
}

/// A source.
pub type Source = Resource<SourceSpec>;

const DESCRIPTION: &str = "Files that are kept in sync: catalog files, platform configuration, manifests.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Type", ".spec.type"),
        Column::text("Repository", ".spec.repository"),
        Column::text("URL", ".spec.url").wide(),
        Column::text("Path", ".spec.path"),
        Column::text("Revision", ".status.revision").wide(),
        Column::text("Synced", ".status.lastSync").of("date").wide(),
    ];
    Definition {
        selectable_fields: strings(&["spec.type", "spec.repository"]),
        ..with_status::<SourceSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn validate(object: &Object, _old: Option<&Object>) -> Vec<FieldError> {
    let field = match rule::text_at(object, "spec.type") {
        "repository" => "spec.repository",
        "git" | "url" => "spec.url",
        // A path is always there.
        _ => return Vec::new(),
    };
    let reason = format!("the type is {}", rule::text_at(object, "spec.type"));
    rule::needs(object, field, &reason).into_iter().collect()
}
