//! What can go wrong while a template is read or rendered.
//!
//! Invariant: every [`Error`] names its template and the line and column it happened at, and never quotes a value of the
//! context, because a context may carry secrets.

use std::fmt;

use crate::limits::LimitKind;

/// Byte offset into a template's source.
pub(crate) type Offset = u32;

/// The class of a failed template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The source is not a template.
    Syntax,
    /// The template is well-formed, and evaluating it failed (a missing filter, a call of something undefined, …).
    Render,
    /// The template uses what this engine refuses on purpose (`include`, `extends`, a look-ahead, …).
    Unsupported,
    /// A bound of [`Limits`](crate::Limits) was reached.
    Limit(LimitKind),
}

/// A template that could not be read or rendered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the template `{template}` was not rendered: {message} (line {line}, column {column})")]
pub struct Error {
    /// What class of failure it is.
    pub kind: ErrorKind,
    /// The name the caller gave the template.
    pub template: String,
    /// What failed, without the place.
    pub message: String,
    /// Line in the source, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What to try, where something is known to help.
    pub hint: Option<String>,
}

/// A failure on its way out of the interpreter, before template name and line are known.
#[derive(Debug)]
pub(crate) struct Fault(Box<FaultDetail>);

#[derive(Debug)]
struct FaultDetail {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    at: Option<Offset>,
}

impl Fault {
    fn new(kind: ErrorKind, message: String) -> Self {
        Self(Box::new(FaultDetail { kind, message, hint: None, at: None }))
    }

    pub(crate) fn syntax(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Syntax, message.into())
    }

    pub(crate) fn render(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Render, message.into())
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message.into())
    }

    pub(crate) fn limit(kind: LimitKind, message: String) -> Self {
        Self::new(ErrorKind::Limit(kind), message)
    }

    /// Gives the fault a place, unless something deeper already did.
    pub(crate) fn at(mut self, at: Offset) -> Self {
        self.0.at.get_or_insert(at);
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint.get_or_insert(hint.into());
        self
    }

    /// Adds the template's name, and turns the offset into line and column of `source`.
    pub(crate) fn in_template(self, template: &str, source: &str) -> Error {
        let FaultDetail { kind, message, hint, at } = *self.0;
        let (line, column) = place(source, at.unwrap_or(0));
        Error { kind, template: template.to_owned(), message, line, column, hint }
    }
}

/// Line and column, both from 1, of a byte offset; the column counts characters.
fn place(source: &str, at: Offset) -> (usize, usize) {
    let mut end = (at as usize).min(source.len());
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    let before = &source[..end];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

/// Puts a place on a fault in passing.
pub(crate) trait AtOffset<T> {
    fn at(self, at: Offset) -> Result<T, Fault>;
}

impl<T> AtOffset<T> for Result<T, Fault> {
    fn at(self, at: Offset) -> Result<T, Fault> {
        self.map_err(|fault| fault.at(at))
    }
}
