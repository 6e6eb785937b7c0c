//! What goes when a service goes, in order: what runs, then what it used, then where it came from.

use causeway_kinds::claim::Claim;
use causeway_kinds::deployment::Deployment;
use causeway_kinds::plan::{Action, ActionOperation, Target};
use causeway_kinds::resource_type::{DeletionPolicy, ResourceType};

use crate::{Outline, rollout};

/// Everything that belongs to a service.
#[derive(Clone, Copy, Debug)]
pub struct Belongings<'a> {
    /// Namespace of all of it.
    pub namespace: &'a str,
    /// The service.
    pub name: &'a str,
    /// Where it runs.
    pub deployments: &'a [Deployment],
    /// What it has claimed.
    pub claims: &'a [Claim],
    /// Names of its releases.
    pub releases: &'a [String],
    /// Names of its repositories; empty where they are to be kept.
    pub repositories: &'a [String],
    /// Names of the sources through which its entities came.
    pub sources: &'a [String],
    /// References of the entities that go with the sources.
    pub entities: &'a [String],
    /// Known types, for what becomes of data.
    pub types: &'a [ResourceType],
}

/// The actions, each after what depends on it.
pub fn plan(belongings: &Belongings<'_>) -> Outline {
    let mut actions: Vec<Action> = Vec::new();
    for deployment in belongings.deployments {
        let replicas = deployment.status.replicas;
        let summary = format!("{replicas} running replicas and the address {}", deployment.status.url);
        actions.push(delete(belongings, "Deployment", deployment.name(), &deployment.spec.environment, summary, false));
    }
    for claim in belongings.claims {
        let policy = rollout::policy(claim, belongings.types);
        let destructive = policy == DeletionPolicy::Delete;
        let what = match policy {
            DeletionPolicy::Delete => "database, role and all data",
            DeletionPolicy::Retain => "the claim alone; its data is kept",
            DeletionPolicy::Snapshot => "after a snapshot of its data",
        };
        let summary =
            format!("{} {}: {what}; the secret {}", claim.spec.size, claim.spec.r#type, claim.status.secret_name);
        let action = delete(belongings, "Claim", claim.name(), &claim.spec.environment, summary, destructive);
        actions.push(Action { diff: rollout::identity(claim), ..action });
    }
    for release in belongings.releases {
        actions.push(delete(belongings, "Release", release, "", "the release and its artifact".into(), false));
    }
    for source in belongings.sources {
        let summary = format!("catalog: {}", belongings.entities.join(", "));
        actions.push(delete(belongings, "Source", source, "", summary, false));
    }
    for repository in belongings.repositories {
        actions.push(delete(belongings, "Repository", repository, "", "the code and its whole history".into(), true));
    }
    actions.push(delete(
        belongings,
        "Application",
        belongings.name,
        "",
        "what was asked for; runs and audit trail are kept".into(),
        false,
    ));
    chain(&mut actions);
    Outline { actions, ..Outline::default() }
}

fn delete(
    belongings: &Belongings<'_>,
    kind: &str,
    name: &str,
    environment: &str,
    summary: String,
    destructive: bool,
) -> Action {
    Action {
        id: format!("delete-{}-{name}", kind.to_lowercase()),
        operation: ActionOperation::Delete,
        target: Target {
            kind: kind.into(),
            namespace: belongings.namespace.into(),
            name: name.into(),
            environment: environment.into(),
        },
        summary,
        destructive,
        ..Action::default()
    }
}

fn chain(actions: &mut [Action]) {
    for i in 1..actions.len() {
        let before = actions[i - 1].id.clone();
        actions[i].after = vec![before];
    }
}
