//! Runs of workflow files: the jobs of the file, then the release.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use causeway_forge::RepositoryName;
use causeway_kinds::repository::{Push, Repository, RepositorySpec};
use causeway_kinds::run::{Program as ProgramName, Run, Step, StepState};
use causeway_pipeline::facts::Secrets;
use causeway_pipeline::plan::{Assignment, Conclusion, Library, Plan, Progress};
use causeway_pipeline::runner::{
    JobResult, Journal, Room, RunOrder, SandboxedProcesses, Settings, Source, job_environment, run_plan,
};
use causeway_resources::{Actor, Client};
use causeway_run::{Advance, PrepareError, Program, StepContext, StepEnd, advance_in_order};
use causeway_sandbox::Network;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::artifact::{self, Kept};
use crate::facts::{facts, library};
use crate::report::{UNIT, record, reporter};
use crate::{Means, release};

const RELEASE: &str = "release";
const PARALLEL_JOBS: usize = 2;

/// Executes the runs whose program is `pipeline`.
pub struct PipelineProgram {
    means: Means,
    client: Client,
}

/// What a run is about, read in one go.
struct Scene {
    repository: Repository,
    name: RepositoryName,
    push: Push,
    library: Library,
    file: String,
}

/// What must outlive this process, beside the run's own record.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Notes {
    kept: Option<Kept>,
    skipped_actions: Vec<String>,
}

fn read_json<T: Default + for<'de> Deserialize<'de>>(file: &Path) -> T {
    std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Whole or not at all: a crash in between leaves the file as it was.
fn write_json<T: Serialize>(file: &Path, value: &T) {
    let draft = file.with_extension("new");
    let done = serde_json::to_vec(value).map_err(std::io::Error::other).and_then(|bytes| {
        std::fs::write(&draft, bytes)?;
        std::fs::rename(&draft, file)
    });
    if let Err(error) = done {
        tracing::warn!(%error, file = %file.display(), "the progress of a run was not kept");
    }
}

/// Keeps progress and workspaces in the run's folder.
struct Keeper<'a> {
    folder: PathBuf,
    means: &'a Means,
    namespace: String,
    workload: String,
}

impl Keeper<'_> {
    fn notes(&self) -> PathBuf {
        self.folder.join("notes.json")
    }
}

#[async_trait]
impl Journal for Keeper<'_> {
    async fn record(&self, progress: &Progress) {
        write_json(&self.folder.join("progress.json"), progress);
    }

    async fn leave_room(&self, assignment: &Assignment, room: &Room, result: &JobResult) {
        let mut notes: Notes = read_json(&self.notes());
        notes.skipped_actions.extend(result.skipped_actions.iter().cloned());
        let is_build = assignment.job == artifact::JOB && result.conclusion == Conclusion::Success;
        if is_build {
            let (workspace, artifacts) = (room.workspace.host.clone(), self.means.artifacts.clone());
            let (namespace, workload) = (self.namespace.clone(), self.workload.clone());
            let kept =
                tokio::task::spawn_blocking(move || artifact::keep(&workspace, &artifacts, &namespace, &workload));
            match kept.await {
                Ok(Ok(kept)) => notes.kept = Some(kept),
                Ok(Err(error)) => tracing::error!(%error, "the workspace of a build was not kept"),
                Err(error) => tracing::error!(%error, "the workspace of a build was not kept"),
            }
        }
        write_json(&self.notes(), &notes);
    }
}

impl PipelineProgram {
    /// With the means of one server.
    pub fn new(means: &Means) -> Self {
        Self { client: means.resources.client(Actor::controller("build")), means: means.clone() }
    }

