//! How `git` is run. The invariants: the environment is empty but for what is listed here, no
//! configuration file of the system, a user or a template is read, hooks point to nowhere, no
//! transport may be opened, memory and time are bounded, and a process whose owner is gone is
//! killed together with its children.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use crate::config::ForgeConfig;
use crate::error::ForgeError;

/// How much of the end of a standard error is kept.
const STDERR_KEPT: usize = 8 << 10;
/// Largest answer of a command that is read into memory unless the caller says otherwise.
const ANSWER: u64 = 64 << 20;

/// Given to every command with `-c`, so that it stands above a repository's own `config`.
const SETTINGS: &[&str] = &[
    "safe.directory=*",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.sshCommand=false",
    "core.askPass=false",
    "core.pager=cat",
    "core.editor=false",
    "core.quotePath=false",
    "core.precomposeUnicode=false",
    "core.protectNTFS=true",
    "core.protectHFS=true",
    "core.fsync=committed,loose-object,pack-metadata,reference",
    "core.bigFileThreshold=16m",
    "credential.helper=",
    "diff.external=",
    "gc.auto=0",
    "gc.autoDetach=false",
    "maintenance.auto=false",
    "init.templateDir=",
    "pack.threads=1",
    "pack.windowMemory=64m",
    "protocol.allow=never",
    "receive.autogc=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.fsckObjects=true",
    "transfer.fsckObjects=true",
    "transfer.hideRefs=refs/causeway",
    "transfer.advertiseSID=false",
    "uploadpack.allowFilter=true",
    "uploadpack.allowReachableSHA1InWant=true",
    "uploadpackfilter.allow=false",
    "uploadpackfilter.blob:none.allow=true",
    "uploadpackfilter.blob:limit.allow=true",
    "uploadpackfilter.tree.allow=true",
];

/// Starts `git`, and bounds how many run at once.
#[derive(Debug)]
pub(crate) struct Git {
    program: PathBuf,
    home: PathBuf,
    command_time: Duration,
    memory: u64,
    turns: Semaphore,
}

impl Git {
    /// `home` is an empty folder that stands in for the user's.
    pub(crate) fn new(config: &ForgeConfig, home: PathBuf) -> Self {
        Self {
            program: config.git.clone(),
            home,
            command_time: config.command_time,
            memory: config.process_memory,
            turns: Semaphore::new(config.commands.max(1)),
        }
    }

    /// A command outside any repository.
    pub(crate) fn command(&self, name: &'static str) -> GitCommand<'_> {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &self.home)
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_LITERAL_PATHSPECS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .current_dir(&self.home)
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for setting in SETTINGS {
            command.arg("-c").arg(setting);
        }
        GitCommand { git: self, command, name, named: false, time: self.command_time, answer: ANSWER }
    }

    /// A command in the bare repository at `repository`.
    pub(crate) fn at(&self, repository: &Path, name: &'static str) -> GitCommand<'_> {
        let mut command = self.command(name);
        command.command.arg("--git-dir").arg(repository);
        command
    }
}

/// One command being put together. Settings come before the first argument.
pub(crate) struct GitCommand<'a> {
    git: &'a Git,
    command: Command,
    name: &'static str,
    named: bool,
    time: Duration,
    answer: u64,
}

