//! The keeper: stays outside, moves the log, and writes down the end.
//!
//! It depends on nobody: it owes the server one report on standard output, and goes on whether
//! or not somebody reads it. SIGTERM asks the command to stop, SIGUSR1 ends it at once. Every
//! way out, the kernel's own included, ends in `exit.json`; only SIGKILL to the keeper itself
//! does not, and then init dies with it.

use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::error::{Attempt, HoldError};
use super::init::end_descendants;
use super::launch::{Claimed, Launched, launch};
use super::wire::{FromInit, Refusal, Report};
use crate::record::{Cause, Exit, unix_millis};
use crate::spec::Spec;

pub(super) fn run(folder: &Path) -> Result<(), HoldError> {
    // refused only when this leads its group already, and then a terminal cannot reach it either
    let _ = nix::unistd::setsid();
    umask(Mode::from_bits_truncate(0o077));
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text).attempt(|| "the specification was not read".into())?;
    match start(folder, &text) {
        Ok(mut keeper) => {
            report(&Report::Started(keeper.launched.enforced.clone()));
            keeper.keep()
        }
        Err(refusal) => {
            report(&Report::Refused(refusal));
            Ok(())
        }
    }
}

fn start(folder: &Path, text: &[u8]) -> Result<Keeper, Refusal> {
    let spec: Spec = serde_json::from_slice(text)
        .map_err(|error| Refusal::Failed(format!("the specification was not understood: {error}")))?;
    spec.validate().map_err(Refusal::Failed)?;
    let signals = receive_signals()?;
    let claimed = Claimed::new(folder, &spec)?;
    let grace = spec.stop.grace;
    let launched = launch(&claimed, spec).and_then(|launched| {
        let enforced = &launched.enforced;
        claimed.folder.write_enforced(enforced).attempt(|| "what is enforced was not recorded".into())?;
        Ok(launched)
    });
    match launched {
        Ok(launched) => {
            Ok(Keeper { claimed, launched, signals, grace, asked: None, kill_at: None, end: None, has_output: true })
        }
        Err(error) => {
            end_descendants();
            claimed.record.groups.remove();
            let _ = claimed.remove_scratch();
            let _ = claimed.folder.forget_last_run();
            Err(error.into())
        }
    }
}

fn receive_signals() -> Result<SignalFd, HoldError> {
    let mask = SigSet::from_iter([Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGUSR1]);
    mask.thread_block()
        .and_then(|()| SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK))
        .attempt(|| "signals are not received".into())
}

/// The server may be gone; that changes nothing here.
fn report(report: &Report) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        let _ = io::stdout().write_all(&line).and_then(|()| io::stdout().flush());
    }
    if let Ok(null) = File::options().read(true).write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stdin(&null);
        let _ = nix::unistd::dup2_stdout(&null);
    }
}

struct Keeper {
    claimed: Claimed,
    launched: Launched,
    signals: SignalFd,
    grace: Duration,
    /// Why the end was asked for; the first reason counts.
    asked: Option<Cause>,
    kill_at: Option<Instant>,
    end: Option<(Option<i32>, Option<i32>)>,
    has_output: bool,
}

/// What one wait was ended by.
struct Ready {
    output: bool,
    init: bool,
    signals: bool,
}

