//! How the process of a step is started.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::room::Room;

/// A process to run; all paths are those that it sees itself.
#[derive(Debug, Clone)]
pub struct StepProcess {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
    /// Where it begins.
    pub directory: PathBuf,
    /// How long it may take.
    pub timeout: Duration,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// It took too long, and was killed.
    TimedOut,
    /// The job was stopped, and it was killed.
    Stopped,
    /// It wanted more of something than it may have, and was killed.
    OverLimit(Resource),
}

/// What a process can have too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Memory.
    Memory,
    /// Space in its folders.
    Disk,
}

/// A process that did not run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It could not be started.
    #[error("the command `{command}` was not started in {}", .directory.display())]
    Start {
        /// The program.
        command: String,
        /// Where it should have begun.
        directory: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It was started, and lost.
    #[error("the command `{command}` was lost while it ran")]
    Wait {
        /// The program.
        command: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Its sandbox did not start it.
    #[error("the command `{command}` was not started in its sandbox")]
    Sandbox {
        /// The program.
        command: String,
        /// Why.
        #[source]
        source: causeway_sandbox::SandboxError,
    },
    /// Its room could not be made ready or cleaned up.
    #[error("the folder {} of the job was not made ready", .folder.display())]
    Room {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Starts processes for jobs.
#[async_trait]
pub trait Processes: Send + Sync {
    /// The room of a job in a fresh folder of the host, over the bare repository of its run, as its processes will see both.
    fn arrange(&self, folder: PathBuf, repository: PathBuf) -> Room;

    /// Hands a filled room over to whoever its processes run as.
    ///
    /// # Errors
    /// It was not handed over.
    async fn hand_over(&self, room: &Room) -> Result<(), ProcessError>;

    /// Runs a process to its end. Each line of its output, standard and error together, goes to `lines`.
    ///
    /// # Errors
    /// It could not be started, or was lost. An exit code is no error.
    async fn run(
        &self,
        room: &Room,
        process: StepProcess,
        lines: mpsc::Sender<String>,
        stop: &CancellationToken,
    ) -> Result<Exit, ProcessError>;

    /// Ends whatever the processes of a room have left running.
    async fn clear(&self, room: &Room);
}
