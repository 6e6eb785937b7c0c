//! Whether a value is what its schema says: every violation is told, none hides another.

mod list;
mod scalar;

use serde_json::{Map, Value};

use super::node::{Kind, Node, Rules};
use super::spot::Spot;
use super::{Compiled, FieldError};

impl Compiled {
    /// Every violation, in the order of the schema. Unknown fields are none: they are pruned, or found by
    /// [`Compiled::unknown_fields`].
    pub fn validate(&self, value: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check(&self.root, value, &Spot::Root, &mut errors);
        errors
    }
}

/// `object`, `integer`, … as error messages call it; a number without fraction is an integer.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if is_whole(number) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn is_whole(number: &serde_json::Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|n| n.fract() == 0.0)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Object => "object",
        Kind::Array => "array",
        Kind::String => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
    }
}

fn has_kind(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Object => value.is_object(),
        Kind::Array => value.is_array(),
        Kind::String => value.is_string(),
        Kind::Integer => value.as_number().is_some_and(is_whole),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
    }
}

fn check(node: &Node, value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    if value.is_null() && node.nullable {
        return;
    }
    check_type(node, value, spot, errors);
    let rules = &node.rules;
    if !rules.allowed.is_empty() && !rules.allowed.contains(value) {
        let allowed: Vec<String> = rules.allowed.iter().map(plain).collect();
        errors.push(FieldError::not_supported(spot.to_string(), value, &allowed));
    }
    match value {
        Value::String(text) => scalar::check_text(rules, text, value, spot, errors),
        Value::Number(number) => scalar::check_number(rules, number, value, spot, errors),
        Value::Array(items) => list::check_list(node, items, value, spot, errors),
        Value::Object(map) => check_object(node, map, value, spot, errors),
        Value::Null | Value::Bool(_) => {}
    }
    check_combinations(rules, value, spot, errors);
}

fn check_type(node: &Node, value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    let wanted = match node.kind {
        Some(kind) if !has_kind(kind, value) => kind_name(kind),
        None if node.int_or_string && !has_kind(Kind::Integer, value) && !value.is_string() => "integer,string",
        Some(_) | None => return,
    };
    let found = type_name(value);
    let detail = format!("{} in body must be of type {wanted}: {found:?}", Named(spot));
    errors.push(FieldError::type_invalid(spot.to_string(), &Value::from(found), &detail));
}

fn check_object(node: &Node, map: &Map<String, Value>, value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    for name in node.required.iter().filter(|name| !map.contains_key(&***name)) {
        errors.push(FieldError::required(spot.field(name).to_string(), ""));
    }
    let count = map.len() as u64;
    if let Some(max) = node.rules.max_properties.filter(|max| count > *max) {
        errors.push(FieldError::too_many(spot.to_string(), map.len(), max));
    }
    if let Some(min) = node.rules.min_properties.filter(|min| count < *min) {
        let detail = format!("{} in body should have at least {min} properties", Named(spot));
        errors.push(FieldError::invalid(spot.to_string(), value, &detail));
    }
    if node.embedded {
        check_envelope(map, spot, errors);
    }
    for (key, inner) in map {
        if let Some(child) = node.properties.get(key.as_str()).or(node.additional.as_deref()) {
            check(child, inner, &spot.field(key), errors);
        }
    }
}

/// A resource within a resource says what it is.
fn check_envelope(map: &Map<String, Value>, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    for name in ["apiVersion", "kind"] {
        let path = || spot.field(name).to_string();
        match map.get(name) {
            None => errors.push(FieldError::required(path(), "must not be empty")),
            Some(Value::String(text)) if text.is_empty() => {
                errors.push(FieldError::required(path(), "must not be empty"));
            }
            Some(Value::String(_)) => {}
            Some(other) => errors.push(FieldError::type_invalid(path(), other, "must be a string")),
        }
    }
}

fn check_combinations(rules: &Rules, value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    for node in &rules.all_of {
        check(node, value, spot, errors);
    }
    let holds = |node: &&Node| {
        let mut found = Vec::new();
        check(node, value, spot, &mut found);
        found.is_empty()
    };
    let mut refuse = |what: &str| {
        errors.push(FieldError::invalid(spot.to_string(), value, &format!("{} {what}", Named(spot))));
    };
    if !rules.any_of.is_empty() && !rules.any_of.iter().any(|node| holds(&node)) {
        refuse("must validate at least one schema (anyOf)");
    }
    if !rules.one_of.is_empty() {
        match rules.one_of.iter().filter(holds).count() {
            0 => refuse("must validate one and only one schema (oneOf). Found none valid"),
            1 => {}
            many => refuse(&format!("must validate one and only one schema (oneOf). Found {many} valid alternatives")),
        }
    }
    if rules.not.as_deref().is_some_and(|node| holds(&node)) {
        refuse("must not validate the schema (not)");
    }
}

/// A value as a list of allowed ones names it: text as it is, the rest as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A spot in a sentence, where the object itself needs a name.
struct Named<'a>(&'a Spot<'a>);

impl std::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_root() { f.write_str("the object") } else { self.0.fmt(f) }
    }
}
