//! The actions that steps can name: an explicit list.

mod catalog_register;
mod debug_log;
mod fetch;
mod files;
mod publish;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_forge::Forge;
use causeway_golden_path::Template;
use causeway_kinds::run::Run;
use causeway_resources::Client;
use causeway_run::LogWriter;
use serde_json::{Map, Value};

/// What an action works with.
pub struct ActionContext {
    /// The run that it is part of.
    pub run: Run,
    /// The template that is run.
    pub template: Template,
    /// Its input, rendered.
    pub input: Map<String, Value>,
    /// The run's workspace.
    pub workspace: PathBuf,
    /// Where it writes what it does.
    pub log: LogWriter,
    /// Resources, in the name of the scaffolder.
    pub client: Client,
    /// Hosted repositories.
    pub forge: Forge,
}

impl ActionContext {
    /// A text of the input, or empty.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.input.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A text of the input that must be there.
    pub(crate) fn required(&self, key: &str) -> Result<&str, ActionError> {
        match self.text(key) {
            "" => Err(ActionError::Failed(format!("the input {key:?} is missing"))),
            text => Ok(text),
        }
    }

    /// The text at a key, or another where it is missing.
    pub(crate) fn text_or<'a>(&'a self, key: &str, otherwise: &'a str) -> &'a str {
        match self.text(key) {
            "" => otherwise,
            text => text,
        }
    }
}

/// Why an action did not come to its end.
#[derive(Debug)]
pub enum ActionError {
    /// It will not work.
    Failed(String),
    /// It waits for something, and is tried again after the pause.
    Waiting(String, Duration),
}

impl From<causeway_resources::Error> for ActionError {
    fn from(error: causeway_resources::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<std::io::Error> for ActionError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(format!("a file of the workspace could not be used: {error}"))
    }
}

/// One action. Every one may be performed twice: it finds what its first attempt made.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// The id that steps name.
    fn id(&self) -> &'static str;

    /// What it does, in one sentence.
    fn description(&self) -> &'static str;

    /// Does it.
    async fn perform(&self, ctx: ActionContext) -> Result<Map<String, Value>, ActionError>;
}

/// The actions of one server.
#[derive(Clone)]
pub struct Actions {
    list: Vec<Arc<dyn Action>>,
}

impl Default for Actions {
    fn default() -> Self {
        Self {
            list: vec![
                Arc::new(fetch::FetchTemplate),
                Arc::new(fetch::FetchPlain),
                Arc::new(files::DeleteFiles),
                Arc::new(files::RenameFiles),
                Arc::new(publish::PublishGit),
                Arc::new(catalog_register::CatalogRegister),
                Arc::new(debug_log::DebugLog),
            ],
        }
    }
}

impl Actions {
    /// One by id.
    pub fn get(&self, id: &str) -> Option<Arc<dyn Action>> {
        self.list.iter().find(|a| a.id() == id).cloned()
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<dyn Action>] {
        &self.list
    }
}

/// Outputs from a list of texts.
pub(crate) fn outputs<const N: usize>(list: [(&str, String); N]) -> Map<String, Value> {
    list.into_iter().map(|(k, v)| (k.to_owned(), Value::from(v))).collect()
}
