//! Rules of lists: how many items, and which of them may be alike.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::super::FieldError;
use super::super::node::{ListKind, Node};
use super::super::spot::Spot;
use super::{Named, check};

pub(super) fn check_list(node: &Node, items: &[Value], value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    let count = items.len() as u64;
    if let Some(max) = node.rules.max_items.filter(|max| count > *max) {
        errors.push(FieldError::too_many(spot.to_string(), items.len(), max));
    }
    if let Some(min) = node.rules.min_items.filter(|min| count < *min) {
        let detail = format!("{} in body should have at least {min} items", Named(spot));
        errors.push(FieldError::invalid(spot.to_string(), value, &detail));
    }
    if let Some(child) = &node.items {
        for (i, inner) in items.iter().enumerate() {
            check(child, inner, &spot.index(i), errors);
        }
    }
    match &node.list {
        ListKind::Set => check_repeats(items, spot, errors, Value::clone),
        ListKind::Map(keys) => check_repeats(items, spot, errors, |item| key_of(item, keys)),
        ListKind::Atomic if node.rules.unique_items => check_unique(items, value, spot, errors),
        ListKind::Atomic => {}
    }
}

/// Each item that says the same as an earlier one; `key` is what must not be repeated.
fn check_repeats(items: &[Value], spot: &Spot<'_>, errors: &mut Vec<FieldError>, key: impl Fn(&Value) -> Value) {
    let mut seen = HashSet::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let key = key(item);
        if !seen.insert(key.to_string()) {
            errors.push(FieldError::duplicate(spot.index(i).to_string(), &key));
        }
    }
}

fn key_of(item: &Value, keys: &[String]) -> Value {
    let mut map = Map::new();
    for key in keys {
        if let Some(value) = item.get(key) {
            map.insert(key.clone(), value.clone());
        }
    }
    Value::Object(map)
}

fn check_unique(items: &[Value], value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    let mut seen = HashSet::with_capacity(items.len());
    if !items.iter().all(|item| seen.insert(item.to_string())) {
        let detail = format!("{} in body shouldn't contain duplicates", Named(spot));
        errors.push(FieldError::invalid(spot.to_string(), value, &detail));
    }
}
