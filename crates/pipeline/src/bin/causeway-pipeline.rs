//! The pipeline commands alone, for development: the same functions that `platform` calls.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicUsize;

use causeway_pipeline::commands::{self, Format, Output, RunArguments, Surroundings};
use causeway_pipeline::runner::{
    JobLimits, LocalProcesses, Processes, SandboxedProcesses, Settings, UnknownActions, base_environment,
    job_environment,
};
use causeway_sandbox::{Network, Sandbox, User};
use tokio_util::sync::CancellationToken;

const USAGE: &str = "usage: causeway-pipeline pipeline lint FILE [-o json]
       causeway-pipeline pipeline run DIR [--workflow NAME] [--event push] [--branch main] [--sandbox-caches DIR] [-o json]
       causeway-pipeline eval github EXPRESSION [--contexts FILE] [-o json]
       causeway-pipeline eval github --batch FILE [-o json]\n";

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == "hold") {
        return causeway_sandbox::hold_main(words);
    }
    let arguments = Arguments::read(std::env::args().skip(1));
    let output = dispatch(&arguments);
    let written = std::io::stdout()
        .write_all(output.stdout.as_bytes())
        .and_then(|()| std::io::stderr().write_all(output.stderr.as_bytes()));
    if written.is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::from(output.code)
}

#[derive(Default)]
struct Arguments {
    words: Vec<String>,
    options: Vec<(String, String)>,
}

impl Arguments {
    fn read(mut arguments: impl Iterator<Item = String>) -> Self {
        let mut read = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix('-') {
                Some(name) if !name.is_empty() => {
                    read.options.push((name.trim_start_matches('-').to_owned(), arguments.next().unwrap_or_default()))
                }
                _ => read.words.push(argument),
            }
        }
        read
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(option, _)| option == name).map(|(_, value)| value.as_str())
    }
}

fn dispatch(arguments: &Arguments) -> Output {
    let format = if arguments.get("o") == Some("json") { Format::Json } else { Format::Text };
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["pipeline", "lint", file] => commands::lint(&PathBuf::from(file), format),
        ["pipeline", "run", folder] => run(arguments, PathBuf::from(folder), format),
        ["eval", "github", rest @ ..] => eval(arguments, rest.first().copied(), format),
        _ => Output { stderr: USAGE.to_owned(), code: 2, ..Output::default() },
    }
}

fn eval(arguments: &Arguments, expression: Option<&str>, format: Format) -> Output {
    let read =
        |path: &str| std::fs::read_to_string(path).map_err(|error| format!("error: `{path}` was not read: {error}\n"));
    let fail = |stderr| Output { stderr, code: 1, ..Output::default() };
    if let Some(batch) = arguments.get("batch") {
        return read(batch).map_or_else(fail, |lines| commands::eval_batch(&lines));
    }
    let contexts = match arguments.get("contexts").map(read).transpose() {
        Ok(text) => text.map_or(Ok(serde_json::Map::new()), |text| serde_json::from_str(&text)),
        Err(stderr) => return fail(stderr),
    };
    match (expression, contexts) {
        (Some(expression), Ok(contexts)) => commands::eval(expression, &contexts, format),
        (None, _) => Output { stderr: USAGE.to_owned(), code: 2, ..Output::default() },
        (_, Err(error)) => fail(format!("error: the contexts were not read: {error}\n")),
    }
}

fn run(arguments: &Arguments, folder: PathBuf, format: Format) -> Output {
    let caches = arguments.get("sandbox-caches").map(PathBuf::from);
    let environment = if caches.is_some() { job_environment() } else { base_environment() };
    let settings = Settings {
        unknown_actions: UnknownActions::Fail,
        environment,
        name: "causeway".to_owned(),
        parallel_jobs: std::thread::available_parallelism().map_or(2, usize::from),
        cache_folder: PathBuf::new(),
    };
    let arguments = RunArguments {
        folder,
        workflow: arguments.get("workflow").map(str::to_owned),
        event: arguments.get("event").unwrap_or("push").to_owned(),
        branch: arguments.get("branch").map(str::to_owned),
        settings,
    };
    let processes: Box<dyn Processes> = match caches {
        Some(caches) => Box::new(sandboxed(caches)),
        None => Box::new(LocalProcesses::default()),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return Output {
                stderr: format!("error: no runtime was started: {error}\n"),
                code: 1,
                ..Output::default()
            };
        }
    };
    runtime.block_on(run_until_interrupted(&arguments, format, processes.as_ref()))
}

fn sandboxed(caches: PathBuf) -> SandboxedProcesses {
    let is_root = nix::unistd::geteuid().is_root();
    SandboxedProcesses {
        sandbox: Sandbox::of_this_binary(),
        user: is_root.then_some(User { uid: 65_530, gid: 65_530 }),
        limits: JobLimits::default(),
        network: Network::default(),
        hide: Vec::new(),
        caches,
        has_fixed_paths: is_root,
        started: AtomicUsize::new(0),
    }
}

async fn run_until_interrupted(arguments: &RunArguments, format: Format, processes: &dyn Processes) -> Output {
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let talk = |line: &str| {
        // A reader who has gone away is no reason to stop the run.
        let _ = writeln!(std::io::stderr(), "{line}");
    };
    commands::run(arguments, format, &Surroundings { processes, talk: &talk, stop }).await
}
