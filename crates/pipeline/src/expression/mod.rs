//! The expression language of `${{ }}`.
//!
//! A text is parsed once against what its place allows ([`Names`]), then evaluated as often as needed against [`Contexts`] and the
//! functions that only the caller can answer ([`Functions`]: `success()`, `hashFiles()`, …). Nothing here touches a disk, a clock or
//! the environment, and every text either becomes a value or an [`ExpressionError`] of one of three kinds, within fixed limits.

mod answer;
mod error;
mod evaluator;
mod format;
mod function;
mod json;
mod lexer;
mod number;
mod parser;
mod syntax;
mod value;

pub use answer::{Answer, eval_json, eval_line};
pub use error::{ErrorKind, ExpressionError};
pub use evaluator::{Contexts, Functions, NoFunctions};
pub(crate) use number::{format_number, parse_number};
pub use parser::{Names, Signature};
pub use value::{Object, Value};

use syntax::Syntax;

/// Longest text of one expression, in UTF-16 units, as GitHub counts it.
pub const MAX_LENGTH: usize = 21_000;
/// Deepest nesting of one expression.
pub const MAX_DEPTH: usize = 50;

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    /// `None` for a text without any token, which is null.
    root: Option<Syntax>,
}

impl Expression {
    /// Parses `text`, in which only the contexts and functions of `names` (and the built-in functions) may occur.
    ///
    /// # Errors
    /// Lexing and parsing errors, an unknown context or function among them.
    pub fn parse(text: &str, names: &Names<'_>) -> Result<Self, ExpressionError> {
        let tokens = lexer::lex(text)?;
        Ok(Self { text: text.to_owned(), root: parser::parse(text, &tokens, names)? })
    }

    /// The text it was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Evaluates it; a context that is allowed but absent is null.
    ///
    /// # Errors
    /// Evaluation errors alone.
    pub fn evaluate(&self, contexts: &Contexts, functions: &dyn Functions) -> Result<Value, ExpressionError> {
        self.root.as_ref().map_or(Ok(Value::Null), |root| evaluator::evaluate(root, contexts, functions))
    }

    /// Whether it calls one of `success`, `failure`, `cancelled` or `always`, anywhere.
    #[must_use]
    pub fn asks_status(&self) -> bool {
        self.root.as_ref().is_some_and(Syntax::asks_status)
    }

    /// The names of the contexts it reads, lower case, in order of appearance.
    #[must_use]
    pub fn contexts(&self) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(root) = &self.root {
            root.collect_contexts(&mut names);
        }
        names
    }
}
