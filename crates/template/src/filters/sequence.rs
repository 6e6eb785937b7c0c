//! Filters on lists and maps.
//!
//! Invariant: a filter never changes the list it is applied to.

use std::cmp::Ordering;

use indexmap::IndexMap;

use crate::error::Fault;
use crate::filters::present;
use crate::interpreter::assign_arguments;
use crate::invocation::Invocation;
use crate::members;
use crate::predicates;
use crate::random::Random;
use crate::sorting::sort_by;
use crate::value::coerce::{add, compare, is_truthy, join, strictly_equal, to_number, to_text};
use crate::value::{Text, Value, text};

pub(super) fn apply(call: &Invocation<'_>) -> Result<Value, Fault> {
    match call.name {
        "batch" => batch(call),
        "dictsort" => dict_sort(call),
        "first" => members::lookup(present(call)?, &Value::from(0_usize), call.meter),
        "last" => Ok(array_like(call)?.pop().unwrap_or_default()),
        "groupby" => group_by(call),
        "join" => join_items(call),
        "list" => list(call),
        "select" => select(call, true),
        "reject" => select(call, false),
        "selectattr" => select_attribute(call, true),
        "rejectattr" => select_attribute(call, false),
        "reverse" => reverse(call),
        "slice" => slice(call),
        "sort" => sort(call),
        _ => sum(call),
    }
}

/// The members 0, 1, … up to `length`; what has no length has none.
fn array_like(call: &Invocation<'_>) -> Result<Vec<Value>, Fault> {
    items_of(present(call)?, call)
}

fn items_of(value: &Value, call: &Invocation<'_>) -> Result<Vec<Value>, Fault> {
    let items: Vec<Value> = match value {
        Value::List(items) => items.borrow().clone(),
        Value::Text(text) => {
            call.meter.charge_items(text.len())?;
            text::units(text).into_iter().map(Value::from).collect()
        }
        Value::Safe(text) => vec![Value::Undefined; text::length(text)],
        _ => Vec::new(),
    };
    call.meter.charge_items(items.len())?;
    Ok(items)
}

/// A copy of the list; of null and undefined, an empty one.
fn copied(call: &Invocation<'_>) -> Result<Vec<Value>, Fault> {
    items_of(call.argument(0), call)
}

/// The items of what has to be a list.
fn list_items(call: &Invocation<'_>) -> Result<Vec<Value>, Fault> {
    match call.argument(0) {
        Value::List(_) => array_like(call),
        other => Err(Fault::render(format!("the filter `{}` takes a list, not {}", call.name, other.kind()))
            .hint("give it a default: `value | default([])`")),
    }
}

/// `item[attribute]`; null and undefined have no attributes.
fn attribute(item: &Value, name: &Value, call: &Invocation<'_>) -> Result<Value, Fault> {
    if item.is_nullish() {
        return Err(Fault::render(format!("the filter `{}` met an item that is {}", call.name, item.kind())));
    }
    members::lookup(item, name, call.meter)
}

/// Follows a dotted path of own members, as `sort` and `groupby` do.
fn attribute_path(item: &Value, path: &Value, call: &Invocation<'_>) -> Result<Value, Fault> {
    if !is_truthy(path) {
        return Ok(item.clone());
    }
    let path = to_text(path, call.meter)?;
    let mut value = item.clone();
    for part in path.split('.') {
        value = attribute(&value, &Value::from(part), call)?;
        if matches!(value, Value::Undefined | Value::Function(_)) {
            return Ok(Value::Undefined);
        }
    }
    Ok(value)
}

fn batch(call: &Invocation<'_>) -> Result<Value, Fault> {
    let size = to_number(call.argument(1), call.meter)?;
    let mut batches = Vec::new();
    let mut current = Vec::new();
    for (index, item) in array_like(call)?.into_iter().enumerate() {
        if index as f64 % size == 0.0 && !current.is_empty() {
            batches.push(Value::list(std::mem::take(&mut current)));
        }
        current.push(item);
    }
    if !current.is_empty() {
        while is_truthy(call.argument(2)) && (current.len() as f64) < size {
            call.meter.charge_items(1)?;
            current.push(call.argument(2).clone());
        }
        batches.push(Value::list(current));
    }
    Ok(Value::list(batches))
}

