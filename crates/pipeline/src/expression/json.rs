//! Between JSON and values of expressions.

use std::sync::Arc;

use serde_json::Value as Json;

use super::number::format_exactly;
use super::value::{Object, Value};

impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Boolean(*value),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Self::from(text.as_str()),
            Json::Array(items) => Self::Array(Arc::new(items.iter().map(Self::from).collect())),
            Json::Object(entries) => Self::Object(Arc::new(Object::new(
                entries.iter().map(|(name, value)| (name.clone(), Self::from(value))),
            ))),
        }
    }
}

impl Value {
    /// As JSON. Numbers that JSON cannot hold are their names as strings; whole numbers have no point.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Boolean(value) => Json::Bool(*value),
            Self::Number(number) => number_to_json(*number),
            Self::String(text) => Json::String(text.to_string()),
            Self::Array(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Object(object) => {
                Json::Object(object.entries().map(|(name, value)| (name.to_owned(), value.to_json())).collect())
            }
        }
    }

    /// What `toJSON()` gives: indented by two spaces, infinities and `NaN` as `null`.
    #[must_use]
    pub fn to_json_text(&self) -> String {
        let mut text = String::new();
        write_value(&mut text, self, 0);
        text
    }
}

#[expect(clippy::cast_possible_truncation, reason = "only whole numbers that a double holds exactly are cast")]
fn number_to_json(number: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT && !(number == 0.0 && number.is_sign_negative()) {
        return Json::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or_else(|| Json::String(format_exactly(number)), Json::Number)
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) if !number.is_finite() => text.push_str("null"),
        Value::Number(number) => text.push_str(&format_exactly(*number)),
        Value::String(value) => write_string(text, value),
        Value::Array(items) => {
            write_list(text, ['[', ']'], depth, items.iter(), |text, item| write_value(text, item, depth + 1))
        }
        Value::Object(object) => write_list(text, ['{', '}'], depth, object.entries(), |text, (name, value)| {
            write_string(text, name);
            text.push_str(": ");
            write_value(text, value, depth + 1);
        }),
    }
}

fn write_string(text: &mut String, value: &str) {
    text.push_str(&Json::from(value).to_string());
}

fn write_list<T>(
    text: &mut String,
    [open, close]: [char; 2],
    depth: usize,
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    text.push(open);
    let mut is_empty = true;
    for item in items {
        text.push_str(if is_empty { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(depth + 1));
        write(text, item);
        is_empty = false;
    }
    if !is_empty {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
    text.push(close);
}
