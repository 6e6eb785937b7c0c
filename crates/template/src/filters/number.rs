//! Filters that give numbers.
//!
//! Invariant: what cannot be read as a number gives the default, which is undefined unless one is given.

use crate::error::Fault;
use crate::interpreter::assign_arguments;
use crate::invocation::Invocation;
use crate::value::Value;
use crate::value::coerce::{is_truthy, to_number, to_text};
use crate::value::number::{parse_float, parse_int, to_integer};

pub(super) fn apply(call: &Invocation<'_>) -> Result<Value, Fault> {
    match call.name {
        "abs" => Ok(Value::Number(to_number(call.argument(0), call.meter)?.abs())),
        "float" => {
            let number = parse_float(&call.text(0)?);
            Ok(if number.is_nan() { call.argument(1).clone() } else { Value::Number(number) })
        }
        "int" => int(call),
        _ => round(call),
    }
}

/// `int(default, base)`, also by keyword.
fn int(call: &Invocation<'_>) -> Result<Value, Fault> {
    let (arguments, _) =
        assign_arguments(&["value".into(), "default".into(), "base".into()], call.arguments.to_vec(), |_| None);
    let argument = |index: usize| arguments.get(index).unwrap_or(&Value::Undefined);
    let base = match argument(2) {
        Value::Undefined => 10.0,
        base => to_integer(to_number(base, call.meter)?),
    };
    let number = parse_int(&to_text(argument(0), call.meter)?, base as i32);
    Ok(if number.is_nan() { argument(1).clone() } else { Value::Number(number) })
}

/// `round(precision, method)`; the method is `ceil`, `floor` or the default of halves up.
fn round(call: &Invocation<'_>) -> Result<Value, Fault> {
    let precision = if is_truthy(call.argument(1)) { to_number(call.argument(1), call.meter)? } else { 0.0 };
    let factor = 10_f64.powf(precision);
    let scaled = to_number(call.argument(0), call.meter)? * factor;
    let rounded = match call.argument(2).as_str() {
        Some("ceil") => scaled.ceil(),
        Some("floor") => scaled.floor(),
        _ => half_up(scaled),
    };
    Ok(Value::Number(rounded / factor))
}

/// `Math.round`.
fn half_up(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor >= 0.5 { floor + 1.0 } else { floor }
}
