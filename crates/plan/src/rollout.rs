//! What it takes to run a release in an environment: claims first, then the processes and their address.

use causeway_kinds::claim::{self, Claim};
use causeway_kinds::deployment::{self, Deployment};
use causeway_kinds::environment::Environment;
use causeway_kinds::plan::{Action, ActionOperation, FieldChange, Target};
use causeway_kinds::recipe::Recipe;
use causeway_kinds::resource_type::{DeletionPolicy, ResourceType};
use causeway_kinds::workload::{WorkloadResource, WorkloadSpec};
use serde_json::Value;

use crate::fingerprint::RELEASE;
use crate::{Outline, choose, recipe};

/// What shall run.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The workload.
    pub workload: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// Where.
    pub environment: &'a Environment,
    /// What it is, and what it needs.
    pub document: &'a WorkloadSpec,
    /// Which release; empty while none is known.
    pub release: &'a str,
    /// How many of it, and how it got that number.
    pub replicas: i32,
    /// Sizes that were asked for beside the document, by resource type (an Application's).
    pub sizes: &'a [(String, String)],
}

/// What is there.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Known types.
    pub types: &'a [ResourceType],
    /// Known recipes.
    pub recipes: &'a [Recipe],
    /// Names of the drivers that this server has.
    pub drivers: &'a [&'a str],
    /// The claims of this workload in this environment.
    pub claims: &'a [Claim],
    /// The deployment, where there is one.
    pub deployment: Option<&'a Deployment>,
}

/// A claim that the workload needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// Its key under `resources`.
    pub resource: String,
    /// The claim's name.
    pub claim: String,
    /// The type, in its stored spelling.
    pub r#type: String,
    /// The size that is asked for, or the smallest.
    pub size: String,
    /// The version that is asked for, or empty.
    pub version: String,
    /// The class, or empty.
    pub class: String,
    /// Further parameters.
    pub parameters: serde_json::Map<String, Value>,
    /// The path of its secret.
    pub secret_path: String,
}

/// The claims that a workload needs, or why they cannot be had.
pub fn needs(wanted: &Wanted<'_>, seen: &Seen<'_>) -> (Vec<Need>, Outline) {
    let mut outline = Outline::default();
    let needs =
        wanted.document.resources.iter().filter_map(|(name, r)| need(wanted, seen, name, r, &mut outline)).collect();
    (needs, outline)
}

