//! One step: whether it runs, what it is told, how it counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::frame::{Frame, StepFunctions, StepRecord};
use super::hash::hash_files;
use super::job::to_duration;
use super::process::{Exit, Resource};
use super::result::StepResult;
use super::script::{Ran, Script};
use super::session::Session;
use super::shell;
use crate::expression::Contexts;
use crate::plan::Conclusion;
use crate::workflow::{Action, Step, Token};

/// How long a step may take if it does not say.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(360 * 60);

/// How a step's work ended, before `continue-on-error`.
#[derive(Debug)]
pub(super) struct StepEnd {
    pub(super) outcome: Conclusion,
    pub(super) outputs: BTreeMap<String, String>,
}

impl StepEnd {
    pub(super) fn success(outputs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { outcome: Conclusion::Success, outputs: outputs.into_iter().collect() }
    }

    pub(super) fn of(outcome: Conclusion) -> Self {
        Self { outcome, outputs: BTreeMap::new() }
    }
}

/// What a step sees when its turn comes.
pub(super) struct StepView<'s> {
    pub(super) step: &'s Step,
    /// Its index among the steps of the job.
    pub(super) at: usize,
    pub(super) contexts: Contexts,
    /// The environment of workflow, job, earlier steps and the step itself.
    pub(super) env: BTreeMap<String, String>,
    pub(super) timeout: Duration,
}

