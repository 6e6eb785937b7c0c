//! Real clients as processes.

use std::ffi::OsStr;
use std::process::{Command, Output};

/// What a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Exit code; -1 for a signal.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The standard output, where it went well.
    ///
    /// # Panics
    ///
    /// Where it did not.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.code == 0, "exit code {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.out, self.err);
        self.out
    }

    /// The standard output as JSON.
    ///
    /// # Panics
    ///
    /// Where it is none.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("not JSON ({e}): {out}"))
    }
}

/// Runs a command to its end.
///
/// # Panics
///
/// Where it cannot be started.
#[track_caller]
pub fn run(command: &mut Command) -> Said {
    Said::of(command.output().unwrap_or_else(|e| panic!("{:?} was not started: {e}", command.get_program())))
}

/// Runs `curl` silently, with `arguments`.
#[track_caller]
pub fn curl<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Said {
    run(Command::new("curl").args(["-sS", "--max-time", "20"]).args(arguments))
}