fn need(
    wanted: &Wanted<'_>,
    seen: &Seen<'_>,
    name: &str,
    asked: &WorkloadResource,
    outline: &mut Outline,
) -> Option<Need> {
    let known = recipe::resource_type(seen.types, &asked.r#type);
    let Some(resource_type) = known else {
        outline.problem(
            format!("{} needs {name:?} of the type {:?}, which nobody here provides", wanted.workload, asked.r#type),
            format!("use one of {}, or add a ResourceType and a Recipe for it", names(seen.types)),
        );
        return None;
    };
    let choice = choose(seen.types, seen.recipes, resource_type.name(), &asked.class, &asked.id, wanted.environment);
    let Some(choice) = choice else {
        outline.problem(
            format!("no recipe makes a {} in the environment {}", resource_type.name(), wanted.environment.name()),
            "add a Recipe whose match criteria fit this environment",
        );
        return None;
    };
    if !seen.drivers.contains(&choice.recipe.spec.driver.as_str()) {
        outline.problem(
            format!(
                "the recipe {} uses the driver {:?}, which this server does not have",
                choice.recipe.name(),
                choice.recipe.spec.driver
            ),
            format!("use one of {}", seen.drivers.join(", ")),
        );
        return None;
    }
    let size = size(wanted, seen, resource_type, asked, outline)?;
    let version = version(resource_type, asked, outline)?;
    let (prefix, key) = (&resource_type.spec.secret_prefix, key(name, resource_type, wanted, seen));
    Some(Need {
        resource: name.to_owned(),
        claim: claim::name(prefix, &key, wanted.environment.name()),
        r#type: resource_type.name().to_owned(),
        size,
        version,
        class: asked.class.clone(),
        parameters: asked
            .params
            .iter()
            .filter(|(k, _)| *k != "size" && *k != "tier" && *k != "version")
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        secret_path: claim::secret_path(prefix, &key),
    })
}

/// What a resource goes by: what its claim already goes by, since that names where the data are, whatever comes and goes beside
/// it. Without one, the first resource whose secrets share a prefix goes by the workload's name, unless that is another's; further
/// ones by both.
fn key(name: &str, resource_type: &ResourceType, wanted: &Wanted<'_>, seen: &Seen<'_>) -> String {
    let prefix = &resource_type.spec.secret_prefix;
    let type_of = |t: &str| recipe::resource_type(seen.types, t);
    let is_same = |a: &str, b: &str| type_of(a).map(ResourceType::name) == type_of(b).map(ResourceType::name);
    let kept = || seen.claims.iter().filter(|c| !c.metadata.is_deleting());
    let (start, end) = (format!("{prefix}-"), format!(".{}", wanted.environment.name()));
    let key_of = |claim: &Claim| Some(claim.name().strip_prefix(&start)?.strip_suffix(&end)?.to_owned());
    let claim_of = |name: &str, t: &str| kept().find(|c| c.spec.resource == name && is_same(&c.spec.r#type, t));
    if let Some(key) = claim_of(name, resource_type.name()).and_then(key_of) {
        return key;
    }
    let resources = &wanted.document.resources;
    let shares = |r: &WorkloadResource| type_of(&r.r#type).is_some_and(|t| t.spec.secret_prefix == *prefix);
    let first = resources.iter().find(|(key, r)| shares(r) && claim_of(key, &r.r#type).is_none()).map(|(key, _)| key);
    // a claim whose resource is asked for no more passes to the first of its type that has none: a resource may be renamed
    let stays = |c: &Claim| resources.get(&c.spec.resource).is_some_and(|r| is_same(&r.r#type, &c.spec.r#type));
    let is_another = |c: &Claim| !is_same(&c.spec.r#type, resource_type.name()) || stays(c);
    let is_taken = kept().any(|c| key_of(c).as_deref() == Some(wanted.workload) && is_another(c));
    if first.map(String::as_str) == Some(name) && !is_taken {
        wanted.workload.to_owned()
    } else {
        format!("{}-{name}", wanted.workload)
    }
}

fn size(
    wanted: &Wanted<'_>,
    seen: &Seen<'_>,
    resource_type: &ResourceType,
    asked: &WorkloadResource,
    outline: &mut Outline,
) -> Option<String> {
    let sizes = &resource_type.spec.sizes;
    let of = |key: &str| asked.params.get(key).and_then(Value::as_str).map(str::to_owned);
    let is_meant = |t: &str| recipe::resource_type(seen.types, t).is_some_and(|t| t.name() == resource_type.name());
    let beside = || wanted.sizes.iter().find(|(t, _)| is_meant(t)).map(|(_, s)| s.clone());
    let given = of("size").or_else(|| of("tier")).or_else(beside).filter(|s| !s.is_empty());
    match given {
        None => Some(sizes.first().cloned().unwrap_or_default()),
        Some(size) if sizes.is_empty() || sizes.contains(&size) => Some(size),
        Some(size) => {
            outline.problem(
                format!("a {} has no size {size:?}", resource_type.name()),
                format!("use one of {}", sizes.join(", ")),
            );
            None
        }
    }
}

fn version(resource_type: &ResourceType, asked: &WorkloadResource, outline: &mut Outline) -> Option<String> {
    let versions = &resource_type.spec.versions;
    match asked.params.get("version").map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)) {
        None => Some(String::new()),
        Some(version) if versions.is_empty() || versions.contains(&version) => Some(version),
        Some(version) => {
            outline.problem(
                format!("a {} cannot be had in version {version:?}", resource_type.name()),
                format!("use one of {}", versions.join(", ")),
            );
            None
        }
    }
}

fn names(types: &[ResourceType]) -> String {
    types.iter().map(ResourceType::name).collect::<Vec<_>>().join(", ")
}

/// The actions that bring an environment to what is wanted.
pub fn plan(wanted: &Wanted<'_>, seen: &Seen<'_>) -> Outline {
    let (needs, mut outline) = needs(wanted, seen);
    if !outline.problems.is_empty() {
        return outline;
    }
    let mut before = Vec::new();
    for need in &needs {
        let found = seen.claims.iter().find(|c| c.name() == need.claim && !c.metadata.is_deleting());
        if let Some(action) = claim_action(wanted, need, found) {
            before.push(action.id.clone());
            outline.actions.push(action);
        }
    }
    let rollout = rollout_actions(wanted, seen, &before);
    let after: Vec<String> = rollout.iter().map(|a| a.id.clone()).collect();
    outline.actions.extend(rollout);
    let is_dropped = |c: &&Claim| !c.metadata.is_deleting() && needs.iter().all(|n| n.claim != c.name());
    let mut dropped: Vec<&Claim> = seen.claims.iter().filter(is_dropped).collect();
    dropped.sort_by_key(|c| c.name());
    outline.actions.extend(dropped.into_iter().map(|c| removal(c, seen.types, &after)));
    outline
}

fn claim_action(wanted: &Wanted<'_>, need: &Need, found: Option<&Claim>) -> Option<Action> {
    let target = Target {
        kind: "Claim".into(),
        namespace: wanted.namespace.into(),
        name: need.claim.clone(),
        environment: wanted.environment.name().into(),
    };
    let Some(claim) = found else {
        let mut diff = vec![change("spec.type", None, &need.r#type), change("spec.size", None, &need.size)];
        diff.retain(|d| d.after != Some(Value::String(String::new())));
        diff.push(change("secret", None, &need.secret_path));
        return Some(Action {
            id: format!("create-claim-{}", need.claim),
            operation: ActionOperation::Create,
            summary: format!(
                "a {} {} with its own role; credentials as the secret {}",
                need.size, need.r#type, need.secret_path
            ),
            target,
            diff,
            ..Action::default()
        });
    };
    let mut diff = Vec::new();
    if claim.spec.size != need.size {
        diff.push(change("spec.size", Some(&claim.spec.size), &need.size));
    }
    if !need.version.is_empty() && claim.spec.version != need.version {
        diff.push(change("spec.version", Some(&claim.spec.version), &need.version));
    }
    if claim.spec.parameters != need.parameters {
        let [before, after] = [&claim.spec.parameters, &need.parameters].map(|p| Some(Value::Object(p.clone())));
        diff.push(FieldChange { field: "spec.parameters".into(), before, after, sensitive: false });
    }
    (!diff.is_empty()).then(|| Action {
        id: format!("change-claim-{}", need.claim),
        operation: ActionOperation::Change,
        summary: format!("the {} as it is asked for now", need.r#type),
        target,
        diff,
        ..Action::default()
    })
}

fn rollout_actions(wanted: &Wanted<'_>, seen: &Seen<'_>, before: &[String]) -> Vec<Action> {
    let environment = wanted.environment.name();
    let target = Target {
        kind: "Deployment".into(),
        namespace: wanted.namespace.into(),
        name: deployment::name(wanted.workload, environment),
        environment: environment.into(),
    };
    let running = seen.deployment.map(|d| d.status.release.as_str()).filter(|r| !r.is_empty());
    let mut actions = Vec::new();
    // what was asked for last, not what is there this moment: a rollout passes through other numbers
    let replicas_now = seen.deployment.and_then(|d| d.status.applied_replicas);
    let mut diff = Vec::new();
    if running != Some(wanted.release) || wanted.release.is_empty() {
        let after = (!wanted.release.is_empty()).then(|| Value::from(wanted.release));
        diff.push(FieldChange { field: RELEASE.into(), before: running.map(Value::from), after, sensitive: false });
    }
    if replicas_now != Some(wanted.replicas) {
        let before = replicas_now.map(Value::from);
        diff.push(FieldChange {
            field: "spec.replicas".into(),
            before,
            after: Some(wanted.replicas.into()),
            sensitive: false,
        });
    }
    if !diff.is_empty() {
        let what = if wanted.release.is_empty() { "the first release" } else { wanted.release };
        actions.push(Action {
            id: format!("roll-out-{}", target.name),
            operation: ActionOperation::Run,
            summary: format!("{what} with {} at http://{}", count(wanted.replicas), host(wanted)),
            target,
            diff,
            after: before.to_vec(),
            ..Action::default()
        });
    }
    actions
}

/// The host name under which a workload answers.
pub fn host(wanted: &Wanted<'_>) -> String {
    host_of(wanted.workload, wanted.environment.name(), wanted.namespace)
}

/// The host name under which a workload answers: `<workload>.<environment>[.<namespace>].localhost`.
pub fn host_of(workload: &str, environment: &str, namespace: &str) -> String {
    match namespace {
        causeway_core::DEFAULT_NAMESPACE => format!("{workload}.{environment}.localhost"),
        namespace => format!("{workload}.{environment}.{namespace}.localhost"),
    }
}

fn removal(claim: &Claim, types: &[ResourceType], after: &[String]) -> Action {
    let policy = policy(claim, types);
    let (what, destructive) = match policy {
        DeletionPolicy::Delete => ("with all its data", true),
        DeletionPolicy::Retain => ("from the platform; its data is kept", false),
        DeletionPolicy::Snapshot => ("after a snapshot of its data", false),
    };
    Action {
        id: format!("delete-claim-{}", claim.name()),
        operation: ActionOperation::Delete,
        target: Target {
            kind: "Claim".into(),
            namespace: claim.namespace().into(),
            name: claim.name().into(),
            environment: claim.spec.environment.clone(),
        },
        summary: format!("the {} {} {what}", claim.spec.r#type, claim.status.secret_name),
        diff: identity(claim),
        destructive,
        after: after.to_vec(),
        ..Action::default()
    }
}

/// What ties an approval to this very claim: one of the same name that is made later holds other data.
pub(crate) fn identity(claim: &Claim) -> Vec<FieldChange> {
    let uid = Some(claim.metadata.uid.as_str()).filter(|uid| !uid.is_empty());
    let change =
        |uid: &str| FieldChange { field: "metadata.uid".into(), before: Some(uid.into()), ..FieldChange::default() };
    uid.map(change).into_iter().collect()
}

/// What becomes of a claim's data: the claim's own word, then its type's.
pub fn policy(claim: &Claim, types: &[ResourceType]) -> DeletionPolicy {
    let of_type = || recipe::resource_type(types, &claim.spec.r#type).map(|t| t.spec.deletion_policy);
    claim.spec.deletion_policy.or_else(of_type).unwrap_or_default()
}

fn change(field: &str, before: Option<&str>, after: &str) -> FieldChange {
    FieldChange { field: field.into(), before: before.map(Value::from), after: Some(after.into()), sensitive: false }
}

fn count(replicas: i32) -> String {
    if replicas == 1 { "1 replica".into() } else { format!("{replicas} replicas") }
}
