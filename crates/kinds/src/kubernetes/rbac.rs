//! Who may do what: roles are lists of rules, bindings give them to people, groups and programs.

mod kinds;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Body, Flat};
use crate::hint::{Required, is_unset};

pub(crate) use kinds::{cluster_role, cluster_role_binding, role, role_binding};

/// Group of the RBAC kinds.
pub const GROUP: &str = "rbac.authorization.k8s.io";
/// `apiVersion` of the RBAC kinds.
pub const API_VERSION: &str = "rbac.authorization.k8s.io/v1";

/// The fields of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RoleBody {
    /// What is allowed; the order does not matter.
    pub rules: Vec<PolicyRule>,
}

/// The fields of a cluster role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterRoleBody {
    /// What is allowed; the order does not matter.
    pub rules: Vec<PolicyRule>,
    /// Which other cluster roles are part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregation_rule: Option<AggregationRule>,
}

/// Some verbs on some resources, or on some paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("verbs"))]
pub struct PolicyRule {
    /// What may be done: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, or `*`.
    pub verbs: Vec<String>,
    /// Groups of the resources; the empty text is the core group, `*` all.
    #[serde(skip_serializing_if = "is_unset")]
    pub api_groups: Vec<String>,
    /// Plurals of the kinds, with subresources as `deployments/scale`; `*` is all.
    #[serde(skip_serializing_if = "is_unset")]
    pub resources: Vec<String>,
    /// Names of the objects; all where there are none.
    #[serde(skip_serializing_if = "is_unset")]
    pub resource_names: Vec<String>,
    /// Paths that are no resources, such as `/metrics`; `*` at the end is any rest.
    #[serde(rename = "nonResourceURLs", skip_serializing_if = "is_unset")]
    pub non_resource_urls: Vec<String>,
}

/// Which cluster roles are part of another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AggregationRule {
    /// Those that any of these selects.
    #[serde(skip_serializing_if = "is_unset")]
    pub cluster_role_selectors: Vec<LabelSelector>,
}

/// Selects objects by their labels; everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels that must be there with these values.
    #[serde(skip_serializing_if = "is_unset")]
    pub match_labels: indexmap::IndexMap<String, String>,
    /// What else must hold.
    #[serde(skip_serializing_if = "is_unset")]
    pub match_expressions: Vec<LabelRequirement>,
}

/// Something that must hold of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("key operator"))]
pub struct LabelRequirement {
    /// The label.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// The values that are meant.
    #[serde(skip_serializing_if = "is_unset")]
    pub values: Vec<String>,
}

/// The fields of a binding, in a namespace or in the whole cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("roleRef"))]
pub struct BindingFields {
    /// To whom the role is given.
    #[serde(skip_serializing_if = "is_unset")]
    pub subjects: Vec<Subject>,
    /// The role; it never changes.
    pub role_ref: RoleRef,
}

/// Somebody to whom a role is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("kind name"))]
pub struct Subject {
    /// `User`, `Group` or `ServiceAccount`.
    pub kind: String,
    /// The group of that kind; empty for a service account.
    #[serde(skip_serializing_if = "is_unset")]
    pub api_group: String,
    /// Who.
    pub name: String,
    /// The namespace of a service account.
    #[serde(skip_serializing_if = "is_unset")]
    pub namespace: String,
}

/// The role that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("kind name"))]
pub struct RoleRef {
    /// Always `rbac.authorization.k8s.io`.
    pub api_group: String,
    /// `Role` or `ClusterRole`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// The fields of a role binding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RoleBindingBody(pub BindingFields);

/// The fields of a cluster role binding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ClusterRoleBindingBody(pub BindingFields);

macro_rules! body {
    ($body:ty, $kind:literal, $plural:literal) => {
        impl Body for $body {
            const API_VERSION: &'static str = API_VERSION;
            const KIND: &'static str = $kind;
            const PLURAL: &'static str = $plural;
        }
    };
}

body!(RoleBody, "Role", "roles");
body!(ClusterRoleBody, "ClusterRole", "clusterroles");
body!(RoleBindingBody, "RoleBinding", "rolebindings");
body!(ClusterRoleBindingBody, "ClusterRoleBinding", "clusterrolebindings");

/// Rules in a namespace.
pub type Role = Flat<RoleBody>;
/// Rules in the whole cluster, or to be bound in namespaces.
pub type ClusterRole = Flat<ClusterRoleBody>;
/// A role given in a namespace.
pub type RoleBinding = Flat<RoleBindingBody>;
/// A cluster role given in the whole cluster.
pub type ClusterRoleBinding = Flat<ClusterRoleBindingBody>;
