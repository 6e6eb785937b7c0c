//! Schemas made from Rust types.
//!
//! `schemars` describes a type in JSON Schema; a structural schema is narrower. What is made of the difference: references
//! are inlined, `Option` is the type itself (absence and null are the same in a resource), enums of plain variants are
//! one `enum`, enums with data are one object with the fields of all variants, unsigned formats are bounds, and defaults
//! that say nothing (empty text, zero, false) are left out. The result depends on the type alone.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The structural schema of a type. Doc comments become descriptions; `#[schemars(extend("x-…" = …))]` is kept.
pub fn from_type<T: JsonSchema>() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.root_schema_for::<T>().to_value();
    let definitions = match schema.get_mut("$defs").map(Value::take) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    if let Value::Object(map) = &mut schema {
        for key in ["$schema", "$defs", "title"] {
            map.shift_remove(key);
        }
    }
    structure(&schema, &mut Inliner { definitions: &definitions, open: Vec::new() })
}

struct Inliner<'a> {
    definitions: &'a Map<String, Value>,
    /// References being inlined, to stop at one that leads to itself.
    open: Vec<String>,
}

/// Anything goes.
fn free() -> Value {
    json!({"x-kubernetes-preserve-unknown-fields": true, "nullable": true})
}

fn structure(schema: &Value, inliner: &mut Inliner<'_>) -> Value {
    let Value::Object(source) = schema else { return free() };
    if let Some(reference) = source.get("$ref").and_then(Value::as_str) {
        return inline(reference, source, inliner);
    }
    for key in ["anyOf", "oneOf"] {
        let Some(variants) = source.get(key).and_then(Value::as_array) else { continue };
        if source.get("x-kubernetes-int-or-string").is_some() {
            continue;
        }
        return overlay(combine(variants, inliner), source);
    }
    if let Some([only]) = source.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        return overlay(structure(only, inliner), source);
    }
    let mut map = plain(source, inliner);
    drop_empty_default(&mut map);
    if map.is_empty() || map.keys().all(|key| key == "description" || key == "title") {
        map.extend(free().as_object().cloned().unwrap_or_default());
    }
    Value::Object(map)
}

/// The definition in place of the reference, with what stands beside the reference on top.
fn inline(reference: &str, source: &Map<String, Value>, inliner: &mut Inliner<'_>) -> Value {
    let name = reference.rsplit('/').next().unwrap_or(reference).replace("~1", "/").replace("~0", "~");
    let definition = inliner.definitions.get(&name).filter(|_| !inliner.open.contains(&name));
    let Some(definition) = definition else {
        return overlay(json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}), source);
    };
    let definition = definition.clone();
    inliner.open.push(name);
    let target = structure(&definition, inliner);
    inliner.open.pop();
    overlay(target, source)
}

/// Description, default and extensions that stand beside a reference or a choice win over those inside it.
fn overlay(mut target: Value, source: &Map<String, Value>) -> Value {
    if let Value::Object(map) = &mut target {
        for (key, value) in source {
            let kept = matches!(key.as_str(), "description" | "default" | "title" | "example") || key.starts_with("x-");
            if kept {
                map.insert(key.clone(), value.clone());
            }
        }
        drop_empty_default(map);
    }
    target
}

