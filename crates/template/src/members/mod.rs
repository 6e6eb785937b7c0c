//! Members of values: own entries, `length`, and the methods of ECMAScript that templates use.
//!
//! Invariant: the tables below are all there is. `constructor`, `__proto__` and `prototype` are in none of them, so they are
//! undefined unless a map of the context has such a key as data.

mod list;
mod number;
mod regexp;
mod string;

use crate::error::Fault;
use crate::interpreter::function::Function;
use crate::invocation::Invocation;
use crate::limits::Meter;
use crate::value::coerce::to_text;
use crate::value::{Value, text};

pub(crate) use regexp::replace_matches;

const NUMBER_METHODS: &[&str] = &["toFixed", "toPrecision", "toString", "valueOf"];
const BOOLEAN_METHODS: &[&str] = &["toString", "valueOf"];
const OBJECT_METHODS: &[&str] = &["hasOwnProperty", "toString", "valueOf"];
const CYCLER_METHODS: &[&str] = &["next", "reset"];
const REGEXP_METHODS: &[&str] = &["exec", "test", "toString"];

/// The built-in method `name` of a value, if it has one and no entry of its own hides it.
pub(crate) fn method(value: &Value, name: &str) -> Option<&'static str> {
    let table = match value {
        Value::Text(_) | Value::Safe(_) => string::METHODS,
        Value::List(_) => list::METHODS,
        Value::Number(_) => NUMBER_METHODS,
        Value::Bool(_) => BOOLEAN_METHODS,
        Value::Object(object) if object.get(name).is_none() => OBJECT_METHODS,
        Value::Cycler(_) => CYCLER_METHODS,
        Value::Regexp(_) => REGEXP_METHODS,
        Value::Undefined | Value::Null | Value::Object(_) | Value::Function(_) => &[],
    };
    table.iter().copied().find(|method| *method == name)
}

/// `value[key]`; undefined and null have no members, and that is no error.
pub(crate) fn lookup(value: &Value, key: &Value, meter: &Meter) -> Result<Value, Fault> {
    if let (Value::List(items), Value::Number(index)) = (value, key) {
        return Ok(whole_index(*index).and_then(|index| items.borrow().get(index).cloned()).unwrap_or_default());
    }
    if value.is_nullish() {
        return Ok(Value::Undefined);
    }
    let name = to_text(key, meter)?;
    let own = match value {
        Value::Object(object) => object.get(&name).cloned(),
        Value::List(items) if &*name == "length" => Some(Value::from(items.borrow().len())),
        Value::List(items) => text_index(&name).and_then(|index| items.borrow().get(index).cloned()),
        Value::Text(text) | Value::Safe(text) if &*name == "length" => {
            meter.charge_text(text.len())?;
            Some(Value::from(text::length(text)))
        }
        Value::Text(text) => {
            meter.charge(text.len() as u64 / 32)?;
            text_index(&name).and_then(|index| text::unit_at(text, index)).map(Value::from)
        }
        Value::Safe(text) if &*name == "val" => Some(Value::Text(text.clone())),
        Value::Cycler(cycler) if &*name == "current" => Some(cycler.current.borrow().clone()),
        Value::Regexp(regexp) => regexp::property(regexp, &name),
        Value::Safe(_)
        | Value::Cycler(_)
        | Value::Number(_)
        | Value::Bool(_)
        | Value::Function(_)
        | Value::Undefined
        | Value::Null => None,
    };
    if let Some(own) = own {
        return Ok(own);
    }
    Ok(method(value, &name).map_or(Value::Undefined, |name| {
        Value::Function(std::rc::Rc::new(Function::Method { receiver: value.clone(), name }))
    }))
}

/// Calls the built-in method `name`, one that [`method`] gave for this value.
pub(crate) fn invoke(receiver: &Value, name: &'static str, arguments: &[Value], meter: &Meter) -> Result<Value, Fault> {
    let call = Invocation { name, arguments, meter };
    match receiver {
        Value::Text(text) | Value::Safe(text) => string::invoke(text, &call),
        Value::List(items) => list::invoke(items, receiver, &call),
        Value::Number(number) => number::invoke(*number, &call),
        Value::Regexp(regexp) => regexp::invoke(regexp, &call),
        Value::Cycler(cycler) => Ok(match name {
            "next" => cycler.advance(),
            _ => {
                cycler.reset();
                Value::Undefined
            }
        }),
        Value::Bool(_) | Value::Object(_) => match name {
            "hasOwnProperty" => {
                let key = call.text(0)?;
                Ok(Value::Bool(matches!(receiver, Value::Object(object) if object.get(&key).is_some())))
            }
            "toString" => Ok(Value::Text(to_text(receiver, meter)?)),
            _ => Ok(receiver.clone()),
        },
        Value::Undefined | Value::Null | Value::Function(_) => Ok(Value::Undefined),
    }
}

fn whole_index(index: f64) -> Option<usize> {
    (index >= 0.0 && index.fract() == 0.0 && index < 9e15).then_some(index as usize)
}

/// The index that a key in canonical form stands for.
fn text_index(key: &str) -> Option<usize> {
    let is_canonical =
        key == "0" || (!key.starts_with('0') && !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()));
    if is_canonical { key.parse().ok() } else { None }
}
