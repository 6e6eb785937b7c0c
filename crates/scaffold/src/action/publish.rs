//! `publish:git`: the workspace becomes a hosted repository.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use causeway_core::Metadata;
use causeway_core::condition::{Condition, find};
use causeway_forge::{Actor, Author, CommitRequest, ForgeError, Onto, RepositoryName};
use causeway_kinds::repository::{Repository, RepositorySource, RepositorySpec, Visibility};
use serde_json::{Map, Value};

use super::{Action, ActionContext, ActionError, outputs};
use crate::workspace;

const APPLICATION: &str = "platform.causeway.dev/application";
const WORKLOAD: &str = "platform.causeway.dev/workload";
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub(super) struct PublishGit;

fn visibility(text: &str) -> Result<Visibility, ActionError> {
    match text {
        "" | "private" => Ok(Visibility::Private),
        "internal" => Ok(Visibility::Internal),
        "public" => Ok(Visibility::Public),
        other => Err(ActionError::Failed(format!("repoVisibility {other:?} is none of private, internal, public"))),
    }
}

fn wanted(ctx: &ActionContext, namespace: &str, name: &str) -> Result<Repository, ActionError> {
    let mut metadata = Metadata::named(namespace, name);
    for label in [APPLICATION, WORKLOAD] {
        if let Some(value) = ctx.run.metadata.labels.get(label) {
            metadata.labels.insert(label.into(), value.clone());
        }
    }
    let spec = RepositorySpec {
        description: ctx.text("description").to_owned(),
        default_branch: ctx.text_or("defaultBranch", "main").to_owned(),
        visibility: visibility(ctx.text("repoVisibility"))?,
        source: RepositorySource { template: ctx.template.entity_ref(), run: ctx.run.name().to_owned() },
        ..RepositorySpec::default()
    };
    Ok(Repository::new(metadata, spec))
}

#[async_trait]
impl Action for PublishGit {
    fn id(&self) -> &'static str {
        "publish:git"
    }

    fn description(&self) -> &'static str {
        "Makes a hosted Git repository of the workspace."
    }

    async fn perform(&self, ctx: ActionContext) -> Result<Map<String, Value>, ActionError> {
        let name = ctx.required("name")?.to_owned();
        let namespace = ctx.text_or("namespace", ctx.run.namespace()).to_owned();
        let repository = match ctx.client.get::<RepositorySpec>(&namespace, &name)? {
            Some(found) if found.spec.source.run == ctx.run.name() => found,
            Some(_) => return Err(ActionError::Failed(format!("there is a repository {name} already"))),
            None => {
                ctx.log.line(&format!("creating the repository {name}"));
                ctx.client.create(&wanted(&ctx, &namespace, &name)?).await?
            }
        };
        if !find(&repository.status.conditions, "Ready").is_some_and(Condition::is_true) {
            return Err(ActionError::Waiting(format!("The repository {name} is being made."), LOOK_AGAIN));
        }
        let forge_name = RepositoryName::new(&namespace, &name).map_err(|e| ActionError::Failed(e.to_string()))?;
        let source = workspace::inside(&ctx.workspace, ctx.text_or("sourcePath", ".")).map_err(ActionError::Failed)?;
        let author = ctx.text_or("gitAuthorName", "Causeway").to_owned();
        let request = CommitRequest {
            branch: repository.spec.default_branch.clone(),
            onto: Onto::Nothing,
            files: workspace::files(&source)?,
            message: ctx.text_or("gitCommitMessage", "Start from the golden path").to_owned(),
            author: Author { name: author, email: ctx.text_or("gitAuthorEmail", "causeway@localhost").to_owned() },
            time: SystemTime::now(),
            actor: Actor::new(if ctx.run.spec.created_by.is_empty() { "causeway" } else { &ctx.run.spec.created_by }),
        };
        let commit = ctx.forge.commit_tree(&forge_name, &request).await.map_err(|e| failed(&e))?;
        ctx.log.line(&format!(
            "pushed {} files to {} as {}",
            request.files.len(),
            repository.spec.default_branch,
            commit.as_str()
        ));
        let url = repository.status.url.clone();
        let contents = format!("{}/src/branch/{}", url.trim_end_matches(".git"), repository.spec.default_branch);
        Ok(outputs([
            ("remoteUrl", url),
            ("repoContentsUrl", contents),
            ("commitHash", commit.as_str().to_owned()),
            ("repository", format!("{namespace}/{name}")),
        ]))
    }
}

fn failed(error: &ForgeError) -> ActionError {
    let hint = error.hint().map(|h| format!("; {h}")).unwrap_or_default();
    ActionError::Failed(format!("the files could not be pushed: {error}{hint}"))
}