/// `dictsort(case_sensitive, by)`: pairs of key and value.
fn dict_sort(call: &Invocation<'_>) -> Result<Value, Fault> {
    let value = call.argument(0);
    if !value.is_plain_object() {
        return Err(Fault::render(format!("the filter `dictsort` takes a map, not {}", value.kind())));
    }
    let position = match call.argument(2) {
        Value::Undefined => 0,
        Value::Text(by) if &**by == "key" => 0,
        Value::Text(by) if &**by == "value" => 1,
        _ => return Err(Fault::render("the filter `dictsort` sorts by `key` or by `value`")),
    };
    let is_case_sensitive = is_truthy(call.argument(1));
    let sorted_by = |key: &Text, value: &Value| {
        let by = if position == 0 { Value::Text(key.clone()) } else { value.clone() };
        match &by {
            Value::Text(text) if !is_case_sensitive => Value::text(text.to_uppercase()),
            _ => by,
        }
    };
    let entries = value.entries().into_iter().map(|(key, value)| (sorted_by(&key, &value), key, value)).collect();
    let sorted = sort_by(entries, &mut |(left, ..), (right, ..)| {
        call.meter.charge(1)?;
        let is_greater = compare(left, right, call.meter)? == Some(Ordering::Greater);
        Ok(if is_greater {
            Ordering::Greater
        } else if strictly_equal(left, right) {
            Ordering::Equal
        } else {
            Ordering::Less
        })
    })?;
    Ok(Value::list(sorted.into_iter().map(|(_, key, value)| Value::list(vec![Value::Text(key), value])).collect()))
}

fn group_by(call: &Invocation<'_>) -> Result<Value, Fault> {
    let mut groups: IndexMap<Text, Vec<Value>> = IndexMap::new();
    for item in array_like(call)? {
        let key = to_text(&attribute_path(&item, call.argument(1), call)?, call.meter)?;
        groups.entry(key).or_default().push(item);
    }
    Ok(Value::object(groups.into_iter().map(|(key, items)| (key, Value::list(items)))))
}

/// `join(separator, attribute)`.
fn join_items(call: &Invocation<'_>) -> Result<Value, Fault> {
    let separator = if is_truthy(call.argument(1)) { call.text(1)? } else { "".into() };
    let items = if is_truthy(call.argument(2)) {
        copied(call)?.iter().map(|item| attribute(item, call.argument(2), call)).collect::<Result<_, _>>()?
    } else {
        list_items(call)?
    };
    let mut out = String::new();
    join(&mut out, &items, &separator, call.meter, 0)?;
    Ok(Value::text(out))
}

fn list(call: &Invocation<'_>) -> Result<Value, Fault> {
    match call.argument(0) {
        Value::List(_) => Ok(call.argument(0).clone()),
        Value::Text(_) => Ok(Value::list(array_like(call)?)),
        value if value.is_plain_object() => {
            let entries = value.entries();
            call.meter.charge_items(entries.len())?;
            let pair =
                |(key, value)| Value::object([(Text::from("key"), Value::Text(key)), (Text::from("value"), value)]);
            Ok(Value::list(entries.into_iter().map(pair).collect()))
        }
        value => Err(Fault::render(format!("the filter `list` takes a list, a map or a string, not {}", value.kind()))),
    }
}

/// `select(test, argument)` and `reject(test, argument)`.
fn select(call: &Invocation<'_>, wanted: bool) -> Result<Value, Fault> {
    let test = if call.argument(1).is_undefined() { "truthy".into() } else { call.text(1)? };
    let mut selected = Vec::new();
    for item in array_like(call)? {
        call.meter.charge(1)?;
        if predicates::test(&test, &[item.clone(), call.argument(2).clone()], call.meter)? == wanted {
            selected.push(item);
        }
    }
    Ok(Value::list(selected))
}

fn select_attribute(call: &Invocation<'_>, wanted: bool) -> Result<Value, Fault> {
    let mut selected = Vec::new();
    for item in list_items(call)? {
        if is_truthy(&attribute(&item, call.argument(1), call)?) == wanted {
            selected.push(item);
        }
    }
    Ok(Value::list(selected))
}

fn reverse(call: &Invocation<'_>) -> Result<Value, Fault> {
    let mut items = copied(call)?;
    items.reverse();
    if let Value::Text(_) = call.argument(0) {
        return joined(&items, call);
    }
    Ok(Value::list(items))
}

