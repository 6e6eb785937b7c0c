//! The commands `platform pipeline lint`, `platform pipeline run` and `platform eval github`.
//!
//! They take parsed arguments and give [`Output`]; whoever owns the terminal prints it. None of them needs a server.

mod eval;
mod lint;
mod run;
mod trial;

pub use eval::{eval, eval_batch};
pub use lint::lint;
pub use run::{RunArguments, Surroundings, Talk, run};

/// How a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For scripts, as the contract says.
    Json,
}

/// What a command has to say, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
    /// The exit code: 0 done, 1 failed, 2 wrong usage.
    pub code: u8,
}

impl Output {
    fn failed(stderr: impl Into<String>, code: u8) -> Self {
        Self { stdout: String::new(), stderr: stderr.into(), code }
    }

    fn json(value: &impl serde::Serialize, code: u8) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => Self { stdout: text + "\n", stderr: String::new(), code },
            Err(error) => Self::failed(format!("error: the answer was not written as JSON: {error}\n"), 1),
        }
    }
}
