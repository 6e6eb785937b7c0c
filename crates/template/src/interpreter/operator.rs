//! Operators on two values.
//!
//! Invariant: the result is what the JavaScript operator gives.

use std::cmp::Ordering;

use crate::error::Fault;
use crate::limits::Meter;
use crate::syntax::ast::{BinaryOperator, UnaryOperator};
use crate::value::Value;
use crate::value::coerce::{add, compare, concatenate, is_truthy, loosely_equal, strictly_equal, to_number, to_text};

pub(super) fn apply(operator: BinaryOperator, left: &Value, right: &Value, meter: &Meter) -> Result<Value, Fault> {
    use BinaryOperator as Op;
    let ordered = |accepts: fn(Ordering) -> bool| Ok(Value::Bool(compare(left, right, meter)?.is_some_and(accepts)));
    let numeric =
        |compute: fn(f64, f64) -> f64| Ok(Value::Number(compute(to_number(left, meter)?, to_number(right, meter)?)));
    match operator {
        Op::Equal => Ok(Value::Bool(loosely_equal(left, right, meter)?)),
        Op::NotEqual => Ok(Value::Bool(!loosely_equal(left, right, meter)?)),
        Op::StrictlyEqual => Ok(Value::Bool(strictly_equal(left, right))),
        Op::StrictlyNotEqual => Ok(Value::Bool(!strictly_equal(left, right))),
        Op::Less => ordered(Ordering::is_lt),
        Op::Greater => ordered(Ordering::is_gt),
        Op::LessOrEqual => ordered(Ordering::is_le),
        Op::GreaterOrEqual => ordered(Ordering::is_ge),
        Op::Add => add(left, right, meter),
        Op::Concatenate => concatenate(left, right, meter),
        Op::Subtract => numeric(|left, right| left - right),
        Op::Multiply => numeric(|left, right| left * right),
        Op::Divide => numeric(|left, right| left / right),
        Op::Remainder => numeric(|left, right| left % right),
        // Both sides are values already; the lazy forms are trees of their own.
        Op::And => Ok(if is_truthy(left) { right.clone() } else { left.clone() }),
        Op::Or => Ok(if is_truthy(left) { left.clone() } else { right.clone() }),
    }
}

pub(super) fn apply_unary(operator: UnaryOperator, value: &Value, meter: &Meter) -> Result<Value, Fault> {
    Ok(match operator {
        UnaryOperator::Not => Value::Bool(!is_truthy(value)),
        UnaryOperator::Negate => Value::Number(-to_number(value, meter)?),
        UnaryOperator::Plus => Value::Number(to_number(value, meter)?),
    })
}

/// `Math.pow`: unlike IEEE 754, NaN for an exponent of NaN, and for ±1 to an infinite power.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) { f64::NAN } else { base.powf(exponent) }
}

/// Nunjucks' `in`: an element of a list, a part of a string, a key of a map.
pub(super) fn contains(haystack: &Value, needle: &Value, meter: &Meter) -> Result<bool, Fault> {
    match haystack {
        Value::List(items) => {
            let items = items.borrow();
            meter.charge(items.len() as u64 / 4)?;
            Ok(items.iter().any(|item| strictly_equal(item, needle)))
        }
        Value::Text(text) => {
            meter.charge_text(text.len())?;
            Ok(text.contains(&*to_text(needle, meter)?))
        }
        Value::Object(object) => Ok(object.get(&to_text(needle, meter)?).is_some()),
        Value::Safe(_) => Ok(matches!(&*to_text(needle, meter)?, "val" | "length")),
        Value::Cycler(_) => Ok(matches!(&*to_text(needle, meter)?, "current" | "next" | "reset")),
        Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Regexp(_) | Value::Function(_) => {
            Err(Fault::render(format!("`in` looks into lists, strings and maps, not into {}", haystack.kind()))
                .hint("guard it: `x and y in x`, or `y in (x or [])`"))
        }
    }
}
