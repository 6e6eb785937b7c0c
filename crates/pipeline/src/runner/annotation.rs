//! Notes that steps leave on a run.

use serde::{Deserialize, Serialize};

/// How serious a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For information.
    Notice,
    /// Should be looked at.
    Warning,
    /// Went wrong.
    Error,
}

impl Level {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Notice => "Notice",
            Self::Warning => "Warning",
            Self::Error => "Error",
        }
    }
}

/// A note, with the place in the repository that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// How serious.
    pub level: Level,
    /// What.
    pub message: String,
    /// A short form of it.
    pub title: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

impl Annotation {
    pub(super) fn error(message: impl Into<String>) -> Self {
        Self::new(Level::Error, message)
    }

    pub(super) fn warning(message: impl Into<String>) -> Self {
        Self::new(Level::Warning, message)
    }

    fn new(level: Level, message: impl Into<String>) -> Self {
        Self { level, message: message.into(), title: None, file: None, line: None, column: None }
    }
}
