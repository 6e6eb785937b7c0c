//! `platform pipeline lint FILE`.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::{Format, Output};
use crate::workflow::{self, Problem};

#[derive(Serialize)]
struct Answer {
    errors: Vec<Problem>,
}

/// Checks a workflow file; 1 if anything is wrong with it.
#[must_use]
pub fn lint(file: &Path, format: Format) -> Output {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            return Output::failed(format!("error: the workflow file `{}` was not read: {error}\n", file.display()), 1);
        }
    };
    let errors = workflow::read(&text).err().unwrap_or_default();
    let code = u8::from(!errors.is_empty());
    match format {
        Format::Json => Output::json(&Answer { errors }, code),
        Format::Text => Output { stdout: describe(file, &errors), stderr: String::new(), code },
    }
}

fn describe(file: &Path, errors: &[Problem]) -> String {
    let mut text = String::new();
    for problem in errors {
        let _ = writeln!(text, "{}:{problem}", file.display());
    }
    if errors.is_empty() {
        let _ = writeln!(text, "{}: no problems", file.display());
    }
    text
}
