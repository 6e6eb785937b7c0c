//! Conversions and operators of ECMAScript: truth, equality, order, `+`, `String(…)`, `Number(…)`.
//!
//! Invariant: these follow the abstract operations of ECMA-262 (ToBoolean, ToPrimitive, IsLooselyEqual, …) for the values that
//! exist here, and everything that walks a nested value is metered, because shared lists can form graphs without end.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::error::Fault;
use crate::limits::Meter;
use crate::value::{Text, Value, number};

/// `Boolean(value)`.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => *number != 0.0 && !number.is_nan(),
        Value::Text(text) => !text.is_empty(),
        Value::Safe(_)
        | Value::List(_)
        | Value::Object(_)
        | Value::Regexp(_)
        | Value::Cycler(_)
        | Value::Function(_) => true,
    }
}

/// `String(value)`.
pub(crate) fn to_text(value: &Value, meter: &Meter) -> Result<Text, Fault> {
    match value {
        Value::Text(text) | Value::Safe(text) => Ok(text.clone()),
        Value::List(_) => {
            let mut out = String::new();
            append(&mut out, value, meter, 0)?;
            Ok(out.into())
        }
        Value::Undefined => Ok("undefined".into()),
        Value::Null => Ok("null".into()),
        Value::Bool(truth) => Ok(if *truth { "true" } else { "false" }.into()),
        Value::Number(number) => Ok(number::to_text(*number).into()),
        Value::Object(_) | Value::Cycler(_) => Ok("[object Object]".into()),
        Value::Regexp(regexp) => Ok(regexp.pattern.to_string().into()),
        Value::Function(function) => Ok(function.to_string().into()),
    }
}

/// Appends `String(value)` to `out`, counting what is appended.
pub(crate) fn append(out: &mut String, value: &Value, meter: &Meter, depth: usize) -> Result<(), Fault> {
    let Value::List(items) = value else {
        let text = to_text(value, meter)?;
        meter.charge_text(text.len())?;
        out.push_str(&text);
        return meter.check_output(out.len());
    };
    meter.check_nesting(depth)?;
    let items = items.borrow();
    join(out, &items, ",", meter, depth)
}

/// `items.join(separator)`: null and undefined are empty.
pub(crate) fn join(
    out: &mut String,
    items: &[Value],
    separator: &str,
    meter: &Meter,
    depth: usize,
) -> Result<(), Fault> {
    meter.charge_items(items.len())?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
            meter.check_output(out.len())?;
        }
        if !item.is_nullish() {
            append(out, item, meter, depth + 1)?;
        }
    }
    Ok(())
}

/// `ToPrimitive`: lists, objects and wrappers become strings, the rest stays.
fn to_primitive(value: &Value, meter: &Meter) -> Result<Value, Fault> {
    match value {
        Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => Ok(value.clone()),
        Value::Safe(_)
        | Value::List(_)
        | Value::Object(_)
        | Value::Regexp(_)
        | Value::Cycler(_)
        | Value::Function(_) => Ok(Value::Text(to_text(value, meter)?)),
    }
}

/// `Number(value)`.
pub(crate) fn to_number(value: &Value, meter: &Meter) -> Result<f64, Fault> {
    Ok(match value {
        Value::Undefined => f64::NAN,
        Value::Null => 0.0,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::Number(number) => *number,
        Value::Text(text) | Value::Safe(text) => number::from_text(text),
        Value::List(_) | Value::Object(_) | Value::Regexp(_) | Value::Cycler(_) | Value::Function(_) => {
            number::from_text(&to_text(value, meter)?)
        }
    })
}

/// `left === right`.
pub(crate) fn strictly_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Safe(left), Value::Safe(right)) => std::sync::Arc::ptr_eq(left, right),
        (Value::List(left), Value::List(right)) => Rc::ptr_eq(left, right),
        (Value::Object(left), Value::Object(right)) => Rc::ptr_eq(left, right),
        (Value::Regexp(left), Value::Regexp(right)) => Rc::ptr_eq(left, right),
        (Value::Cycler(left), Value::Cycler(right)) => Rc::ptr_eq(left, right),
        (Value::Function(left), Value::Function(right)) => Rc::ptr_eq(left, right),
        _ => false,
    }
}

fn is_reference(value: &Value) -> bool {
    matches!(
        value,
        Value::Safe(_) | Value::List(_) | Value::Object(_) | Value::Regexp(_) | Value::Cycler(_) | Value::Function(_)
    )
}

/// `left == right`.
pub(crate) fn loosely_equal(left: &Value, right: &Value, meter: &Meter) -> Result<bool, Fault> {
    match (left, right) {
        (Value::Undefined | Value::Null, Value::Undefined | Value::Null) => Ok(true),
        (Value::Undefined | Value::Null, _) | (_, Value::Undefined | Value::Null) => Ok(false),
        (Value::Text(_), Value::Text(_)) => Ok(strictly_equal(left, right)),
        _ if is_reference(left) && is_reference(right) => Ok(strictly_equal(left, right)),
        _ if is_reference(left) => loosely_equal(&to_primitive(left, meter)?, right, meter),
        _ if is_reference(right) => loosely_equal(left, &to_primitive(right, meter)?, meter),
        _ => Ok(to_number(left, meter)? == to_number(right, meter)?),
    }
}

/// Order for `<`, `>`, `<=`, `>=`: by code unit when both are strings, else by number; none when a NaN is in it.
pub(crate) fn compare(left: &Value, right: &Value, meter: &Meter) -> Result<Option<Ordering>, Fault> {
    if let (Value::Number(left), Value::Number(right)) = (left, right) {
        return Ok(left.partial_cmp(right));
    }
    let (left, right) = (to_primitive(left, meter)?, to_primitive(right, meter)?);
    if let (Value::Text(left), Value::Text(right)) = (&left, &right) {
        meter.charge_text(left.len().min(right.len()))?;
        return Ok(Some(compare_text(left, right)));
    }
    Ok(to_number(&left, meter)?.partial_cmp(&to_number(&right, meter)?))
}

/// Order by UTF-16 code unit.
pub(crate) fn compare_text(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// `left + right`.
pub(crate) fn add(left: &Value, right: &Value, meter: &Meter) -> Result<Value, Fault> {
    if let (Value::Number(left), Value::Number(right)) = (left, right) {
        return Ok(Value::Number(left + right));
    }
    let (left, right) = (to_primitive(left, meter)?, to_primitive(right, meter)?);
    if matches!(left, Value::Text(_)) || matches!(right, Value::Text(_)) {
        return concatenate(&left, &right, meter);
    }
    Ok(Value::Number(to_number(&left, meter)? + to_number(&right, meter)?))
}

/// `left + "" + right`.
pub(crate) fn concatenate(left: &Value, right: &Value, meter: &Meter) -> Result<Value, Fault> {
    let (left, right) = (to_text(left, meter)?, to_text(right, meter)?);
    meter.charge_text(left.len() + right.len())?;
    let mut text = String::with_capacity(left.len() + right.len());
    text.push_str(&left);
    text.push_str(&right);
    Ok(Value::text(text))
}
