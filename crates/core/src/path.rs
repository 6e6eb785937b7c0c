//! Where something stands in a value: the JSON paths of printer columns, and the field paths of error messages.

mod field;
mod reader;
mod step;

use serde_json::Value;

pub use field::FieldPath;
use reader::Reader;
use step::{Step, walk};

/// Why a text is no JSON path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid JSON path {text:?} at character {at}: {message}")]
pub struct PathError {
    /// What was written.
    pub text: String,
    /// Where reading stopped, counted from 1.
    pub at: usize,
    /// What was expected.
    pub message: String,
}

/// A JSON path as kubectl and `additionalPrinterColumns` write it: `.spec.x`, `{.items[*].metadata.name}`,
/// `.status.conditions[?(@.type=="Ready")].status`, `.metadata.labels['a.b/c']`, `.metadata.labels.a\.b`, `[0]`, `[-1]`,
/// `[0:2]`, `..name`.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

impl JsonPath {
    /// Reads a path, with or without braces and a leading `$`.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let inner = text.trim();
        let inner = inner.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(inner);
        let inner = inner.strip_prefix('$').unwrap_or(inner);
        let mut reader = Reader::new(inner);
        match reader.path() {
            Ok(steps) => Ok(Self { steps }),
            Err(message) => Err(PathError { text: text.to_owned(), at: reader.at + 1, message }),
        }
    }

    /// Every value that the path leads to, in order; none is no error.
    pub fn select<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        walk(&self.steps, value)
    }

    /// The first value that the path leads to.
    pub fn first<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.select(value).into_iter().next()
    }

    /// What a table shows of it: text as it is, numbers and booleans printed, the rest as JSON; several joined by `,`.
    pub fn text(&self, value: &Value) -> String {
        let found: Vec<String> = self.select(value).into_iter().filter(|v| !v.is_null()).map(show).collect();
        found.join(",")
    }

    /// The field names of a path that has nothing else, such as `.spec.replicas`; needed where something is written.
    pub fn fields(&self) -> Option<Vec<&str>> {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Field(name) => Some(name.as_str()),
                Step::Index(_) | Step::Slice(..) | Step::All | Step::Descend(_) | Step::Filter(_) => None,
            })
            .collect()
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
