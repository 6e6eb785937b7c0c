//! Predicates: the `query` of newer requests, `{"kind": "component", "$not": {"spec.type": {"$in": ["website"]}}}`.

use serde_json::Value;

use super::rows::written;
use super::{Filter, QueryError};

/// Deepest nesting.
const DEPTH_MAX: usize = 64;

impl Filter {
    /// From a `query`.
    pub fn from_predicate(query: &Value) -> Result<Self, QueryError> {
        predicate(query, 0)
    }
}

fn invalid(message: impl std::fmt::Display) -> QueryError {
    QueryError::new(format!("Invalid query: Validation error: {message}"))
}

fn predicate(query: &Value, depth: usize) -> Result<Filter, QueryError> {
    let Value::Object(fields) = query else {
        return Err(invalid("Expected object"));
    };
    if depth > DEPTH_MAX {
        return Err(invalid(format!("more than {DEPTH_MAX} predicates within each other")));
    }
    let list = |value: &Value, key: &str| match value {
        Value::Array(list) => list.iter().map(|inner| predicate(inner, depth + 1)).collect::<Result<Vec<_>, _>>(),
        _ => Err(invalid(format!("Expected array at \"{key}\""))),
    };
    let mut all = Vec::with_capacity(fields.len());
    for (key, value) in fields {
        all.push(match key.as_str() {
            "$all" => Filter::All(list(value, key)?),
            "$any" => Filter::Any(list(value, key)?),
            "$not" => Filter::Not(Box::new(predicate(value, depth + 1)?)),
            key if key.starts_with('$') => return Err(invalid(format!("Invalid at \"{key}\""))),
            key => field(key, value)?,
        });
    }
    Ok(Filter::All(all))
}

fn field(key: &str, value: &Value) -> Result<Filter, QueryError> {
    let path = key.to_lowercase();
    let Value::Object(operator) = value else {
        return match scalar(value) {
            Some(text) => Ok(Filter::In(path, vec![text])),
            None => Err(received(key, value)),
        };
    };
    let mut entries = operator.iter();
    let (Some((operator, operand)), None) = (entries.next(), entries.next()) else {
        return Err(received(key, value));
    };
    match (operator.as_str(), operand) {
        ("$exists", Value::Bool(true)) => Ok(Filter::Exists(path)),
        ("$exists", Value::Bool(false)) => Ok(Filter::Not(Box::new(Filter::Exists(path)))),
        ("$in", Value::Array(list)) => {
            let values = list.iter().map(scalar).collect::<Option<Vec<_>>>().ok_or_else(|| received(key, value))?;
            Ok(Filter::In(path, values))
        }
        ("$hasPrefix", Value::String(prefix)) => Ok(Filter::Prefix(path, prefix.to_lowercase())),
        ("$contains", Value::Object(wanted)) if path == "relations" => relation(key, wanted),
        ("$contains", operand) => match scalar(operand) {
            Some(text) => Ok(Filter::In(path, vec![text])),
            None => Err(received(key, value)),
        },
        _ => Err(received(key, value)),
    }
}

fn relation(key: &str, wanted: &serde_json::Map<String, Value>) -> Result<Filter, QueryError> {
    let mut kind = None;
    let mut targets = Vec::new();
    for (field, value) in wanted {
        match (field.as_str(), value) {
            ("type", Value::String(text)) => kind = Some(text.to_lowercase()),
            ("targetRef", Value::String(text)) => targets.push(text.to_lowercase()),
            ("targetRef", Value::Object(operator)) => {
                let list = operator.get("$in").and_then(Value::as_array).ok_or_else(|| received(key, value))?;
                if list.is_empty() {
                    return Ok(Filter::Any(Vec::new()));
                }
                targets.extend(list.iter().filter_map(scalar));
            }
            _ => return Err(received(key, value)),
        }
    }
    Ok(Filter::Related(kind, targets))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Some(written(value).to_lowercase()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn received(key: &str, value: &Value) -> QueryError {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    invalid(format!("Expected string, received {kind} at \"{key}\""))
}
