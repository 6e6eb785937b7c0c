//! `catalog:register`: the repository's catalog file becomes a Source, and the catalog reads it from then on.

use async_trait::async_trait;
use causeway_core::Metadata;
use causeway_kinds::repository::{Repository, RepositorySpec};
use causeway_kinds::source::{Source, SourceSpec, SourceType};
use serde_json::{Map, Value};

use super::{Action, ActionContext, ActionError, outputs};

const APPLICATION: &str = "platform.causeway.dev/application";
const WORKLOAD: &str = "platform.causeway.dev/workload";

pub(super) struct CatalogRegister;

#[async_trait]
impl Action for CatalogRegister {
    fn id(&self) -> &'static str {
        "catalog:register"
    }

    fn description(&self) -> &'static str {
        "Registers the catalog file of a hosted repository."
    }

    async fn perform(&self, ctx: ActionContext) -> Result<Map<String, Value>, ActionError> {
        let url = match ctx.text("repoContentsUrl") {
            "" => ctx.required("catalogInfoUrl")?,
            url => url,
        };
        let repository = find(&ctx, url).await?;
        let path = ctx.text_or("catalogInfoPath", "/catalog-info.yaml").trim_start_matches('/').to_owned();
        let mut metadata = Metadata::named(repository.namespace(), repository.name());
        for label in [APPLICATION, WORKLOAD] {
            if let Some(value) = ctx.run.metadata.labels.get(label) {
                metadata.labels.insert(label.into(), value.clone());
            }
        }
        let spec = SourceSpec {
            r#type: SourceType::Repository,
            repository: repository.name().to_owned(),
            path,
            branch: repository.spec.default_branch.clone(),
            ..SourceSpec::default()
        };
        let source = ctx.client.ensure(&Source::new(metadata, spec)).await?;
        ctx.log.line(&format!("the catalog reads {} of the repository {}", source.spec.path, repository.name()));
        let entity = format!("component:{}/{}", repository.namespace(), repository.name());
        Ok(outputs([("entityRef", entity), ("catalogInfoUrl", format!("{url}/{}", source.spec.path))]))
    }
}

/// The hosted repository whose address begins the url.
async fn find(ctx: &ActionContext, url: &str) -> Result<Repository, ActionError> {
    let all = ctx.client.list::<RepositorySpec>(None).await?;
    let is_at = |r: &&Repository| {
        let base = r.status.url.trim_end_matches(".git");
        !base.is_empty()
            && url.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".git")
    };
    all.iter().filter(is_at).max_by_key(|r| r.status.url.len()).cloned().ok_or_else(|| {
        ActionError::Failed(format!(
            "{url} is not a repository that is hosted here; this version registers hosted ones alone"
        ))
    })
}
