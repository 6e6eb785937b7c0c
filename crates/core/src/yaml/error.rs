//! Why a text is not read, and where.

use std::fmt;

use super::{Options, Position};

/// Widest excerpt of a line, in characters.
const EXCERPT_MAX: usize = 160;

/// A text that is not read. `Display` names place and problem on one line and repeats nothing of the text, which may hold
/// secrets; [`YamlError::snippet`] is for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct YamlError {
    /// The name of the text, where it has one.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The line, shortened around the column.
    excerpt: String,
    /// Where in the excerpt the column is, from 0.
    caret: usize,
}

impl YamlError {
    pub(super) fn at(text: &str, options: &Options, position: Position, message: String) -> Self {
        let line = text.lines().nth(position.line.saturating_sub(1)).unwrap_or_default();
        let column = position.column.saturating_sub(1);
        let start = (column + 20).saturating_sub(EXCERPT_MAX);
        let excerpt: String =
            line.chars().skip(start).take(EXCERPT_MAX).map(|c| if c == '\t' { ' ' } else { c }).collect();
        Self {
            file: options.file.clone(),
            line: position.line,
            column: position.column,
            message,
            caret: (column - start).min(excerpt.chars().count()),
            excerpt,
        }
    }

    /// The line with a mark under the place:
    ///
    /// ```text
    ///  3 | spec: {size: small, size: large}
    ///    |                     ^
    /// ```
    pub fn snippet(&self) -> String {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        format!(" {number} | {}\n {margin} | {}^", self.excerpt, " ".repeat(self.caret))
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}:{}:{}: {}", self.line, self.column, self.message),
            None => write!(f, "line {}, column {}: {}", self.line, self.column, self.message),
        }
    }
}
