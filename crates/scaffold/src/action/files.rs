//! `fs:delete` and `fs:rename`.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::{Action, ActionContext, ActionError};
use crate::workspace;

pub(super) struct DeleteFiles;
pub(super) struct RenameFiles;

#[async_trait]
impl Action for DeleteFiles {
    fn id(&self) -> &'static str {
        "fs:delete"
    }

    fn description(&self) -> &'static str {
        "Deletes files and folders of the workspace."
    }

    async fn perform(&self, ctx: ActionContext) -> Result<Map<String, Value>, ActionError> {
        let files = ctx.input.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
        for file in files.iter().filter_map(Value::as_str) {
            let path = workspace::inside(&ctx.workspace, file).map_err(ActionError::Failed)?;
            if path == ctx.workspace {
                return Err(ActionError::Failed("the workspace itself cannot be deleted".into()));
            }
            let gone = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            match gone {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => ctx.log.line(&format!("deleted {file}")),
            }
        }
        Ok(Map::new())
    }
}

#[async_trait]
impl Action for RenameFiles {
    fn id(&self) -> &'static str {
        "fs:rename"
    }

    fn description(&self) -> &'static str {
        "Renames files and folders of the workspace."
    }

    async fn perform(&self, ctx: ActionContext) -> Result<Map<String, Value>, ActionError> {
        let files = ctx.input.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
        for file in &files {
            let place = |key: &str| {
                let text = file.get(key).and_then(Value::as_str).unwrap_or_default();
                workspace::inside(&ctx.workspace, text).map_err(ActionError::Failed)
            };
            let (from, to) = (place("from")?, place("to")?);
            let overwrite = file.get("overwrite").and_then(Value::as_bool).unwrap_or(false);
            if !from.exists() && to.exists() {
                continue; // the first attempt came this far
            }
            if to.exists() && !overwrite {
                return Err(ActionError::Failed(format!(
                    "{} is there already; set overwrite to replace it",
                    to.display()
                )));
            }
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::rename(from, to)?;
        }
        Ok(Map::new())
    }
}
