//! Steps as plain child processes, for a developer's own machine.

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use parking_lot::Mutex;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::process::{Exit, ProcessError, Processes, StepProcess};
use super::room::{Folder, Room};

/// How long what a step left running in the background may hold its output open after the step itself has ended.
const DRAIN: Duration = Duration::from_millis(200);
/// How a process is asked to end, and how long it has after each.
const SIGNALS: [(Signal, Duration); 2] =
    [(Signal::SIGINT, Duration::from_millis(7500)), (Signal::SIGTERM, Duration::from_millis(2500))];
/// The longest line that is kept; the rest of a longer one is dropped.
const MAX_LINE: usize = 64 * 1024;
const BUFFER: usize = 64 * 1024;
/// How much output is still taken after the process has ended.
const LEFT_OVER: usize = 1024 * 1024;

/// Starts processes as children of this one, in process groups of their own.
#[derive(Debug, Default)]
pub struct LocalProcesses {
    /// The groups started for each room, so that what they left behind is found.
    groups: Mutex<HashMap<PathBuf, Vec<Pid>>>,
}

#[async_trait]
impl Processes for LocalProcesses {
    fn arrange(&self, folder: PathBuf, repository: PathBuf) -> Room {
        let place = |name: &str| Folder::shared(folder.join(name));
        Room {
            workspace: place("workspace"),
            temp: place("temp"),
            commands: place("commands"),
            tools: place("tools"),
            source: Folder::shared(repository),
            home: None,
            root: folder,
        }
    }

    async fn hand_over(&self, _room: &Room) -> Result<(), ProcessError> {
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
        let start =
            |source| ProcessError::Start { command: command.clone(), directory: process.directory.clone(), source };
        let (reader, writer) = std::io::pipe().map_err(start)?;
        let receiver = pipe::Receiver::from_owned_fd(reader.into()).map_err(start)?;
        let mut child = Command::new(&command)
            .args(&process.command[1..])
            .env_clear()
            .envs(&process.environment)
            .current_dir(&process.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::from(writer.try_clone().map_err(start)?))
            .stderr(Stdio::from(writer))
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(start)?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        self.groups.lock().entry(room.root.clone()).or_default().extend(group);
        let finished = CancellationToken::new();
        let reading = tokio::spawn(forward(receiver, lines, finished.clone()));
        let exit = wait(&mut child, group, process.timeout, stop).await;
        finished.cancel();
        let _ = reading.await;
        exit.map_err(|source| ProcessError::Wait { command, source })
    }

    async fn clear(&self, room: &Room) {
        for group in self.groups.lock().remove(&room.root).unwrap_or_default() {
            // A group that is gone is what we want.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

async fn wait(
    child: &mut Child,
    group: Option<Pid>,
    timeout: Duration,
    stop: &CancellationToken,
) -> std::io::Result<Exit> {
    let ended = tokio::select! {
        status = child.wait() => return Ok(describe(status?)),
        () = tokio::time::sleep(timeout) => Exit::TimedOut,
        () = stop.cancelled() => Exit::Stopped,
    };
    for (signal, patience) in SIGNALS {
        if let Some(group) = group {
            // The group may just have ended by itself.
            let _ = killpg(group, signal);
        }
        if let Ok(status) = tokio::time::timeout(patience, child.wait()).await {
            status?;
            return Ok(ended);
        }
    }
    if let Some(group) = group {
        let _ = killpg(group, Signal::SIGKILL);
    }
    child.wait().await?;
    Ok(ended)
}

fn describe(status: ExitStatus) -> Exit {
    status.code().map_or_else(|| Exit::Signal(status.signal().unwrap_or_default()), Exit::Code)
}

/// Sends the lines of `output` on until it is closed. What is left running in the background may hold it open, so a while after the
/// process has ended, only what is there already is still taken.
async fn forward(mut output: pipe::Receiver, lines: mpsc::Sender<String>, finished: CancellationToken) {
    let mut drained = std::pin::pin!(async {
        finished.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    });
    let mut splitter = Splitter { line: Vec::new(), lines };
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = tokio::select! {
            read = output.read(&mut buffer) => read.unwrap_or(0),
            () = &mut drained => break,
        };
        if read == 0 || !splitter.take(&buffer[..read]).await {
            return splitter.finish().await;
        }
    }
    let mut left = LEFT_OVER;
    while let Ok(read) = output.try_read(&mut buffer) {
        left = left.saturating_sub(read);
        if read == 0 || left == 0 || !splitter.take(&buffer[..read]).await {
            break;
        }
    }
    splitter.finish().await;
}

/// Makes lines of bytes.
struct Splitter {
    line: Vec<u8>,
    lines: mpsc::Sender<String>,
}

impl Splitter {
    /// Sends the lines that `bytes` complete; `false` if nobody listens any more.
    async fn take(&mut self, bytes: &[u8]) -> bool {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            self.line.extend_from_slice(&text[..text.len().min(MAX_LINE.saturating_sub(self.line.len()))]);
            if ends && self.lines.send(take_line(&mut self.line)).await.is_err() {
                return false;
            }
        }
        true
    }

    async fn finish(mut self) {
        if !self.line.is_empty() {
            // Nobody listens if the step has been given up.
            let _ = self.lines.send(take_line(&mut self.line)).await;
        }
    }
}

fn take_line(line: &mut Vec<u8>) -> String {
    let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
    line.clear();
    text
}
