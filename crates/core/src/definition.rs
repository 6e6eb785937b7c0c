//! What there is to know of a kind. Built-in kinds and those that a team defines at run time are described alike.

use std::sync::Arc;

use serde_json::Value;

use crate::GroupResource;
use crate::name::NameRule;

/// Whether objects of a kind live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In none.
    Cluster,
}

/// A printed column, as in `additionalPrinterColumns`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Heading.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: String,
    /// Where the value stands: a JSON path such as `.status.conditions[?(@.type=="Ready")].status`.
    pub path: String,
    /// 0 is always shown, higher ones with `-o wide`.
    pub priority: i32,
    /// What it says.
    pub description: String,
}

impl Column {
    /// A text column that is always shown.
    pub fn text(name: &str, path: &str) -> Self {
        Self { name: name.into(), kind: "string".into(), path: path.into(), priority: 0, description: String::new() }
    }

    /// The same, shown with `-o wide` only.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.priority = 1;
        self
    }

    /// A column of another type.
    #[must_use]
    pub fn of(mut self, kind: &str) -> Self {
        self.kind = kind.into();
        self
    }

    /// Status and reason of the condition `Ready`.
    pub fn ready() -> Vec<Self> {
        vec![
            Self::text("Ready", r#".status.conditions[?(@.type=="Ready")].status"#),
            Self::text("Reason", r#".status.conditions[?(@.type=="Ready")].reason"#),
        ]
    }

    /// The age, last in every table.
    pub fn age() -> Self {
        Self::text("Age", ".metadata.creationTimestamp").of("date")
    }
}

/// One version of a kind.
#[derive(Clone, Debug)]
pub struct Version {
    /// `v1`.
    pub name: String,
    /// Whether it is served.
    pub served: bool,
    /// Whether objects are stored in it; exactly one is.
    pub storage: bool,
    /// Structural OpenAPI v3 schema of the whole object, references inlined.
    pub schema: Arc<Value>,
    /// Columns after `NAME`; empty means age alone.
    pub columns: Vec<Column>,
}

/// The scale subresource of a kind: JSON paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Wanted replicas.
    pub spec_replicas: String,
    /// Observed replicas.
    pub status_replicas: String,
    /// Selector in text form.
    pub label_selector: Option<String>,
}

/// Where the objects of a kind come from and go to, beyond plain storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Origin {
    /// Compiled in.
    #[default]
    BuiltIn,
    /// Defined at run time by a `CustomResourceDefinition`.
    Custom,
}

/// A kind.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Group; empty for the core group.
    pub group: String,
    /// `Claim`.
    pub kind: String,
    /// `claims`.
    pub plural: String,
    /// `claim`.
    pub singular: String,
    /// `ClaimList`.
    pub list_kind: String,
    /// `rel`.
    pub short_names: Vec<String>,
    /// `all`.
    pub categories: Vec<String>,
    /// Namespaced or cluster.
    pub scope: Scope,
    /// First is preferred.
    pub versions: Vec<Version>,
    /// Whether `status` is written apart.
    pub status_subresource: bool,
    /// Whether it scales.
    pub scale: Option<Scale>,
    /// What a name may look like.
    pub names: NameRule,
    /// Whether `metadata` takes fields beyond Kubernetes' own (the catalog kinds).
    pub open_metadata: bool,
    /// Field-selectable JSON paths beyond name and namespace, such as `spec.type`.
    pub selectable_fields: Vec<String>,
    /// Whether a controller of this build reconciles it; where not, a new object says so in a condition, unless [`Self::passive`].
    pub reconciled: bool,
    /// Whether there is nothing to reconcile: the object is what it says (catalog kinds, events, roles, configuration).
    pub passive: bool,
    /// Built in or custom.
    pub origin: Origin,
    /// Whether the API serves it; internal kinds are stored but have no route.
    pub served: bool,
    /// Whether a change outside `status` raises `metadata.generation`.
    pub generation: bool,
}

impl Definition {
    /// The kind as the API addresses it.
    pub fn resource(&self) -> GroupResource {
        GroupResource::new(self.group.as_str(), self.plural.as_str())
    }

    /// The version in which objects are stored.
    pub fn storage_version(&self) -> &Version {
        self.versions.iter().find(|v| v.storage).unwrap_or(&self.versions[0])
    }

    /// A version by name.
    pub fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|v| v.name == name)
    }

    /// `group/version` of a version name.
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.to_owned() } else { format!("{}/{version}", self.group) }
    }

    /// Whether objects live in a namespace.
    pub fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }
}
