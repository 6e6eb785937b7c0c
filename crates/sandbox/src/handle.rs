//! A held process in the hands of a server.
//!
//! The process is known by a pidfd that was opened and then checked against pid, start time and
//! boot, so that a signal or a wait can never reach another process that got the same pid.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::log::Log;
use crate::process::{self, Stat};
use crate::record::{Enforced, Exit, HoldRecord, Identity, StateFolder};
use crate::sandbox::lost;

/// How long a holder may take to clean up after everything was killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// A held process. Dropping it leaves the process alone; clones watch the same one.
#[derive(Debug, Clone)]
pub struct Handle {
    folder: StateFolder,
    record: Arc<HoldRecord>,
    enforced: Arc<Enforced>,
    pidfd: Arc<AsyncFd<OwnedFd>>,
}

/// What a process and its descendants use now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub memory_bytes: u64,
    /// Processor time since the start.
    pub cpu_time: Duration,
    pub processes: u64,
}

impl Handle {
    /// `None` when the recorded process does not run any more.
    pub(crate) fn open(folder: StateFolder, record: HoldRecord, enforced: Enforced) -> io::Result<Option<Self>> {
        let pid = i32::try_from(record.identity.pid).ok().and_then(Pid::from_raw);
        let Some(pid) = pid else { return Ok(None) };
        let pidfd = match pidfd_open(pid, PidfdFlags::NONBLOCK) {
            Err(rustix::io::Errno::SRCH) => return Ok(None),
            pidfd => pidfd?,
        };
        // from here on the pid cannot come to mean another process
        if Identity::of(record.identity.pid).as_ref() != Some(&record.identity) {
            return Ok(None);
        }
        let pidfd = watchable(pidfd)?;
        let (record, enforced) = (Arc::new(record), Arc::new(enforced));
        Ok(Some(Self { folder, record, enforced, pidfd: Arc::new(pidfd) }))
    }

    /// The name from the specification.
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// The holder, not the command, which has a pid of its own namespace.
    pub fn identity(&self) -> &Identity {
        &self.record.identity
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Milliseconds since 1970.
    pub fn started_ms(&self) -> u64 {
        self.record.started_ms
    }

    /// What bounds it, for those who want to say what does not.
    pub fn enforced(&self) -> &Enforced {
        &self.enforced
    }

    pub fn log(&self) -> Log {
        Log::of(self.folder.path())
    }

    pub fn is_alive(&self) -> bool {
        self.record.identity.is_alive()
    }

    /// Waits for the end, however long; also for processes that another server started. Can be
    /// called again, and gives the same answer.
    pub async fn wait(&self) -> Exit {
        if self.ended().await.is_err() {
            // the runtime is shutting down, or the descriptor cannot be watched
            while self.is_alive() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        match self.folder.read_exit() {
            Ok(Some(exit)) => exit,
            Ok(None) | Err(_) => {
                let record = self.record.clone();
                // dying takes a moment, which must not hold up the runtime
                let _ = tokio::task::spawn_blocking(move || record.groups.remove()).await;
                lost(self.record.started_ms)
            }
        }
    }

    async fn ended(&self) -> io::Result<()> {
        // a pidfd is readable from the end of its process on
        let mut guard = self.pidfd.readable().await?;
        guard.retain_ready();
        Ok(())
    }

    /// Asks it to stop and kills it after `grace`, or after the grace of its specification if
    /// that is shorter.
    pub async fn stop(&self, grace: Duration) -> Exit {
        self.signal(Signal::TERM);
        match tokio::time::timeout(grace, self.wait()).await {
            Ok(exit) => exit,
            Err(_) => self.kill().await,
        }
    }

    /// Ends it and all its descendants at once.
    pub async fn kill(&self) -> Exit {
        self.signal(Signal::USR1);
        if let Ok(exit) = tokio::time::timeout(PATIENCE, self.wait()).await {
            return exit;
        }
        self.signal(Signal::KILL);
        self.wait().await
    }

    fn signal(&self, signal: Signal) {
        // it may have ended, which is what every signal is for
        let _ = pidfd_send_signal(self.pidfd.get_ref(), signal);
    }

    /// Zero in all parts once it has ended.
    pub fn usage(&self) -> Usage {
        let groups = &self.record.groups;
        let memory = groups.memory_bytes();
        let (cpu, processes) = (groups.cpu_time(), groups.processes());
        if let (Some(memory_bytes), Some(cpu_time), Some(processes)) = (memory, cpu, processes) {
            return Usage { memory_bytes, cpu_time, processes };
        }
        let seen = self.seen_usage();
        Usage {
            memory_bytes: memory.unwrap_or(seen.memory_bytes),
            cpu_time: cpu.unwrap_or(seen.cpu_time),
            processes: processes.unwrap_or(seen.processes),
        }
    }

    /// From the process table: the holder's descendants, init not among them.
    fn seen_usage(&self) -> Usage {
        let all = process::descendants(self.record.identity.pid);
        let own: Vec<u32> = all.into_iter().skip(1).collect();
        let ticks = own.iter().filter_map(|pid| Stat::read(*pid)).map(|stat| stat.cpu_ticks).sum::<u64>();
        let millis = ticks * 1000 / process::ticks_per_second();
        Usage {
            memory_bytes: own.iter().map(|pid| process::private_bytes(*pid)).sum(),
            cpu_time: Duration::from_millis(millis),
            processes: own.len() as u64,
        }
    }
}

#[expect(
    deprecated,
    reason = "its replacement is unsafe code for what an OwnedFd guarantees by its type: the \
              descriptor is open, and stays the same until it is dropped"
)]
fn watchable(pidfd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(pidfd, Interest::READABLE)
}
