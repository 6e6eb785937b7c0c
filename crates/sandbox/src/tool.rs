//! Trusted helper programs that run to their end: `git`, `initdb` and the like.
//!
//! They see the host as it is, but get nothing of the server's environment, no more time and no
//! more room for output than given, and are killed with their children when time is up or the
//! caller loses interest. Arguments are never shown in errors, since they may be private.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::spec::User;

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// How much of a failed program's complaint an error repeats, in bytes.
const COMPLAINT: usize = 2000;

/// A program to be run once.
#[derive(Clone)]
pub struct Tool {
    program: OsString,
    arguments: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    workdir: Option<PathBuf>,
    user: Option<User>,
    input: Vec<u8>,
    timeout: Duration,
    max_output: usize,
}

/// How a program ended and what it said.
#[derive(Debug, Clone)]
pub struct ToolOutput {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// One of the outputs was longer than allowed; the rest of it was dropped.
    pub is_cut: bool,
}

/// Why a program has no result.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    #[error("`{program}` was not started")]
    Start {
        program: String,
        #[source]
        source: io::Error,
    },
    #[error("the output of `{program}` was not read")]
    Output {
        program: String,
        #[source]
        source: io::Error,
    },
    #[error("`{program}` was ended after {} s", after.as_secs_f64())]
    TimedOut { program: String, after: Duration },
    #[error("`{program}` failed ({status}): {complaint}")]
    Failed { program: String, status: ExitStatus, complaint: String },
}

impl Tool {
    /// With a system `PATH`, the locale `C.UTF-8`, one minute, and 1 MiB for each output.
    pub fn new(program: impl Into<OsString>) -> Self {
        let env = [("PATH", PATH), ("LANG", "C.UTF-8")];
        Self {
            program: program.into(),
            arguments: Vec::new(),
            env: env.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            workdir: None,
            user: None,
            input: Vec::new(),
            timeout: Duration::from_secs(60),
            max_output: 1 << 20,
        }
    }

    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    #[must_use]
    pub fn workdir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.workdir = Some(folder.into());
        self
    }

    /// Only root can choose; its supplementary groups are given up.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.user = Some(user);
        self
    }

    /// What it reads from standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Bytes kept of each of the two outputs.
    #[must_use]
    pub fn max_output(mut self, bytes: usize) -> Self {
        self.max_output = bytes;
        self
    }

    /// Runs it; an exit code other than 0 is an answer, not an error.
    pub async fn run(&self) -> Result<ToolOutput, ToolError> {
        let start = |source| ToolError::Start { program: self.name(), source };
        let mut child = Group(self.spawn().map_err(start)?);
        let result = tokio::time::timeout(self.timeout, self.attend(&mut child.0)).await;
        match result {
            Ok(output) => output.map_err(|source| ToolError::Output { program: self.name(), source }),
            Err(_) => Err(ToolError::TimedOut { program: self.name(), after: self.timeout }),
        }
    }

    /// Runs it; an exit code other than 0 is an error with the end of its standard error.
    pub async fn check(&self) -> Result<ToolOutput, ToolError> {
        let output = self.run().await?;
        if output.status.success() {
            return Ok(output);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        let complaint = complaint.trim();
        let mut from = complaint.len().saturating_sub(COMPLAINT);
        while !complaint.is_char_boundary(from) {
            from += 1;
        }
        let complaint = complaint[from..].to_owned();
        Err(ToolError::Failed { program: self.name(), status: output.status, complaint })
    }

    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    fn spawn(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.env)
            .stdin(if self.input.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(folder) = &self.workdir {
            command.current_dir(folder);
        }
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command.spawn()
    }

    async fn attend(&self, child: &mut Child) -> io::Result<ToolOutput> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // it need not read everything
                let _ = stdin.write_all(&self.input).await;
            }
        };
        let read = async { tokio::try_join!(read_some(stdout, self.max_output), read_some(stderr, self.max_output)) };
        let ((), outputs) = tokio::join!(feed, read);
        let ((stdout, out_cut), (stderr, err_cut)) = outputs?;
        let status = child.wait().await?;
        Ok(ToolOutput { status, stdout, stderr, is_cut: out_cut || err_cut })
    }
}

/// A child that leads a process group; dropped while it runs, the whole group is killed.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // there is no id any more once it was waited for
        if let Some(pid) = self.0.id() {
            let _ = killpg(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
    }
}

/// Keeps the first bytes and reads on, so that the program is never blocked.
async fn read_some(source: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<(Vec<u8>, bool)> {
    let Some(mut source) = source else {
        return Ok((Vec::new(), false));
    };
    let mut kept = Vec::new();
    (&mut source).take(limit as u64).read_to_end(&mut kept).await?;
    let rest = tokio::io::copy(&mut source, &mut tokio::io::sink()).await?;
    Ok((kept, rest > 0))
}
