//! `platform pipeline run DIR`.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::{Format, Output};
use crate::answer::{RunAnswer, Transcript};
use crate::commands::trial::Trial;
use crate::event;
use crate::plan::{Assignment, Conclusion, Library, Plan, Progress};
use crate::runner::{JobResult, NoJournal, Processes, RunOrder, Settings, Sink, StepResult, run_plan};
use crate::workflow::{InvalidWorkflow, Workflow};

/// What to run.
#[derive(Debug, Clone)]
pub struct RunArguments {
    /// The folder of the repository.
    pub folder: PathBuf,
    /// Only this workflow: by its name, or its file's name.
    pub workflow: Option<String>,
    /// The event.
    pub event: String,
    /// The branch; the one that is checked out if it is not given.
    pub branch: Option<String>,
    /// The settings of the runner; the cache folder is one of the run's own.
    pub settings: Settings,
}

/// Says a line to whoever watches.
pub type Talk<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// What a run needs from whoever starts it.
pub struct Surroundings<'a> {
    /// How processes start: [`LocalProcesses`](crate::runner::LocalProcesses) on a developer's machine.
    pub processes: &'a dyn Processes,
    /// Hears everything as it happens, in [`Format::Text`].
    pub talk: Talk<'a>,
    /// Stops the run.
    pub stop: CancellationToken,
}

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<InvalidWorkflow>),
    #[error("the workflow files of {} were not read", .folder.display())]
    Files {
        folder: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("there is no workflow `{0}` in .github/workflows")]
    NoWorkflow(String),
    #[error("{0}")]
    Trial(#[from] crate::commands::trial::TrialError),
    #[error("{0}")]
    Begin(String),
}

/// Runs the workflows that the event starts, on this machine, without a server; 1 if one does not succeed.
pub async fn run(arguments: &RunArguments, format: Format, surroundings: &Surroundings<'_>) -> Output {
    match try_run(arguments, format, surroundings).await {
        Ok(answer) => {
            let is_good = matches!(answer.conclusion, None | Some(Conclusion::Success | Conclusion::Skipped));
            let code = u8::from(!is_good);
            match format {
                Format::Json => Output::json(&answer, code),
                Format::Text => Output { stdout: summarize(&answer), stderr: String::new(), code },
            }
        }
        Err(refusal) => Output::failed(explain(&refusal), 1),
    }
}

async fn try_run(
    arguments: &RunArguments,
    format: Format,
    surroundings: &Surroundings<'_>,
) -> Result<RunAnswer, Refusal> {
    let library = Library::read_folder(&arguments.folder)
        .map_err(|source| Refusal::Files { folder: arguments.folder.clone(), source })?;
    let workflows = select(&library, arguments.workflow.as_deref())?;
    let trial = Trial::prepare(arguments).await?;
    let mut runs = Vec::new();
    for (file, workflow) in workflows.into_iter().filter(|(_, workflow)| event::starts(workflow, &trial.facts.event)) {
        let plan = Plan { library: &library, file, facts: &trial.facts, secrets: &trial.secrets };
        let mut progress = Progress::new(workflow);
        let talk = (format == Format::Text).then_some(surroundings.talk);
        let sink = Told { transcript: Transcript::default(), talk };
        let folder = trial.folder().join(format!("run-{}", runs.len()));
        let settings = Settings { cache_folder: trial.folder().join("caches"), ..arguments.settings.clone() };
        let order = RunOrder {
            plan: &plan,
            source: &trial.source,
            folder: &folder,
            settings: &settings,
            processes: surroundings.processes,
            sink: &sink,
            journal: &NoJournal,
            stop: surroundings.stop.clone(),
        };
        run_plan(&order, &mut progress).await.map_err(Refusal::Begin)?;
        runs.push((progress.conclusion().unwrap_or(Conclusion::Cancelled), sink.transcript.jobs(&progress)));
    }
    Ok(if runs.is_empty() { RunAnswer::not_triggered() } else { RunAnswer::of_runs(runs) })
}

/// The workflows to look at. One invalid file refuses everything: what would be pushed is not as it should be.
fn select<'a>(library: &'a Library, wanted: Option<&str>) -> Result<Vec<(&'a str, &'a Workflow)>, Refusal> {
    let is_wanted = |file: &str, workflow: Option<&Workflow>| {
        wanted.is_none_or(|wanted| {
            let path = Path::new(file);
            let names = [
                Some(file),
                path.file_name().and_then(|name| name.to_str()),
                path.file_stem().and_then(|name| name.to_str()),
            ];
            names.contains(&Some(wanted)) || workflow.and_then(|workflow| workflow.name.as_deref()) == Some(wanted)
        })
    };
    let (mut workflows, mut invalid) = (Vec::new(), Vec::new());
    for (file, read) in library.files() {
        match read {
            Ok(workflow) if is_wanted(file, Some(workflow)) => workflows.push((file, workflow)),
            Err(error) if is_wanted(file, None) => invalid.push(error.clone()),
            Ok(_) | Err(_) => {}
        }
    }
    if !invalid.is_empty() {
        return Err(Refusal::Invalid(invalid));
    }
    match wanted {
        Some(wanted) if workflows.is_empty() => Err(Refusal::NoWorkflow(wanted.to_owned())),
        _ => Ok(workflows),
    }
}

fn explain(refusal: &Refusal) -> String {
    let mut text = format!("error: {refusal}");
    let mut cause = std::error::Error::source(refusal);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    if matches!(refusal, Refusal::Invalid(_)) {
        text.push_str("\n  hint: `platform pipeline lint FILE` lists everything that is wrong with a file");
    }
    text + "\n"
}

fn summarize(answer: &RunAnswer) -> String {
    let Some(conclusion) = answer.conclusion else {
        return "no workflow is started by this event\n".to_owned();
    };
    let mut text = String::new();
    for job in &answer.jobs {
        text.push_str(&format!("{:<10} {}\n", job.conclusion.as_str(), job.name));
    }
    text + &format!("{conclusion}\n")
}

/// Keeps everything, and says it to whoever watches.
struct Told<'a> {
    transcript: Transcript,
    talk: Option<Talk<'a>>,
}

impl Told<'_> {
    fn say(&self, job: &Assignment, text: &str) {
        if let Some(talk) = self.talk {
            talk(&format!("[{}] {text}", job.name));
        }
    }
}

impl Sink for Told<'_> {
    fn job_started(&self, job: &Assignment) {
        self.transcript.job_started(job);
    }

    fn step_started(&self, job: &Assignment, step: usize, name: &str) {
        self.say(job, &format!("▸ {name}"));
        self.transcript.step_started(job, step, name);
    }

    fn line(&self, job: &Assignment, step: usize, line: &str) {
        self.say(job, &format!("  {line}"));
        self.transcript.line(job, step, line);
    }

    fn step_ended(&self, job: &Assignment, step: usize, result: &StepResult) {
        if result.conclusion != Conclusion::Success {
            self.say(job, &format!("▸ {}: {}", result.name, result.conclusion));
        }
        self.transcript.step_ended(job, step, result);
    }

    fn job_ended(&self, job: &Assignment, result: &JobResult) {
        self.say(job, &format!("job {}", result.conclusion));
        self.transcript.job_ended(job, result);
    }
}
