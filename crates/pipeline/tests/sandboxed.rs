//! Jobs in sandboxes, as a server runs them.
#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

#[expect(dead_code, reason = "each test binary uses its part of the support")]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use causeway_pipeline::answer::{JobAnswer, Transcript};
use causeway_pipeline::event::{Event, Subject};
use causeway_pipeline::facts::{Facts, Secrets};
use causeway_pipeline::plan::{Assignment, Conclusion, Library, Plan, Progress};
use causeway_pipeline::runner::{
    JobLimits, JobResult, Journal, Room, RunOrder, SandboxedProcesses, Settings, Source, job_environment, run_plan,
};
use causeway_sandbox::{Network, Sandbox, User};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

const USER: User = User { uid: 52_001, gid: 52_001 };

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

fn processes(folder: &Path, limits: JobLimits) -> SandboxedProcesses {
    SandboxedProcesses {
        sandbox: Sandbox::new(env!("CARGO_BIN_EXE_causeway-pipeline")),
        user: is_root().then_some(USER),
        limits,
        network: Network::default(),
        hide: Vec::new(),
        caches: folder.join("caches"),
        has_fixed_paths: is_root(),
        started: AtomicUsize::new(0),
    }
}

fn facts(source: &Source) -> Facts {
    Facts {
        event: Event {
            name: "push".into(),
            action: None,
            subject: Subject::Branch("main".into()),
            changed_paths: None,
            inputs: serde_json::Map::new(),
            payload: serde_json::Value::Null,
        },
        repository: "acme/thing".into(),
        actor: "somebody".into(),
        sha: source.sha.clone(),
        default_branch: "main".into(),
        run_id: "1".into(),
        run_number: 1,
        run_attempt: 1,
        server_url: "http://localhost".into(),
        vars: BTreeMap::new(),
    }
}

/// Keeps what a server would store.
#[derive(Default)]
struct Memory {
    progress: Mutex<Vec<Progress>>,
    workspaces: Mutex<BTreeMap<String, Vec<String>>>,
}

#[async_trait]
impl Journal for Memory {
    async fn record(&self, progress: &Progress) {
        self.progress.lock().push(progress.clone());
    }

    async fn leave_room(&self, assignment: &Assignment, room: &Room, _result: &JobResult) {
        let files = std::fs::read_dir(&room.workspace.host)
            .unwrap()
            .map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
        self.workspaces.lock().insert(assignment.job.clone(), files.collect());
    }
}

struct Ran {
    jobs: Vec<JobAnswer>,
    progress: Progress,
    memory: Memory,
}

impl Ran {
    fn log(&self, id: &str) -> String {
        self.jobs
            .iter()
            .filter(|job| job.id == id)
            .flat_map(|job| &job.steps)
            .flat_map(|step| &step.log)
            .map(|line| format!("{line}\n"))
            .collect()
    }
}

/// A run in a folder of its own, which can be driven more than once, as by one server after another.
struct Site {
    library: Library,
    source: Source,
    folder: PathBuf,
    processes: SandboxedProcesses,
    transcript: Transcript,
    memory: Memory,
}

const FILE: &str = ".github/workflows/ci.yml";

