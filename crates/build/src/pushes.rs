//! Every push on record gets the runs that it asks for, once, whatever happens in between.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::Metadata;
use causeway_engine::{Controller, Failure, Next, Recorder};
use causeway_forge::RepositoryName;
use causeway_kinds::reference::ObjectReference;
use causeway_kinds::repository::{Push, Repository, RepositorySpec};
use causeway_kinds::run::{PipelineRun, Program, Run, RunSpec};
use causeway_pipeline::event;
use causeway_resources::{Actor, Client};

use crate::facts::{facts, library};
use crate::{APPLICATION, Means, REPOSITORY, WORKLOAD};

/// Annotation: the newest push whose runs were made.
const HANDLED: &str = "platform.causeway.dev/built-push";

/// Makes runs of pushes.
pub struct PushController {
    means: Means,
    client: Client,
    recorder: Recorder,
}

impl PushController {
    /// With the means of one server.
    pub fn new(means: &Means) -> Self {
        Self {
            client: means.resources.client(Actor::controller(Self::NAME)),
            recorder: Recorder::new(Arc::clone(&means.resources), Self::NAME),
            means: means.clone(),
        }
    }

    async fn handle(&self, repository: &Repository, name: &RepositoryName, push: &Push) -> Result<(), Failure> {
        let Some(facts) = facts(&self.means, name, push, &repository.spec.default_branch, &push.id).await else {
            return Ok(());
        };
        let library =
            library(&self.means, name, &push.after).await.map_err(|e| Failure::from_error("WorkflowsNotRead", &e))?;
        for (file, read) in library.files() {
            // a file that cannot be read gets a run too: it says what is wrong where people look
            if read.is_ok_and(|workflow| !event::starts(workflow, &facts.event)) {
                continue;
            }
            self.start(repository, push, file).await?;
        }
        Ok(())
    }

    async fn start(&self, repository: &Repository, push: &Push, file: &str) -> Result<(), Failure> {
        let stem = std::path::Path::new(file).file_stem().and_then(|s| s.to_str()).unwrap_or("workflow");
        let stem: String =
            stem.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let name = format!(
            "{}-{}-{}-{}",
            repository.name(),
            stem.trim_matches('-'),
            push.after.get(..8).unwrap_or_default(),
            push.id
        );
        let mut metadata = Metadata::named(repository.namespace(), name.as_str());
        metadata.labels.insert(REPOSITORY.into(), repository.name().into());
        for label in [APPLICATION, WORKLOAD] {
            if let Some(value) = repository.metadata.labels.get(label) {
                metadata.labels.insert(label.into(), value.clone());
            }
        }
        let branch = push.r#ref.strip_prefix("refs/heads/").unwrap_or_default();
        let spec = RunSpec {
            program: Program::Pipeline,
            pipeline: Some(PipelineRun {
                repository: repository.name().into(),
                commit: push.after.clone(),
                r#ref: push.r#ref.clone(),
                branch: branch.into(),
                before: push.before.clone(),
                workflow: file.into(),
                event: "push".into(),
                actor: push.actor.clone(),
            }),
            subject: ObjectReference {
                api_version: repository.api_version.clone(),
                kind: repository.kind.clone(),
                namespace: repository.namespace().into(),
                name: repository.name().into(),
                uid: repository.metadata.uid.clone(),
                ..ObjectReference::default()
            },
            created_by: push.actor.clone(),
            ..RunSpec::default()
        };
        match self.client.create(&Run::new(metadata, spec)).await {
            Err(error) if error.is_exists() => Ok(()),
            Err(error) => Err(error.into()),
            Ok(run) => {
                self.recorder
                    .normal(repository, "PipelineStarted", format!("The push of {branch} started {}.", run.name()))
                    .await;
                Ok(())
            }
        }
    }
}

#[async_trait]
impl Controller for PushController {
    type Spec = RepositorySpec;
    const NAME: &'static str = "build";

    async fn apply(&self, repository: Repository) -> Result<Next, Failure> {
        let handled = repository.metadata.annotations.get(HANDLED).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
        let number = |push: &Push| push.id.parse::<u64>().unwrap_or(0);
        let open: Vec<&Push> = repository.status.pushes.iter().filter(|p| number(p) > handled).collect();
        let Some(last) = open.last().map(|p| p.id.clone()) else { return Ok(Next::Resync) };
        let name = RepositoryName::new(repository.namespace(), repository.name())
            .map_err(|e| Failure::terminal("BadName", e.to_string()))?;
        for push in open {
            self.handle(&repository, &name, push).await?;
        }
        self.client
            .modify::<RepositorySpec>(repository.namespace(), repository.name(), |r| {
                r.metadata.annotations.insert(HANDLED.into(), last.clone());
            })
            .await?;
        Ok(Next::Resync)
    }
}
