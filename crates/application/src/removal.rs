//! The way back: what runs goes first, then what it used, then where it came from.

use std::time::Duration;

use causeway_core::{GroupResource, Object, Spec};
use causeway_engine::{Cleaned, Failure};
use causeway_kinds::application::Application;
use causeway_kinds::claim::ClaimSpec;
use causeway_kinds::deployment::DeploymentSpec;
use causeway_kinds::release::ReleaseSpec;
use causeway_kinds::repository::RepositorySpec;
use causeway_kinds::resource_type::ResourceTypeSpec;
use causeway_kinds::source::SourceSpec;
use causeway_kinds::workload::WorkloadSpec;
use causeway_plan::{Outline, deletion};
use causeway_resources::{Client, Result};

use crate::{APPLICATION, KEEP_REPOSITORY};

const AGAIN: Duration = Duration::from_millis(500);

fn selector(application: &Application) -> String {
    format!("{APPLICATION}={}", application.name())
}

fn keeps_repository(application: &Application) -> bool {
    application.metadata.annotations.get(KEEP_REPOSITORY).is_some_and(|v| v == "true")
}

async fn names<S: Spec>(client: &Client, application: &Application) -> Result<Vec<String>> {
    let found = client.list_by::<S>(Some(application.namespace()), &selector(application)).await?;
    Ok(found.iter().map(|r| r.name().to_owned()).collect())
}

/// What deleting an application would do.
pub(crate) async fn outline(client: &Client, application: &Application) -> Result<Outline> {
    let namespace = application.namespace();
    let deployments = client.list_by::<DeploymentSpec>(Some(namespace), &selector(application)).await?;
    let claims = client.list_by::<ClaimSpec>(Some(namespace), &selector(application)).await?;
    let sources = client.list_by::<SourceSpec>(Some(namespace), &selector(application)).await?;
    let entities: Vec<String> =
        sources.iter().flat_map(|s| s.status.entities.iter().map(ToString::to_string)).collect();
    let source_names: Vec<String> = sources.iter().map(|s| s.name().to_owned()).collect();
    let repositories =
        if keeps_repository(application) { Vec::new() } else { names::<RepositorySpec>(client, application).await? };
    let releases = names::<ReleaseSpec>(client, application).await?;
    let types = client.list::<ResourceTypeSpec>(None).await?;
    let belongings = deletion::Belongings {
        namespace,
        name: application.name(),
        deployments: &deployments,
        claims: &claims,
        releases: &releases,
        repositories: &repositories,
        sources: &source_names,
        entities: &entities,
        types: &types,
    };
    Ok(deletion::plan(&belongings))
}

/// One turn of the way back: the first stage that has anything left is asked to go, and waited for.
pub(crate) async fn step(client: &Client, application: &Application) -> std::result::Result<Cleaned, Failure> {
    // a run that is still at work would make again what goes here
    if cancel_runs(client, application).await? {
        return Ok(Cleaned::Waiting(AGAIN));
    }
    let gone = remove::<DeploymentSpec>(client, application).await?
        && remove::<ClaimSpec>(client, application).await?
        && remove::<ReleaseSpec>(client, application).await?
        && remove::<WorkloadSpec>(client, application).await?
        && remove::<SourceSpec>(client, application).await?;
    if !gone {
        return Ok(Cleaned::Waiting(AGAIN));
    }
    if keeps_repository(application) {
        cut_loose(client, application).await?;
        return Ok(Cleaned::Done);
    }
    Ok(if remove::<RepositorySpec>(client, application).await? { Cleaned::Done } else { Cleaned::Waiting(AGAIN) })
}

/// Deletes everything of a kind that belongs to the application; answers whether nothing is left.
async fn remove<S: Spec>(client: &Client, application: &Application) -> Result<bool> {
    let found = client.list_by::<S>(Some(application.namespace()), &selector(application)).await?;
    for resource in &found {
        if !resource.metadata.is_deleting() {
            client.delete::<S>(resource.namespace(), resource.name()).await?;
        }
    }
    Ok(names::<S>(client, application).await?.is_empty())
}

/// Asks runs that are under way to stop; answers whether any is left at it.
async fn cancel_runs(client: &Client, application: &Application) -> Result<bool> {
    use causeway_kinds::run::RunSpec;
    let runs = client.list_by::<RunSpec>(Some(application.namespace()), &selector(application)).await?;
    let mut left = false;
    for run in runs.iter().filter(|r| r.status.conclusion.is_none() && !r.metadata.is_deleting()) {
        left = true;
        if !run.spec.cancel {
            client.modify::<RunSpec>(run.namespace(), run.name(), |r| r.spec.cancel = true).await?;
        }
    }
    Ok(left)
}

/// A repository that is kept no longer belongs to the application.
async fn cut_loose(client: &Client, application: &Application) -> Result<()> {
    for name in names::<RepositorySpec>(client, application).await? {
        client
            .modify::<RepositorySpec>(application.namespace(), &name, |r| {
                r.metadata.labels.shift_remove(APPLICATION);
            })
            .await?;
    }
    Ok(())
}

/// Kinds whose changes move an application's end on.
pub(crate) fn stages() -> Vec<GroupResource> {
    vec![
        DeploymentSpec::resource(),
        ClaimSpec::resource(),
        ReleaseSpec::resource(),
        WorkloadSpec::resource(),
        SourceSpec::resource(),
        RepositorySpec::resource(),
        causeway_kinds::run::RunSpec::resource(),
    ]
}

/// The application that an object belongs to, by its label.
pub(crate) fn owner_of(object: &Object) -> Option<causeway_engine::ObjectName> {
    object.label(APPLICATION).map(|name| causeway_engine::ObjectName::new(object.namespace(), name))
}
