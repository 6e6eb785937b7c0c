//! The definitions of the RBAC kinds, and what must hold of them.

use causeway_core::name::NameRule;
use causeway_core::schema::FieldError;
use causeway_core::{Column, Definition, Object, Scope};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{Body, ClusterRoleBindingBody, ClusterRoleBody, GROUP, RoleBindingBody, RoleBody};
use crate::definition::{flat, with_age};
use crate::kind::Kind;
use crate::rule;

pub(crate) fn role() -> Kind {
    Kind::new(rbac::<RoleBody>("Rules about who may do what in a namespace.", Vec::new())).validated_by(validate_role)
}

pub(crate) fn cluster_role() -> Kind {
    let description = "Rules about who may do what in the whole cluster, or in the namespaces in which it is bound.";
    let definition = Definition { scope: Scope::Cluster, ..rbac::<ClusterRoleBody>(description, Vec::new()) };
    Kind::new(definition).validated_by(validate_role)
}

pub(crate) fn role_binding() -> Kind {
    let definition =
        rbac::<RoleBindingBody>("Gives a role to people, groups and programs in a namespace.", role_columns());
    Kind::new(definition).normalised_by(normalise_binding).validated_by(validate_binding)
}

pub(crate) fn cluster_role_binding() -> Kind {
    let description = "Gives a cluster role to people, groups and programs in the whole cluster.";
    let definition =
        Definition { scope: Scope::Cluster, ..rbac::<ClusterRoleBindingBody>(description, role_columns()) };
    Kind::new(definition).normalised_by(normalise_binding).validated_by(validate_binding)
}

fn rbac<B: Body + JsonSchema>(description: &str, columns: Vec<Column>) -> Definition {
    Definition { names: NameRule::PathSegment, ..flat::<B>(description, with_age(columns)) }
}

fn role_columns() -> Vec<Column> {
    vec![
        Column::text("Role Kind", ".roleRef.kind"),
        Column::text("Role", ".roleRef.name"),
        Column::text("Subjects", ".subjects[*].name").wide(),
    ]
}

fn validate_role(object: &Object, _old: Option<&Object>) -> Vec<FieldError> {
    let rules = rule::value_at(object, "rules").as_array().into_iter().flatten().enumerate();
    rules.flat_map(|(i, rule)| check_rule(&format!("rules[{i}]"), rule, object.kind() == "Role")).collect()
}

fn check_rule(path: &str, rule: &Value, namespaced: bool) -> Vec<FieldError> {
    let given = |field: &str| rule.get(field).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let mut errors = Vec::new();
    if !given("verbs") {
        errors.push(FieldError::required(format!("{path}.verbs"), "verbs must contain at least one value"));
    }
    if given("nonResourceURLs") {
        let urls = rule.get("nonResourceURLs").unwrap_or(&Value::Null);
        if namespaced {
            let detail = "namespaced rules cannot apply to non-resource URLs";
            errors.push(FieldError::invalid(format!("{path}.nonResourceURLs"), urls, detail));
        }
        if given("apiGroups") || given("resources") || given("resourceNames") {
            let detail = "rules cannot apply to both regular resources and non-resource URLs";
            errors.push(FieldError::invalid(format!("{path}.nonResourceURLs"), urls, detail));
        }
        return errors;
    }
    if !given("apiGroups") {
        errors.push(FieldError::required(
            format!("{path}.apiGroups"),
            "resource rules must supply at least one api group",
        ));
    }
    if !given("resources") {
        errors.push(FieldError::required(
            format!("{path}.resources"),
            "resource rules must supply at least one resource",
        ));
    }
    errors
}

fn normalise_binding(object: &mut Object) {
    if let Some(Value::Object(role)) = object.0.get_mut("roleRef")
        && role.get("apiGroup").is_none_or(|group| group.is_null() || group == "")
    {
        role.insert("apiGroup".into(), GROUP.into());
    }
    let Some(Value::Array(subjects)) = object.0.get_mut("subjects") else {
        return;
    };
    for subject in subjects.iter_mut().filter_map(Value::as_object_mut) {
        let is_named = subject.get("apiGroup").is_some_and(|group| !group.is_null() && group != "");
        let is_person = subject.get("kind").is_some_and(|kind| kind == "User" || kind == "Group");
        if is_person && !is_named {
            subject.insert("apiGroup".into(), GROUP.into());
        }
    }
}

fn validate_binding(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let role = rule::value_at(object, "roleRef");
    if role["apiGroup"] != GROUP {
        errors.push(FieldError::not_supported("roleRef.apiGroup", &role["apiGroup"], &[GROUP.to_owned()]));
    }
    let kinds: &[&str] =
        if object.kind() == "ClusterRoleBinding" { &["ClusterRole"] } else { &["Role", "ClusterRole"] };
    if !kinds.iter().any(|kind| role["kind"] == *kind) {
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        errors.push(FieldError::not_supported("roleRef.kind", &role["kind"], &kinds));
    }
    if role["name"] == "" {
        errors.push(FieldError::required("roleRef.name", ""));
    }
    if old.is_some_and(|old| rule::value_at(old, "roleRef") != role) {
        errors.push(FieldError::invalid("roleRef", role, "cannot change roleRef"));
    }
    let subjects = rule::value_at(object, "subjects").as_array().into_iter().flatten().enumerate();
    errors.extend(subjects.flat_map(|(i, subject)| check_subject(&format!("subjects[{i}]"), subject)));
    errors
}

fn check_subject(path: &str, subject: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if subject["name"] == "" {
        errors.push(FieldError::required(format!("{path}.name"), ""));
    }
    let group = subject.get("apiGroup").cloned().unwrap_or_else(|| json!(""));
    match subject["kind"].as_str().unwrap_or_default() {
        "ServiceAccount" => {
            if subject.get("namespace").is_none_or(|namespace| namespace == "") {
                errors
                    .push(FieldError::required(format!("{path}.namespace"), "a service account lives in a namespace"));
            }
            if group != "" {
                errors.push(FieldError::not_supported(format!("{path}.apiGroup"), &group, &[String::new()]));
            }
        }
        "User" | "Group" => {
            if group != GROUP {
                errors.push(FieldError::not_supported(format!("{path}.apiGroup"), &group, &[GROUP.to_owned()]));
            }
        }
        _ => {
            let kinds = ["ServiceAccount", "User", "Group"].map(str::to_owned);
            errors.push(FieldError::not_supported(format!("{path}.kind"), &subject["kind"], &kinds));
        }
    }
    errors
}
