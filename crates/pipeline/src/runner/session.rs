//! A job while it runs: what its steps share, and the contexts of their expressions.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use super::annotation::Annotation;
use super::environment::architecture;
use super::frame::{Frame, StepFunctions};
use super::hash::hash_files;
use super::job::JobOrder;
use super::mask::Masker;
use super::result::StepResult;
use crate::expression::{Contexts, ExpressionError, Value};
use crate::plan::Conclusion;
use crate::workflow::{Job, StepsWork, Token, Workflow};

/// How long the steps of a stopped job may go on.
const AFTER_STOP: Duration = Duration::from_secs(5 * 60);

/// What is done after all steps, latest first.
#[derive(Debug)]
pub(super) struct CleanUp {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) paths: String,
}

/// The state of a running job.
pub(super) struct Session<'a> {
    pub(super) order: &'a JobOrder<'a>,
    pub(super) workflow: &'a Workflow,
    pub(super) work: &'a StepsWork,
    pub(super) masker: Masker,
    /// The environment of workflow and job, and what steps have added to it.
    pub(super) env: BTreeMap<String, String>,
    /// What steps have added to the path, oldest first.
    pub(super) path: Vec<String>,
    /// The context `github`.
    pub(super) github: Json,
    pub(super) annotations: Vec<Annotation>,
    pub(super) summary: String,
    pub(super) skipped_actions: Vec<String>,
    pub(super) results: Vec<StepResult>,
    pub(super) clean_ups: Vec<CleanUp>,
    /// How many steps have begun, those of composite actions included.
    pub(super) begun: usize,
    /// Whether a step may have changed the workspace.
    pub(super) is_touched: bool,
    /// Stops the process that runs now.
    pub(super) stop: CancellationToken,
    is_stopping: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(order: &'a JobOrder<'a>, workflow: &'a Workflow, job: &'a Job, work: &'a StepsWork) -> Self {
        let mut masker = Masker::default();
        order.assignment.secrets.values().for_each(|secret| masker.add(secret));
        let mut github = order.plan.facts.github(order.plan.identity(), &order.assignment.secrets);
        github["job"] = json!(job.id);
        github["workspace"] = json!(order.room.workspace.seen_text());
        github["event_path"] = json!(order.room.commands.join("event.json").seen_text());
        Self {
            order,
            workflow,
            work,
            masker,
            env: BTreeMap::new(),
            path: Vec::new(),
            github,
            annotations: Vec::new(),
            summary: String::new(),
            skipped_actions: Vec::new(),
            results: Vec::new(),
            clean_ups: Vec::new(),
            begun: 0,
            is_touched: false,
            stop: order.stop.clone(),
            is_stopping: false,
        }
    }

    /// Whether the job was stopped. Steps that run in spite of it (`always()`, `cancelled()`) get a while of their own.
    pub(super) fn notice_stop(&mut self) -> bool {
        if self.order.stop.is_cancelled() && !self.is_stopping {
            self.is_stopping = true;
            self.stop = CancellationToken::new();
            let stop = self.stop.clone();
            tokio::spawn(async move {
                tokio::time::sleep(AFTER_STOP).await;
                stop.cancel();
            });
        }
        self.is_stopping
    }

    /// Writes a line of the step with this index.
    pub(super) fn say(&self, step: usize, line: &str) {
        for line in line.lines() {
            self.order.sink.line(self.order.assignment, step, &self.masker.mask(line));
        }
    }

    /// Writes an error, and keeps it as an annotation.
    pub(super) fn say_error(&mut self, step: usize, message: &str) {
        self.say(step, &format!("Error: {message}"));
        self.annotations.push(Annotation::error(self.masker.mask(message)));
    }

    /// The contexts of a frame, with the given environment.
    pub(super) fn contexts(&self, frame: &Frame, env: &BTreeMap<String, String>) -> Contexts {
        let assignment = self.order.assignment;
        let mut github = self.github.clone();
        if frame.action_path.is_some() {
            github["action_status"] = json!(frame.status.as_str());
        }
        let matrix = assignment.matrix.as_ref().map(|matrix| json!(matrix));
        Contexts::default()
            .with("github", &github)
            .with("vars", Value::from_texts(&self.order.plan.facts.vars))
            .with("inputs", &frame.inputs)
            .with("needs", &assignment.needs)
            .with("strategy", &assignment.strategy.to_json())
            .with("matrix", &matrix.unwrap_or(Json::Null))
            .with("secrets", assignment.secrets.to_value())
            .with("steps", &frame.steps_json())
            .with("job", &json!({"status": frame.status.as_str()}))
            .with("runner", &self.runner_json())
            .with("env", Value::from_texts(env))
    }

    fn runner_json(&self) -> Json {
        let room = self.order.room;
        json!({
            "os": "Linux",
            "arch": architecture(),
            "name": self.order.settings.name,
            "environment": "self-hosted",
            "temp": room.temp.seen_text(),
            "tool_cache": room.tools.seen_text(),
            "workspace": room.workspace.seen_text(),
        })
    }

    /// Evaluates a value for a step of a frame.
    pub(super) fn evaluate(
        &self,
        token: &Token,
        contexts: &Contexts,
        status: Conclusion,
    ) -> Result<Value, ExpressionError> {
        let workspace = self.order.room.workspace.clone();
        let hash = move |patterns: &[String]| hash_files(&workspace, patterns);
        token.evaluate(contexts, &StepFunctions { status, hash: &hash })
    }

    /// Evaluates a mapping to texts.
    pub(super) fn evaluate_texts(
        &self,
        token: Option<&Token>,
        contexts: &Contexts,
        status: Conclusion,
    ) -> Result<BTreeMap<String, String>, ExpressionError> {
        match token.map(|token| self.evaluate(token, contexts, status)).transpose()? {
            Some(Value::Object(object)) => {
                Ok(object.entries().map(|(name, value)| (name.to_owned(), value.to_text().to_string())).collect())
            }
            None | Some(Value::Null) => Ok(BTreeMap::new()),
            Some(other) => Err(ExpressionError::evaluation(format!(
                "a mapping was expected; the value is of type {}",
                other.kind()
            ))),
        }
    }

    /// Evaluates an optional value to text; nothing for null and the empty text.
    pub(super) fn evaluate_text(
        &self,
        token: Option<&Token>,
        contexts: &Contexts,
        status: Conclusion,
    ) -> Result<Option<String>, ExpressionError> {
        let value = token.map(|token| self.evaluate(token, contexts, status)).transpose()?;
        Ok(value.map(|value| value.to_text().to_string()).filter(|text| !text.is_empty()))
    }
}
