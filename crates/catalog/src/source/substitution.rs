//! Placeholders: `definition: {$text: ./openapi.yaml}` stands for what the file says.
//!
//! An object with exactly one key counts, and that key must be known; everything else is left as it is, as Backstage leaves
//! it. What was put in is not looked into again.

use causeway_core::yaml;
use serde_json::Value;

use super::origin::{Origin, OriginError};

/// Most files that one document puts in.
const PLACEHOLDERS_MAX: usize = 100;
/// Deepest `$ref` from file to file.
const BUNDLE_DEPTH: usize = 16;

/// A placeholder that cannot be filled in.
pub(super) struct Unfilled {
    /// Where it stands, as `spec.definition`.
    pub(super) path: String,
    /// Why.
    pub(super) message: String,
}

/// Why filling in ended early.
pub(super) enum Stop {
    /// The document is at fault.
    Unfilled(Unfilled),
    /// Reading failed in a way that may pass.
    Origin(OriginError),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
    Yaml,
    Bundle,
}

impl Form {
    fn of(key: &str) -> Option<Self> {
        match key {
            "$text" => Some(Self::Text),
            "$json" => Some(Self::Json),
            "$yaml" => Some(Self::Yaml),
            "$openapi" | "$asyncapi" => Some(Self::Bundle),
            _ => None,
        }
    }
}

/// The document of `file` with all placeholders filled in.
pub(super) async fn fill(origin: &Origin, file: &str, mut value: Value) -> Result<Value, Stop> {
    let mut found = Vec::new();
    collect(&value, &mut Vec::new(), &mut found);
    if found.len() > PLACEHOLDERS_MAX {
        let message = format!("the entity puts in {} files, and {PLACEHOLDERS_MAX} is the most", found.len());
        return Err(Stop::Unfilled(Unfilled { path: String::new(), message }));
    }
    for path in found {
        let Some(spot) = at(&mut value, &path) else { continue };
        match put_in(origin, file, spot).await {
            Ok(content) => *spot = content,
            Err(Problem::Said(message)) => return Err(Stop::Unfilled(Unfilled { path: written(&path), message })),
            Err(Problem::Origin(error)) => return Err(Stop::Origin(error)),
        }
    }
    Ok(value)
}

enum Problem {
    Said(String),
    Origin(OriginError),
}

impl From<OriginError> for Problem {
    fn from(error: OriginError) -> Self {
        if error.may_pass() { Self::Origin(error) } else { Self::Said(error.to_string()) }
    }
}

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

fn collect(value: &Value, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    match value {
        Value::Object(map) => {
            if map.len() == 1 && map.keys().all(|key| Form::of(key).is_some()) {
                found.push(path.clone());
                return;
            }
            for (key, inner) in map {
                path.push(Step::Key(key.clone()));
                collect(inner, path, found);
                path.pop();
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                path.push(Step::Index(index));
                collect(inner, path, found);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) if key.contains(['.', '[', '/']) => text.push_str(&format!("[{key}]")),
            Step::Key(key) => text.push_str(&format!(".{key}")),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

async fn put_in(origin: &Origin, file: &str, placeholder: &Value) -> Result<Value, Problem> {
    let entry = placeholder.as_object().and_then(|map| map.iter().next());
    let Some((key, form, target)) = entry.and_then(|(key, target)| Some((key, Form::of(key)?, target))) else {
        return Err(Problem::Said("this is not a placeholder".into()));
    };
    let Some(target) = target.as_str() else {
        return Err(Problem::Said(format!("{key} names a file, and so it must be a text")));
    };
    let path = origin.resolve(file, target)?;
    let Some(text) = origin.read(&path).await? else {
        return Err(Problem::Said(format!("{key} names {path}, and there is no such file in {}", origin.name())));
    };
    let unreadable = |why: String| Problem::Said(format!("{key} names {path}, which cannot be read: {why}"));
    match form {
        Form::Text => Ok(Value::String(text)),
        Form::Json => serde_json::from_str(&text).map_err(|e| unreadable(e.to_string())),
        Form::Yaml => document(&text).map_err(unreadable),
        Form::Bundle => bundle(origin, &path, text, &unreadable).await,
    }
}

fn document(text: &str) -> Result<Value, String> {
    yaml::parse_one(text, &yaml::Options::core()).map(|document| document.value).map_err(|e| e.to_string())
}

/// The text of an OpenAPI or AsyncAPI document, with what its `$ref`s name in other files put in their place. One that names
/// no other file stays as it is written.
async fn bundle(
    origin: &Origin,
    path: &str,
    text: String,
    unreadable: &(impl Fn(String) -> Problem + Sync),
) -> Result<Value, Problem> {
    let mut value = document(&text).map_err(unreadable)?;
    if !has_outer_reference(&value) {
        return Ok(Value::String(text));
    }
    inline(origin, path, &mut value, BUNDLE_DEPTH).await?;
    Ok(Value::String(yaml::to_yaml(&value)))
}

fn outer_reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str().filter(|target| !target.starts_with('#'))
}

fn has_outer_reference(value: &Value) -> bool {
    outer_reference(value).is_some()
        || match value {
            Value::Object(map) => map.values().any(has_outer_reference),
            Value::Array(list) => list.iter().any(has_outer_reference),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

fn inline<'a>(
    origin: &'a Origin,
    file: &'a str,
    value: &'a mut Value,
    depth: usize,
) -> futures::future::BoxFuture<'a, Result<(), Problem>> {
    Box::pin(async move {
        if let Some(target) = outer_reference(value).map(str::to_owned) {
            if target.starts_with("http://") || target.starts_with("https://") {
                return Ok(());
            }
            if depth == 0 {
                return Err(Problem::Said(format!("{file} refers to {target} too deep, or in a circle")));
            }
            let (outer, pointer) = target.split_once('#').unwrap_or((&target, ""));
            let path = origin.resolve(file, outer)?;
            let Some(text) = origin.read(&path).await? else {
                return Err(Problem::Said(format!(
                    "{file} refers to {path}, and there is no such file in {}",
                    origin.name()
                )));
            };
            let whole = document(&text)
                .map_err(|why| Problem::Said(format!("{file} refers to {path}, which cannot be read: {why}")))?;
            let Some(part) = whole.pointer(pointer) else {
                return Err(Problem::Said(format!("{file} refers to {target}, and there is nothing at {pointer:?}")));
            };
            let mut part = part.clone();
            inline(origin, &path, &mut part, depth - 1).await?;
            *value = part;
            return Ok(());
        }
        let inner: Vec<&mut Value> = match value {
            Value::Object(map) => map.values_mut().collect(),
            Value::Array(list) => list.iter_mut().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        for value in inner {
            inline(origin, file, value, depth).await?;
        }
        Ok(())
    })
}
