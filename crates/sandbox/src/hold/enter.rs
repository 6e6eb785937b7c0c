//! Becoming the command: the last program narrows itself step by step, then executes.
//!
//! The order matters. Limits and wall rules are prepared while this is still root, the user is
//! changed before anything that belongs to the command is touched, and Landlock closes last.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};

use super::error::{Attempt, HoldError};
use super::namespace::{become_user, leave_root};
use super::wire::{EnterRequest, FromEnter, Line};

/// Held processes are given up before the server when the machine runs out of memory.
const OOM_SCORE: &str = "300";
const NICENESS: i32 = 10;

pub(super) fn run() -> Result<(), HoldError> {
    let mut init = Line::from_stdin().attempt(|| "init was not found".into())?;
    let request: Option<EnterRequest> = init.receive().attempt(|| "init's request was not read".into())?;
    let Some(request) = request else {
        return Ok(());
    };
    // on success this never comes back
    let error = become_command(&request, &init);
    init.send(&FromEnter::Failed(error.chain())).attempt(|| "init was not told".into())
}

fn become_command(request: &EnterRequest, init: &Line) -> HoldError {
    if let Err(error) = narrow(request, init) {
        return error;
    }
    let (program, arguments) = match request.command.split_first() {
        Some((program, arguments)) => (program, arguments),
        None => return HoldError::new("there is no command"),
    };
    let error = Command::new(program).args(arguments).env_clear().envs(&request.env).stdin(Stdio::null()).exec();
    match Err::<(), _>(error).attempt(|| format!("`{program}` was not executed")) {
        Err(error) => error,
        Ok(()) => HoldError::new("the command came back"),
    }
}

fn narrow(request: &EnterRequest, init: &Line) -> Result<(), HoldError> {
    nix::unistd::setsid().attempt(|| "no session was made".into())?;
    SigSet::all().thread_unblock().attempt(|| "signals were not unblocked".into())?;
    // refused only where the score is fixed from outside; then that holds
    let _ = fs::write("/proc/self/oom_score_adj", OOM_SCORE);
    limit(request)?;
    if let Some(user) = request.outer_user {
        leave_root(user).attempt(|| "the user was not restored".into())?;
    }
    if let Some(user) = request.user {
        become_user(user).attempt(|| format!("user {} was not taken on", user.uid))?;
    }
    // a change of user clears this
    prctl::set_pdeathsig(Signal::SIGKILL).attempt(|| "init is not followed in death".into())?;
    nix::unistd::chdir(&request.workdir)
        .attempt(|| format!("the folder {} was not entered", request.workdir.display()))?;
    prctl::set_no_new_privs().attempt(|| "new privileges were not given up".into())?;
    let raised = request.walls.raise().map_err(|error| HoldError::new(format!("Landlock was not applied: {error}")))?;
    init.send(&FromEnter::Ready(raised)).attempt(|| "init was not told".into())
}

fn limit(request: &EnterRequest) -> Result<(), HoldError> {
    let limits = [
        (Resource::RLIMIT_CORE, Some(0)),
        (Resource::RLIMIT_NOFILE, request.open_files),
        (Resource::RLIMIT_FSIZE, request.file_size),
        (Resource::RLIMIT_NPROC, request.processes),
    ];
    for (resource, value) in limits {
        let Some(value) = value else { continue };
        let what = || format!("the limit {resource:?} was not set to {value}");
        let (_, hard) = getrlimit(resource).attempt(what)?;
        // only root may raise the upper bound; asking for more than it is no failure
        let value = if nix::unistd::geteuid().is_root() { value } else { value.min(hard) };
        setrlimit(resource, value, value).attempt(what)?;
    }
    if request.is_nice {
        // already as nice as can be
        let _ = rustix::process::nice(NICENESS);
    }
    Ok(())
}
