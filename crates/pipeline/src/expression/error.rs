//! What can be wrong with an expression.

use std::fmt;

/// At which stage an expression failed; the names are those of `platform eval github -o json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorKind {
    /// The text is no sequence of tokens.
    Lexing,
    /// The tokens are no expression, or name what their place does not have.
    Parsing,
    /// The expression has no value.
    Evaluation,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lexing => "lexing",
            Self::Parsing => "parsing",
            Self::Evaluation => "evaluation",
        })
    }
}

/// An expression that could not be read or has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// The stage.
    pub kind: ErrorKind,
    /// What is wrong, with the position within the expression where there is one.
    pub message: String,
}

impl ExpressionError {
    /// A text that is no sequence of tokens: `symbol`, found at the zero-based character `offset` of `text`.
    pub(super) fn lexing(symbol: &str, offset: usize, text: &str) -> Self {
        Self { kind: ErrorKind::Lexing, message: located("Unexpected symbol", symbol, offset, text) }
    }

    /// Tokens that are no expression.
    pub(super) fn parsing(what: &str, symbol: &str, offset: usize, text: &str) -> Self {
        Self { kind: ErrorKind::Parsing, message: located(what, symbol, offset, text) }
    }

    /// An expression over a limit.
    pub(super) fn limit(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// An expression without a value.
    #[must_use]
    pub fn evaluation(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Evaluation, message: message.into() }
    }
}

fn located(what: &str, symbol: &str, offset: usize, text: &str) -> String {
    format!("{what}: '{symbol}'. Located at position {} within expression: {text}", offset + 1)
}
