//! What `platform eval github` answers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Contexts, ErrorKind, Expression, ExpressionError, Names, NoFunctions, Value};

/// The answer for one expression: `{"kind","value"}`, or `{"error","kind"}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// It has a value.
    Value {
        /// Null, Boolean, Number, String, Array or Object.
        kind: &'static str,
        /// The value; a number that JSON cannot hold is its name as a string.
        value: Json,
    },
    /// It has none.
    Error {
        /// What is wrong.
        error: String,
        /// At which stage.
        kind: ErrorKind,
    },
}

impl Answer {
    /// Whether it is an error.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self, Self::Error { .. })
    }
}

impl From<Result<Value, ExpressionError>> for Answer {
    fn from(result: Result<Value, ExpressionError>) -> Self {
        match result {
            Ok(value) => Self::Value { kind: value.kind(), value: value.to_json() },
            Err(ExpressionError { kind, message }) => Self::Error { error: message, kind },
        }
    }
}

/// Evaluates `expression` (without the `${{ }}` around it) with exactly the given contexts.
#[must_use]
pub fn eval_json(expression: &str, contexts: &Map<String, Json>) -> Answer {
    let names: Vec<&str> = contexts.keys().map(String::as_str).collect();
    let mut values = Contexts::default();
    for (name, value) in contexts {
        values.set(name, value);
    }
    Expression::parse(expression, &Names { contexts: &names, functions: &[] })
        .and_then(|parsed| parsed.evaluate(&values, &NoFunctions))
        .into()
}

/// One line of a batch.
#[derive(Deserialize)]
struct Question {
    expr: String,
    #[serde(default)]
    contexts: Option<Map<String, Json>>,
}

/// Evaluates one line of a batch, `{"expr","contexts"}`.
///
/// # Errors
/// The line is no such object.
pub fn eval_line(line: &str) -> Result<Answer, serde_json::Error> {
    let Question { expr, contexts } = serde_json::from_str(line)?;
    Ok(eval_json(&expr, &contexts.unwrap_or_default()))
}
