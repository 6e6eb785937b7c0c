//! Local composite actions: steps within a step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::action::Inputs;
use super::beneath;
use super::frame::Frame;
use super::session::Session;
use super::step::{StepEnd, StepView};
use crate::plan::Conclusion;
use crate::workflow::composite::{self, ActionFile, CompositeAction};

/// How deep actions may use each other.
const MAX_DEPTH: usize = 10;
/// Most bytes of an action file.
const MAX_FILE: u64 = 1024 * 1024;

impl Session<'_> {
    /// Runs a step that uses an action of the repository.
    pub(super) async fn use_local(
        &mut self,
        frame: &mut Frame,
        view: &StepView<'_>,
        action: &str,
        inputs: Inputs,
    ) -> Result<StepEnd, String> {
        if frame.depth >= MAX_DEPTH {
            return Err(format!("the action `{action}` is used more than {MAX_DEPTH} levels deep"));
        }
        match self.read_action(action)? {
            ActionFile::Composite(composite) => self.run_composite(frame, view, action, &composite, inputs).await,
            ActionFile::Other(using) => self.refuse_action(view.at, &format!("{action} (using: {using})")),
        }
    }

    fn read_action(&self, action: &str) -> Result<ActionFile, String> {
        let folder = PathBuf::from(action.trim_start_matches("./"));
        for name in ["action.yml", "action.yaml"] {
            let Ok(text) = beneath::read_text(&self.order.room.workspace.host, &folder.join(name), MAX_FILE) else {
                continue;
            };
            return composite::read(&text).map_err(|problems| {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                format!("the action `{action}` is not valid: {}", problems.join("; "))
            });
        }
        Err(format!(
            "Can't find 'action.yml' or 'action.yaml' under `{}`. Did you forget to run actions/checkout before running your local action?",
            folder.display()
        ))
    }

    async fn run_composite(
        &mut self,
        outer: &Frame,
        view: &StepView<'_>,
        action: &str,
        composite: &CompositeAction,
        inputs: Inputs,
    ) -> Result<StepEnd, String> {
        let path = self.order.room.workspace.seen.join(Path::new(action.trim_start_matches("./")));
        let mut frame = Frame {
            steps: IndexMap::new(),
            inputs: self.read_inputs(outer, view, composite, inputs)?,
            status: Conclusion::Success,
            env: self.added_env(view),
            action_path: Some(path.display().to_string()),
            depth: outer.depth + 1,
        };
        for step in &composite.steps {
            self.run_step(&mut frame, step, view.at).await;
        }
        let contexts = self.contexts(&frame, &view.env);
        let mut outputs = BTreeMap::new();
        for (name, token) in &composite.outputs {
            let value = self
                .evaluate(token, &contexts, frame.status)
                .map_err(|error| format!("the output `{name}` of the action has no value: {error}"))?;
            outputs.insert(name.clone(), value.to_text().to_string());
        }
        Ok(StepEnd { outcome: frame.status, outputs })
    }

    /// What the step that uses the action adds to the environment of the job.
    fn added_env(&self, view: &StepView<'_>) -> BTreeMap<String, String> {
        view.env
            .iter()
            .filter(|(name, value)| self.env.get(*name) != Some(*value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn read_inputs(
        &self,
        outer: &Frame,
        view: &StepView<'_>,
        composite: &CompositeAction,
        inputs: Inputs,
    ) -> Result<Json, String> {
        let mut values = Map::new();
        for (name, default) in &composite.inputs {
            let default = self
                .evaluate_text(default.as_ref(), &view.contexts, outer.status)
                .map_err(|error| format!("the default of the input `{name}` has no value: {error}"))?;
            values.insert(name.clone(), Json::String(default.unwrap_or_default()));
        }
        for (name, value) in inputs.into_texts() {
            let known = values.keys().find(|key| key.eq_ignore_ascii_case(&name)).cloned();
            values.insert(known.unwrap_or(name), Json::String(value));
        }
        Ok(Json::Object(values))
    }
}
