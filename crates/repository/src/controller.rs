//! Makes bare repositories, and removes them.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::condition::{Condition, ConditionStatus};
use causeway_engine::{Cleaned, Controller, Failure, Next, Recorder};
use causeway_forge::Forge;
use causeway_kinds::repository::{Repository, RepositorySpec};
use causeway_resources::{Actor, Client, Resources, ensure_condition};

use crate::forge_name;

/// The controller of repositories.
pub struct RepositoryController {
    client: Client,
    forge: Forge,
    recorder: Recorder,
    base_url: String,
}

impl RepositoryController {
    /// Over the forge, reached under `base_url` (`http://127.0.0.1:7007`).
    pub fn new(resources: &Arc<Resources>, forge: Forge, base_url: String) -> Self {
        Self {
            client: resources.client(Actor::controller(Self::NAME)),
            recorder: Recorder::new(Arc::clone(resources), Self::NAME),
            forge,
            base_url,
        }
    }
}

fn refused(repository: &Repository, error: &dyn std::error::Error) -> Failure {
    Failure::terminal("BadName", format!("{:?} cannot be the name of a repository: {error}.", repository.name()))
}

#[async_trait]
impl Controller for RepositoryController {
    type Spec = RepositorySpec;
    const NAME: &'static str = "repository";
    const FINALIZER: Option<&'static str> = Some("platform.causeway.dev/repository");

    async fn apply(&self, mut repository: Repository) -> Result<Next, Failure> {
        let name = forge_name(&repository).map_err(|e| refused(&repository, &e))?;
        let failed = |e: causeway_forge::ForgeError| Failure::from_error("RepositoryFailed", &e);
        let made = self.forge.create(&name, &repository.spec.default_branch).await.map_err(failed)?;
        let branches = self.forge.branches(&name).await.map_err(failed)?;
        let status = &mut repository.status;
        status.url = format!("{}{}", self.base_url, name.url_path());
        status.branches = branches.into_iter().map(|b| (b.name, b.commit.as_str().to_owned())).collect();
        status.observed_generation = repository.metadata.generation;
        let message = format!("git clone {}", repository.status.url);
        ensure_condition(&mut repository, Condition::ready(ConditionStatus::True, "Hosted", message));
        let repository = self.client.update_status(&repository).await?;
        if made {
            self.recorder.normal(&repository, "Created", "The repository is there, and empty.").await;
        }
        Ok(Next::Resync)
    }

    async fn cleanup(&self, repository: Repository) -> Result<Cleaned, Failure> {
        let Ok(name) = forge_name(&repository) else { return Ok(Cleaned::Done) };
        self.forge.delete(&name).await.map_err(|e| Failure::from_error("RepositoryNotRemoved", &e))?;
        self.recorder.normal(&repository, "Removed", "The repository and its history are gone.").await;
        Ok(Cleaned::Done)
    }
}
