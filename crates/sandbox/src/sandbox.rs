//! The server's way to a held process: start one, or find again what another server started.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::handle::Handle;
use crate::hold::{Refusal, Report};
use crate::record::{Cause, Enforced, Exit, StateFolder, unix_millis};
use crate::spec::{Limits, Network, PortRule, Spec, User};

/// From asking for a process to its execution; usually some milliseconds.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Starts processes with the `hold` subcommand of a binary.
#[derive(Debug, Clone)]
pub struct Sandbox {
    exe: PathBuf,
}

/// Why a process was not started, or not found again.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the state folder {} was not made", folder.display())]
    Folder {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the state in {} was not read", folder.display())]
    State {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{id}` was not started: {} did not answer", exe.display())]
    Holder {
        id: String,
        exe: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{id}` was not started: another process is held in {}", folder.display())]
    Held { id: String, folder: PathBuf },
    /// The reason is a complete text, made in another process.
    #[error("`{id}` was not started: {reason}")]
    Refused { id: String, reason: String },
}

/// What a state folder tells about the process that was started in it.
#[derive(Debug)]
pub enum Found {
    /// It runs, and is ours to watch again.
    Running(Handle),
    /// It ended; with [`Cause::Lost`] if its holder was killed.
    Ended(Exit),
    /// Nothing was ever started here.
    Nothing,
}

impl Sandbox {
    /// `exe` is a binary with the `hold` subcommand.
    pub fn new(exe: impl Into<PathBuf>) -> Self {
        Self { exe: exe.into() }
    }

    /// The binary that runs now, even if its file has been replaced since.
    pub fn of_this_binary() -> Self {
        Self::new("/proc/self/exe")
    }

    /// Returns when the command is executed, or with the reason why it is not. The process
    /// outlives the handle and the server; a start that is given up half way is found by
    /// [`adopt`](Self::adopt).
    pub async fn start(&self, spec: &Spec) -> Result<Handle, SandboxError> {
        let folder = StateFolder::new(&spec.folder);
        make_private(folder.path()).map_err(|source| SandboxError::Folder { folder: spec.folder.clone(), source })?;
        let holder = |source| SandboxError::Holder { id: spec.id.clone(), exe: self.exe.clone(), source };
        let mut child = self.spawn_holder(&folder).map_err(holder)?;
        let report = tokio::time::timeout(START_TIMEOUT, converse(&mut child, spec)).await;
        let report = match report {
            Ok(Ok(report)) => Ok(report),
            Ok(Err(error)) => Err(folder.complaint().unwrap_or(error)),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        if report.is_err() {
            // with it dies whatever it may have started
            let _ = child.start_kill();
        }
        // before it can be reaped, so that its pid still means it
        let result = report.and_then(|report| judge(&folder, report, spec));
        // by the system's init, if this server ends first
        tokio::spawn(async move { child.wait().await });
        result.map_err(holder)?
    }

    fn spawn_holder(&self, folder: &StateFolder) -> io::Result<Child> {
        let complaints = File::create(folder.complaints())?;
        Command::new(&self.exe)
            .arg0("platform")
            .arg("hold")
            .arg(folder.path())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints)
            .spawn()
    }

    /// Looks for the process that was started with this state folder, by whichever server. A
    /// process that merely has the same pid is never taken for it.
    pub async fn adopt(folder: impl AsRef<Path>) -> Result<Found, SandboxError> {
        let folder = StateFolder::new(folder.as_ref());
        let state = |source| SandboxError::State { folder: folder.path().to_owned(), source };
        let begun = Instant::now();
        loop {
            // a handle belongs to the runtime that asks; the few small reads do not block it
            if let Some(found) = find(&folder).map_err(state)? {
                return Ok(found);
            }
            if begun.elapsed() > START_TIMEOUT {
                return Err(state(io::ErrorKind::TimedOut.into()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What this machine would enforce if everything were asked for, found by trying it with
    /// `/bin/true` in a folder made for that.
    pub async fn probe(&self, folder: impl Into<PathBuf>) -> Result<Enforced, SandboxError> {
        let is_root = nix::unistd::geteuid().is_root();
        let spec = Spec {
            limits: Limits {
                memory_bytes: Some(64 << 20),
                cpu_millis: Some(1000),
                processes: Some(64),
                disk_bytes: Some(64 << 20),
                ..Limits::default()
            },
            network: Network { bind: PortRule::Only(vec![1]), connect: PortRule::Only(vec![1]) },
            user: is_root.then_some(User { uid: 65534, gid: 65534 }),
            ..Spec::new("probe", folder, ["/bin/true"])
        };
        let handle = self.start(&spec).await?;
        handle.wait().await;
        Ok(handle.enforced().clone())
    }
}

/// Sends the specification and waits for the one line of report.
async fn converse(child: &mut Child, spec: &Spec) -> io::Result<Report> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    stdin.write_all(&serde_json::to_vec(spec)?).await?;
    drop(stdin);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).await?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_str(&line)?)
}

fn judge(folder: &StateFolder, report: Report, spec: &Spec) -> io::Result<Result<Handle, SandboxError>> {
    let id = spec.id.clone();
    Ok(match report {
        Report::Started(enforced) => Ok(handle_of_started(folder, enforced)?),
        Report::Refused(Refusal::Held) => Err(SandboxError::Held { id, folder: spec.folder.clone() }),
        Report::Refused(Refusal::Failed(reason)) => Err(SandboxError::Refused { id, reason }),
    })
}

fn handle_of_started(folder: &StateFolder, enforced: Enforced) -> io::Result<Handle> {
    let record = folder.read_hold()?.ok_or(io::ErrorKind::NotFound)?;
    let handle = Handle::open(folder.clone(), record, enforced)?;
    handle.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// `None` in the moments between the taking of a folder and the execution of the command.
fn find(folder: &StateFolder) -> io::Result<Option<Found>> {
    let Some(record) = folder.read_hold()? else {
        return Ok(Some(Found::Nothing));
    };
    if record.identity.is_alive() {
        let Some(enforced) = folder.read_enforced()? else {
            return Ok(None);
        };
        if let Some(handle) = Handle::open(folder.clone(), record.clone(), enforced)? {
            return Ok(Some(Found::Running(handle)));
        }
    }
    if let Some(exit) = folder.read_exit()? {
        return Ok(Some(Found::Ended(exit)));
    }
    record.groups.remove();
    Ok(Some(Found::Ended(lost(record.started_ms))))
}

/// The end of a process whose holder did not live to record it.
pub(crate) fn lost(started_ms: u64) -> Exit {
    Exit { code: None, signal: None, cause: Cause::Lost, started_ms, ended_ms: unix_millis() }
}

fn make_private(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().mode(0o700).recursive(true).create(folder)
        }
        result => result,
    }
}
