//! The roles and bindings that hold now. They are read once, and again only after one of them was written: watches tell, and
//! are drained without waiting before each answer, so that a change holds as soon as its write was answered.

use std::collections::HashMap;
use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object};
use causeway_resources::{Actor, Resources};
use causeway_store::{Query, Record, Watch, WatchScope};
use futures::FutureExt as _;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;

use crate::rules::PolicyRule;

const GROUP: &str = "rbac.authorization.k8s.io";
const KINDS: [&str; 4] = ["clusterroles", "clusterrolebindings", "roles", "rolebindings"];

/// What holds at one moment.
#[derive(Default)]
pub(crate) struct Snapshot {
    cluster: Vec<Binding>,
    namespaced: HashMap<String, Vec<Binding>>,
}

impl Snapshot {
    /// Bindings for the whole cluster, and those of a namespace where one is given.
    pub(crate) fn that_hold_in(&self, namespace: &str) -> impl Iterator<Item = &Binding> {
        self.cluster.iter().chain(self.namespaced.get(namespace).into_iter().flatten())
    }
}

/// Rules given to somebody.
pub(crate) struct Binding {
    pub(crate) name: String,
    pub(crate) rules: Vec<PolicyRule>,
    subjects: Vec<Subject>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Subject {
    kind: String,
    name: String,
    namespace: String,
}

impl Binding {
    pub(crate) fn is_given_to(&self, actor: &Actor) -> bool {
        self.subjects.iter().any(|s| s.is(actor))
    }
}

impl Subject {
    fn is(&self, actor: &Actor) -> bool {
        match self.kind.as_str() {
            "User" => self.name == actor.user,
            "Group" => actor.groups.contains(&self.name),
            "ServiceAccount" => actor.user == format!("system:serviceaccount:{}:{}", self.namespace, self.name),
            _ => false,
        }
    }
}

/// See the module.
pub(crate) struct Bindings {
    resources: Arc<Resources>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    watches: Vec<Watch>,
    /// Rises with every change that was heard of; what was read before one is not kept.
    generation: u64,
    snapshot: Option<Arc<Snapshot>>,
}

impl Bindings {
    pub(crate) fn new(resources: Arc<Resources>) -> Self {
        Self { resources, held: Mutex::default() }
    }

    pub(crate) async fn current(&self) -> Arc<Snapshot> {
        let generation = {
            let mut held = self.held.lock();
            match held.hear() {
                Heard::Nothing => {}
                Heard::Change => held.forget(),
                Heard::Cut => {
                    held.watches = self.begin_watches();
                    held.forget();
                }
            }
            if let Some(snapshot) = &held.snapshot {
                return Arc::clone(snapshot);
            }
            held.generation
        };
        // where the store does not answer nobody is allowed anything, and that is not kept
        let Some(snapshot) = self.read().await.map(Arc::new) else { return Arc::default() };
        let mut held = self.held.lock();
        if held.generation == generation && !held.watches.is_empty() {
            held.snapshot = Some(Arc::clone(&snapshot));
        }
        snapshot
    }

    /// All of them, or none: a snapshot may only be kept while every kind is watched.
    fn begin_watches(&self) -> Vec<Watch> {
        let begin = |plural| self.resources.store().watch(WatchScope::of(GroupResource::new(GROUP, plural)), None);
        KINDS.into_iter().map(begin).collect::<Result<_, _>>().unwrap_or_default()
    }

    async fn read(&self) -> Option<Snapshot> {
        let mut snapshot = Snapshot::default();
        for record in self.list("clusterrolebindings").await? {
            snapshot.cluster.extend(record.object().and_then(|o| self.binding(&o)));
        }
        for record in self.list("rolebindings").await? {
            let Some(object) = record.object() else { continue };
            let list = snapshot.namespaced.entry(object.namespace().to_owned()).or_default();
            list.extend(self.binding(&object));
        }
        Some(snapshot)
    }

    async fn list(&self, plural: &'static str) -> Option<Vec<Arc<Record>>> {
        match self.resources.list(Query::all(GroupResource::new(GROUP, plural))).await {
            Ok(listing) => Some(listing.page.records),
            Err(error) => {
                tracing::error!(%error, plural, "permissions could not be read");
                None
            }
        }
    }

    /// None where it does not read as a binding: then it gives nobody anything.
    fn binding(&self, object: &Object) -> Option<Binding> {
        let subjects = object.at(&["subjects"]).cloned().unwrap_or(Value::Array(Vec::new()));
        Some(Binding {
            name: object.name().to_owned(),
            subjects: Vec::<Subject>::deserialize(subjects).ok()?,
            rules: self.rules(object),
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

enum Heard {
    Nothing,
    Change,
    /// A watch has ended or none has begun: anything may have happened.
    Cut,
}

impl Held {
    fn forget(&mut self) {
        self.generation += 1;
        self.snapshot = None;
    }

    fn hear(&mut self) -> Heard {
        if self.watches.is_empty() {
            return Heard::Cut;
        }
        let mut heard = Heard::Nothing;
        for watch in &mut self.watches {
            while let Some(change) = watch.next().now_or_never() {
                match change {
                    Some(Ok(_)) => heard = Heard::Change,
                    Some(Err(_)) | None => return Heard::Cut,
                }
            }
        }
        heard
    }
}
