//! Fields that a kind does not have: found, or removed.

use serde_json::{Map, Value};

use super::node::Node;
use super::spot::Spot;
use super::{Compiled, FieldError};

/// What every resource has, also one embedded in another, whatever its schema says.
const ENVELOPE: [&str; 3] = ["apiVersion", "kind", "metadata"];

impl Compiled {
    /// Every field that the schema does not know, with the nearest name that it knows.
    pub fn unknown_fields(&self, value: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        find(&self.root, value, &Spot::Root, &mut errors);
        errors
    }

    /// Removes every field that the schema does not know.
    pub fn prune(&self, value: &mut Value) {
        remove(&self.root, value, true);
    }
}

fn is_known(node: &Node, is_root: bool, key: &str) -> bool {
    node.properties.contains_key(key) || node.is_open() || ((is_root || node.embedded) && ENVELOPE.contains(&key))
}

fn below<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.properties.get(key).or(node.additional.as_deref())
}

fn find(node: &Node, value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let here = spot.field(key);
                if let Some(child) = below(node, key) {
                    find(child, inner, &here, errors);
                } else if !is_known(node, spot.is_root(), key) {
                    errors.push(FieldError::unknown(here.to_string(), key, node.properties.keys().map(|name| &**name)));
                }
            }
        }
        Value::Array(list) => {
            if let Some(items) = &node.items {
                for (i, inner) in list.iter().enumerate() {
                    find(items, inner, &spot.index(i), errors);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn remove(node: &Node, value: &mut Value, is_root: bool) {
    match value {
        Value::Object(map) => remove_keys(node, map, is_root),
        Value::Array(list) => match &node.items {
            Some(items) => list.iter_mut().for_each(|inner| remove(items, inner, false)),
            None if node.preserve_unknown => {}
            None => list.iter_mut().for_each(|inner| remove(&Node::default(), inner, false)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn remove_keys(node: &Node, map: &mut Map<String, Value>, is_root: bool) {
    map.retain(|key, _| is_known(node, is_root, key));
    for (key, inner) in map.iter_mut() {
        if let Some(child) = below(node, key) {
            remove(child, inner, false);
        }
    }
}