impl Session<'_> {
    /// Runs the steps of the job.
    pub(super) async fn run_job_steps(&mut self, frame: &mut Frame, steps: &[Step]) {
        for (at, step) in steps.iter().enumerate() {
            let name = self.name_step(frame, step);
            self.order.sink.step_started(self.order.assignment, at, &name);
            let (outcome, conclusion) = self.run_step(frame, step, at).await;
            let result = StepResult { id: step.id.clone(), name, outcome, conclusion };
            self.order.sink.step_ended(self.order.assignment, at, &result);
            self.results.push(result);
        }
    }

    fn name_step(&self, frame: &Frame, step: &Step) -> String {
        let contexts = self.contexts(frame, &self.env);
        let text = |token: &Token| self.evaluate_text(Some(token), &contexts, frame.status).ok().flatten();
        let name = step.name.as_ref().and_then(text).unwrap_or_else(|| match &step.action {
            Action::Run { script, .. } => {
                let script = text(script).unwrap_or_else(|| source(script));
                format!("Run {}", script.trim_start().lines().next().unwrap_or_default())
            }
            Action::Uses { action, .. } => format!("Run {action}"),
        });
        self.masker.mask(&name)
    }

    /// Runs one step of a frame, and records how it ended.
    pub(super) async fn run_step(&mut self, frame: &mut Frame, step: &Step, at: usize) -> (Conclusion, Conclusion) {
        if self.notice_stop() {
            frame.record(Conclusion::Cancelled);
        }
        self.github["action"] = serde_json::json!(step.id);
        self.github["action_path"] = serde_json::json!(frame.action_path);
        let end = match self.look_at(frame, step, at) {
            Ok(Some(view)) => match self.work(frame, &view).await {
                Ok(end) => end,
                Err(error) => {
                    self.say_error(at, &error);
                    StepEnd::of(Conclusion::Failure)
                }
            },
            Ok(None) => StepEnd::of(Conclusion::Skipped),
            Err(error) => {
                self.say_error(at, &error);
                StepEnd::of(Conclusion::Failure)
            }
        };
        let conclusion = self.conclude(frame, step, end.outcome);
        let outcome = end.outcome;
        if step.has_own_id() {
            frame.steps.insert(step.id.clone(), StepRecord { outputs: end.outputs, outcome, conclusion });
        }
        frame.record(conclusion);
        (outcome, conclusion)
    }

    /// What the step sees; `None` if its `if` does not hold.
    fn look_at<'s>(&self, frame: &Frame, step: &'s Step, at: usize) -> Result<Option<StepView<'s>>, String> {
        let mut env = self.env.clone();
        env.extend(frame.env.clone());
        let contexts = self.contexts(frame, &env);
        let own = self
            .evaluate_texts(step.env.as_ref(), &contexts, frame.status)
            .map_err(|error| format!("the `env` of the step has no value: {error}"))?;
        env.extend(own);
        let contexts = self.contexts(frame, &env);
        if !self.holds(frame, step, &contexts)? {
            return Ok(None);
        }
        let minutes =
            step.timeout_minutes.as_ref().map(|token| self.evaluate(token, &contexts, frame.status)).transpose();
        let minutes =
            minutes.map_err(|error| format!("`timeout-minutes` has no value: {error}"))?.map(|value| value.to_number());
        let timeout = minutes.filter(|minutes| *minutes > 0.0).map_or(DEFAULT_TIMEOUT, to_duration);
        Ok(Some(StepView { step, at, contexts, env, timeout }))
    }

    fn holds(&self, frame: &Frame, step: &Step, contexts: &Contexts) -> Result<bool, String> {
        let workspace = self.order.room.workspace.clone();
        let hash = move |patterns: &[String]| hash_files(&workspace, patterns);
        let functions = StepFunctions { status: frame.status, hash: &hash };
        step.condition
            .holds(contexts, &functions, frame.status == Conclusion::Success)
            .map_err(|error| format!("the `if` of the step has no value: {error}"))
    }

    fn conclude(&mut self, frame: &Frame, step: &Step, outcome: Conclusion) -> Conclusion {
        if outcome != Conclusion::Failure {
            return outcome;
        }
        let contexts = self.contexts(frame, &self.env);
        let tolerates =
            step.continue_on_error.as_ref().and_then(|token| self.evaluate(token, &contexts, frame.status).ok());
        if tolerates.is_some_and(|value| value.says_true()) { Conclusion::Success } else { outcome }
    }

    async fn work(&mut self, frame: &mut Frame, view: &StepView<'_>) -> Result<StepEnd, String> {
        match &view.step.action {
            Action::Run { script, shell, working_directory } => {
                let script = self.read_script(frame, view, script, shell.as_ref(), working_directory.as_ref())?;
                self.is_touched = true;
                let ran = self.run_script(view.at, script).await?;
                Ok(self.judge(view.at, ran))
            }
            Action::Uses { action, with } => self.use_action(frame, view, action, with.as_ref()).await,
        }
    }

    fn read_script(
        &self,
        frame: &Frame,
        view: &StepView<'_>,
        script: &Token,
        shell: Option<&Token>,
        directory: Option<&Token>,
    ) -> Result<Script, String> {
        let text = |what: &str, token: Option<&Token>| {
            self.evaluate_text(token, &view.contexts, frame.status)
                .map_err(|error| format!("the {what} of the step has no value: {error}"))
        };
        let is_job = frame.action_path.is_none();
        let defaults = [&self.work.defaults, &self.workflow.defaults];
        let mut shell = text("shell", shell)?;
        let mut directory = text("working directory", directory)?;
        for defaults in defaults.into_iter().filter(|_| is_job) {
            shell = shell.map_or_else(|| text("default shell", defaults.shell.as_ref()), |shell| Ok(Some(shell)))?;
            directory = directory.map_or_else(
                || text("default working directory", defaults.working_directory.as_ref()),
                |directory| Ok(Some(directory)),
            )?;
        }
        let room = self.order.room;
        let directory = room.workspace.seen.join(directory.unwrap_or_default());
        if let Some(host) = room.find_on_host(&directory)
            && !host.is_dir()
        {
            return Err(format!("the working directory `{}` does not exist", directory.display()));
        }
        Ok(Script {
            shell: shell::find(shell.as_deref())?,
            text: text("script", Some(script))?.unwrap_or_default(),
            env: view.env.clone(),
            directory: clean(&directory),
            timeout: view.timeout,
        })
    }

    /// How a script that has ended counts.
    pub(super) fn judge(&mut self, at: usize, ran: Ran) -> StepEnd {
        let outcome = match (ran.exit, &ran.complaint) {
            (Some(Exit::Code(0)), None) => Conclusion::Success,
            (Some(Exit::Code(0)) | None, complaint) => {
                self.say_error(at, complaint.as_deref().unwrap_or("The process did not end"));
                Conclusion::Failure
            }
            (Some(Exit::Code(code)), _) => {
                self.say_error(at, &format!("Process completed with exit code {code}."));
                Conclusion::Failure
            }
            (Some(Exit::Signal(signal)), _) => {
                self.say_error(at, &format!("Process was ended by signal {signal}."));
                Conclusion::Failure
            }
            (Some(Exit::TimedOut), _) => {
                self.say_error(at, "The action has timed out.");
                Conclusion::Failure
            }
            (Some(Exit::OverLimit(resource)), _) => {
                let resource = match resource {
                    Resource::Memory => "memory",
                    Resource::Disk => "disk space",
                };
                self.say_error(at, &format!("The process used more {resource} than a job may, and was killed."));
                Conclusion::Failure
            }
            (Some(Exit::Stopped), _) => {
                self.say_error(at, "The operation was canceled.");
                Conclusion::Cancelled
            }
        };
        StepEnd { outcome, outputs: ran.outputs }
    }
}

fn source(token: &Token) -> String {
    match token {
        Token::Template(template) => template.source(),
        other => other.plain_text().unwrap_or_default(),
    }
}

/// The path without a trailing slash, so that `$PWD` is what scripts expect.
fn clean(path: &Path) -> std::path::PathBuf {
    path.components().collect()
}
