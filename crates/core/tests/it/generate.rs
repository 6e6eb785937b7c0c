use std::collections::BTreeMap;

use causeway_core::quantity::Quantity;
use causeway_core::schema::{Compiled, from_type, object_schema};
use causeway_core::{Condition, Timestamp};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What is wanted.
#[derive(Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
struct Sample {
    /// How large.
    #[schemars(extend("x-aliases" = ["tier"]))]
    size: Option<String>,
    max_replicas: u32,
    #[serde(default = "two")]
    replicas: i32,
    mode: Mode,
    documented: Option<Documented>,
    labels: BTreeMap<String, String>,
    free: Map<String, Value>,
    anything: Value,
    ports: Vec<Port>,
    started: Option<Timestamp>,
    memory: Option<Quantity>,
    conditions: Vec<Condition>,
    nested: Option<Box<Sample>>,
    sizes: IndexMap<String, Option<Port>>,
    delivery: Delivery,
}

fn two() -> i32 {
    2
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Delivery {
    /// Whether checks run.
    ci: bool,
    note: String,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { ci: true, note: String::new() }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Fast,
    Slow,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Documented {
    /// The first.
    One,
    /// The second.
    Two,
}

#[derive(Serialize, Deserialize, JsonSchema, Default)]
struct Port {
    /// The number.
    port: u16,
    name: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Tagged {
    File { path: String },
    Url { path: String, url: String },
}

fn keys(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| {
            found.push(key.clone());
            keys(inner, found);
        }),
        Value::Array(list) => list.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

#[test]
fn makes_structural_schemas_of_rust_types() {
    let schema = from_type::<Sample>();
    let field = |name: &str| schema["properties"][name].clone();
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["description"], "What is wanted.");
    assert_eq!(field("size"), json!({"description": "How large.", "type": "string", "x-aliases": ["tier"]}));
    assert_eq!(field("maxReplicas"), json!({"type": "integer", "format": "int64", "minimum": 0}));
    assert_eq!(field("mode")["enum"], json!(["fast", "slow"]));
    assert_eq!(field("documented"), json!({"type": "string", "enum": ["one", "two"]}));
    assert_eq!(field("labels"), json!({"type": "object", "additionalProperties": {"type": "string"}}));
    assert_eq!(field("free"), json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}));
    assert_eq!(field("anything"), json!({"x-kubernetes-preserve-unknown-fields": true, "nullable": true}));
    assert_eq!(field("ports")["items"]["properties"]["port"]["maximum"], 65_535);
    assert_eq!(field("ports")["items"]["x-kubernetes-preserve-unknown-fields"], true);
    assert_eq!(field("ports")["items"]["required"], json!(["port"]));
    assert_eq!(field("started"), json!({"type": "string", "format": "date-time"}));
    assert_eq!(field("memory")["x-kubernetes-int-or-string"], true);
    assert_eq!(field("conditions")["items"]["properties"]["status"]["enum"], json!(["True", "False", "Unknown"]));
    assert_eq!(field("sizes")["additionalProperties"]["nullable"], true);
    assert_eq!(field("nested")["type"], "object");
}

#[test]
fn keeps_only_defaults_that_say_something() {
    let schema = from_type::<Sample>();
    assert_eq!(schema["properties"]["replicas"]["default"], 2);
    assert_eq!(schema["properties"]["maxReplicas"].get("default"), None);
    assert_eq!(schema["properties"]["labels"].get("default"), None);
    assert_eq!(schema["properties"]["mode"]["default"], "fast");
    assert_eq!(schema["properties"]["delivery"]["default"], json!({"ci": true}));
    assert_eq!(schema["properties"]["delivery"]["properties"]["ci"]["default"], true);
    assert_eq!(schema["properties"]["delivery"]["properties"]["note"].get("default"), None);
}

#[test]
fn writes_nothing_that_structural_schemas_forbid() {
    let mut found = Vec::new();
    keys(&from_type::<Sample>(), &mut found);
    for forbidden in ["$ref", "$defs", "$schema", "oneOf", "const", "definitions"] {
        assert!(!found.iter().any(|key| key == forbidden), "{forbidden}");
    }
    assert_eq!(from_type::<Sample>(), from_type::<Sample>());
}

#[test]
fn makes_one_object_of_an_enum_with_data() {
    let schema = from_type::<Tagged>();
    assert_eq!(schema["properties"]["type"], json!({"type": "string", "enum": ["file", "url"]}));
    let mut required: Vec<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    required.sort_unstable();
    assert_eq!(required, ["path", "type"]);
    assert_eq!(schema["properties"]["url"], json!({"type": "string"}));
}

#[test]
fn accepts_what_the_type_itself_writes() {
    let schema = Compiled::new(&object_schema(from_type::<Sample>(), None, false)).unwrap();
    let sample =
        Sample { nested: Some(Box::default()), ports: vec![Port { port: 80, ..Port::default() }], ..Sample::default() };
    let mut object = json!({"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a"}, "spec": sample});
    schema.default(&mut object);
    assert_eq!(schema.validate(&object), []);
    assert_eq!(schema.unknown_fields(&object), []);
    assert!(serde_json::from_value::<Sample>(object["spec"].clone()).is_ok());
}
