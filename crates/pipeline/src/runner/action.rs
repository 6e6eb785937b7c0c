//! `uses:` steps: which actions run here, and what becomes of the others.

use std::collections::BTreeMap;

use super::frame::Frame;
use super::session::Session;
use super::settings::UnknownActions;
use super::step::{StepEnd, StepView};
use super::tool::Tool;
use crate::plan::Conclusion;
use crate::workflow::Token;

/// An action that the runner knows.
enum Known {
    Checkout,
    SetUp(Tool),
    Cache { restores: bool, saves: bool },
    UploadArtifact,
    DownloadArtifact,
}

fn find(action: &str) -> Option<Known> {
    let (name, reference) = action.split_once('@')?;
    Some(match name.to_ascii_lowercase().as_str() {
        "actions/checkout" => Known::Checkout,
        "actions/setup-python" => Known::SetUp(Tool::Python),
        "actions/setup-node" => Known::SetUp(Tool::Node),
        "actions/setup-go" => Known::SetUp(Tool::Go),
        "actions/setup-java" => Known::SetUp(Tool::Java),
        "actions/setup-dotnet" => Known::SetUp(Tool::Dotnet),
        "dtolnay/rust-toolchain" => Known::SetUp(Tool::Rust { reference: reference.to_owned() }),
        "actions/cache" => Known::Cache { restores: true, saves: true },
        "actions/cache/restore" => Known::Cache { restores: true, saves: false },
        "actions/cache/save" => Known::Cache { restores: false, saves: true },
        "actions/upload-artifact" => Known::UploadArtifact,
        "actions/download-artifact" => Known::DownloadArtifact,
        _ => return None,
    })
}

/// The inputs of an action, found without case.
pub(super) struct Inputs(BTreeMap<String, String>);

impl Inputs {
    /// The input, without blanks around it; `None` if it is absent or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Whether the input is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    pub(super) fn into_texts(self) -> BTreeMap<String, String> {
        self.0
    }
}

impl Session<'_> {
    /// Runs a step that uses an action.
    pub(super) async fn use_action(
        &mut self,
        frame: &mut Frame,
        view: &StepView<'_>,
        action: &str,
        with: Option<&Token>,
    ) -> Result<StepEnd, String> {
        let inputs = self
            .evaluate_texts(with, &view.contexts, frame.status)
            .map_err(|error| format!("the inputs of the action have no value: {error}"))?;
        let inputs = Inputs(inputs);
        if action.starts_with("./") {
            return Box::pin(self.use_local(frame, view, action, inputs)).await;
        }
        match find(action) {
            Some(Known::Checkout) => self.check_out(view, &inputs).await,
            Some(Known::SetUp(tool)) => self.set_up_tool(view, &tool, &inputs).await,
            Some(Known::Cache { restores, saves }) => self.use_cache(view, &inputs, restores, saves).await,
            Some(Known::UploadArtifact) => self.upload_artifact(view, &inputs).await,
            Some(Known::DownloadArtifact) => self.download_artifact(view, &inputs).await,
            None => self.refuse_action(view.at, action),
        }
    }

    /// An action that does not run here: failed or skipped, never passed.
    pub(super) fn refuse_action(&mut self, at: usize, action: &str) -> Result<StepEnd, String> {
        let message = format!("`{action}` is not run by the built-in runner");
        match self.order.settings.unknown_actions {
            UnknownActions::Fail => Err(message),
            UnknownActions::Skip => {
                self.say(at, &format!("Warning: {message}; it is skipped"));
                self.skipped_actions.push(action.to_owned());
                Ok(StepEnd::of(Conclusion::Skipped))
            }
        }
    }
}
