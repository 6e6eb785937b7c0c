//! A Git repository that the platform hosts.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec, Timestamp};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::rule;
use crate::status::with_conditions;

/// How many pushes a repository remembers in its status.
pub const PUSHES_KEPT: usize = 50;

/// What the repository is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RepositorySpec {
    /// What it holds, in one sentence.
    #[serde(skip_serializing_if = "is_unset")]
    pub description: String,
    /// The branch that is checked out, released and shown where none is named.
    #[schemars(length(min = 1))]
    pub default_branch: String,
    /// Who may read it.
    pub visibility: Visibility,
    /// Branches with rules.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["branch"]))]
    pub protection: Vec<Protection>,
    /// The group that owns it.
    #[serde(skip_serializing_if = "is_unset")]
    pub owner: String,
    /// What it was made by.
    #[serde(skip_serializing_if = "is_unset")]
    pub source: RepositorySource,
}

impl Default for RepositorySpec {
    fn default() -> Self {
        Self {
            description: String::new(),
            default_branch: "main".into(),
            visibility: Visibility::default(),
            protection: Vec::new(),
            owner: String::new(),
            source: RepositorySource::default(),
        }
    }
}

/// Who may read a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// Who has permission.
    #[default]
    Private,
    /// Everybody who is signed in.
    Internal,
    /// Everybody.
    Public,
}

/// The rules of a branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("branch"))]
pub struct Protection {
    /// Name of the branch, or a pattern such as `release/*`.
    #[schemars(length(min = 1))]
    pub branch: String,
    /// Jobs that must have succeeded on a commit before the branch may point at it.
    #[serde(skip_serializing_if = "is_unset")]
    pub required_checks: Vec<String>,
    /// Whether commits may be taken out of the branch again.
    pub allow_force_push: bool,
}

/// What a repository was made by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RepositorySource {
    /// The template, such as `template:default/go-gin`.
    #[serde(skip_serializing_if = "is_unset")]
    pub template: String,
    /// Name of the run.
    #[serde(skip_serializing_if = "is_unset")]
    pub run: String,
}

/// What is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RepositoryStatus {
    /// Where it is cloned from.
    #[serde(skip_serializing_if = "is_unset")]
    pub url: String,
    /// Where it lies, relative to the folder of the repositories.
    #[serde(skip_serializing_if = "is_unset")]
    pub path: String,
    /// The commit that each branch points at.
    #[serde(skip_serializing_if = "is_unset")]
    pub branches: IndexMap<String, String>,
    /// The latest pushes, newest last, at most 50.
    #[serde(skip_serializing_if = "is_unset")]
    pub pushes: Vec<Push>,
    /// How much room it takes.
    #[serde(skip_serializing_if = "is_unset")]
    pub size_bytes: i64,
    /// What is known: Ready is true while it can be cloned.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

/// One reference that was pushed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("id ref before after"))]
pub struct Push {
    /// Unique within the repository.
    pub id: String,
    /// The full name, such as `refs/heads/main`.
    pub r#ref: String,
    /// The commit before; zeros where the reference is new.
    pub before: String,
    /// The commit after; zeros where the reference was deleted.
    pub after: String,
    /// Who pushed.
    #[serde(skip_serializing_if = "is_unset")]
    pub actor: String,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Whether commits were taken out.
    #[serde(skip_serializing_if = "is_unset")]
    pub forced: bool,
}

with_conditions!(RepositoryStatus);

impl Spec for RepositorySpec {
    type Status = RepositoryStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Repository";
    const PLURAL: &'static str = "repositories";
}

/// A repository.
pub type Repository = Resource<RepositorySpec>;

const DESCRIPTION: &str = "A Git repository that the platform hosts.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Branch", ".spec.defaultBranch"),
        Column::text("Visibility", ".spec.visibility"),
        Column::text("URL", ".status.url"),
        Column::text("Owner", ".spec.owner").wide(),
        Column::text("Size", ".status.sizeBytes").of("integer").wide(),
    ];
    Definition {
        short_names: strings(&["repo"]),
        categories: strings(&["causeway", "all"]),
        selectable_fields: strings(&["spec.visibility", "spec.owner"]),
        ..with_status::<RepositorySpec>(DESCRIPTION, with_ready(columns))
    }
}

fn validate(object: &Object, _old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if object.name().ends_with(".git") {
        let detail = "must not end with \".git\", which is what its address ends with anyway";
        errors.push(FieldError::invalid("metadata.name", &object.name().into(), detail));
    }
    let branch = rule::value_at(object, "spec.defaultBranch");
    if let Err(detail) = check_branch(branch.as_str().unwrap_or_default()) {
        errors.push(FieldError::invalid("spec.defaultBranch", branch, detail));
    }
    errors
}

/// Whether `name` can be the name of a branch, as `git check-ref-format --branch` sees it; the error says what cannot.
pub fn check_branch(name: &str) -> Result<(), &'static str> {
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let bad_char = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    if name.is_empty() {
        Err("a branch must have a name")
    } else if name.starts_with('-') || name.ends_with('.') || name == "HEAD" {
        Err("a branch must not start with '-', end with '.', or be called HEAD")
    } else if name.contains("..") || name.contains("@{") || name == "@" || name.contains(bad_char) {
        Err("a branch must not contain '..', '@{', blanks, control characters or any of ~^:?*[\\")
    } else if name.split('/').any(bad_part) {
        Err("no part of a branch between slashes may be empty, start with '.', or end with '.lock'")
    } else {
        Ok(())
    }
}