/// A schema without references and choices, keyword by keyword.
fn plain(source: &Map<String, Value>, inliner: &mut Inliner<'_>) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, value) in source {
        match key.as_str() {
            "type" => set_type(&mut map, value),
            "properties" => {
                let fields = value.as_object().into_iter().flatten();
                let fields = fields.map(|(name, field)| (name.clone(), property(field, inliner))).collect();
                map.insert(key.clone(), Value::Object(fields));
            }
            "items" => {
                map.insert(key.clone(), structure(value, inliner));
            }
            "additionalProperties" => set_additional(&mut map, value, source, inliner),
            "const" => {
                map.insert("enum".into(), json!([value]));
            }
            "enum" => {
                let listed = value.as_array().into_iter().flatten().filter(|v| !v.is_null());
                map.insert(key.clone(), listed.cloned().collect());
            }
            "format" => set_format(&mut map, value),
            "exclusiveMinimum" | "exclusiveMaximum" if value.is_number() => {
                map.insert(key.replace("exclusiveM", "m"), value.clone());
                map.insert(key.clone(), true.into());
            }
            "examples" => {
                if let Some(first) = value.get(0) {
                    map.insert("example".into(), first.clone());
                }
            }
            "$schema" | "$defs" | "$id" | "unevaluatedProperties" | "propertyNames" => {}
            _ => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
    // Of `[T; n]` and tuples only the bounds can be said.
    if map.shift_remove("prefixItems").is_some() {
        map.insert("items".into(), free());
    }
    map
}

/// A property that may be null is one that may be left out; null itself never stays in a resource.
fn property(field: &Value, inliner: &mut Inliner<'_>) -> Value {
    let mut field = structure(field, inliner);
    let is_free = field.get("type").is_none() && field.get("x-kubernetes-int-or-string").is_none();
    if let Value::Object(map) = &mut field
        && !is_free
    {
        map.shift_remove("nullable");
    }
    field
}

fn set_type(map: &mut Map<String, Value>, value: &Value) {
    let Value::Array(types) = value else {
        map.insert("type".into(), value.clone());
        return;
    };
    let concrete: Vec<&str> = types.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect();
    match concrete.as_slice() {
        [one] => {
            map.insert("type".into(), (*one).into());
        }
        ["integer", "string"] | ["string", "integer"] => {
            map.insert("x-kubernetes-int-or-string".into(), true.into());
        }
        _ => {
            map.insert("x-kubernetes-preserve-unknown-fields".into(), true.into());
        }
    }
    if concrete.len() < types.len() {
        map.insert("nullable".into(), true.into());
    }
}

/// Beside named properties, further ones are free: structural schemas do not allow both keywords.
fn set_additional(map: &mut Map<String, Value>, value: &Value, source: &Map<String, Value>, inliner: &mut Inliner<'_>) {
    let has_properties = source.get("properties").and_then(Value::as_object).is_some_and(|fields| !fields.is_empty());
    match value {
        Value::Bool(false) => {}
        _ if has_properties => {
            map.insert("x-kubernetes-preserve-unknown-fields".into(), true.into());
        }
        Value::Bool(true) => {
            map.insert("x-kubernetes-preserve-unknown-fields".into(), true.into());
        }
        schema => {
            map.insert("additionalProperties".into(), structure(schema, inliner));
        }
    }
}

fn set_format(map: &mut Map<String, Value>, value: &Value) {
    let kept = match value.as_str().unwrap_or_default() {
        "uint8" | "uint16" | "int8" | "int16" => Some("int32"),
        "uint32" | "uint64" | "uint" | "int" => Some("int64"),
        "double" | "float" => None,
        other => Some(other),
    };
    if let Some(format) = kept {
        map.insert("format".into(), format.into());
    }
}

/// One schema for a choice between several.
fn combine(variants: &[Value], inliner: &mut Inliner<'_>) -> Value {
    let is_null = |schema: &&Value| schema.get("type").is_some_and(|kind| kind == "null");
    let has_null = variants.iter().any(|schema| is_null(&schema));
    let mut schemas: Vec<Value> =
        variants.iter().filter(|schema| !is_null(schema)).map(|schema| structure(schema, inliner)).collect();
    let mut combined = match schemas.len() {
        1 => schemas.remove(0),
        _ => {
            one_enum(&schemas).or_else(|| int_or_string(&schemas)).or_else(|| one_object(&schemas)).unwrap_or_else(free)
        }
    };
    if has_null {
        combined["nullable"] = true.into();
    }
    combined
}

/// Plain variants, each a constant or a list of them.
fn one_enum(schemas: &[Value]) -> Option<Value> {
    let mut allowed: Vec<Value> = Vec::new();
    for schema in schemas {
        if schema["type"] != "string" {
            return None;
        }
        allowed.extend(schema.get("enum")?.as_array()?.iter().cloned());
    }
    Some(json!({"type": "string", "enum": allowed}))
}

fn int_or_string(schemas: &[Value]) -> Option<Value> {
    let mut types: Vec<&str> = schemas.iter().filter_map(|schema| schema["type"].as_str()).collect();
    types.sort_unstable();
    (types == ["integer", "string"]).then(|| json!({"x-kubernetes-int-or-string": true}))
}

/// Variants with data: the fields of all, of which those are required that every variant requires. A field which is a
/// constant of its own in each variant (the tag) becomes an enum of them.
fn one_object(schemas: &[Value]) -> Option<Value> {
    if schemas.iter().any(|schema| schema["type"] != "object") {
        return None;
    }
    let mut fields: Map<String, Value> = Map::new();
    for (name, field) in schemas.iter().filter_map(|schema| schema["properties"].as_object()).flatten() {
        match fields.get_mut(name) {
            None => {
                fields.insert(name.clone(), field.clone());
            }
            Some(known) if known == field => {}
            Some(known) => *known = one_enum(&[known.clone(), field.clone()]).unwrap_or_else(free),
        }
    }
    let requires = |schema: &Value, name: &Value| schema["required"].as_array().is_some_and(|list| list.contains(name));
    let first = schemas.first()?["required"].as_array().cloned().unwrap_or_default();
    let required: Vec<Value> =
        first.into_iter().filter(|name| schemas.iter().all(|schema| requires(schema, name))).collect();
    let mut combined = json!({"type": "object", "properties": fields});
    if schemas.iter().any(|schema| schema["x-kubernetes-preserve-unknown-fields"] == true) {
        combined["x-kubernetes-preserve-unknown-fields"] = true.into();
    }
    if !required.is_empty() {
        combined["required"] = required.into();
    }
    Some(combined)
}

/// Removes a default that adds nothing to an object, and the parts of one that add nothing.
fn drop_empty_default(map: &mut Map<String, Value>) {
    if let Some(default) = map.get_mut("default") {
        strip(default);
        if is_empty(default) {
            map.shift_remove("default");
        }
    }
}

fn strip(value: &mut Value) {
    if let Value::Object(map) = value {
        map.values_mut().for_each(strip);
        map.retain(|_, value| !is_empty(value));
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
