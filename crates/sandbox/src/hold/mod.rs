//! The `hold` subcommand: three short programs in one, each a process of its own.
//!
//! * **keeper** (`hold FOLDER`), in the host's view: reads the [`Spec`](crate::Spec), makes
//!   cgroups, writes the log, watches limits, and records the end. It is what a server adopts.
//! * **init** (`hold --init`), pid 1 of the process's namespaces: puts the root together, reaps
//!   orphans, and takes everything with it when it dies.
//! * **enter** (`hold --enter`): bounds itself (limits, user, Landlock) and becomes the command.
//!
//! Splitting by `exec` is what makes this possible without unsafe code: nothing runs between a
//! fork and an exec, and each program narrows itself with safe calls. All three are single
//! threaded, since user namespaces and pid namespaces cannot be entered otherwise.

mod close;
mod disk;
mod enter;
mod error;
mod init;
mod keeper;
mod launch;
mod namespace;
mod recorder;
mod root;
mod walls;
mod watch;
mod wire;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

pub(crate) use wire::{Refusal, Report};

/// Runs one of the three programs; `arguments` are those after `hold`.
///
/// Must be called before the process has made any thread or opened any file: it closes every
/// descriptor but the first three.
pub fn hold_main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    close::inherited_descriptors();
    let mut arguments = arguments.into_iter();
    let (Some(argument), None) = (arguments.next(), arguments.next()) else {
        return complain("usage: hold FOLDER (the specification comes on standard input)");
    };
    let result = match argument.to_str() {
        Some("--init") => init::run(),
        Some("--enter") => enter::run(),
        _ => keeper::run(argument.as_ref()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error.chain()),
    }
}

/// Standard error is the file `hold.log` in the state folder.
fn complain(message: &str) -> ExitCode {
    // nobody is left to be told when this fails
    let _ = writeln!(std::io::stderr(), "hold: {message}");
    ExitCode::FAILURE
}