/// `slice(count, fill)`: so many lists of nearly equal length; of a string, parts of it.
fn slice(call: &Invocation<'_>) -> Result<Value, Fault> {
    let slices = to_number(call.argument(1), call.meter)?;
    let is_text = call.argument(0).as_str().is_some();
    let items = match call.argument(0) {
        Value::Safe(text) => text::units(text).into_iter().map(Value::from).collect(),
        Value::Text(_) => array_like(call)?,
        _ => list_items(call)?,
    };
    let fill = Some(call.argument(2)).filter(|fill| is_truthy(fill));
    if is_text && fill.is_some() {
        return Err(Fault::render("the filter `slice` fills up lists, not strings"));
    }
    let length = (items.len() as f64 / slices).floor();
    let extra = items.len() as f64 % slices;
    let mut parts = Vec::new();
    let mut offset = 0.0;
    while (parts.len() as f64) < slices {
        let index = parts.len() as f64;
        let start = offset + index * length;
        if index < extra {
            offset += 1.0;
        }
        let end = (offset + (index + 1.0) * length).min(items.len() as f64) as usize;
        let mut part = items[(start as usize).min(end)..end].to_vec();
        call.meter.charge_items(1 + part.len())?;
        part.extend(fill.filter(|_| index >= extra).cloned());
        parts.push(if is_text { joined(&part, call)? } else { Value::list(part) });
    }
    Ok(Value::list(parts))
}

fn joined(items: &[Value], call: &Invocation<'_>) -> Result<Value, Fault> {
    let mut out = String::new();
    join(&mut out, items, "", call.meter, 0)?;
    Ok(Value::text(out))
}

/// `sort(reverse, case_sensitive, attribute)`, also by keyword. Undefined items go last.
fn sort(call: &Invocation<'_>) -> Result<Value, Fault> {
    let names = ["value".into(), "reverse".into(), "case_sensitive".into(), "attribute".into()];
    let (arguments, _) = assign_arguments(&names, call.arguments.to_vec(), |_| None);
    let flag = |index: usize| arguments.get(index).is_some_and(is_truthy);
    let (is_reversed, is_case_sensitive) = (flag(1), flag(2));
    let path = arguments.get(3).unwrap_or(&Value::Undefined);
    let (undefined, defined): (Vec<Value>, Vec<Value>) =
        items_of(arguments.first().unwrap_or(&Value::Undefined), call)?.into_iter().partition(Value::is_undefined);
    let mut keyed = Vec::with_capacity(defined.len());
    for item in defined {
        let key = if is_truthy(path) { attribute_path(&item, path, call)? } else { item.clone() };
        keyed.push((key, item));
    }
    let mut sorted = sort_by(keyed, &mut |(left, _), (right, _)| {
        call.meter.charge(1)?;
        let order = match (left, right) {
            (Value::Text(left), Value::Text(right)) if !is_case_sensitive => {
                compare(&Value::text(left.to_lowercase()), &Value::text(right.to_lowercase()), call.meter)?
            }
            _ => compare(left, right, call.meter)?,
        };
        let order = order.unwrap_or(Ordering::Equal);
        Ok(if is_reversed { order.reverse() } else { order })
    })?;
    sorted.extend(undefined.into_iter().map(|item| (Value::Undefined, item)));
    Ok(Value::list(sorted.into_iter().map(|(_, item)| item).collect()))
}

/// `sum(attribute, start)`, with JavaScript's `+`.
fn sum(call: &Invocation<'_>) -> Result<Value, Fault> {
    let items: Vec<Value> = if is_truthy(call.argument(1)) {
        copied(call)?.iter().map(|item| attribute(item, call.argument(1), call)).collect::<Result<_, _>>()?
    } else {
        list_items(call)?
    };
    let mut total = Value::Number(0.0);
    for item in &items {
        total = add(&total, item, call.meter)?;
    }
    let start = if call.argument(2).is_undefined() { &Value::Number(0.0) } else { call.argument(2) };
    add(start, &total, call.meter)
}

/// `random`: an item by a sequence that the template's source determines.
pub(super) fn pick_random(call: &Invocation<'_>, random: &Random<'_>) -> Result<Value, Fault> {
    let mut items = array_like(call)?;
    let index = random.index(items.len());
    Ok(index.map_or(Value::Undefined, |index| items.swap_remove(index)))
}
