//! Other spellings of known fields: `snake_case`, `kebab-case`, and what `x-aliases` lists, renamed to the schema's name.
//!
//! Only names of `properties` are touched. The keys of free maps are data and stay as they are.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::node::Node;
use super::spot::Spot;
use super::{Compiled, FieldError};

impl Compiled {
    /// Renames known fields that are written differently to their right names, in place. A field that is given under two
    /// names is an error, and both are left in place.
    pub fn canonicalise(&self, value: &mut Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        rename(&self.root, value, &Spot::Root, &mut errors);
        errors
    }
}

fn rename(node: &Node, value: &mut Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(map) => {
            if map.keys().any(|key| node.aliases.contains_key(key.as_str())) {
                rename_keys(node, map, spot, errors);
            }
            for (key, inner) in map.iter_mut() {
                let child = node.properties.get(key.as_str()).or(node.additional.as_deref());
                if let Some(child) = child {
                    rename(child, inner, &spot.field(key), errors);
                }
            }
        }
        Value::Array(list) => {
            if let Some(items) = &node.items {
                for (i, inner) in list.iter_mut().enumerate() {
                    rename(items, inner, &spot.index(i), errors);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Keeps the order of the keys.
fn rename_keys(node: &Node, map: &mut Map<String, Value>, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    let mut renamed: Map<String, Value> = Map::new();
    let given: Vec<String> = map.keys().cloned().collect();
    for (key, value) in std::mem::take(map) {
        match node.aliases.get(key.as_str()) {
            Some(name) if given.iter().any(|other| other == &**name) || renamed.contains_key(&**name) => {
                let message = format!("{key:?} means the same field as {name:?}: give one of them");
                errors.push(FieldError::forbidden(spot.field(&key).to_string(), &message));
                renamed.insert(key, value);
            }
            Some(name) => {
                renamed.insert(name.to_string(), value);
            }
            None => {
                renamed.insert(key, value);
            }
        }
    }
    *map = renamed;
}

/// The other spellings of `properties`. A spelling that is itself a property, or that two of them claim, is left out.
pub(super) fn aliases(properties: &IndexMap<Box<str>, Node>, schema: Option<&Value>) -> HashMap<Box<str>, Box<str>> {
    let mut found: HashMap<Box<str>, Option<Box<str>>> = HashMap::new();
    for name in properties.keys() {
        let listed = schema
            .and_then(|schema| schema[&**name].get("x-aliases"))
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|alias| alias.as_str().map(str::to_owned));
        let mut spellings: Vec<String> = [separated(name, '_'), separated(name, '-')].into();
        // An alias can be written in the other cases as well.
        spellings.extend(listed.flat_map(|alias| [separated(&alias, '_'), separated(&alias, '-'), alias]));
        spellings.sort();
        spellings.dedup();
        for spelling in spellings.into_iter().filter(|spelling| !properties.contains_key(spelling.as_str())) {
            found
                .entry(spelling.into())
                .and_modify(|claimed| {
                    claimed.take_if(|other| *other != *name);
                })
                .or_insert_with(|| Some(name.clone()));
        }
    }
    found.into_iter().filter_map(|(spelling, name)| Some((spelling, name?))).collect()
}

/// `maxReplicas` as `max_replicas`; a run of capitals is one word, so `remoteURL` is `remote_url`.
fn separated(name: &str, separator: char) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut text = String::with_capacity(name.len() + 4);
    for (i, c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| chars.get(i));
        let starts_word = before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit())
            || (before.is_some_and(|b| b.is_uppercase()) && chars.get(i + 1).is_some_and(|n| n.is_lowercase()));
        if c.is_uppercase() && starts_word {
            text.push(separator);
        }
        text.extend(c.to_lowercase());
    }
    text
}