impl Keeper {
    fn keep(&mut self) -> Result<(), HoldError> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let ready = self.wait()?;
            if ready.output {
                self.move_output(&mut buffer);
            }
            if ready.init {
                self.hear_init();
            }
            if ready.signals && self.hear_signals() {
                break;
            }
            self.look_at_the_clock();
        }
        self.wind_up(&mut buffer)
    }

    fn wait(&self) -> Result<Ready, HoldError> {
        let mut sources = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        // a source that is at its end would be ready for ever
        if self.has_output {
            sources.push(PollFd::new(self.launched.output.as_fd(), PollFlags::POLLIN));
        }
        if self.end.is_none() {
            sources.push(PollFd::new(self.launched.line.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut sources, self.patience()) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error).attempt(|| "nothing was waited for".into()),
        }
        let mut ready = sources.iter().map(|source| source.any().unwrap_or(false));
        Ok(Ready {
            signals: ready.next().unwrap_or(false),
            output: self.has_output && ready.next().unwrap_or(false),
            init: self.end.is_none() && ready.next().unwrap_or(false),
        })
    }

    fn patience(&self) -> PollTimeout {
        let due = self.launched.watch.due().into_iter().chain(self.kill_at).min();
        let Some(due) = due else {
            return PollTimeout::NONE;
        };
        let left = due.saturating_duration_since(Instant::now()).as_millis();
        // rounded up, so that the moment has come when this wakes
        PollTimeout::try_from(left.saturating_add(1)).unwrap_or(PollTimeout::MAX)
    }

    fn move_output(&mut self, buffer: &mut [u8]) {
        match self.launched.output.read(buffer) {
            Ok(0) => self.has_output = false,
            Ok(length) => self.launched.recorder.take(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.has_output = false,
        }
    }

    fn hear_init(&mut self) {
        self.end = match self.launched.line.receive() {
            Ok(Some(FromInit::Exited { code, signal })) => Some((code, signal)),
            Ok(Some(FromInit::Running(_) | FromInit::Failed(_))) => return,
            // killed, and everything with it
            Ok(None) | Err(_) => Some((None, Some(Signal::SIGKILL as i32))),
        };
    }

    /// Whether init has ended.
    fn hear_signals(&mut self) -> bool {
        let mut has_ended = false;
        while let Ok(Some(signal)) = self.signals.read_signal() {
            match Signal::try_from(signal.ssi_signo.cast_signed()) {
                Ok(Signal::SIGCHLD) => has_ended |= self.reap(),
                Ok(Signal::SIGUSR1) => self.end_now(Cause::Stopped),
                Ok(Signal::SIGTERM | Signal::SIGINT) => self.ask_to_stop(Cause::Stopped),
                // a terminal that closes is none of our business
                _ => {}
            }
        }
        has_ended
    }

    fn reap(&self) -> bool {
        loop {
            match waitpid(None::<Pid>, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => return false,
                Ok(status) if status.pid() == Some(self.launched.init) => return true,
                Ok(_) => {}
                // no child is left at all
                Err(_) => return true,
            }
        }
    }

    fn look_at_the_clock(&mut self) {
        let now = Instant::now();
        match self.launched.watch.look(now) {
            Some(Cause::TimedOut) => self.ask_to_stop(Cause::TimedOut),
            Some(cause) => self.end_now(cause),
            None => {}
        }
        if self.kill_at.is_some_and(|at| at <= now) {
            self.kill_at = None;
            self.kill();
        }
    }

    fn ask_to_stop(&mut self, cause: Cause) {
        if self.asked.is_some() {
            return;
        }
        self.asked = Some(cause);
        self.kill_at = Some(Instant::now() + self.grace);
        // it may be gone in this moment
        let _ = kill(self.launched.init, Signal::SIGTERM);
    }

    fn end_now(&mut self, cause: Cause) {
        self.asked.get_or_insert(cause);
        self.kill();
    }

    fn kill(&self) {
        if self.launched.isolation.has_namespaces() {
            let _ = kill(self.launched.init, Signal::SIGKILL);
        } else {
            end_descendants();
        }
    }

    /// Everything is dead: the rest of the log, the record, and nothing left behind.
    fn wind_up(&mut self, buffer: &mut [u8]) -> Result<(), HoldError> {
        if !self.launched.isolation.has_namespaces() {
            end_descendants();
        }
        while self.has_output && is_readable(&self.launched.output) {
            self.move_output(buffer);
        }
        self.launched.recorder.finish();
        if self.end.is_none() {
            self.hear_init();
        }
        let groups = &self.claimed.record.groups;
        let (code, signal) = self.end.unwrap_or((None, Some(Signal::SIGKILL as i32)));
        let has_failed = code != Some(0);
        let own = if has_failed && groups.has_killed() { Cause::OutOfMemory } else { Cause::Itself };
        let exit = Exit {
            code,
            signal,
            cause: self.asked.unwrap_or(own),
            started_ms: self.claimed.record.started_ms,
            ended_ms: unix_millis(),
        };
        groups.remove();
        let _ = self.claimed.remove_scratch();
        self.claimed.folder.write_exit(&exit).attempt(|| "the end was not recorded".into())
    }
}

fn is_readable(pipe: &PipeReader) -> bool {
    let mut source = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    poll(&mut source, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}
