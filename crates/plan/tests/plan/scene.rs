//! What is wanted and what is there, written the short way.

use causeway_core::{Object, Resource, Spec};
use causeway_kinds::claim::Claim;
use causeway_kinds::deployment::Deployment;
use causeway_kinds::environment::Environment;
use causeway_kinds::plan::{Action, ActionOperation};
use causeway_kinds::recipe::Recipe;
use causeway_kinds::resource_type::ResourceType;
use causeway_kinds::workload::WorkloadSpec;
use causeway_plan::Outline;
use causeway_plan::rollout::{Seen, Wanted, plan};
use serde_json::{Value, json};

/// The service `orders` in the environment `dev`, with the types and recipes that are there from the start.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) document: WorkloadSpec,
    pub(crate) environment: Environment,
    pub(crate) release: &'static str,
    pub(crate) replicas: i32,
    pub(crate) sizes: Vec<(String, String)>,
    pub(crate) types: Vec<ResourceType>,
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) drivers: Vec<&'static str>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) deployment: Option<Deployment>,
}

impl Scene {
    pub(crate) fn new(resources: Value) -> Self {
        let objects = causeway_kinds::defaults::objects();
        Self {
            document: serde_json::from_value(json!({
                "containers": {"main": {"image": "."}}, "service": {"ports": {"web": {"port": 80}}}, "resources": resources,
            }))
            .expect("a document"),
            environment: all(&objects).into_iter().find(|e: &Environment| e.name() == "dev").expect("the first environment"),
            release: "orders-1",
            replicas: 2,
            sizes: Vec::new(),
            types: all(&objects),
            recipes: all(&objects),
            drivers: vec!["postgres", "sqlite"],
            claims: Vec::new(),
            deployment: None,
        }
    }

    pub(crate) fn plan(&self) -> Outline {
        let wanted = Wanted {
            workload: "orders",
            namespace: "default",
            environment: &self.environment,
            document: &self.document,
            release: self.release,
            replicas: self.replicas,
            sizes: &self.sizes,
        };
        let seen = Seen {
            types: &self.types,
            recipes: &self.recipes,
            drivers: &self.drivers,
            claims: &self.claims,
            deployment: self.deployment.as_ref(),
        };
        plan(&wanted, &seen)
    }

    /// As it is once a plan was carried out.
    pub(crate) fn running(mut self, release: &str, replicas: i32, claims: Vec<Claim>) -> Self {
        self.deployment = Some(read(json!({
            "apiVersion": "platform.causeway.dev/v1", "kind": "Deployment", "metadata": {"namespace": "default", "name": "orders.dev"},
            "spec": {"workload": "orders", "environment": "dev", "release": release},
            "status": {"release": release, "replicas": replicas, "appliedReplicas": replicas, "url": "http://orders.dev.localhost"},
        })));
        self.claims = claims;
        self
    }
}

pub(crate) fn claim(name: &str, resource: &str, spec: Value) -> Claim {
    let mut object = json!({
        "apiVersion": "platform.causeway.dev/v1", "kind": "Claim", "metadata": {"namespace": "default", "name": name},
        "spec": {"type": "postgres", "size": "small", "environment": "dev", "workload": "orders", "resource": resource},
        "status": {"secretName": "db/orders"},
    });
    for (field, value) in spec.as_object().expect("fields") {
        object["spec"][field] = value.clone();
    }
    read(object)
}

pub(crate) fn read<S: Spec>(value: Value) -> Resource<S> {
    Resource::from_object(&Object::from_value(value).expect("an object")).expect("it reads")
}

fn all<S: Spec>(objects: &[Object]) -> Vec<Resource<S>> {
    objects.iter().filter(|o| o.kind() == S::KIND).map(|o| Resource::from_object(o).expect("it reads")).collect()
}

/// The actions as lines: `id (diff) after …`.
pub(crate) fn lines(actions: &[Action]) -> Vec<String> {
    let show = |v: &Option<Value>| {
        v.as_ref().map_or("-".to_owned(), |v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
    };
    let line = |action: &Action| {
        let diff: Vec<String> =
            action.diff.iter().map(|d| format!("{}: {}→{}", d.field, show(&d.before), show(&d.after))).collect();
        let sign = match action.operation {
            ActionOperation::Create => "+",
            ActionOperation::Change => "~",
            ActionOperation::Run => ">",
            ActionOperation::Delete if action.destructive => "!",
            ActionOperation::Delete => "-",
        };
        let mut line = format!("{sign} {}", action.id);
        if !diff.is_empty() {
            line.push_str(&format!(" ({})", diff.join(", ")));
        }
        if !action.after.is_empty() {
            line.push_str(&format!(" after {}", action.after.join(", ")));
        }
        line
    };
    actions.iter().map(line).collect()
}

/// The problems as `message | hint`.
pub(crate) fn problems(outline: &Outline) -> Vec<String> {
    outline.problems.iter().map(|p| format!("{} | {}", p.message, p.hint)).collect()
}
