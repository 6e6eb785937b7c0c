//! Methods of numbers.
//!
//! Invariant: a number of digits or a radix out of range is an error, as it is in ECMAScript.

use crate::error::Fault;
use crate::invocation::Invocation;
use crate::value::{Value, number};

pub(super) fn invoke(receiver: f64, call: &Invocation<'_>) -> Result<Value, Fault> {
    match call.name {
        "toFixed" => {
            let digits = in_range(call.integer(0, 0.0)?, 0.0, 100.0, "the number of digits")?;
            Ok(Value::text(number::to_fixed(receiver, digits as usize)))
        }
        "toPrecision" if !call.argument(0).is_undefined() => {
            let digits = in_range(call.integer(0, 0.0)?, 1.0, 100.0, "the number of digits")?;
            Ok(Value::text(number::to_precision(receiver, digits as usize)))
        }
        "toString" if !call.argument(0).is_undefined() => {
            let radix = in_range(call.integer(0, 10.0)?, 2.0, 36.0, "the radix")?;
            Ok(Value::text(number::to_radix(receiver, radix as u32)))
        }
        "valueOf" => Ok(Value::Number(receiver)),
        _ => Ok(Value::text(number::to_text(receiver))),
    }
}

fn in_range(value: f64, from: f64, to: f64, what: &str) -> Result<f64, Fault> {
    if (from..=to).contains(&value) {
        Ok(value)
    } else {
        Err(Fault::render(format!("{what} has to be from {from} to {to}")))
    }
}
