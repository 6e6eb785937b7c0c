//! Defaults, as structural schemas define them: put only into objects that are there, and nulls that mean nothing go.

use serde_json::{Map, Value};

use super::Compiled;
use super::node::Node;

impl Compiled {
    /// Fills in defaults. A null where the schema does not say `nullable` counts as absent: it is replaced by the default,
    /// or removed.
    pub fn default(&self, value: &mut Value) {
        fill(&self.root, value);
        drop_nulls(&self.root, value);
    }
}

fn means_nothing(node: &Node, value: &Value) -> bool {
    value.is_null() && !node.nullable
}

fn fill(node: &Node, value: &mut Value) {
    if !node.has_defaults {
        return;
    }
    match value {
        Value::Object(map) => fill_object(node, map),
        Value::Array(list) => {
            let Some(items) = &node.items else { return };
            for inner in list {
                if let Some(default) = items.default.as_ref().filter(|_| means_nothing(items, inner)) {
                    *inner = default.clone();
                }
                fill(items, inner);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fill_object(node: &Node, map: &mut Map<String, Value>) {
    for (name, child) in &node.properties {
        let Some(default) = &child.default else { continue };
        if map.get(&**name).is_none_or(|value| means_nothing(child, value)) {
            map.insert(name.to_string(), default.clone());
        }
    }
    for (key, inner) in map.iter_mut() {
        match (node.properties.get(key.as_str()), node.additional.as_deref()) {
            (Some(child), _) => fill(child, inner),
            (None, Some(child)) => {
                if let Some(default) = child.default.as_ref().filter(|_| means_nothing(child, inner)) {
                    *inner = default.clone();
                }
                fill(child, inner);
            }
            (None, None) => {}
        }
    }
}

fn drop_nulls(node: &Node, value: &mut Value) {
    match value {
        Value::Object(map) => {
            let below = |key: &str| node.properties.get(key).or(node.additional.as_deref());
            map.retain(|key, inner| below(key).is_none_or(|child| !means_nothing(child, inner)));
            for (key, inner) in map.iter_mut() {
                if let Some(child) = node.properties.get(key.as_str()).or(node.additional.as_deref()) {
                    drop_nulls(child, inner);
                }
            }
        }
        Value::Array(list) => {
            if let Some(items) = &node.items {
                list.iter_mut().for_each(|inner| drop_nulls(items, inner));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
