//! What `hold` leaves in the state folder for whoever reads it later.
//!
//! `hold.json` says who holds (written before anything is started), `enforced.json` what bounds
//! the process, `exit.json` how it ended. Each is replaced as a whole, so that a reader never
//! sees half of one. None of them carries environment or arguments.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cgroup::Groups;
use crate::process;

/// Files and folders inside a state folder.
#[derive(Debug, Clone)]
pub(crate) struct StateFolder(PathBuf);

impl StateFolder {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// Bound at `/tmp`; emptied before and after.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// Where the process's root is put together.
    pub(crate) fn root(&self) -> PathBuf {
        self.0.join("root")
    }

    /// What `hold` itself has to complain about.
    pub(crate) fn complaints(&self) -> PathBuf {
        self.0.join("hold.log")
    }

    /// What a holder that ended without a report had to say.
    pub(crate) fn complaint(&self) -> Option<io::Error> {
        let text = fs::read_to_string(self.complaints()).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| io::Error::other(text.to_owned()))
    }

    fn hold(&self) -> PathBuf {
        self.0.join("hold.json")
    }

    fn exit(&self) -> PathBuf {
        self.0.join("exit.json")
    }

    fn enforced(&self) -> PathBuf {
        self.0.join("enforced.json")
    }

    pub(crate) fn write_hold(&self, record: &HoldRecord) -> io::Result<()> {
        write_whole(&self.hold(), record)
    }

    pub(crate) fn read_hold(&self) -> io::Result<Option<HoldRecord>> {
        read_whole(&self.hold())
    }

    pub(crate) fn write_exit(&self, exit: &Exit) -> io::Result<()> {
        write_whole(&self.exit(), exit)
    }

    pub(crate) fn read_exit(&self) -> io::Result<Option<Exit>> {
        read_whole(&self.exit())
    }

    pub(crate) fn write_enforced(&self, enforced: &Enforced) -> io::Result<()> {
        write_whole(&self.enforced(), enforced)
    }

    pub(crate) fn read_enforced(&self) -> io::Result<Option<Enforced>> {
        read_whole(&self.enforced())
    }

    /// Forgets the run before this one; its log stays.
    pub(crate) fn forget_last_run(&self) -> io::Result<()> {
        for path in [self.exit(), self.enforced(), self.hold()] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

fn write_whole<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let fresh = path.with_extension("json.new");
    let mut file = File::create(&fresh)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    fs::rename(fresh, path)
}

fn read_whole<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Milliseconds since 1970.
pub(crate) fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A process, told apart from every other one that ever had or will have its pid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: u32,
    /// Clock ticks since boot: field 22 of `/proc/<pid>/stat`.
    pub start_time: u64,
    /// `/proc/sys/kernel/random/boot_id`; ticks start again at each boot.
    pub boot_id: String,
}

impl Identity {
    /// Of the process with this pid now, if there is one.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let start_time = process::Stat::read(pid)?.start_time;
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self { pid, start_time, boot_id: boot_id.trim().to_owned() })
    }

    /// Whether that very process still runs; a zombie does not.
    pub(crate) fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self) && process::Stat::read(self.pid).is_some_and(|stat| !stat.is_dead())
    }
}

/// `hold.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HoldRecord {
    pub(crate) id: String,
    pub(crate) identity: Identity,
    pub(crate) groups: Groups,
    pub(crate) started_ms: u64,
}

/// How a held process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exit {
    /// The exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    pub cause: Cause,
    /// Milliseconds since 1970.
    pub started_ms: u64,
    /// Milliseconds since 1970.
    pub ended_ms: u64,
}

impl Exit {
    /// It ended by itself with code 0.
    pub fn is_success(&self) -> bool {
        self.code == Some(0) && self.cause == Cause::Itself
    }
}

/// Why a held process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The command ended, well or badly, on its own account.
    Itself,
    /// Somebody asked it to stop.
    Stopped,
    /// It ran longer than its timeout.
    TimedOut,
    /// It failed, and the memory limit had killed one of its processes.
    OutOfMemory,
    /// It wrote more than its disk limit.
    OutOfDisk,
    /// Its holder vanished, by SIGKILL or with the machine; nothing is known of the end.
    Lost,
}

/// What bounds a process, limit by limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforced {
    pub memory: Means,
    pub cpu: Means,
    pub processes: Means,
    pub disk: Means,
    pub filesystem: Means,
    pub network: Means,
    pub user: Means,
    /// Binds appear at their targets. Without it they are only reachable at their sources.
    pub fixed_paths: bool,
}

impl Enforced {
    /// One sentence for each limit that was asked for and is weaker than it should be.
    pub fn gaps(&self) -> Vec<&'static str> {
        let mut gaps = Vec::new();
        match self.memory {
            Means::Watched => gaps.push("memory is watched every second instead of limited by a cgroup"),
            Means::Nothing => gaps.push("memory is not limited"),
            _ => {}
        }
        match self.cpu {
            Means::Niceness => gaps.push("CPU is not limited, only of lower priority"),
            Means::Nothing => gaps.push("CPU is not limited"),
            _ => {}
        }
        match self.processes {
            Means::ResourceLimit => gaps.push("processes are counted per user instead of per cgroup"),
            Means::Nothing => gaps.push("processes are not limited"),
            _ => {}
        }
        match self.filesystem {
            Means::Landlock => gaps.push("other paths are closed by Landlock but there is no root of its own"),
            Means::Nothing => gaps.push("the file system is not closed off"),
            _ => {}
        }
        if self.network == Means::Nothing {
            gaps.push("ports are not restricted");
        }
        if self.user == Means::Nothing {
            gaps.push("it runs as the server's own user");
        }
        gaps
    }
}

/// By what a limit is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    CgroupV1,
    CgroupV2,
    /// Looked at from time to time, and ended when it is over the limit.
    Watched,
    Niceness,
    /// `setrlimit(2)`.
    ResourceLimit,
    /// A root made of the listed folders alone.
    OwnRoot,
    OwnRootAndLandlock,
    Landlock,
    /// A user id of its own.
    UserId,
    /// Asked for, but this machine has no way.
    Nothing,
    NotAsked,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recycled_pid_has_another_identity() {
        let own = Identity::of(std::process::id()).unwrap();
        assert!(own.is_alive());
        let before = Identity { start_time: own.start_time - 1, ..own.clone() };
        assert!(!before.is_alive());
        let other_boot = Identity { boot_id: "another".into(), ..own };
        assert!(!other_boot.is_alive());
    }
}
