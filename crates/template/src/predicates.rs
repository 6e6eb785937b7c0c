//! The tests of Nunjucks (`value is defined`).
//!
//! Invariant: a test gives true or false; an unknown test is an error when it is applied.

use std::cmp::Ordering;

use crate::error::Fault;
use crate::limits::Meter;
use crate::value::Value;
use crate::value::coerce::{compare, is_truthy, strictly_equal, to_number};

/// Applies the test `name`; the first argument is the tested value.
pub(crate) fn test(name: &str, arguments: &[Value], meter: &Meter) -> Result<bool, Fault> {
    let value = arguments.first().unwrap_or(&Value::Undefined);
    let other = arguments.get(1).unwrap_or(&Value::Undefined);
    let ordered = |accepts: fn(Ordering) -> bool| Ok(compare(value, other, meter)?.is_some_and(accepts));
    let remainder = |divisor: f64| Ok::<f64, Fault>(to_number(value, meter)? % divisor);
    match name {
        "callable" => Ok(matches!(value, Value::Function(_))),
        "defined" => Ok(!value.is_undefined()),
        "undefined" => Ok(value.is_undefined()),
        "null" => Ok(matches!(value, Value::Null)),
        "divisibleby" => Ok(remainder(to_number(other, meter)?)? == 0.0),
        "even" => Ok(remainder(2.0)? == 0.0),
        "odd" => Ok(remainder(2.0)? == 1.0),
        "escaped" => Ok(matches!(value, Value::Safe(_))),
        "equalto" | "eq" | "sameas" => Ok(strictly_equal(value, other)),
        "ne" => Ok(!strictly_equal(value, other)),
        "falsy" => Ok(!is_truthy(value)),
        "truthy" => Ok(is_truthy(value)),
        "ge" => ordered(Ordering::is_ge),
        "greaterthan" | "gt" => ordered(Ordering::is_gt),
        "le" => ordered(Ordering::is_le),
        "lessthan" | "lt" => ordered(Ordering::is_lt),
        "lower" => same_after(name, value, str::to_lowercase),
        "upper" => same_after(name, value, str::to_uppercase),
        "number" => Ok(matches!(value, Value::Number(_))),
        "string" => Ok(matches!(value, Value::Text(_))),
        "iterable" if value.is_nullish() => Err(Fault::render(format!("the test `iterable` was applied to {}", value.kind()))),
        "iterable" => Ok(matches!(value, Value::Text(_) | Value::Safe(_) | Value::List(_))),
        "mapping" => Ok(matches!(value, Value::Object(_) | Value::Safe(_) | Value::Regexp(_) | Value::Cycler(_))),
        _ => Err(Fault::render(format!("the test `{name}` is not known"))
            .hint("tests are: defined, undefined, null, string, number, iterable, mapping, eq, ne, lt, le, gt, ge, even, odd, …")),
    }
}

/// Whether a string is its own lower or upper case; a safe string is an object, and so never is.
fn same_after(name: &str, value: &Value, convert: fn(&str) -> String) -> Result<bool, Fault> {
    match value {
        Value::Text(text) => Ok(convert(text) == **text),
        Value::Safe(_) => Ok(false),
        _ => Err(Fault::render(format!("the test `{name}` takes a string, not {}", value.kind()))),
    }
}
