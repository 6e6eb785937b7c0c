//! What the programs tell each other: one JSON document on one line, over a socket that is the
//! receiver's standard input. Secrets pass here, so that nothing of it is ever logged.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::namespace::Isolation;
use super::walls::{Raised, Walls};
use crate::cgroup::Groups;
use crate::record::Enforced;
use crate::spec::{Bind, StopSignal, User};

/// keeper → server, once, on standard output.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    Started(Enforced),
    Refused(Refusal),
}

/// Why nothing was started.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Refusal {
    /// Another `hold` has the folder.
    Held,
    /// The command, its surroundings, or this machine.
    Failed(String),
}

/// keeper → init.
#[derive(Serialize, Deserialize)]
pub(super) struct InitRequest {
    pub(super) isolation: Isolation,
    pub(super) groups: Groups,
    /// `None` where there is no mount namespace.
    pub(super) root: Option<RootPlan>,
    pub(super) stop: StopSignal,
    pub(super) enter: EnterRequest,
}

/// How the root is put together.
#[derive(Serialize, Deserialize)]
pub(super) struct RootPlan {
    /// An empty folder of the host to build in.
    pub(super) at: PathBuf,
    /// The host's folder that becomes `/tmp`.
    pub(super) tmp: PathBuf,
    pub(super) binds: Vec<Bind>,
    pub(super) hide: Vec<PathBuf>,
    /// A user that may lack an entry in `/etc/passwd` gets one.
    pub(super) user: Option<User>,
    pub(super) home: String,
    /// For `/dev/shm`, which counts as memory.
    pub(super) memory_bytes: Option<u64>,
    /// Made with the rights of a user namespace.
    pub(super) is_unprivileged: bool,
}

/// init → keeper.
#[derive(Serialize, Deserialize)]
pub(super) enum FromInit {
    Running(Raised),
    Failed(String),
    Exited { code: Option<i32>, signal: Option<i32> },
}

/// init → enter.
#[derive(Serialize, Deserialize)]
pub(super) struct EnterRequest {
    pub(super) command: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) workdir: PathBuf,
    pub(super) user: Option<User>,
    /// The user to be again after having been root of a user namespace.
    pub(super) outer_user: Option<User>,
    /// `setrlimit(2)`: open files, file size, processes.
    pub(super) open_files: Option<u64>,
    pub(super) file_size: Option<u64>,
    pub(super) processes: Option<u64>,
    /// Where no cgroup limits the CPU.
    pub(super) is_nice: bool,
    pub(super) walls: Walls,
}

/// enter → init; then the socket closes, because the command was executed.
#[derive(Serialize, Deserialize)]
pub(super) enum FromEnter {
    Ready(Raised),
    Failed(String),
}

/// One end of a conversation between two of the programs.
pub(super) struct Line {
    reader: BufReader<UnixStream>,
}

impl Line {
    /// The end that this process got as its standard input.
    pub(super) fn from_stdin() -> io::Result<Self> {
        let descriptor: OwnedFd = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self { reader: BufReader::new(UnixStream::from(descriptor)) })
    }

    /// Starts this very binary as another of the programs, with the other end. The link to the
    /// binary holds even when its file has been replaced or is outside of the root.
    pub(super) fn to_program(program: &str, stdout: Stdio, stderr: Stdio) -> io::Result<(Self, Child)> {
        use std::os::unix::process::CommandExt;
        let (ours, theirs) = UnixStream::pair()?;
        let child = Command::new("/proc/self/exe")
            .arg0("platform")
            .args(["hold", program])
            .env_clear()
            .stdin(OwnedFd::from(theirs))
            .stdout(stdout)
            .stderr(stderr)
            .spawn()?;
        Ok((Self { reader: BufReader::new(ours) }, child))
    }

    pub(super) fn send(&self, message: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        (&mut self.reader.get_ref()).write_all(&line)
    }

    /// `None` once the other side is gone.
    pub(super) fn receive<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let mut line = Vec::new();
        match self.reader.read_until(b'\n', &mut line) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(serde_json::from_slice(&line)?)),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl AsFd for Line {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.reader.get_ref().as_fd()
    }
}