impl Site {
    async fn new(folder: &Path, workflow: &str, limits: JobLimits) -> Self {
        let repository = support::Repository::with_workflow(workflow);
        let run = folder.join(format!("run-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&run).unwrap();
        Self {
            library: Library::read_folder(repository.path()).unwrap(),
            source: Source::from_folder(repository.path(), run.join("source.git"), "main").await.unwrap(),
            folder: run,
            processes: processes(folder, limits),
            transcript: Transcript::default(),
            memory: Memory::default(),
        }
    }

    fn fresh(&self) -> Progress {
        Progress::new(self.library.find(FILE).unwrap())
    }

    async fn drive(&self, progress: &mut Progress) {
        let facts = facts(&self.source);
        let secrets = Secrets::new([("TOKEN".to_owned(), "s3cr3t-value".to_owned())]);
        let plan = Plan { library: &self.library, file: FILE, facts: &facts, secrets: &secrets };
        let settings = Settings {
            environment: job_environment(),
            cache_folder: self.folder.join("../action-caches"),
            ..support::settings()
        };
        let order = RunOrder {
            plan: &plan,
            source: &self.source,
            folder: &self.folder,
            settings: &settings,
            processes: &self.processes,
            sink: &self.transcript,
            journal: &self.memory,
            stop: CancellationToken::new(),
        };
        run_plan(&order, progress).await.unwrap();
    }
}

async fn run(folder: &Path, workflow: &str, limits: JobLimits, progress: Option<Progress>) -> Ran {
    let site = Site::new(folder, workflow, limits).await;
    let mut progress = progress.unwrap_or_else(|| site.fresh());
    site.drive(&mut progress).await;
    Ran { jobs: site.transcript.jobs(&progress), progress, memory: site.memory }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_sees_its_own_folders_and_nothing_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let private = folder.path().join("server-secret");
    std::fs::write(&private, "key").unwrap();
    let workflow = r#"
on: push
jobs:
  build:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - run: |
          echo "at $PWD as $(id -u) with ${{ secrets.TOKEN }} and $(cat README.md)"
          echo made > made.txt; echo kept > /tmp/kept; echo home > ~/home
          [ -e SERVER ] && echo "LEAK" || echo "nothing to see"
          echo "v=1" >> "$GITHUB_OUTPUT"; echo "A=b" >> "$GITHUB_ENV"; ln -s /etc/shadow link
        id: s
      - run: echo "[${{ steps.s.outputs.v }}] [$A] $(cat /tmp/kept) $(cat ~/home) $(git status --porcelain | xargs)"
      - run: exit 3
        continue-on-error: true
      - uses: actions/upload-artifact@v4
        with: {name: a, path: "*.txt"}
  next:
    needs: build
    runs-on: x
    steps:
      - uses: actions/download-artifact@v4
        with: {name: a}
      - run: echo "$(cat made.txt) $([ -e /tmp/kept ] || echo fresh)"
"#;
    let ran =
        run(folder.path(), &workflow.replace("SERVER", &private.display().to_string()), JobLimits::default(), None)
            .await;
    assert_eq!(ran.progress.conclusion(), Some(Conclusion::Success), "{:?}", ran.jobs);
    let log = ran.log("build");
    if is_root() {
        assert!(log.contains("at /workspace as 52001 with *** and x"), "{log}");
        assert!(log.contains("nothing to see"), "{log}");
    }
    assert!(log.contains("[1] [b] kept home ?? link ?? made.txt") && log.contains("exit code 3"), "{log}");
    assert!(ran.log("next").contains("made fresh"), "{}", ran.log("next"));
    assert!(
        ran.memory.workspaces.lock()["build"].contains(&"made.txt".to_owned()),
        "the room is there when its job has ended"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_adds_to_the_shared_caches_and_changes_nothing_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let first = "on: push\njobs: {a: {runs-on: x, steps: [{run: 'mkdir -p $PIP_CACHE_DIR; echo first > $PIP_CACHE_DIR/one; ln -s /etc/passwd $PIP_CACHE_DIR/link'}]}}";
    run(folder.path(), first, JobLimits::default(), None).await;
    let caches: PathBuf = folder.path().join("caches/pip");
    if !caches.join("one").exists() {
        // Without root nothing is layered, and caches are not shared.
        assert!(!is_root(), "the cache was not taken over");
        return;
    }
    assert!(!caches.join("link").exists(), "links are not taken over");
    let second = "on: push\njobs: {a: {runs-on: x, steps: [{run: 'cat $PIP_CACHE_DIR/one; echo second > $PIP_CACHE_DIR/one; echo two > $PIP_CACHE_DIR/two; cat $PIP_CACHE_DIR/one'}]}}";
    let ran = run(folder.path(), second, JobLimits::default(), None).await;
    assert_eq!(ran.log("a"), "first\nsecond\n");
    let read = |name: &str| std::fs::read_to_string(caches.join(name)).unwrap();
    assert_eq!((read("one"), read("two")), ("first\n".to_owned(), "two\n".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_at_the_first_unfinished_job() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = r#"
on: push
jobs:
  a: {runs-on: x, outputs: {v: "${{ steps.s.outputs.v }}"}, steps: [{id: s, run: 'echo "v=$RANDOM$RANDOM" >> "$GITHUB_OUTPUT"; echo "ran a"'}]}
  b: {needs: a, runs-on: x, steps: [{run: 'echo "ran b ${{ needs.a.outputs.v }}"'}]}
"#;
    let whole = run(folder.path(), workflow, JobLimits::default(), None).await;
    let at_b =
        whole.memory.progress.lock().iter().find(|progress| progress.jobs["a"].result.is_some()).cloned().unwrap();
    let stored = serde_json::to_string(&at_b).unwrap();
    let mut found: Progress = serde_json::from_str(&stored).unwrap();
    found.requeue();
    let resumed = run(folder.path(), workflow, JobLimits::default(), Some(found)).await;
    assert_eq!(resumed.progress.conclusion(), Some(Conclusion::Success));
    assert_eq!(
        (resumed.log("a"), resumed.log("b")),
        (String::new(), whole.log("b")),
        "the first job did not run again, and its output is known"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_wants_too_much_memory_or_time_is_ended_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = r#"
on: push
jobs:
  greedy: {runs-on: x, steps: [{run: "python3 -c 'x = bytearray(400 * 1024 * 1024); print(len(x))'"}]}
  slow: {runs-on: x, steps: [{run: sleep 60, timeout-minutes: 0.01}, {if: always(), run: echo "still here"}]}
"#;
    let limits = JobLimits { memory_bytes: Some(64 * 1024 * 1024), ..JobLimits::default() };
    let ran = run(folder.path(), workflow, limits, None).await;
    assert_eq!(ran.progress.conclusion(), Some(Conclusion::Failure));
    if is_root() {
        assert!(!ran.log("greedy").contains("419430400"), "{}", ran.log("greedy"));
    }
    assert!(ran.log("slow").contains("timed out") && ran.log("slow").contains("still here"), "{}", ran.log("slow"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_cut_off_begins_again_in_a_clean_room_and_leaves_nothing_running() {
    if !is_root() {
        return; // the marker below needs layered caches
    }
    let folder = tempfile::tempdir().unwrap();
    let workflow = r#"
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: echo first > left.txt
      - uses: actions/upload-artifact@v4
        with: {name: n, path: left.txt}
      - run: |
          [ -e "$PIP_CACHE_DIR/marker" ] && { echo "second time $(ls | xargs)"; exit 0; }
          mkdir -p "$PIP_CACHE_DIR" && touch "$PIP_CACHE_DIR/marker" junk.txt && echo "cut me"
          exec sleep 3210
"#;
    let site = Site::new(folder.path(), workflow, JobLimits::default()).await;
    let mut progress = site.fresh();
    let is_running = async {
        loop {
            let found = site.memory.progress.lock().last().cloned();
            let jobs = found.map(|progress| site.transcript.jobs(&progress)).unwrap_or_default();
            if jobs.iter().flat_map(|job| &job.steps).any(|step| step.log.contains(&"cut me".to_owned())) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = site.drive(&mut progress) => panic!("the job ended by itself"),
        () = is_running => {}
    }
    let mut found = site.memory.progress.lock().last().cloned().unwrap();
    found.requeue();
    site.drive(&mut found).await;
    let ran = Ran { jobs: site.transcript.jobs(&found), progress: found, memory: Memory::default() };
    assert_eq!(ran.progress.conclusion(), Some(Conclusion::Success), "{:?}", ran.jobs);
    assert!(ran.log("a").contains("second time README.md left.txt other sub"), "{}", ran.log("a"));
    let sleepers = std::process::Command::new("pgrep").args(["-f", "sleep 3210"]).output().unwrap();
    assert!(sleepers.stdout.is_empty(), "the first attempt still runs");
}
