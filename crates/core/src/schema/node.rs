//! One node of a compiled schema, and how it is read from JSON.

use std::collections::HashMap;

use indexmap::IndexMap;
use regex::Regex;
use serde_json::{Map, Value};

use super::compiled::CompileError;
use super::format::Format;

/// The type of a value; a node without one takes any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

/// How the items of a list are told apart.
#[derive(Clone, Debug, Default)]
pub(super) enum ListKind {
    #[default]
    Atomic,
    Set,
    Map(Vec<String>),
}

/// A bound of a number.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) limit: serde_json::Number,
    pub(super) exclusive: bool,
}

/// Rules that hold beyond the type.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) allowed: Vec<Value>,
    pub(super) pattern: Option<Regex>,
    pub(super) format: Option<Format>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) unique_items: bool,
    pub(super) min_properties: Option<u64>,
    pub(super) max_properties: Option<u64>,
    pub(super) minimum: Option<Bound>,
    pub(super) maximum: Option<Bound>,
    pub(super) multiple_of: Option<f64>,
    pub(super) all_of: Vec<Node>,
    pub(super) any_of: Vec<Node>,
    pub(super) one_of: Vec<Node>,
    pub(super) not: Option<Box<Node>>,
}

/// One node.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) kind: Option<Kind>,
    pub(super) int_or_string: bool,
    pub(super) nullable: bool,
    pub(super) preserve_unknown: bool,
    pub(super) embedded: bool,
    pub(super) properties: IndexMap<Box<str>, Node>,
    /// Other spellings of the names of [`Self::properties`].
    pub(super) aliases: HashMap<Box<str>, Box<str>>,
    /// The schema of entries that are not in [`Self::properties`].
    pub(super) additional: Option<Box<Node>>,
    pub(super) items: Option<Box<Node>>,
    pub(super) required: Vec<Box<str>>,
    pub(super) default: Option<Value>,
    pub(super) list: ListKind,
    pub(super) rules: Rules,
    /// Whether a default stands here or below: where not, defaulting need not look.
    pub(super) has_defaults: bool,
}

impl Node {
    pub(super) fn compile(schema: &Value, at: &str) -> Result<Self, CompileError> {
        let schema = match schema {
            Value::Object(map) => map,
            // `true` allows anything; only additionalProperties can be written so.
            Value::Bool(true) => return Ok(Self { preserve_unknown: true, nullable: true, ..Self::default() }),
            _ => return Err(problem(at, "a schema must be an object")),
        };
        if schema.contains_key("$ref") {
            return Err(problem(&format!("{at}.$ref"), "Forbidden: $ref is not supported"));
        }
        let flag = |name: &str| schema.get(name).and_then(Value::as_bool).unwrap_or(false);
        let mut node = Self {
            kind: kind_of(schema, at)?,
            int_or_string: flag("x-kubernetes-int-or-string"),
            nullable: flag("nullable"),
            preserve_unknown: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            properties: properties(schema, at)?,
            additional: additional(schema, at)?,
            items: child(schema, "items", at)?.map(Box::new),
            required: texts(schema, "required").map(Box::from).collect(),
            default: schema.get("default").filter(|v| !v.is_null()).cloned(),
            list: list_kind(schema),
            rules: Rules::compile(schema, at)?,
            ..Self::default()
        };
        node.aliases = super::canonical::aliases(&node.properties, schema.get("properties"));
        let below = node.properties.values().chain(node.items.as_deref()).chain(node.additional.as_deref());
        node.has_defaults = below.into_iter().any(|child| child.has_defaults || child.default.is_some());
        Ok(node)
    }

    /// Whether entries that are not in `properties` are welcome.
    pub(super) fn is_open(&self) -> bool {
        self.preserve_unknown || self.additional.is_some()
    }
}

