//! A process of a step: its output heard line by line, its commands obeyed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

use super::command::{self, Command};
use super::hand_over::{HandOver, HandedOver};
use super::process::{Exit, StepProcess};
use super::session::Session;
use super::shell::Shell;

/// How many lines may wait to be heard.
const LINES: usize = 256;

/// A script to run for a step.
pub(super) struct Script {
    pub(super) shell: Shell,
    pub(super) text: String,
    /// What workflow, job and step say about its environment.
    pub(super) env: BTreeMap<String, String>,
    pub(super) directory: PathBuf,
    pub(super) timeout: Duration,
}

/// How a script ended, and what it handed over.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub(super) exit: Option<Exit>,
    pub(super) outputs: BTreeMap<String, String>,
    /// Why it counts as failed although its exit code does not say so.
    pub(super) complaint: Option<String>,
}

/// What a script has said so far.
#[derive(Default)]
struct Heard {
    outputs: BTreeMap<String, String>,
    /// While this is set, only the line that ends it is a command.
    silence: Option<String>,
    complaint: Option<String>,
}

impl Session<'_> {
    /// Runs a script for the step with the index `at`.
    ///
    /// # Errors
    /// It could not be started.
    pub(super) async fn run_script(&mut self, at: usize, script: Script) -> Result<Ran, String> {
        self.begun += 1;
        let room = self.order.room;
        let hand_over = HandOver::create(room, self.begun)
            .map_err(|error| format!("the files of the step were not made: {error}"))?;
        let name = if script.shell.extension.is_empty() {
            format!("script_{}", self.begun)
        } else {
            format!("script_{}.{}", self.begun, script.shell.extension)
        };
        let file = room.commands.join(&name);
        let text = format!("{}{}{}", script.shell.preamble, script.text, script.shell.epilogue);
        std::fs::write(&file.host, text).map_err(|error| format!("the script was not written: {error}"))?;
        let process = StepProcess {
            command: self.resolve(script.shell.command_for(&file.seen_text()), &script.env),
            environment: self.process_environment(&script.env, hand_over.variables()),
            directory: script.directory,
            timeout: script.timeout,
        };
        let mut heard = Heard::default();
        let exit = self.run_process(process, |session, line| session.hear(at, &line, &mut heard)).await?;
        let mut ran = Ran { exit: Some(exit), outputs: heard.outputs, complaint: heard.complaint };
        match hand_over.read() {
            Ok(handed) => self.take_over(handed, &mut ran),
            Err(error) => ran.complaint = Some(error),
        }
        Ok(ran)
    }

    /// `python` is `python3` where there is no `python`.
    fn resolve(&self, mut command: Vec<String>, env: &BTreeMap<String, String>) -> Vec<String> {
        if command.first().is_some_and(|program| program == "python") {
            let environment = self.process_environment(env, []);
            let path = environment.get("PATH").map(String::as_str).unwrap_or_default();
            let exists = |name: &str| path.split(':').any(|folder| std::path::Path::new(folder).join(name).exists());
            if !exists("python") {
                command[0] = "python3".to_owned();
            }
        }
        command
    }

    /// Runs a process and hears its lines.
    pub(super) async fn run_process(
        &mut self,
        process: StepProcess,
        mut hear: impl FnMut(&mut Self, String),
    ) -> Result<Exit, String> {
        let (sender, mut receiver) = mpsc::channel(LINES);
        let (order, stop) = (self.order, self.stop.clone());
        let (exit, ()) = tokio::join!(order.processes.run(order.room, process, sender, &stop), async {
            while let Some(line) = receiver.recv().await {
                hear(self, line);
            }
        });
        exit.map_err(|error| describe_chain(&error))
    }

    fn take_over(&mut self, handed: HandedOver, ran: &mut Ran) {
        ran.outputs.extend(handed.outputs);
        self.env.extend(handed.env.into_iter().filter(|(name, _)| name != "NODE_OPTIONS"));
        self.path.extend(handed.paths);
        if !handed.summary.is_empty() {
            self.summary.push_str(handed.summary.trim_end());
            self.summary.push('\n');
        }
    }

    fn hear(&mut self, at: usize, line: &str, heard: &mut Heard) {
        if let Some(token) = &heard.silence {
            if line.trim() == format!("::{token}::") {
                heard.silence = None;
            }
            return self.say_line(at, line);
        }
        let Some(command) = command::parse(line) else {
            return self.say_line(at, line);
        };
        match command {
            Command::AddMask(secret) => {
                self.masker.add(&secret);
                self.say(at, "::add-mask::***");
            }
            Command::Annotate(mut annotation) => {
                self.say(at, &format!("{}: {}", annotation.level.label(), annotation.message));
                annotation.message = self.masker.mask(&annotation.message);
                self.annotations.push(annotation);
            }
            Command::Debug(message) if self.is_debugging() => self.say(at, &format!("##[debug]{message}")),
            Command::Group(name) => self.say(at, &format!("##[group]{name}")),
            Command::EndGroup => self.say(at, "##[endgroup]"),
            Command::SetOutput { name, value } => {
                heard.outputs.insert(name, value);
            }
            Command::Stop(token) => {
                heard.silence = Some(token);
                self.say_line(at, line);
            }
            Command::Disabled(name) => {
                heard.complaint = Some(format!(
                    "The `{name}` command is disabled. Please write to the file that the environment variable GITHUB_ENV or GITHUB_PATH names."
                ));
            }
            Command::Debug(_) | Command::SaveState { .. } | Command::Ignored => {}
        }
    }

    fn say_line(&self, at: usize, line: &str) {
        self.order.sink.line(self.order.assignment, at, &self.masker.mask(line));
    }

    fn is_debugging(&self) -> bool {
        self.env
            .get("ACTIONS_STEP_DEBUG")
            .or_else(|| self.env.get("RUNNER_DEBUG"))
            .is_some_and(|value| value == "true" || value == "1")
    }
}

/// An error with its causes, in one line.
fn describe_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}
