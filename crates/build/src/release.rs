//! A green run of the default branch becomes a release.

use causeway_core::{Metadata, Object, yaml};
use causeway_forge::RepositoryName;
use causeway_kinds::release::{self, Artifact, ArtifactType, Check, Release, ReleaseSpec};
use causeway_kinds::repository::Repository;
use causeway_kinds::run::{Conclusion, Run, Step, StepState};
use causeway_plan::score;
use causeway_resources::{Client, Subresource, WriteOptions};
use causeway_run::StepEnd;
use serde_json::{Map, Value};

use crate::artifact::Kept;
use crate::report::UNIT;
use crate::{APPLICATION, Means, WORKLOAD};

const FILE: &str = "score.yaml";
const LARGEST: u64 = 1 << 20;
const TRIES: i64 = 20;

/// Everything that a release is made of.
pub(crate) struct Parts<'a> {
    pub(crate) means: &'a Means,
    pub(crate) client: &'a Client,
    pub(crate) run: &'a Run,
    pub(crate) repository: &'a Repository,
    pub(crate) name: &'a RepositoryName,
    pub(crate) kept: Option<Kept>,
    pub(crate) skipped_actions: Vec<String>,
}

fn skipped(message: impl Into<String>) -> StepEnd {
    StepEnd::Skipped { message: message.into() }
}

fn failed(message: impl Into<String>) -> StepEnd {
    StepEnd::Failed { message: message.into(), outputs: Map::new() }
}

/// Makes the release, or says why there is none.
pub(crate) async fn make(parts: &Parts<'_>) -> StepEnd {
    let Some(pipeline) = &parts.run.spec.pipeline else { return failed("the run names no pipeline") };
    if pipeline.branch != parts.repository.spec.default_branch {
        return skipped(format!("Only {} is released.", parts.repository.spec.default_branch));
    }
    let text = match parts.means.forge.read_file(parts.name, &pipeline.commit, FILE, LARGEST).await {
        Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(None) => return skipped(format!("There is no {FILE}: nothing says how to run this.")),
        Err(error) => return failed(error.to_string()),
    };
    let Some(kept) = &parts.kept else {
        return skipped(format!("No job named {} left a workspace to release.", crate::artifact::JOB));
    };
    let document = match read(&text) {
        Ok(document) => document,
        Err(why) => return failed(why),
    };
    match publish(parts, &document, kept).await {
        Ok(release) => {
            StepEnd::Succeeded { outputs: Map::from_iter([("release".to_owned(), Value::from(release.name()))]) }
        }
        Err(error) => failed(format!("the release could not be stored: {error}")),
    }
}

/// The document, or everything that is wrong with it, with lines.
fn read(text: &str) -> Result<Object, String> {
    let document = yaml::parse_one(text, &yaml::Options::core().named(FILE)).map_err(|e| e.to_string())?;
    if let Err(score::ScoreErrors(errors)) = score::read(&document.value) {
        let said = errors.iter().map(|e| {
            let place = document.position(&e.path);
            format!("{FILE}:{}:{}: {e}", place.line, place.column)
        });
        return Err(said.collect::<Vec<_>>().join("\n"));
    }
    Object::from_value(document.value).ok_or_else(|| format!("{FILE} is not a map"))
}

async fn publish(parts: &Parts<'_>, document: &Object, kept: &Kept) -> causeway_resources::Result<Release> {
    let (client, run) = (parts.client, parts.run);
    let workload = document.name();
    let all = client.list::<ReleaseSpec>(Some(run.namespace())).await?;
    // a second attempt after a crash finds what the first one made
    if let Some(made) = all.iter().find(|r| r.spec.run == run.name()) {
        return Ok(made.clone());
    }
    keep_workload(parts, document).await?;
    let newest = all.iter().filter(|r| r.spec.workload == workload).map(|r| r.spec.number).max().unwrap_or(0);
    for number in newest + 1..newest + TRIES {
        match client.create(&release(parts, document, kept, number)).await {
            Err(error) if error.is_exists() => {}
            done => return done,
        }
    }
    client.create(&release(parts, document, kept, newest + TRIES)).await
}

fn labels(parts: &Parts<'_>, workload: &str) -> indexmap::IndexMap<String, String> {
    let mut labels = indexmap::IndexMap::new();
    labels.insert(WORKLOAD.to_owned(), workload.to_owned());
    if let Some(application) = parts.repository.metadata.labels.get(APPLICATION) {
        labels.insert(APPLICATION.to_owned(), application.clone());
    }
    labels
}

fn release(parts: &Parts<'_>, document: &Object, kept: &Kept, number: i64) -> Release {
    let workload = document.name();
    let pipeline = parts.run.spec.pipeline.clone().unwrap_or_default();
    let mut metadata = Metadata::named(parts.run.namespace(), release::name(workload, number));
    metadata.labels = labels(parts, workload);
    let spec = ReleaseSpec {
        workload: workload.to_owned(),
        repository: parts.repository.name().to_owned(),
        commit: pipeline.commit,
        branch: pipeline.branch,
        run: parts.run.name().to_owned(),
        number,
        document: document.0.clone(),
        artifacts: vec![Artifact {
            name: "workspace".into(),
            r#type: ArtifactType::Workspace,
            digest: kept.digest.clone(),
            size_bytes: kept.size_bytes,
            location: kept.location.clone(),
        }],
        checks: parts.run.status.steps.iter().filter(|s| s.job == UNIT).map(check).collect(),
        not_run: parts.skipped_actions.clone(),
        notes: String::new(),
    };
    Release::new(metadata, spec)
}

fn check(job: &Step) -> Check {
    let conclusion = match job.state {
        StepState::Succeeded => Some(Conclusion::Success),
        StepState::Failed => Some(Conclusion::Failure),
        StepState::Cancelled => Some(Conclusion::Cancelled),
        StepState::Skipped => Some(Conclusion::Skipped),
        StepState::Pending | StepState::Running | StepState::Waiting => None,
    };
    Check { name: job.name.clone(), conclusion }
}

/// The workload as it is at this commit.
async fn keep_workload(parts: &Parts<'_>, document: &Object) -> causeway_resources::Result<()> {
    let resources = parts.client.resources();
    let mut workload = score::to_workload(document, parts.run.namespace());
    let pipeline = parts.run.spec.pipeline.clone().unwrap_or_default();
    workload.set(&["spec", "source", "repository"], pipeline.repository);
    workload.set(&["spec", "source", "commit"], pipeline.commit);
    for (label, value) in labels(parts, document.name()) {
        workload.set(&["metadata", "labels", &label], value);
    }
    let options = WriteOptions::strict();
    match resources.create(parts.client.actor(), workload.clone(), &options).await {
        Err(error) if error.is_exists() => {
            resources.replace(parts.client.actor(), workload, Subresource::None, &options).await.map(|_| ())
        }
        done => done.map(|_| ()),
    }
}
