//! Concurrency groups.

use crate::expression::{Contexts, NoFunctions, Value};
use crate::workflow::Token;

/// A group of which one member runs at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, compared without case.
    pub name: String,
    /// Whether a new member stops the one that runs.
    pub cancels_in_progress: bool,
}

impl Group {
    /// Evaluates a `concurrency`; none if there is none, or if its name is empty.
    pub(super) fn read(token: Option<&Token>, contexts: &Contexts) -> Result<Option<Self>, String> {
        let value = token.map(|token| token.evaluate(contexts, &NoFunctions)).transpose();
        let value = value.map_err(|error| format!("the concurrency group has no value: {error}"))?;
        let group = match value {
            None => return Ok(None),
            Some(Value::Object(object)) => Self {
                name: object.get("group").map(|name| name.to_text().to_lowercase()).unwrap_or_default(),
                cancels_in_progress: object.get("cancel-in-progress").is_some_and(Value::says_true),
            },
            Some(name) => Self { name: name.to_text().to_lowercase(), cancels_in_progress: false },
        };
        Ok(Some(group).filter(|group| !group.name.is_empty()))
    }
}
