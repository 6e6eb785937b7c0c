//! A repository in a temporary folder, and runs of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use causeway_pipeline::commands::{self, Format, Output, RunArguments, Surroundings};
use causeway_pipeline::runner::{LocalProcesses, Settings, UnknownActions, base_environment};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// A Git repository that is removed with it.
pub(crate) struct Repository {
    pub(crate) folder: tempfile::TempDir,
}

impl Repository {
    /// A repository with these files, committed on `main`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit(files);
        repository.git(&["remote", "add", "origin", "https://example.test/acme/thing.git"]);
        repository
    }

    /// The files of the recorded cases, and one workflow.
    pub(crate) fn with_workflow(text: &str) -> Self {
        Self::new(&[
            ("README.md", "x\n"),
            ("sub/a.txt", "a\n"),
            ("sub/deep/b.txt", "b\n"),
            ("other/c.txt", "c\n"),
            (".github/workflows/ci.yml", text),
        ])
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = self.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    pub(crate) fn commit(&self, files: &[(&str, &str)]) {
        self.write(files);
        self.git(&["add", "-A"]);
        self.git(&["-c", "user.email=a@b", "-c", "user.name=n", "commit", "-qm", "change"]);
    }

    pub(crate) fn git(&self, words: &[&str]) -> String {
        let output = Command::new("git").args(words).current_dir(self.path()).output().unwrap();
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        unknown_actions: UnknownActions::Fail,
        environment: base_environment(),
        name: "test".into(),
        parallel_jobs: 2,
        cache_folder: PathBuf::new(),
    }
}

pub(crate) fn arguments(folder: &Path) -> RunArguments {
    RunArguments {
        folder: folder.to_path_buf(),
        workflow: None,
        event: "push".into(),
        branch: Some("main".into()),
        settings: settings(),
    }
}

/// Runs with the given arguments.
pub(crate) fn try_run(arguments: &RunArguments) -> Output {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let surroundings =
        Surroundings { processes: &LocalProcesses::default(), talk: &|_| {}, stop: CancellationToken::new() };
    runtime.block_on(commands::run(arguments, Format::Json, &surroundings))
}

/// Runs a workflow on a push to `main`, and gives the answer.
pub(crate) fn run(workflow: &str) -> Answer {
    let repository = Repository::with_workflow(workflow);
    Answer::of(&try_run(&arguments(repository.path())))
}

/// An answer of `pipeline run -o json`.
#[derive(Debug)]
pub(crate) struct Answer(pub(crate) Value);

impl Answer {
    pub(crate) fn of(output: &Output) -> Self {
        Self(
            serde_json::from_str(&output.stdout)
                .unwrap_or_else(|error| panic!("{error}: {} {}", output.stdout, output.stderr)),
        )
    }

    pub(crate) fn conclusion(&self) -> &str {
        self.0["conclusion"].as_str().unwrap_or("none")
    }

    fn jobs<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0["jobs"].as_array().into_iter().flatten().filter(move |job| job["id"] == id)
    }

    /// The conclusions of all instances of a job, sorted.
    pub(crate) fn conclusions(&self, id: &str) -> Vec<String> {
        let mut conclusions: Vec<String> =
            self.jobs(id).map(|job| job["conclusion"].as_str().unwrap().to_owned()).collect();
        conclusions.sort();
        conclusions
    }

    /// The lines of a job that begin with `R `, without it, sorted.
    pub(crate) fn lines(&self, id: &str) -> Vec<String> {
        let steps = self.jobs(id).flat_map(|job| job["steps"].as_array().unwrap());
        let mut lines: Vec<String> = steps
            .flat_map(|step| step["log"].as_array().unwrap())
            .filter_map(|line| line.as_str().unwrap().strip_prefix("R ").map(str::to_owned))
            .collect();
        lines.sort();
        lines
    }

    /// All that a job said.
    pub(crate) fn log(&self, id: &str) -> String {
        let steps = self.jobs(id).flat_map(|job| job["steps"].as_array().unwrap());
        steps
            .flat_map(|step| step["log"].as_array().unwrap())
            .map(|line| line.as_str().unwrap().to_owned() + "\n")
            .collect()
    }
}
