//! Whether a step runs: its `if`, and what became of the steps before it.

use causeway_template::Engine;
use serde_json::Value;

/// What a condition asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The step runs.
    Run,
    /// Its condition does not hold.
    Skip,
    /// A step before it failed.
    SkipAfterFailure,
}

/// Decides. `always()` and `failure()` let a step run after a failure; otherwise a failure skips what follows.
pub(crate) fn decide(condition: Option<&Value>, context: &Value, failed: bool) -> Verdict {
    let text = condition.and_then(Value::as_str).unwrap_or_default();
    let mentions_status = text.contains("always(") || text.contains("failure(");
    if failed && !mentions_status {
        return Verdict::SkipAfterFailure;
    }
    let Some(condition) = condition else { return Verdict::Run };
    let engine = Engine::backstage()
        .with_function("always", |_: &[Value]| Ok(Value::Bool(true)))
        .with_function("failure", move |_: &[Value]| Ok(Value::Bool(failed)));
    if is_true(&engine.render_value(condition, context).value) { Verdict::Run } else { Verdict::Skip }
}

/// Backstage's idea of it: false, null, the empty text, zero and the empty list do not count; a text counts but for `false`.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty() && text != "false",
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}