    async fn scene(&self, run: &Run) -> Result<Scene, String> {
        let pipeline = run.spec.pipeline.clone().ok_or("the run names no pipeline")?;
        let repository =
            self.client.require::<RepositorySpec>(run.namespace(), &pipeline.repository).map_err(|e| e.to_string())?;
        let name = RepositoryName::new(run.namespace(), &pipeline.repository).map_err(|e| e.to_string())?;
        let library = library(&self.means, &name, &pipeline.commit).await.map_err(|e| e.to_string())?;
        let known = repository.status.pushes.iter().find(|p| p.after == pipeline.commit && p.r#ref == pipeline.r#ref);
        let push = known.cloned().unwrap_or_else(|| Push {
            id: "1".into(),
            r#ref: pipeline.r#ref.clone(),
            before: pipeline.before.clone(),
            after: pipeline.commit.clone(),
            actor: pipeline.actor.clone(),
            ..Push::default()
        });
        Ok(Scene { repository, name, push, library, file: pipeline.workflow })
    }

    async fn run_workflow(&self, ctx: &StepContext) -> StepEnd {
        let failed = |message: String| StepEnd::Failed { message, outputs: Map::new() };
        let scene = match self.scene(&ctx.run).await {
            Ok(scene) => scene,
            Err(why) => return failed(why),
        };
        let default_branch = &scene.repository.spec.default_branch;
        let Some(facts) = facts(&self.means, &scene.name, &scene.push, default_branch, &ctx.run.metadata.uid).await
        else {
            return failed("there is no commit to build".into());
        };
        let folder = ctx.folder.join("workflow");
        if let Err(error) = std::fs::create_dir_all(&folder) {
            return failed(format!("the run's folder could not be made: {error}"));
        }
        let secrets = Secrets::default();
        let plan = Plan { library: &scene.library, file: &scene.file, facts: &facts, secrets: &secrets };
        let mut progress = match resumed(&folder, &scene) {
            Ok(progress) => progress,
            Err(why) => return failed(why),
        };
        match self.drive(ctx, &scene, &plan, &folder, &mut progress).await {
            Err(why) => failed(why),
            Ok(()) => ended(&progress),
        }
    }

    async fn drive(
        &self,
        ctx: &StepContext,
        scene: &Scene,
        plan: &Plan<'_>,
        folder: &Path,
        progress: &mut Progress,
    ) -> Result<(), String> {
        let source = Source {
            repository: self.means.repository_path(&scene.name),
            sha: scene.push.after.clone(),
            branch: scene.push.r#ref.strip_prefix("refs/heads/").map(str::to_owned),
            origin: scene.repository.status.url.clone(),
        };
        let settings = Settings {
            unknown_actions: self.means.unknown_actions,
            environment: job_environment(),
            name: "causeway".into(),
            parallel_jobs: PARALLEL_JOBS,
            cache_folder: self.means.caches.join("actions"),
        };
        let processes = SandboxedProcesses {
            sandbox: self.means.sandbox.clone(),
            user: self.means.user,
            limits: self.means.limits.clone(),
            network: Network::default(),
            hide: self.means.hide.clone(),
            caches: self.means.caches.join("packages"),
            has_fixed_paths: self.means.has_fixed_paths,
            started: AtomicUsize::new(0),
        };
        let keeper = Keeper {
            folder: folder.to_path_buf(),
            means: &self.means,
            namespace: ctx.run.namespace().to_owned(),
            workload: scene.repository.name().to_owned(),
        };
        let (sink, reported) = reporter(&ctx.log);
        let recording = record(ctx, reported);
        let driving = async {
            let order = RunOrder {
                plan,
                source: &source,
                folder,
                settings: &settings,
                processes: &processes,
                sink: &sink,
                journal: &keeper,
                stop: ctx.cancel.clone(),
            };
            let done = run_plan(&order, progress).await.map(|_| ());
            keeper.record(progress).await;
            drop(sink);
            done
        };
        let (done, ()) = tokio::join!(driving, recording);
        done
    }
}

/// Where an earlier process left off, or the beginning.
fn resumed(folder: &Path, scene: &Scene) -> Result<Progress, String> {
    let workflow = scene.library.find(&scene.file)?;
    let kept: Option<Progress> = read_json(&folder.join("progress.json"));
    Ok(match kept {
        Some(mut progress) => {
            progress.requeue();
            progress
        }
        None => Progress::new(workflow),
    })
}

fn ended(progress: &Progress) -> StepEnd {
    let failed: Vec<&str> = progress
        .jobs
        .iter()
        .filter(|(_, j)| j.result == Some(Conclusion::Failure))
        .map(|(id, _)| id.as_str())
        .collect();
    match progress.conclusion() {
        Some(Conclusion::Success) => StepEnd::Succeeded { outputs: Map::new() },
        Some(Conclusion::Skipped) => StepEnd::Skipped { message: "Every job was skipped.".into() },
        Some(Conclusion::Failure) => {
            StepEnd::Failed { message: format!("the job {} failed", failed.join(", ")), outputs: Map::new() }
        }
        Some(Conclusion::Cancelled) | None => {
            StepEnd::Failed { message: "it was cancelled".into(), outputs: Map::new() }
        }
    }
}

#[async_trait]
impl Program for PipelineProgram {
    fn program(&self) -> ProgramName {
        ProgramName::Pipeline
    }

    async fn steps(&self, run: &Run, _client: &Client) -> Result<Vec<Step>, PrepareError> {
        let scene = self.scene(run).await.map_err(PrepareError::Later)?;
        let workflow = scene.library.find(&scene.file).map_err(PrepareError::Refused)?;
        let name = workflow.name.clone().unwrap_or_else(|| scene.file.clone());
        Ok(vec![
            Step { id: UNIT.into(), name, ..Step::default() },
            Step { id: RELEASE.into(), name: "Release".into(), ..Step::default() },
        ])
    }

    fn advance(&self, run: &Run) -> Advance {
        advance_in_order(run)
    }

    fn is_repeatable(&self, _run: &Run, _step: &Step) -> bool {
        // jobs that ended are on record; the others begin afresh in a room of their own
        true
    }

    async fn perform(&self, ctx: StepContext) -> StepEnd {
        if ctx.step.id == UNIT {
            return self.run_workflow(&ctx).await;
        }
        let workflow = ctx.run.status.steps.iter().find(|s| s.id == UNIT);
        if workflow.is_none_or(|s| s.state != StepState::Succeeded) {
            return StepEnd::Skipped { message: "Only a green run is released.".into() };
        }
        let scene = match self.scene(&ctx.run).await {
            Ok(scene) => scene,
            Err(message) => return StepEnd::Failed { message, outputs: Map::new() },
        };
        let notes: Notes = read_json(&ctx.folder.join("workflow/notes.json"));
        let parts = release::Parts {
            means: &self.means,
            client: &self.client,
            run: &ctx.run,
            repository: &scene.repository,
            name: &scene.name,
            kept: notes.kept,
            skipped_actions: notes.skipped_actions,
        };
        release::make(&parts).await
    }
}
