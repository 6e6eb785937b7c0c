//! Ids of jobs and steps: which are valid, and which are made up where none is given.

use std::collections::HashSet;

const MAX_LENGTH: usize = 100;

/// The ids of one scope, compared without case.
#[derive(Debug, Default)]
pub(super) struct Identifiers {
    taken: HashSet<String>,
}

impl Identifiers {
    /// Takes an id that the file gives.
    ///
    /// # Errors
    /// It is invalid, reserved, or taken; the text says which.
    pub(super) fn take(&mut self, id: &str) -> Result<(), String> {
        if !is_valid(id) || id.len() >= MAX_LENGTH {
            return Err(format!(
                "The identifier '{id}' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. IDs must start with a letter or '_' and must be less than {MAX_LENGTH} characters."
            ));
        }
        if id.starts_with("__") {
            return Err(format!("The identifier '{id}' is invalid. IDs starting with '__' are reserved."));
        }
        if !self.taken.insert(id.to_ascii_lowercase()) {
            return Err(format!("The identifier '{id}' may not be used more than once within the same scope."));
        }
        Ok(())
    }

    /// Makes an id for something without one: `__name`, `__name_2`, … with every other character replaced by `_`.
    pub(super) fn make(&mut self, name: &str) -> String {
        let base: String = format!("__{name}")
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
            .take(MAX_LENGTH - 8)
            .collect();
        let mut id = base.clone();
        let mut count = 1;
        while !self.taken.insert(id.to_ascii_lowercase()) {
            count += 1;
            id = format!("{base}_{count}");
        }
        id
    }
}

fn is_valid(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
