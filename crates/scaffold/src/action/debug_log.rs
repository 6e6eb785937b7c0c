//! `debug:log`: writes a message, and lists the workspace.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::{Action, ActionContext, ActionError};
use crate::workspace;

pub(super) struct DebugLog;

#[async_trait]
impl Action for DebugLog {
    fn id(&self) -> &'static str {
        "debug:log"
    }

    fn description(&self) -> &'static str {
        "Writes a message or lists the workspace in the log."
    }

    async fn perform(&self, ctx: ActionContext) -> Result<Map<String, Value>, ActionError> {
        if let Some(message) = ctx.input.get("message") {
            ctx.log.line(&message.as_str().map_or_else(|| message.to_string(), str::to_owned));
        }
        let lists = match ctx.input.get("listWorkspace") {
            Some(Value::Bool(yes)) => *yes,
            Some(Value::String(how)) => !how.is_empty(),
            _ => false,
        };
        if lists {
            let contents = ctx.text("listWorkspace") == "with-contents";
            for file in workspace::files(&ctx.workspace)? {
                ctx.log.line(&format!("  - {}", file.path));
                if contents {
                    ctx.log.line(&String::from_utf8_lossy(&file.bytes));
                }
            }
        }
        Ok(Map::new())
    }
}
