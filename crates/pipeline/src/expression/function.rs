//! The functions that every expression has.

use std::sync::Arc;

use super::error::ExpressionError;
use super::parser::Signature;
use super::value::{Value, fold};
use super::{MAX_LENGTH, format};

const fn signature(name: &'static str, least: usize, most: usize) -> Signature {
    Signature { name, least, most }
}

/// All built-in functions.
pub(super) const BUILT_IN: [Signature; 8] = [
    signature("case", 3, MAX_LENGTH),
    signature("contains", 2, 2),
    signature("endsWith", 2, 2),
    signature("format", 1, 255),
    signature("fromJSON", 1, 1),
    signature("join", 1, 2),
    signature("startsWith", 2, 2),
    signature("toJSON", 1, 1),
];

/// Calls a built-in function by its lower-case name; `None` if there is none. The parser has checked the number of arguments.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Result<Value, ExpressionError>> {
    let result = match (name, arguments) {
        ("case", _) => choose(arguments),
        ("contains", [search, item]) => Ok(contains(search, item)),
        ("endswith", [text, end]) => Ok(compare_texts(text, end, |text, end| text.ends_with(end))),
        ("startswith", [text, start]) => Ok(compare_texts(text, start, |text, start| text.starts_with(start))),
        ("format", [template, rest @ ..]) => format::format(&template.to_text(), rest).map(Value::from),
        ("fromjson", [text]) => read_json(&text.to_text()),
        ("join", [list, rest @ ..]) => Ok(join(list, rest.first())),
        ("tojson", [value]) => Ok(Value::from(value.to_json_text())),
        _ => return None,
    };
    Some(result)
}

fn choose(arguments: &[Value]) -> Result<Value, ExpressionError> {
    for pair in arguments.chunks(2) {
        match pair {
            [Value::Boolean(true), value] | [value] => return Ok(value.clone()),
            [Value::Boolean(false), _] => {}
            _ => return Err(ExpressionError::evaluation("case predicate must evaluate to a boolean value")),
        }
    }
    Ok(Value::Null)
}

fn contains(search: &Value, item: &Value) -> Value {
    Value::Boolean(match search {
        Value::Array(items) => items.iter().any(|other| item.equals(other)),
        Value::Object(_) => false,
        _ if item.is_primitive() => search.to_text().to_lowercase().contains(&item.to_text().to_lowercase()),
        _ => false,
    })
}

fn compare_texts(text: &Value, part: &Value, holds: fn(&str, &str) -> bool) -> Value {
    Value::Boolean(text.is_primitive() && part.is_primitive() && holds(&fold(&text.to_text()), &fold(&part.to_text())))
}

fn join(list: &Value, separator: Option<&Value>) -> Value {
    match list {
        Value::Array(items) => {
            let separator: Arc<str> =
                separator.filter(|value| value.is_primitive()).map_or_else(|| ",".into(), Value::to_text);
            Value::from(items.iter().map(Value::to_text).collect::<Vec<_>>().join(&separator))
        }
        Value::Object(_) => Value::from(""),
        primitive => Value::String(primitive.to_text()),
    }
}

fn read_json(text: &str) -> Result<Value, ExpressionError> {
    if text.trim().is_empty() {
        return Err(ExpressionError::evaluation("Error parsing JSON when evaluating fromJSON: empty input"));
    }
    serde_json::from_str::<serde_json::Value>(text)
        .map(|json| Value::from(&json))
        .map_err(|error| ExpressionError::evaluation(format!("Error parsing JSON when evaluating fromJSON: {error}")))
}
