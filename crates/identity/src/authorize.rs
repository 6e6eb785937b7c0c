//! What somebody may do: role bindings in a namespace, cluster role bindings everywhere.

use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object};
use causeway_resources::{Actor, Resources};
use causeway_store::{Query, Record, Revision};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;

use crate::rules::{PolicyRule, Wish, covers};

const GROUP: &str = "rbac.authorization.k8s.io";
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

#[derive(Default)]
struct Bindings {
    revision: Option<Revision>,
    cluster: Arc<Vec<Binding>>,
    namespaced: Arc<Vec<Binding>>,
}

struct Binding {
    name: String,
    namespace: String,
    subjects: Vec<Subject>,
    rules: Vec<PolicyRule>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Subject {
    kind: String,
    name: String,
    namespace: String,
}

/// Decides from the roles and bindings that are stored.
pub struct Authorizer {
    resources: Arc<Resources>,
    bindings: Mutex<Bindings>,
}

impl Authorizer {
    /// Over the roles of one server.
    pub fn new(resources: Arc<Resources>) -> Self {
        Self { resources, bindings: Mutex::default() }
    }

    /// Whether `actor` may do what `wanted` says.
    pub async fn decide(&self, actor: &Actor, wanted: &Attributes<'_>) -> Decision {
        if actor.is_system() || actor.groups.iter().any(|g| g == MASTERS) {
            return Decision { allowed: true, reason: String::new() };
        }
        let (cluster, namespaced) = self.current().await;
        let wish = Wish {
            verb: wanted.verb,
            group: wanted.group,
            resource: wanted.resource,
            subresource: wanted.subresource,
            name: wanted.name,
            path: wanted.path,
        };
        let in_namespace = namespaced.iter().filter(|b| !wanted.namespace.is_empty() && b.namespace == wanted.namespace);
        let allows = |b: &&Binding| b.subjects.iter().any(|s| s.is(actor)) && b.rules.iter().any(|r| covers(r, &wish));
        match cluster.iter().chain(in_namespace).find(allows) {
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
        let (cluster, namespaced) = self.current().await;
        let in_namespace = namespaced.iter().filter(|b| b.namespace == namespace);
        let mine = cluster.iter().chain(in_namespace).filter(|b| b.subjects.iter().any(|s| s.is(actor)));
        mine.flat_map(|b| b.rules.clone()).collect()
    }

    /// The bindings as they are now: read again only when something was written since.
    async fn current(&self) -> (Arc<Vec<Binding>>, Arc<Vec<Binding>>) {
        let now = newest(&self.resources).await;
        {
            let held = self.bindings.lock();
            if held.revision == now && now.is_some() {
                return (Arc::clone(&held.cluster), Arc::clone(&held.namespaced));
            }
        }
        let cluster = Arc::new(self.read("clusterrolebindings").await);
        let namespaced = Arc::new(self.read("rolebindings").await);
        *self.bindings.lock() = Bindings { revision: now, cluster: Arc::clone(&cluster), namespaced: Arc::clone(&namespaced) };
        (cluster, namespaced)
    }

    async fn read(&self, plural: &'static str) -> Vec<Binding> {
        let query = Query::all(GroupResource::new(GROUP, plural));
        let Ok(listing) = self.resources.list(query).await else { return Vec::new() };
        listing.page.records.iter().filter_map(|r| self.binding(r)).collect()
    }

    fn binding(&self, record: &Record) -> Option<Binding> {
        let object = record.object()?;
        let subjects = object.at(&["subjects"]).cloned().unwrap_or(Value::Array(Vec::new()));
        Some(Binding {
            name: object.name().to_owned(),
            namespace: object.namespace().to_owned(),
            subjects: Vec::<Subject>::deserialize(subjects).ok()?,
            rules: self.rules(&object),
        })
    }

    fn rules(&self, binding: &Object) -> Vec<PolicyRule> {
        let name = binding.text(&["roleRef", "name"]);
        let key = match binding.text(&["roleRef", "kind"]) {
            "ClusterRole" => Key::new(GroupResource::new(GROUP, "clusterroles"), "", name),
            _ => Key::new(GroupResource::new(GROUP, "roles"), binding.namespace(), name),
        };
        let role = self.resources.find(&key).and_then(|r| r.object());
        let rules = role.and_then(|r| r.at(&["rules"]).cloned()).unwrap_or(Value::Array(Vec::new()));
        Vec::<PolicyRule>::deserialize(rules).unwrap_or_default()
    }
}

impl Subject {
    fn is(&self, actor: &Actor) -> bool {
        match self.kind.as_str() {
            "User" => self.name == actor.user,
            "Group" => actor.groups.iter().any(|g| *g == self.name),
            "ServiceAccount" => actor.user == format!("system:serviceaccount:{}:{}", self.namespace, self.name),
            _ => false,
        }
    }
}

/// The newest revision of any role or binding, and how many there are; a deletion changes the count or a later revision.
async fn newest(resources: &Resources) -> Option<Revision> {
    let mut newest = 0_u64;
    for plural in ["clusterroles", "clusterrolebindings", "roles", "rolebindings"] {
        let page = resources.store().list(&Query::all(GroupResource::new(GROUP, plural))).await.ok()?;
        newest = page.records.iter().map(|r| r.revision.0).max().unwrap_or(0).max(newest);
        newest = newest.wrapping_add((page.records.len() as u64) << 40);
    }
    Some(Revision(newest))
}
