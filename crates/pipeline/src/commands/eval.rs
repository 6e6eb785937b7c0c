//! `platform eval github`.

use serde_json::{Map, Value};

use super::{Format, Output};
use crate::expression::{self, Answer};

/// Evaluates one expression, with or without `${{ }}` around it; 1 if it has no value.
#[must_use]
pub fn eval(expression: &str, contexts: &Map<String, Value>, format: Format) -> Output {
    let trimmed = expression.trim();
    let bare = trimmed.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(expression);
    let answer = expression::eval_json(bare, contexts);
    let code = u8::from(answer.is_error());
    match (format, answer) {
        (Format::Json, answer) => Output::json(&answer, code),
        (Format::Text, Answer::Error { error, kind }) => Output::failed(
            format!("error: the expression has no value: {error}\n  hint: this is a {kind} error\n"),
            code,
        ),
        (Format::Text, Answer::Value { value, .. }) => {
            Output { stdout: describe(&value) + "\n", stderr: String::new(), code }
        }
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// Evaluates JSON lines of `{"expr","contexts"}` to JSON lines of answers; 1 if a line is no such object, 0 whatever the expressions
/// give.
#[must_use]
pub fn eval_batch(lines: &str) -> Output {
    let mut output = Output::default();
    for (number, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match expression::eval_line(line) {
            Ok(answer) => output.stdout += &Output::json(&answer, 0).stdout,
            Err(error) => {
                output.stderr += &format!(
                    "error: line {} of the batch was not read: {error}\n  hint: each line is {{\"expr\": …, \"contexts\": {{…}}}}\n",
                    number + 1
                );
                output.code = 1;
                break;
            }
        }
    }
    output
}
