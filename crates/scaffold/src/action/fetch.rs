//! `fetch:template` and `fetch:plain`: files from beside the template into the workspace.

use async_trait::async_trait;
use causeway_golden_path::{fetch, skeleton};
use causeway_template::skeleton::{EntryKind, MemoryTree, Source as _};
use serde_json::{Map, Value};

use super::{Action, ActionContext, ActionError};
use crate::workspace;

const LARGEST_FILE: u64 = 64 << 20;

pub(super) struct FetchTemplate;
pub(super) struct FetchPlain;

/// The files that a step's `url` names. A path is relative to the template; other places are not read by this version.
fn source(ctx: &ActionContext) -> Result<MemoryTree, ActionError> {
    let url = ctx.required("url")?;
    if url.contains("://") {
        return Err(ActionError::Failed(format!(
            "{url} is not fetched: this version reads skeletons that lie beside their template"
        )));
    }
    skeleton(&ctx.template.name, url).ok_or_else(|| {
        ActionError::Failed(format!("the template {} has no folder {url:?} beside it", ctx.template.name))
    })
}

#[async_trait]
impl Action for FetchTemplate {
    fn id(&self) -> &'static str {
        "fetch:template"
    }

    fn description(&self) -> &'static str {
        "Renders a skeleton into the workspace."
    }

    async fn perform(&self, ctx: ActionContext) -> Result<Map<String, Value>, ActionError> {
        let source = source(&ctx)?;
        let target = workspace::inside(&ctx.workspace, ctx.text_or("targetPath", ".")).map_err(ActionError::Failed)?;
        // a second attempt replaces what the first one left half written
        let replace = true;
        let (input, log) = (ctx.input.clone(), ctx.log.clone());
        let rendered = tokio::task::spawn_blocking(move || {
            let tree = fetch(&source, &input).map_err(|e| said(&e))?;
            tree.write_to(&target, replace).map_err(|e| said(&e))?;
            Ok::<_, String>(tree)
        });
        let tree = rendered
            .await
            .map_err(|_| ActionError::Failed("rendering hit a defect in the platform".into()))?
            .map_err(ActionError::Failed)?;
        for file in &tree.files {
            log.line(&format!("rendered {}", file.path));
        }
        Ok(Map::new())
    }
}

/// An error with its causes.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[async_trait]
impl Action for FetchPlain {
    fn id(&self) -> &'static str {
        "fetch:plain"
    }

    fn description(&self) -> &'static str {
        "Copies files into the workspace as they are."
    }

    async fn perform(&self, ctx: ActionContext) -> Result<Map<String, Value>, ActionError> {
        let source = source(&ctx)?;
        let target = workspace::inside(&ctx.workspace, ctx.text_or("targetPath", ".")).map_err(ActionError::Failed)?;
        for entry in source.entries().map_err(|e| ActionError::Failed(said(&e)))? {
            if !matches!(entry.kind, EntryKind::File { .. }) {
                continue;
            }
            let bytes = source.read(&entry.path, LARGEST_FILE).map_err(|e| ActionError::Failed(said(&e)))?;
            let path = workspace::inside(&target, &entry.path).map_err(ActionError::Failed)?;
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, bytes)?;
            ctx.log.line(&format!("copied {}", entry.path));
        }
        Ok(Map::new())
    }
}
