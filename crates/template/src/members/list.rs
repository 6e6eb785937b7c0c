//! Methods of lists.
//!
//! Invariant: methods that change a list change it for everybody who holds it; none of them takes a function, since a template
//! cannot write one.

use std::cell::RefCell;
use std::rc::Rc;

use crate::error::Fault;
use crate::invocation::Invocation;
use crate::limits::Meter;
use crate::sorting::sort_by;
use crate::value::Value;
use crate::value::coerce::{compare_text, join, strictly_equal, to_text};
use crate::value::number::relative_index;

pub(super) const METHODS: &[&str] = &[
    "at",
    "concat",
    "flat",
    "includes",
    "indexOf",
    "join",
    "lastIndexOf",
    "pop",
    "push",
    "reverse",
    "shift",
    "slice",
    "sort",
    "splice",
    "toString",
    "unshift",
];

type Items = Rc<RefCell<Vec<Value>>>;

pub(super) fn invoke(items: &Items, receiver: &Value, call: &Invocation<'_>) -> Result<Value, Fault> {
    let meter = call.meter;
    let length = items.borrow().len();
    meter.charge(length as u64 / 8)?;
    match call.name {
        "at" => {
            let index = call.integer(0, 0.0)?;
            let index = if index < 0.0 { index + length as f64 } else { index };
            Ok(if index < 0.0 {
                Value::Undefined
            } else {
                items.borrow().get(index as usize).cloned().unwrap_or_default()
            })
        }
        "concat" => concat(items, call),
        "flat" => {
            let mut flat = Vec::new();
            flatten(&mut flat, &items.borrow(), call.integer(0, 1.0)?, meter, 0)?;
            Ok(Value::list(flat))
        }
        "includes" => {
            let wanted = call.argument(0);
            let is_nan = |value: &Value| matches!(value, Value::Number(number) if number.is_nan());
            let found =
                items.borrow().iter().any(|item| strictly_equal(item, wanted) || (is_nan(item) && is_nan(wanted)));
            Ok(Value::Bool(found))
        }
        "indexOf" => {
            let from = relative_index(call.integer(1, 0.0)?, length);
            let found = items.borrow().iter().skip(from).position(|item| strictly_equal(item, call.argument(0)));
            Ok(Value::Number(found.map_or(-1.0, |index| (index + from) as f64)))
        }
        "lastIndexOf" => {
            let found = items.borrow().iter().rposition(|item| strictly_equal(item, call.argument(0)));
            Ok(Value::Number(found.map_or(-1.0, |index| index as f64)))
        }
        "join" | "toString" => {
            let has_separator = call.name == "join" && !call.argument(0).is_undefined();
            let separator = if has_separator { call.text(0)? } else { ",".into() };
            let mut out = String::new();
            join(&mut out, &items.borrow(), &separator, meter, 0)?;
            Ok(Value::text(out))
        }
        "slice" => {
            let from = relative_index(call.integer(0, 0.0)?, length);
            let to = relative_index(call.integer(1, length as f64)?, length).max(from);
            meter.charge_items(to - from)?;
            Ok(Value::list(items.borrow()[from..to].to_vec()))
        }
        _ => change(items, receiver, call),
    }
}

/// The methods that change the list.
fn change(items: &Items, receiver: &Value, call: &Invocation<'_>) -> Result<Value, Fault> {
    let meter = call.meter;
    meter.note_change();
    match call.name {
        "pop" => Ok(items.borrow_mut().pop().unwrap_or_default()),
        "push" => {
            meter.charge_items(call.arguments.len())?;
            items.borrow_mut().extend_from_slice(call.arguments);
            Ok(Value::from(items.borrow().len()))
        }
        "reverse" => {
            items.borrow_mut().reverse();
            Ok(receiver.clone())
        }
        "shift" => {
            let mut items = items.borrow_mut();
            Ok(if items.is_empty() { Value::Undefined } else { items.remove(0) })
        }
        "sort" => {
            if !call.argument(0).is_undefined() {
                return Err(Fault::unsupported("`sort` with a function is not available")
                    .hint("use the filter: `list | sort(attribute='name')`"));
            }
            let mut keyed = Vec::new();
            for item in items.borrow().iter() {
                keyed.push((to_text(item, meter)?, item.clone()));
            }
            let sorted = sort_by(keyed, &mut |left, right| {
                meter.charge(1)?;
                Ok(left.1.is_undefined().cmp(&right.1.is_undefined()).then_with(|| compare_text(&left.0, &right.0)))
            })?;
            *items.borrow_mut() = sorted.into_iter().map(|(_, item)| item).collect();
            Ok(receiver.clone())
        }
        "splice" => splice(items, call),
        _ => {
            meter.charge_items(call.arguments.len())?;
            let mut items = items.borrow_mut();
            items.splice(0..0, call.arguments.iter().cloned());
            Ok(Value::from(items.len()))
        }
    }
}

fn concat(items: &Items, call: &Invocation<'_>) -> Result<Value, Fault> {
    let mut joined = items.borrow().clone();
    call.meter.charge_items(joined.len())?;
    for argument in call.arguments {
        match argument {
            Value::List(more) => {
                call.meter.charge_items(more.borrow().len())?;
                joined.extend_from_slice(&more.borrow());
            }
            other => joined.push(other.clone()),
        }
    }
    Ok(Value::list(joined))
}

fn splice(items: &Items, call: &Invocation<'_>) -> Result<Value, Fault> {
    let length = items.borrow().len();
    let from = relative_index(call.integer(0, 0.0)?, length);
    let count = match call.arguments.len() {
        0 => 0,
        1 => length - from,
        _ => call.position(1, 0, length - from)?,
    };
    let added: Vec<Value> = call.arguments.iter().skip(2).cloned().collect();
    call.meter.charge_items(count + added.len())?;
    let removed = items.borrow_mut().splice(from..from + count, added).collect();
    Ok(Value::list(removed))
}

fn flatten(flat: &mut Vec<Value>, items: &[Value], levels: f64, meter: &Meter, depth: usize) -> Result<(), Fault> {
    meter.check_nesting(depth)?;
    meter.charge_items(items.len())?;
    for item in items {
        match item {
            Value::List(inner) if levels >= 1.0 => flatten(flat, &inner.borrow(), levels - 1.0, meter, depth + 1)?,
            other => flat.push(other.clone()),
        }
    }
    Ok(())
}
