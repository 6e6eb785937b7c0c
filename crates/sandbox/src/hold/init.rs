//! Pid 1 of a held process's namespaces.
//!
//! Whatever way it ends, the kernel ends all other processes of the namespace with it; and it
//! ends with the keeper. Where there are no namespaces it is the subreaper of its descendants
//! and hunts them down itself.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::process::Stdio;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::error::{Attempt, HoldError};
use super::namespace::Isolation;
use super::root;
use super::walls::Raised;
use super::wire::{FromEnter, FromInit, InitRequest, Line};
use crate::process;
use crate::spec::StopSignal;

pub(super) fn run() -> Result<(), HoldError> {
    prctl::set_pdeathsig(Signal::SIGKILL).attempt(|| "the keeper is not followed in death".into())?;
    // of the root that is built, and of the command
    umask(Mode::from_bits_truncate(0o022));
    let mut keeper = Line::from_stdin().attempt(|| "the keeper was not found".into())?;
    let request: Option<InitRequest> = keeper.receive().attempt(|| "the keeper's request was not read".into())?;
    let Some(request) = request else {
        return Ok(());
    };
    match prepare(&request) {
        Ok((init, raised)) => {
            tell(&keeper, &FromInit::Running(raised))?;
            let end = init.stand(&keeper)?;
            tell(&keeper, &end)
        }
        Err(error) => tell(&keeper, &FromInit::Failed(error.chain())),
    }
}

fn tell(keeper: &Line, message: &FromInit) -> Result<(), HoldError> {
    keeper.send(message).attempt(|| "the keeper was not told".into())
}

struct Init {
    isolation: Isolation,
    stop: StopSignal,
    command: Pid,
    signals: SignalFd,
}

/// Everything up to the moment when the command runs.
fn prepare(request: &InitRequest) -> Result<(Init, Raised), HoldError> {
    let mask = SigSet::from_iter([Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP]);
    let signals = mask
        .thread_block()
        .and_then(|()| SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK))
        .attempt(|| "signals are not received".into())?;
    let doors = request.groups.doors().attempt(|| "the cgroups were not opened".into())?;
    match &request.root {
        Some(plan) => root::enter(plan)?,
        None => prctl::set_child_subreaper(true).attempt(|| "orphans are not adopted".into())?,
    }
    join(&doors).attempt(|| "the cgroups were not joined".into())?;
    let (mut line, child) = Line::to_program("--enter", Stdio::inherit(), Stdio::inherit())
        .attempt(|| "the command's process was not made".into())?;
    line.send(&request.enter).attempt(|| "the command's process ended early".into())?;
    let raised = await_command(&mut line)?;
    leave_output().attempt(|| "the log was not left to the command".into())?;
    let command = Pid::from_raw(child.id().cast_signed());
    Ok((Init { isolation: request.isolation, stop: request.stop, command, signals }, raised))
}

/// As late as possible: from here on, what this process does counts as the command's doing.
fn join(doors: &[File]) -> io::Result<()> {
    doors.iter().try_for_each(|mut door| door.write_all(b"0"))
}

/// The socket closes without a word of failure when the command is executed.
fn await_command(line: &mut Line) -> Result<Raised, HoldError> {
    let what = || "the command's process was not heard".into();
    let mut raised = Raised::default();
    while let Some(message) = line.receive().attempt(what)? {
        match message {
            FromEnter::Ready(walls) => raised = walls,
            FromEnter::Failed(why) => return Err(HoldError::new(why)),
        }
    }
    Ok(raised)
}

/// The log ends when the last process of the command ends, and not with this one.
fn leave_output() -> io::Result<()> {
    let null = File::options().write(true).open("/dev/null")?;
    nix::unistd::dup2_stdout(&null)?;
    nix::unistd::dup2_stderr(&null)?;
    Ok(())
}

impl Init {
    /// Waits for the end of the command, or of the keeper.
    fn stand(&self, keeper: &Line) -> Result<FromInit, HoldError> {
        loop {
            let mut sources =
                [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN), PollFd::new(keeper.as_fd(), PollFlags::POLLIN)];
            match poll(&mut sources, PollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                result => result.attempt(|| "nothing was waited for".into())?,
            };
            // the keeper never speaks again: anything from there is its end
            let is_alone = sources[1].any().unwrap_or(false);
            while let Ok(Some(signal)) = self.signals.read_signal() {
                if signal.ssi_signo != Signal::SIGCHLD as u32 {
                    self.ask_to_stop();
                }
            }
            let ended = self.reap();
            if is_alone || ended.is_some() {
                self.end_all();
                return Ok(ended.unwrap_or(FromInit::Exited { code: None, signal: Some(9) }));
            }
        }
    }

    fn ask_to_stop(&self) {
        let signal = match self.stop {
            StopSignal::Terminate => Signal::SIGTERM,
            StopSignal::Interrupt => Signal::SIGINT,
            StopSignal::Quit => Signal::SIGQUIT,
        };
        // it may have ended in this moment
        let _ = killpg(self.command, signal);
    }

    /// Takes every ended child, and how the command ended if it was among them.
    fn reap(&self) -> Option<FromInit> {
        let mut end = None;
        loop {
            match waitpid(None::<Pid>, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) if pid == self.command => {
                    end = Some(FromInit::Exited { code: Some(code), signal: None });
                }
                Ok(WaitStatus::Signaled(pid, signal, _)) if pid == self.command => {
                    end = Some(FromInit::Exited { code: None, signal: Some(signal as i32) });
                }
                Ok(WaitStatus::StillAlive) | Err(_) => return end,
                Ok(_) => {}
            }
        }
    }

    /// With a pid namespace the kernel does this when this process ends.
    fn end_all(&self) {
        if !self.isolation.has_namespaces() {
            end_descendants();
        }
    }
}

/// Kills until there is nobody left; a process may fork while it is being looked for.
pub(super) fn end_descendants() {
    for _ in 0..100 {
        let found = process::descendants(std::process::id());
        for pid in &found {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
        while let Ok(status) = waitpid(None::<Pid>, Some(WaitPidFlag::WNOHANG)) {
            if status == WaitStatus::StillAlive {
                break;
            }
        }
        if found.is_empty() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
