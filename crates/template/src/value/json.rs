//! To and from JSON.
//!
//! Invariant: [`stringify`] writes what `JSON.stringify` writes, byte for byte, and [`to_json`] is what parsing that again gives,
//! except that a safe string stays a string.

use serde_json::Value as Json;

use crate::error::Fault;
use crate::limits::Meter;
use crate::value::{Value, number};

/// A JSON value as a template sees it; numbers become doubles.
pub(crate) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(from_json).collect()),
        Json::Object(entries) => {
            Value::object(entries.iter().map(|(key, value)| (key.as_str().into(), from_json(value))))
        }
    }
}

/// The JSON value; none for undefined and functions.
pub(crate) fn to_json(value: &Value, meter: &Meter) -> Result<Option<Json>, Fault> {
    convert(value, meter, 0)
}

fn convert(value: &Value, meter: &Meter, depth: usize) -> Result<Option<Json>, Fault> {
    meter.check_nesting(depth)?;
    meter.charge(1)?;
    Ok(Some(match value {
        Value::Undefined | Value::Function(_) => return Ok(None),
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Number(number) => number_to_json(*number),
        Value::Text(text) | Value::Safe(text) => {
            meter.charge_text(text.len())?;
            Json::String(text.to_string())
        }
        Value::List(items) => {
            let items = items.borrow();
            meter.charge_items(items.len())?;
            let converted: Result<Vec<Json>, Fault> =
                items.iter().map(|item| Ok(convert(item, meter, depth + 1)?.unwrap_or(Json::Null))).collect();
            Json::Array(converted?)
        }
        Value::Object(_) | Value::Regexp(_) | Value::Cycler(_) => {
            let entries = value.entries();
            meter.charge_items(entries.len())?;
            let mut object = serde_json::Map::new();
            for (key, entry) in entries {
                if let Some(json) = convert(&entry, meter, depth + 1)? {
                    object.insert(key.to_string(), json);
                }
            }
            Json::Object(object)
        }
    }))
}

/// Largest whole number up to which every whole number is a double.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

fn number_to_json(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER {
        return Json::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number)
}

/// `JSON.stringify(value, null, indent)`; none where that is undefined. `indent` is the text of one level, empty for one line.
pub(crate) fn stringify(value: &Value, indent: &str, meter: &Meter) -> Result<Option<String>, Fault> {
    let mut writer = Writer { out: String::new(), indent, meter };
    Ok(writer.write(value, 0)?.then_some(writer.out))
}

struct Writer<'a> {
    out: String,
    indent: &'a str,
    meter: &'a Meter,
}

impl Writer<'_> {
    /// Writes the value, or nothing and false when it has no JSON form.
    fn write(&mut self, value: &Value, depth: usize) -> Result<bool, Fault> {
        self.meter.check_nesting(depth)?;
        match value {
            Value::Undefined | Value::Function(_) => return Ok(false),
            Value::Null => self.push("null")?,
            Value::Bool(truth) => self.push(if *truth { "true" } else { "false" })?,
            Value::Number(number) if !number.is_finite() => self.push("null")?,
            Value::Number(number) => self.push(&number::to_text(*number))?,
            Value::Text(text) => self.push(&Json::from(&**text).to_string())?,
            Value::List(items) => self.write_list(&items.borrow(), depth)?,
            Value::Object(_) | Value::Safe(_) | Value::Regexp(_) | Value::Cycler(_) => {
                self.write_object(value, depth)?
            }
        }
        Ok(true)
    }

    fn write_list(&mut self, items: &[Value], depth: usize) -> Result<(), Fault> {
        self.push("[")?;
        for (index, item) in items.iter().enumerate() {
            self.separate(index, depth + 1)?;
            if !self.write(item, depth + 1)? {
                self.push("null")?;
            }
        }
        self.close("]", items.is_empty(), depth)
    }

    fn write_object(&mut self, value: &Value, depth: usize) -> Result<(), Fault> {
        let entries = value.entries();
        self.push("{")?;
        let mut written = 0;
        for (key, entry) in &entries {
            if matches!(entry, Value::Undefined | Value::Function(_)) {
                continue;
            }
            self.separate(written, depth + 1)?;
            self.push(&Json::from(&**key).to_string())?;
            self.push(if self.indent.is_empty() { ":" } else { ": " })?;
            self.write(entry, depth + 1)?;
            written += 1;
        }
        self.close("}", written == 0, depth)
    }

    fn separate(&mut self, index: usize, depth: usize) -> Result<(), Fault> {
        if index > 0 {
            self.push(",")?;
        }
        self.break_line(depth)
    }

    fn close(&mut self, bracket: &str, is_empty: bool, depth: usize) -> Result<(), Fault> {
        if !is_empty {
            self.break_line(depth)?;
        }
        self.push(bracket)
    }

    fn break_line(&mut self, depth: usize) -> Result<(), Fault> {
        if self.indent.is_empty() {
            return Ok(());
        }
        self.push("\n")?;
        for _ in 0..depth {
            self.push(self.indent)?;
        }
        Ok(())
    }

    fn push(&mut self, text: &str) -> Result<(), Fault> {
        self.meter.charge_text(text.len())?;
        self.out.push_str(text);
        self.meter.check_output(self.out.len())
    }
}
