//! Workflow files, tried before they are pushed. None of this needs a server.

use std::path::PathBuf;

use causeway_pipeline::commands::{self, Format, Output, RunArguments, Surroundings};
use causeway_pipeline::runner::{LocalProcesses, Settings, UnknownActions, base_environment};
use clap::{Args, Subcommand};
use tokio_util::sync::CancellationToken;

use crate::failure::Outcome;
use crate::output::Style;
use crate::{Exit, Failure, Session};

/// `platform pipeline …`
#[derive(Subcommand, Debug)]
pub(crate) enum PipelineCommand {
    /// Check a workflow file
    Lint(Lint),
    /// Run the workflows of a folder as a push would
    Run(Run),
}

#[derive(Args, Debug)]
pub(crate) struct Lint {
    /// The workflow file
    file: PathBuf,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The folder of the repository
    dir: PathBuf,
    /// One workflow only: its name, or that of its file
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// What happened
    #[arg(long, value_name = "EVENT", default_value = "push")]
    event: String,
    /// On which branch; the one that is checked out by default
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

/// `platform eval …`
#[derive(Subcommand, Debug)]
pub(crate) enum EvalCommand {
    /// An expression of workflow files, such as "github.ref == 'refs/heads/main'"
    Github(Github),
}

#[derive(Args, Debug)]
pub(crate) struct Github {
    /// The expression, with or without ${{ }} around it
    #[arg(required_unless_present = "batch")]
    expression: Option<String>,
    /// The contexts, in JSON
    #[arg(long, value_name = "FILE")]
    contexts: Option<PathBuf>,
    /// JSON lines of {"expr","contexts"} instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expression", "contexts"])]
    batch: Option<PathBuf>,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

fn format(style: Style) -> Format {
    match style {
        Style::Text => Format::Text,
        Style::Json => Format::Json,
    }
}

fn print(output: &Output, session: &Session) -> Exit {
    if !output.stdout.is_empty() {
        session.printer.raw(&output.stdout);
    }
    if !output.stderr.is_empty() {
        session.printer.say(&output.stderr);
    }
    match output.code {
        0 => Exit::Done,
        2 => Exit::Usage,
        _ => Exit::Failed,
    }
}

pub(crate) async fn run(command: PipelineCommand, session: &Session) -> Outcome {
    match command {
        PipelineCommand::Lint(args) => Ok(print(&commands::lint(&args.file, format(args.output)), session)),
        PipelineCommand::Run(args) => Ok(try_out(args, session).await),
    }
}

async fn try_out(args: Run, session: &Session) -> Exit {
    let arguments = RunArguments {
        folder: args.dir,
        workflow: args.workflow,
        event: args.event,
        branch: args.branch,
        settings: Settings {
            unknown_actions: UnknownActions::Fail,
            environment: base_environment(),
            name: "causeway".to_owned(),
            parallel_jobs: std::thread::available_parallelism().map_or(2, usize::from),
            cache_folder: PathBuf::new(),
        },
    };
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    let listener = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let talk = |line: &str| session.printer.say(line);
    let surroundings = Surroundings { processes: &LocalProcesses::default(), talk: &talk, stop };
    let output = commands::run(&arguments, format(args.output), &surroundings).await;
    listener.abort();
    print(&output, session)
}

pub(crate) fn eval(command: EvalCommand, session: &Session) -> Outcome {
    let EvalCommand::Github(args) = command;
    let read = |file: &PathBuf| {
        std::fs::read_to_string(file)
            .map_err(|e| Failure::failed(format!("{} could not be read", file.display())).because(e))
    };
    if let Some(batch) = &args.batch {
        return Ok(print(&commands::eval_batch(&read(batch)?), session));
    }
    let contexts = match &args.contexts {
        None => serde_json::Map::new(),
        Some(file) => serde_json::from_str(&read(file)?).map_err(|e| {
            Failure::failed(format!("{}:{}:{}: the contexts are no JSON object", file.display(), e.line(), e.column()))
                .because(e)
        })?,
    };
    let expression = args.expression.unwrap_or_default();
    Ok(print(&commands::eval(&expression, &contexts, format(args.output)), session))
}
