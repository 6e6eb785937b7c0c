//! RBAC rules as Kubernetes reads them.

use serde::{Deserialize, Serialize};

/// What a role allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyRule {
    /// `get`, `list`, …, or `*`.
    pub verbs: Vec<String>,
    /// Groups, or `*`; the core group is empty.
    pub api_groups: Vec<String>,
    /// Plurals, `plural/subresource`, `*/subresource` or `*`.
    pub resources: Vec<String>,
    /// Names, where only these are meant.
    pub resource_names: Vec<String>,
    /// Paths that are no resources; may end in `*`.
    #[serde(rename = "nonResourceURLs")]
    pub non_resource_urls: Vec<String>,
}

/// What is asked of the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish<'a> {
    /// The verb.
    pub verb: &'a str,
    /// The group.
    pub group: &'a str,
    /// The plural.
    pub resource: &'a str,
    /// The subresource, or empty.
    pub subresource: &'a str,
    /// The name, or empty.
    pub name: &'a str,
    /// A path that is no resource, instead of all but the verb.
    pub path: Option<&'a str>,
}

/// Whether a rule allows a wish.
pub fn covers(rule: &PolicyRule, wish: &Wish<'_>) -> bool {
    if !has(&rule.verbs, wish.verb) {
        return false;
    }
    if let Some(path) = wish.path {
        return rule.non_resource_urls.iter().any(|u| match u.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => u == path,
        });
    }
    has(&rule.api_groups, wish.group)
        && covers_resource(rule, wish)
        && (rule.resource_names.is_empty() || rule.resource_names.iter().any(|n| n == wish.name))
}

fn covers_resource(rule: &PolicyRule, wish: &Wish<'_>) -> bool {
    rule.resources.iter().any(|allowed| {
        allowed == "*"
            || match (allowed.split_once('/'), wish.subresource) {
                (None, "") => allowed == wish.resource,
                (Some((resource, sub)), wanted) => {
                    !wanted.is_empty() && sub == wanted && (resource == "*" || resource == wish.resource)
                }
                (None, _) => false,
            }
    })
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|v| v == "*" || v == wanted)
}
