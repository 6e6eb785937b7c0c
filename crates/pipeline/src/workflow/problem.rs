//! What is wrong with a workflow file, and where.

use std::fmt;

use serde::Serialize;

/// A place in a file; both counts begin at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Position {
    /// The beginning of a file.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// One reason why a file is no workflow; serialized as `{"line","column","message"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where.
    #[serde(flatten)]
    pub position: Position,
    /// What.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(position: Position, message: impl Into<String>) -> Self {
        Self { position, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.position.line, self.position.column, self.message)
    }
}

/// All that is wrong with one file.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the workflow file `{file}` is not valid: {}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidWorkflow {
    /// The file, as the caller named it.
    pub file: String,
    /// At least one.
    pub problems: Vec<Problem>,
}
