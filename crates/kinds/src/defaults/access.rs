//! The roles that people are given, as Kubernetes has them, over the platform's groups; and who has them from the start.
//!
//! `view` reads everything but secrets and access itself, `edit` also changes it, `admin` also gives access within a
//! namespace and approves plans, `cluster-admin` does everything.

use causeway_core::{Metadata, Object, PLATFORM_GROUP};

use crate::catalog;
use crate::definition::strings;
use crate::kubernetes::rbac::{
    BindingFields, ClusterRole, ClusterRoleBinding, ClusterRoleBindingBody, ClusterRoleBody, GROUP, PolicyRule,
    RoleRef, Subject,
};

/// The group whose members may do everything.
pub const ADMINISTRATORS: &str = "system:masters";
const EVERYBODY_SIGNED_IN: &str = "system:authenticated";
const STRANGERS: &str = "system:unauthenticated";

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];
const SCAFFOLDER_GROUP: &str = "scaffolder.backstage.io";

/// Kinds of the platform that live in namespaces, with their subresources.
const NAMESPACED: &[&str] = &[
    "actions",
    "applications",
    "applications/status",
    "assessments",
    "budgets",
    "claims",
    "claims/status",
    "deployments",
    "deployments/log",
    "deployments/scale",
    "deployments/status",
    "environments",
    "environments/status",
    "exemptions",
    "feedback",
    "incidents",
    "plans",
    "plans/status",
    "releases",
    "releases/status",
    "repositories",
    "repositories/git",
    "repositories/status",
    "runs",
    "runs/log",
    "runs/status",
    "sources",
    "sources/status",
    "surveys",
    "workloads",
    "workloads/status",
];
/// Those that `edit` may write: what the server records by itself is not among them.
const EDITABLE: &[&str] = &[
    "actions",
    "applications",
    "assessments",
    "budgets",
    "claims",
    "deployments",
    "deployments/restart",
    "deployments/scale",
    "environments",
    "feedback",
    "incidents",
    "plans",
    "releases",
    "repositories",
    "repositories/git",
    "runs",
    "sources",
    "surveys",
    "workloads",
];
/// Kinds of the platform that everybody who works with it may read.
const SHARED: &[&str] = &["clusters", "goldenpaths", "policies", "recipes", "resourcetypes", "scorecards"];

/// Roles and bindings.
pub(super) fn objects() -> Vec<Object> {
    let roles = [
        role("cluster-admin", cluster_admin()),
        role("admin", admin()),
        role("edit", edit()),
        role("view", view()),
        role("system:basic-user", basic_user()),
        role("system:discovery", vec![paths(DISCOVERY)]),
        role("system:public-info-viewer", vec![paths(PUBLIC)]),
    ];
    let bindings = [
        binding("cluster-admin", &[ADMINISTRATORS]),
        binding("system:basic-user", &[EVERYBODY_SIGNED_IN]),
        binding("system:discovery", &[EVERYBODY_SIGNED_IN]),
        binding("system:public-info-viewer", &[EVERYBODY_SIGNED_IN, STRANGERS]),
    ];
    roles.iter().map(ClusterRole::to_object).chain(bindings.iter().map(ClusterRoleBinding::to_object)).collect()
}

const PUBLIC: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/version/"];
const DISCOVERY: &[&str] = &[
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
];

fn cluster_admin() -> Vec<PolicyRule> {
    vec![
        rule(&["*"], &["*"], &["*"]),
        PolicyRule { verbs: strings(&["*"]), non_resource_urls: strings(&["*"]), ..PolicyRule::default() },
    ]
}

fn admin() -> Vec<PolicyRule> {
    let mut rules = edit();
    rules.push(rule(&["create", "update"], &[PLATFORM_GROUP], &["plans/approval"]));
    rules.push(rule(WRITE, &[PLATFORM_GROUP], &["exemptions"]));
    rules.push(rule(&[READ, WRITE].concat(), &[GROUP], &["rolebindings", "roles"]));
    rules.push(rule(&["create"], &["authorization.k8s.io"], &["localsubjectaccessreviews"]));
    rules
}

fn edit() -> Vec<PolicyRule> {
    let mut rules = view();
    rules.push(rule(WRITE, &[PLATFORM_GROUP], EDITABLE));
    rules.push(rule(WRITE, &[catalog::GROUP, SCAFFOLDER_GROUP], &["*"]));
    rules.push(rule(WRITE, &[""], &["configmaps", "events", "serviceaccounts"]));
    rules.push(rule(&[READ, WRITE].concat(), &[""], &["secrets"]));
    rules.push(rule(&[READ, WRITE].concat(), &["coordination.k8s.io"], &["leases"]));
    rules
}

fn view() -> Vec<PolicyRule> {
    vec![
        rule(READ, &[PLATFORM_GROUP], &[NAMESPACED, SHARED].concat()),
        rule(READ, &[catalog::GROUP, SCAFFOLDER_GROUP], &["*"]),
        rule(READ, &[""], &["configmaps", "events", "namespaces", "serviceaccounts"]),
        rule(READ, &["events.k8s.io"], &["events"]),
    ]
}

fn basic_user() -> Vec<PolicyRule> {
    vec![
        rule(&["create"], &["authorization.k8s.io"], &["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
        rule(&["create"], &["authentication.k8s.io"], &["selfsubjectreviews"]),
    ]
}

fn role(name: &str, rules: Vec<PolicyRule>) -> ClusterRole {
    ClusterRole::new(metadata(name), ClusterRoleBody { rules, aggregation_rule: None })
}

fn binding(role: &str, groups: &[&str]) -> ClusterRoleBinding {
    let subject = |group: &&str| Subject {
        kind: "Group".into(),
        api_group: GROUP.into(),
        name: (*group).to_owned(),
        namespace: String::new(),
    };
    let role_ref = RoleRef { api_group: GROUP.into(), kind: "ClusterRole".into(), name: role.into() };
    let fields = BindingFields { subjects: groups.iter().map(subject).collect(), role_ref };
    ClusterRoleBinding::new(metadata(role), ClusterRoleBindingBody(fields))
}

fn metadata(name: &str) -> Metadata {
    let mut metadata = Metadata::named("", name);
    metadata.labels.insert("kubernetes.io/bootstrapping".into(), "rbac-defaults".into());
    metadata
}

fn rule(verbs: &[&str], groups: &[&str], resources: &[&str]) -> PolicyRule {
    PolicyRule {
        verbs: strings(verbs),
        api_groups: strings(groups),
        resources: strings(resources),
        ..PolicyRule::default()
    }
}

fn paths(urls: &[&str]) -> PolicyRule {
    PolicyRule { verbs: strings(&["get"]), non_resource_urls: strings(urls), ..PolicyRule::default() }
}
