//! Filters for any value.
//!
//! Invariant: `dump` writes what `JSON.stringify` writes.

use crate::error::Fault;
use crate::filters::{as_safe_as, present};
use crate::invocation::Invocation;
use crate::value::coerce::{is_truthy, to_text};
use crate::value::{Value, json, text};

pub(super) fn apply(call: &Invocation<'_>) -> Result<Value, Fault> {
    let value = call.argument(0);
    match call.name {
        "dump" | "jsonify" => dump(call),
        "string" => {
            let value = present(call)?;
            Ok(as_safe_as(value, to_text(value, call.meter)?))
        }
        "length" => Ok(length(value)),
        _ => {
            let is_present = if is_truthy(call.argument(2)) { is_truthy(value) } else { !value.is_undefined() };
            Ok(if is_present { value.clone() } else { call.argument(1).clone() })
        }
    }
}

/// The second argument is the indentation: a number of spaces or a text, 10 characters at most.
fn dump(call: &Invocation<'_>) -> Result<Value, Fault> {
    let indent = match call.argument(1) {
        Value::Number(spaces) => " ".repeat(spaces.clamp(0.0, 10.0) as usize),
        Value::Text(indent) => text::slice(indent, 0, 10),
        _ => String::new(),
    };
    Ok(json::stringify(call.argument(0), &indent, call.meter)?.map_or(Value::Undefined, Value::from))
}

fn length(value: &Value) -> Value {
    match value {
        Value::Undefined | Value::Null | Value::Bool(false) => Value::from(0_usize),
        Value::Text(characters) | Value::Safe(characters) => Value::from(text::length(characters)),
        Value::List(items) => Value::from(items.borrow().len()),
        Value::Object(object) => Value::from(object.len()),
        Value::Cycler(_) => Value::from(3_usize),
        Value::Bool(true) | Value::Number(_) | Value::Regexp(_) | Value::Function(_) => Value::Undefined,
    }
}
