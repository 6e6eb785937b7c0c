//! Takes the demo away again: what runs first, then what it ran from, then what was written about it.

use std::collections::BTreeSet;
use std::path::{Component, Path};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, io};

use causeway_core::selector::LabelSelector;
use causeway_core::{GroupResource, Key, Resource, Spec};
use causeway_kinds::claim::ClaimSpec;
use causeway_kinds::deployment::DeploymentSpec;
use causeway_kinds::environment::EnvironmentSpec;
use causeway_kinds::plan::PlanSpec;
use causeway_kinds::release::{Release, ReleaseSpec};
use causeway_kinds::run::RunSpec;
use causeway_kinds::workload::WorkloadSpec;
use causeway_resources::{Client, DeleteOptions, Error, Resources};
use causeway_store::{Query, Record};

use crate::{DemoError, LABEL, actor};

/// Replicas may take ten seconds to end, one after the other where few are stopped at a time.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Kinds that go before the rest, each after those that use it.
fn in_order() -> Vec<GroupResource> {
    vec![
        DeploymentSpec::resource(),
        PlanSpec::resource(),
        ClaimSpec::resource(),
        ReleaseSpec::resource(),
        WorkloadSpec::resource(),
        EnvironmentSpec::resource(),
        RunSpec::resource(),
    ]
}

pub(crate) async fn remove(resources: &Arc<Resources>, artifacts: &Path) -> Result<(), DemoError> {
    let client = resources.client(actor());
    let users = users(&client).await.map_err(|source| failed(&DeploymentSpec::resource(), source))?;
    if !users.is_empty() {
        return Err(DemoError::InUse(users));
    }
    let releases = client.list_by::<ReleaseSpec>(None, &selector_text()).await;
    let releases = releases.map_err(|source| failed(&ReleaseSpec::resource(), source))?;
    let first = in_order();
    for resource in &first {
        let deleted = delete(resources, resource).await.map_err(|source| failed(resource, source))?;
        wait_until_gone(resources, deleted).await?;
    }
    let rest = resources.registry().all().into_iter().map(|entry| entry.definition.resource());
    let mut deleted = Vec::new();
    for resource in rest.filter(|resource| !first.contains(resource)) {
        deleted.extend(delete(resources, &resource).await.map_err(|source| failed(&resource, source))?);
    }
    wait_until_gone(resources, deleted).await?;
    clear(&client, &releases, artifacts).await
}

fn failed(resource: &GroupResource, source: Error) -> DemoError {
    DemoError::Delete { kind: resource.to_string(), source }
}

fn selector_text() -> String {
    format!("{LABEL}=true")
}

fn is_ours<S: Spec>(object: &Resource<S>) -> bool {
    object.metadata.labels.get(LABEL).is_some_and(|value| value == "true")
}

/// What is not of the demo, and runs in an environment or from a release that is.
async fn users(client: &Client) -> Result<Vec<String>, Error> {
    let named = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
    let environments = client.list_by::<EnvironmentSpec>(None, &selector_text()).await?;
    let environments: BTreeSet<_> = environments.iter().map(|e| named(e.namespace(), e.name())).collect();
    let releases = client.list_by::<ReleaseSpec>(None, &selector_text()).await?;
    let releases: BTreeSet<_> = releases.iter().map(|r| named(r.namespace(), r.name())).collect();
    let mut users = Vec::new();
    for deployment in client.list::<DeploymentSpec>(None).await?.iter().filter(|d| !is_ours(d)) {
        let release = [&deployment.spec.release, &deployment.status.release]
            .into_iter()
            .find(|release| releases.contains(&named(deployment.namespace(), release)));
        if environments.contains(&named(deployment.namespace(), &deployment.spec.environment)) {
            users.push(format!(
                "the deployment {} is in its environment {}",
                deployment.name(),
                deployment.spec.environment
            ));
        } else if let Some(release) = release {
            users.push(format!("the deployment {} runs its release {release}", deployment.name()));
        }
    }
    for claim in client.list::<ClaimSpec>(None).await?.iter().filter(|c| !is_ours(c)) {
        // a claim of a deployment that was named goes with it
        let is_alone = claim.spec.workload.is_empty();
        if is_alone && environments.contains(&named(claim.namespace(), &claim.spec.environment)) {
            users.push(format!("the claim {} is in its environment {}", claim.name(), claim.spec.environment));
        }
    }
    Ok(users)
}

/// Deletes what carries the label; answers what that was, with its uid.
async fn delete(resources: &Arc<Resources>, resource: &GroupResource) -> Result<Vec<(Key, String)>, Error> {
    let mut query = Query::all(resource.clone());
    query.labels = Some(LabelSelector::parse(&selector_text()).map_err(|e| Error::bad(e.to_string()))?);
    let identity = |record: &Arc<Record>| (record.key.clone(), record.head.uid.to_string());
    let found: Vec<(Key, String)> = resources.list(query.clone()).await?.page.records.iter().map(identity).collect();
    resources.delete_all(&actor(), query, &DeleteOptions::default(), |_| true).await?;
    Ok(found)
}

/// A namesake that was created since is not waited for.
async fn wait_until_gone(resources: &Arc<Resources>, mut left: Vec<(Key, String)>) -> Result<(), DemoError> {
    let until = Instant::now() + PATIENCE;
    loop {
        left.retain(|(key, uid)| resources.find(key).is_some_and(|record| *record.head.uid == **uid));
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() >= until {
            let left = left.iter().map(|(key, _)| key.to_string()).collect();
            return Err(DemoError::Stuck { left, seconds: PATIENCE.as_secs() });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Removes the files of releases that no controller cleared away, and the folders that are empty without them.
async fn clear(client: &Client, gone: &[Release], artifacts: &Path) -> Result<(), DemoError> {
    let left = client.list::<ReleaseSpec>(None).await.map_err(|source| failed(&ReleaseSpec::resource(), source))?;
    let used: BTreeSet<&str> = locations(&left).collect();
    for location in locations(gone).filter(|location| !used.contains(location) && is_plain(location)) {
        let folder = artifacts.join(location);
        let removed = fs::remove_dir_all(&folder);
        ignore_absence(removed).map_err(|source| DemoError::Files { file: folder.display().to_string(), source })?;
        if let Some(of_workload) = folder.parent() {
            // refused by the system where other artifacts are in it
            let _ = fs::remove_dir(of_workload);
        }
    }
    Ok(())
}

fn locations(releases: &[Release]) -> impl Iterator<Item = &str> {
    releases.iter().flat_map(|release| &release.spec.artifacts).map(|artifact| artifact.location.as_str())
}

fn is_plain(location: &str) -> bool {
    !location.is_empty() && Path::new(location).components().all(|part| matches!(part, Component::Normal(_)))
}

fn ignore_absence(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