impl GitCommand<'_> {
    /// One more `-c key=value`; only before the first argument.
    pub(crate) fn setting(mut self, setting: &str) -> Self {
        debug_assert!(!self.named, "settings stand before the subcommand");
        self.command.arg("-c").arg(setting);
        self
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.name_subcommand();
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.name_subcommand();
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    pub(crate) fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Largest answer on standard output, in bytes.
    pub(crate) fn at_most(mut self, answer: u64) -> Self {
        self.answer = answer;
        self
    }

    /// Another time limit than `command_time`.
    pub(crate) fn within(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    fn name_subcommand(&mut self) {
        if !self.named {
            self.command.arg(self.name);
            self.named = true;
        }
    }

    /// Starts it with all three streams piped, for a caller who streams.
    pub(crate) fn stream(mut self) -> Result<GitProcess, ForgeError> {
        self.command.stdin(Stdio::piped());
        self.start()
    }

    fn start(mut self) -> Result<GitProcess, ForgeError> {
        self.name_subcommand();
        let child = self.command.spawn().map_err(|source| ForgeError::Start { command: self.name, source })?;
        let process = GitProcess { name: self.name, child };
        process.limit_memory(self.git.memory);
        Ok(process)
    }

    /// Runs it to its end. Fails where it fails.
    pub(crate) async fn run(self) -> Result<Vec<u8>, ForgeError> {
        self.run_with(&[]).await
    }

    /// Runs it to its end with `input` on standard input. Fails where it fails.
    pub(crate) async fn run_with(self, input: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let name = self.name;
        let ended = self.end_with(input).await?;
        if ended.status.success() {
            return Ok(ended.stdout);
        }
        Err(ForgeError::Git { command: name, message: ended.message() })
    }

    /// Runs it to its end, whatever its exit code is.
    pub(crate) async fn end_with(mut self, input: &[u8]) -> Result<Ended, ForgeError> {
        let (name, after, limit) = (self.name, self.time, self.answer);
        let _turn = self.git.turns.acquire().await;
        if !input.is_empty() {
            self.command.stdin(Stdio::piped());
        }
        let mut process = self.start()?;
        let (stdin, stdout, stderr) = process.streams();
        let work = async {
            let feed = async {
                if let Some(mut stdin) = stdin {
                    // An early end of the reader shows in its exit code.
                    let _ = stdin.write_all(input).await;
                }
            };
            let ((), stdout, stderr) = tokio::join!(feed, read_at_most(stdout, limit), read_tail(stderr));
            let stdout = stdout.map_err(|overflow| match overflow {
                ReadFault::TooLarge => ForgeError::TooLarge { what: format!("the answer of `git {name}`"), limit },
                ReadFault::Io(source) => ForgeError::Start { command: name, source },
            })?;
            let status = process.wait().await?;
            Ok(Ended { status, stdout, stderr })
        };
        tokio::time::timeout(after, work).await.unwrap_or(Err(ForgeError::TimedOut { command: name, after }))
    }
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    stderr: String,
}

impl Ended {
    /// What it wrote to standard error, or how it ended if that was nothing.
    pub(crate) fn message(&self) -> String {
        match self.stderr.trim() {
            "" => self.status.to_string(),
            text => text.to_owned(),
        }
    }
}

/// A running `git`. Dropping it kills its whole process group.
#[derive(Debug)]
pub(crate) struct GitProcess {
    name: &'static str,
    child: Child,
}

impl GitProcess {
    pub(crate) fn streams(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdin.take(), self.child.stdout.take(), self.child.stderr.take())
    }

    pub(crate) async fn wait(&mut self) -> Result<ExitStatus, ForgeError> {
        self.child.wait().await.map_err(|source| ForgeError::Start { command: self.name, source })
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()?).ok()?)
    }

    /// `RLIMIT_DATA`: private memory alone; packs that are mapped for reading do not count.
    fn limit_memory(&self, bytes: u64) {
        let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
        if let Some(pid) = self.pid()
            && let Err(error) = rustix::process::prlimit(Some(pid), Resource::Data, limit)
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(command = self.name, %error, "could not limit the memory of git");
        }
    }
}

impl Drop for GitProcess {
    fn drop(&mut self) {
        // `id` is none once the child was waited for, so the number cannot belong to another.
        if let Some(pid) = self.pid() {
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
        }
    }
}

enum ReadFault {
    TooLarge,
    Io(io::Error),
}

async fn read_at_most(from: Option<ChildStdout>, limit: u64) -> Result<Vec<u8>, ReadFault> {
    let mut all = Vec::new();
    if let Some(from) = from {
        from.take(limit.saturating_add(1)).read_to_end(&mut all).await.map_err(ReadFault::Io)?;
    }
    if all.len() as u64 > limit {
        return Err(ReadFault::TooLarge);
    }
    Ok(all)
}

/// Reads to the end and keeps the tail, as text.
pub(crate) async fn read_tail<R: AsyncRead + Unpin>(from: Option<R>) -> String {
    let mut tail = Vec::new();
    if let Some(mut from) = from {
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut chunk).await {
            tail.extend_from_slice(&chunk[..read]);
            if tail.len() > 2 * STDERR_KEPT {
                tail.drain(..tail.len() - STDERR_KEPT);
            }
        }
    }
    let start = tail.len().saturating_sub(STDERR_KEPT);
    String::from_utf8_lossy(&tail[start..]).into_owned()
}