impl Rules {
    fn compile(schema: &Map<String, Value>, at: &str) -> Result<Self, CompileError> {
        let number = |name: &str| schema.get(name).and_then(Value::as_u64);
        let pattern = match schema.get("pattern").and_then(Value::as_str) {
            Some(pattern) => Some(compile_pattern(pattern, at)?),
            None => None,
        };
        Ok(Self {
            allowed: schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default(),
            pattern,
            format: schema.get("format").and_then(Value::as_str).and_then(Format::named),
            min_length: number("minLength"),
            max_length: number("maxLength"),
            min_items: number("minItems"),
            max_items: number("maxItems"),
            unique_items: schema.get("uniqueItems").and_then(Value::as_bool).unwrap_or(false),
            min_properties: number("minProperties"),
            max_properties: number("maxProperties"),
            minimum: bound(schema, "minimum", "exclusiveMinimum"),
            maximum: bound(schema, "maximum", "exclusiveMaximum"),
            multiple_of: schema.get("multipleOf").and_then(Value::as_f64).filter(|n| *n > 0.0),
            all_of: children(schema, "allOf", at)?,
            any_of: children(schema, "anyOf", at)?,
            one_of: children(schema, "oneOf", at)?,
            not: child(schema, "not", at)?.map(Box::new),
        })
    }
}

fn kind_of(schema: &Map<String, Value>, at: &str) -> Result<Option<Kind>, CompileError> {
    const NAMES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
    let Some(kind) = schema.get("type") else { return Ok(None) };
    match kind.as_str().unwrap_or_default() {
        "" if kind.is_string() => Ok(None),
        "object" => Ok(Some(Kind::Object)),
        "array" => Ok(Some(Kind::Array)),
        "string" => Ok(Some(Kind::String)),
        "integer" => Ok(Some(Kind::Integer)),
        "number" => Ok(Some(Kind::Number)),
        "boolean" => Ok(Some(Kind::Boolean)),
        _ => {
            let listed: Vec<String> = NAMES.iter().map(|name| format!("{name:?}")).collect();
            let message = format!("Unsupported value: {kind}: supported values: {}", listed.join(", "));
            Err(problem(&join(at, "type"), &message))
        }
    }
}

fn properties(schema: &Map<String, Value>, at: &str) -> Result<IndexMap<Box<str>, Node>, CompileError> {
    let Some(map) = schema.get("properties").and_then(Value::as_object) else { return Ok(IndexMap::new()) };
    map.iter()
        .map(|(name, schema)| {
            let at = join(at, &format!("properties[{name}]"));
            Ok((name.as_str().into(), Node::compile(schema, &at)?))
        })
        .collect()
}

fn additional(schema: &Map<String, Value>, at: &str) -> Result<Option<Box<Node>>, CompileError> {
    match schema.get("additionalProperties") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(None),
        Some(schema) => Ok(Some(Box::new(Node::compile(schema, &join(at, "additionalProperties"))?))),
    }
}

fn child(schema: &Map<String, Value>, name: &str, at: &str) -> Result<Option<Node>, CompileError> {
    schema.get(name).map(|schema| Node::compile(schema, &join(at, name))).transpose()
}

fn children(schema: &Map<String, Value>, name: &str, at: &str) -> Result<Vec<Node>, CompileError> {
    let Some(list) = schema.get(name).and_then(Value::as_array) else { return Ok(Vec::new()) };
    list.iter().enumerate().map(|(i, schema)| Node::compile(schema, &join(at, &format!("{name}[{i}]")))).collect()
}

fn list_kind(schema: &Map<String, Value>) -> ListKind {
    match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => ListKind::Set,
        Some("map") => ListKind::Map(texts(schema, "x-kubernetes-list-map-keys").map(str::to_owned).collect()),
        _ => ListKind::Atomic,
    }
}

fn texts<'a>(schema: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a str> {
    schema.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// OpenAPI 3.0 says `minimum: 0, exclusiveMinimum: true`, JSON Schema says `exclusiveMinimum: 0`; both are read.
fn bound(schema: &Map<String, Value>, inclusive: &str, exclusive: &str) -> Option<Bound> {
    let limit = |value: Option<&Value>| value.and_then(Value::as_number).cloned();
    match (limit(schema.get(exclusive)), limit(schema.get(inclusive))) {
        (Some(limit), _) => Some(Bound { limit, exclusive: true }),
        (None, Some(limit)) => {
            Some(Bound { limit, exclusive: schema.get(exclusive).and_then(Value::as_bool).unwrap_or(false) })
        }
        (None, None) => None,
    }
}

fn compile_pattern(pattern: &str, at: &str) -> Result<Regex, CompileError> {
    regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().map_err(|source| CompileError {
        path: join(at, "pattern"),
        message: format!("Invalid value: {pattern:?}: must be a valid regular expression"),
        source: Some(Box::new(source)),
    })
}

fn problem(at: &str, message: &str) -> CompileError {
    CompileError { path: at.to_owned(), message: message.to_owned(), source: None }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}
