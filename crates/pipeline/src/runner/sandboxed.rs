//! Steps in sandboxes, for a server.
//!
//! Each process of a step is held in a sandbox of its own, over the folders of its job at fixed paths: the workspace at `/workspace`,
//! its own `/tmp` and home, and a view of the shared package caches. What a job adds to a cache is taken over when the job has ended;
//! what is there already is never changed, so a job cannot alter what others read.

use std::io;
use std::os::unix::fs::lchown;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use causeway_sandbox::{Bind, Cause, Found, Handle, Limits, Network, Sandbox, Spec, Stop, StopSignal, User};
use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::process::{Exit, ProcessError, Processes, Resource, StepProcess};
use super::room::{Folder, Room};

/// How long a step has to end after it was asked to.
const GRACE: Duration = Duration::from_secs(10);
/// Where the shared caches appear, and the variables that send package managers there.
const CACHES: &str = "/caches";
const CACHE_VARIABLES: [(&str, &str); 8] = [
    ("PIP_CACHE_DIR", "/caches/pip"),
    ("UV_CACHE_DIR", "/caches/uv"),
    ("GOMODCACHE", "/caches/go/mod"),
    ("GOCACHE", "/caches/go/build"),
    ("GOFLAGS", "-modcacherw"),
    ("npm_config_cache", "/caches/npm"),
    ("CARGO_HOME", "/caches/cargo"),
    ("MAVEN_ARGS", "-Dmaven.repo.local=/caches/maven"),
];

/// What a job may use.
#[derive(Debug, Clone, Default)]
pub struct JobLimits {
    /// Memory of all its processes together, in bytes.
    pub memory_bytes: Option<u64>,
    /// Space of all its folders together, in bytes.
    pub disk_bytes: Option<u64>,
    /// Processes and threads.
    pub processes: Option<u32>,
    /// Thousandths of a processor.
    pub cpu_millis: Option<u32>,
}

/// Starts processes in sandboxes.
#[derive(Debug)]
pub struct SandboxedProcesses {
    /// Holds them.
    pub sandbox: Sandbox,
    /// Who they run as; only a server that is root can choose.
    pub user: Option<User>,
    /// What a job may use.
    pub limits: JobLimits,
    /// Which ports they may use.
    pub network: Network,
    /// Paths that stay invisible.
    pub hide: Vec<PathBuf>,
    /// The shared package caches, on the host.
    pub caches: PathBuf,
    /// Whether folders appear at fixed paths; without it, processes see them where they lie.
    pub has_fixed_paths: bool,
    /// How many processes were started, for the names of their state folders.
    pub started: AtomicUsize,
}

/// The folders of a room that only sandboxes have.
struct Backstage<'a>(&'a Path);

impl Backstage<'_> {
    fn scratch(&self) -> PathBuf {
        self.0.join("scratch")
    }

    fn changes(&self) -> PathBuf {
        self.0.join("changes")
    }

    fn states(&self) -> PathBuf {
        self.0.join("states")
    }
}

#[async_trait]
impl Processes for SandboxedProcesses {
    fn arrange(&self, folder: PathBuf, repository: PathBuf) -> Room {
        let place = |name: &str, seen: &str| self.place(folder.join(name), seen);
        Room {
            workspace: place("workspace", "/workspace"),
            temp: place("temp", "/runner/temp"),
            commands: place("commands", "/runner/commands"),
            tools: place("tools", "/runner/tools"),
            source: self.place(repository, "/runner/source.git"),
            home: Some(place("home", "/home/runner")),
            root: folder,
        }
    }

    async fn hand_over(&self, room: &Room) -> Result<(), ProcessError> {
        let (backstage, user) = (Backstage(&room.root), self.user);
        let folders = [&room.workspace.host, &room.temp.host].into_iter().cloned();
        let own: Vec<PathBuf> = folders
            .chain(room.home.as_ref().map(|home| home.host.clone()))
            .chain([backstage.scratch(), self.caches.clone()])
            .collect();
        let made = [backstage.scratch(), backstage.states(), backstage.changes(), self.caches.clone()];
        let failed = |folder: &Path| {
            let folder = folder.to_path_buf();
            move |source| ProcessError::Room { folder, source }
        };
        for folder in made {
            std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
        }
        let Some(user) = user else {
            return Ok(());
        };
        for folder in own {
            let is_cache = folder == self.caches;
            let given = folder.clone();
            let done =
                tokio::task::spawn_blocking(move || if is_cache { give(&given, user) } else { give_all(&given, user) })
                    .await;
            done.map_err(io::Error::other).and_then(|done| done).map_err(failed(&folder))?;
        }
        Ok(())
    }

    async fn run(
        &self,
        room: &Room,
        process: StepProcess,
        lines: mpsc::Sender<String>,
        stop: &CancellationToken,
    ) -> Result<Exit, ProcessError> {
        let command = process.command.first().cloned().unwrap_or_default();
        let spec = self.specify(room, process);
        let handle = self
            .sandbox
            .start(&spec)
            .await
            .map_err(|source| ProcessError::Sandbox { command: command.clone(), source })?;
        let exit = watch(&handle, lines, stop).await;
        let ended = match (exit.cause, exit.code, exit.signal) {
            (Cause::Itself, Some(code), _) => Exit::Code(code),
            (Cause::Itself, None, signal) => Exit::Signal(signal.unwrap_or_default()),
            (Cause::Stopped, ..) => Exit::Stopped,
            (Cause::TimedOut, ..) => Exit::TimedOut,
            (Cause::OutOfMemory, ..) => Exit::OverLimit(Resource::Memory),
            (Cause::OutOfDisk, ..) => Exit::OverLimit(Resource::Disk),
            (Cause::Lost, ..) => {
                return Err(ProcessError::Wait { command, source: io::Error::other("its sandbox was killed") });
            }
        };
        // The state has told all it can; a room has many steps.
        let _ = std::fs::remove_dir_all(&spec.folder);
        Ok(ended)
    }

