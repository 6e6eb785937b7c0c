//! What somebody may do: role bindings in a namespace, cluster role bindings everywhere.

use std::sync::Arc;

use causeway_resources::{Actor, Resources};

use crate::bindings::{Binding, Bindings};
use crate::rules::{PolicyRule, Wish, covers};

/// May do everything, whatever the roles say; the way back in when roles are broken.
const MASTERS: &str = "system:masters";

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes<'a> {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, …
    pub verb: &'a str,
    /// Group of the kind.
    pub group: &'a str,
    /// Plural of the kind.
    pub resource: &'a str,
    /// Subresource, or empty.
    pub subresource: &'a str,
    /// Namespace, or empty for cluster scope and for all namespaces.
    pub namespace: &'a str,
    /// Name, or empty for collections.
    pub name: &'a str,
    /// A path that is no resource; then only the verb counts beside it.
    pub path: Option<&'a str>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Which binding allows it, or that none does.
    pub reason: String,
}

/// Decides from the roles and bindings that are stored.
pub struct Authorizer {
    bindings: Bindings,
}

impl Authorizer {
    /// Over the roles of one server.
    pub fn new(resources: Arc<Resources>) -> Self {
        Self { bindings: Bindings::new(resources) }
    }

    /// Whether `actor` may do what `wanted` says.
    pub async fn decide(&self, actor: &Actor, wanted: &Attributes<'_>) -> Decision {
        if actor.is_system() || actor.groups.iter().any(|g| g == MASTERS) {
            return Decision { allowed: true, reason: String::new() };
        }
        let held = self.bindings.current().await;
        let wish = Wish {
            verb: wanted.verb,
            group: wanted.group,
            resource: wanted.resource,
            subresource: wanted.subresource,
            name: wanted.name,
            path: wanted.path,
        };
        let allows = |b: &&Binding| b.is_given_to(actor) && b.rules.iter().any(|r| covers(r, &wish));
        match held.that_hold_in(wanted.namespace).find(allows) {
            Some(binding) => Decision { allowed: true, reason: format!("RBAC: allowed by {:?}", binding.name) },
            None => Decision { allowed: false, reason: String::new() },
        }
    }

    /// All rules that hold for `actor` in a namespace, for `auth can-i --list`.
    pub async fn rules_of(&self, actor: &Actor, namespace: &str) -> Vec<PolicyRule> {
        if actor.groups.iter().any(|g| g == MASTERS) {
            let all = || vec!["*".to_owned()];
            return vec![
                PolicyRule { verbs: all(), api_groups: all(), resources: all(), ..PolicyRule::default() },
                PolicyRule { verbs: all(), non_resource_urls: all(), ..PolicyRule::default() },
            ];
        }
        let held = self.bindings.current().await;
        held.that_hold_in(namespace).filter(|b| b.is_given_to(actor)).flat_map(|b| b.rules.clone()).collect()
    }
}