    async fn clear(&self, room: &Room) {
        let backstage = Backstage(&room.root);
        for folder in std::fs::read_dir(backstage.states()).into_iter().flatten().filter_map(Result::ok) {
            if let Ok(Found::Running(handle)) = Sandbox::adopt(folder.path()).await {
                handle.kill().await;
            }
        }
        let (changes, caches, user) = (backstage.changes().join("files"), self.caches.clone(), self.user);
        let taken = tokio::task::spawn_blocking(move || take_over(&changes, &caches, user)).await;
        if let Err(error) = taken.map_err(io::Error::other).and_then(|taken| taken) {
            tracing::warn!(room = %room.root.display(), %error, "what a job added to the caches was not taken over");
        }
    }
}

impl SandboxedProcesses {
    fn place(&self, host: PathBuf, seen: &str) -> Folder {
        if self.has_fixed_paths { Folder { host, seen: PathBuf::from(seen) } } else { Folder::shared(host) }
    }

    fn specify(&self, room: &Room, process: StepProcess) -> Spec {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let backstage = Backstage(&room.root);
        let folder = backstage.states().join(number.to_string());
        let mut env = process.environment;
        let cache_root = self.place(self.caches.clone(), CACHES);
        for (name, value) in CACHE_VARIABLES {
            env.entry(name.to_owned()).or_insert_with(|| value.replace(CACHES, &cache_root.seen_text()));
        }
        let writable = [Some(&room.workspace), Some(&room.temp), room.home.as_ref()]
            .into_iter()
            .flatten()
            .map(|folder| Bind::writable(&folder.host, &folder.seen));
        let commands = Bind::writable(&room.commands.host, &room.commands.seen);
        let fixed = [&room.tools, &room.source].map(|folder| Bind::read_only(&folder.host, &folder.seen));
        let scratch = ["/tmp", "/var/tmp"].map(|seen| Bind::writable(backstage.scratch(), seen));
        let caches = Bind::layered(&cache_root.host, &cache_root.seen, backstage.changes());
        Spec {
            env,
            workdir: process.directory,
            binds: writable.chain([commands]).chain(fixed).chain(scratch).chain([caches]).collect(),
            hide: self.hide.clone(),
            user: self.user,
            limits: Limits {
                memory_bytes: self.limits.memory_bytes,
                cpu_millis: self.limits.cpu_millis,
                processes: self.limits.processes,
                disk_bytes: self.limits.disk_bytes,
                timeout: Some(process.timeout),
                ..Limits::default()
            },
            network: self.network.clone(),
            stop: Stop { signal: StopSignal::Interrupt, grace: GRACE },
            ..Spec::new(
                format!("job-{}-{number}", room.root.file_name().unwrap_or_default().to_string_lossy()),
                folder,
                process.command,
            )
        }
    }
}

/// Sends the log on until the process has ended and all of it is sent.
async fn watch(handle: &Handle, lines: mpsc::Sender<String>, stop: &CancellationToken) -> causeway_sandbox::Exit {
    let log = handle.log();
    let mut next = 0;
    let mut stream = std::pin::pin!(log.follow(0));
    let ended = async {
        tokio::select! {
            exit = handle.wait() => exit,
            () = stop.cancelled() => handle.stop(GRACE).await,
        }
    };
    let mut ended = std::pin::pin!(ended);
    let exit = loop {
        tokio::select! {
            exit = &mut ended => break exit,
            line = stream.next() => match line {
                Some(Ok(line)) => {
                    next = line.next;
                    if lines.send(line.text).await.is_err() {
                        break ended.await;
                    }
                }
                Some(Err(_)) | None => break ended.await,
            },
        }
    };
    while let Ok(rest) = log.read(next, usize::from(u16::MAX)) {
        let Some(last) = rest.last() else { break };
        next = last.next;
        for line in rest {
            if lines.send(line.text).await.is_err() {
                return exit;
            }
        }
    }
    exit
}

fn give(path: &Path, user: User) -> io::Result<()> {
    lchown(path, Some(user.uid), Some(user.gid))
}

/// Gives a folder and all in it; no process of the job has run in it yet.
fn give_all(folder: &Path, user: User) -> io::Result<()> {
    for entry in walkdir::WalkDir::new(folder) {
        give(entry?.path(), user)?;
    }
    Ok(())
}

/// Moves regular files that `caches` does not have yet from `changes` to it. Nothing that is there is touched, and no link is taken.
fn take_over(changes: &Path, caches: &Path, user: Option<User>) -> io::Result<()> {
    if !changes.is_dir() {
        return Ok(());
    }
    for entry in walkdir::WalkDir::new(changes).min_depth(1) {
        let entry = entry?;
        let target = caches.join(entry.path().strip_prefix(changes).unwrap_or(entry.path()));
        if entry.file_type().is_dir() && !target.exists() {
            std::fs::create_dir(&target)?;
            user.map_or(Ok(()), |user| give(&target, user))?;
        } else if entry.file_type().is_file() {
            match std::fs::hard_link(entry.path(), &target) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}
