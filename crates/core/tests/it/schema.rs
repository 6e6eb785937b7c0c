use std::time::Instant;

use causeway_core::schema::{Compiled, Reason, explain, nearest, object_schema, with_metadata};
use serde_json::{Value, json};

fn errors(schema: Value, value: Value) -> Vec<String> {
    let compiled = Compiled::new(&json!({"type": "object", "properties": {"spec": schema}})).unwrap();
    compiled.validate(&json!({"spec": value})).iter().map(ToString::to_string).collect()
}

fn error(schema: Value, value: Value) -> String {
    let found = errors(schema, value);
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn tells_every_violation_in_the_words_of_kubernetes() {
    assert_eq!(
        error(json!({"type": "string", "enum": ["small", "large"]}), json!("huge")),
        r#"spec: Unsupported value: "huge": supported values: "small", "large""#
    );
    assert_eq!(
        error(json!({"type": "integer"}), json!("two")),
        r#"spec: Invalid value: "string": spec in body must be of type integer: "string""#
    );
    assert_eq!(
        error(json!({"type": "integer"}), json!(1.5)),
        r#"spec: Invalid value: "number": spec in body must be of type integer: "number""#
    );
    assert_eq!(
        error(json!({"type": "integer", "maximum": 10}), json!(11)),
        "spec: Invalid value: 11: spec in body should be less than or equal to 10"
    );
    assert_eq!(
        error(json!({"type": "number", "minimum": 0, "exclusiveMinimum": true}), json!(0)),
        "spec: Invalid value: 0: spec in body should be greater than 0"
    );
    assert_eq!(
        error(json!({"type": "number", "exclusiveMaximum": 1.5}), json!(1.5)),
        "spec: Invalid value: 1.5: spec in body should be less than 1.5"
    );
    assert_eq!(
        error(json!({"type": "integer", "multipleOf": 5}), json!(7)),
        "spec: Invalid value: 7: spec in body should be a multiple of 5"
    );
    assert_eq!(
        error(json!({"type": "string", "maxLength": 2}), json!("abc")),
        "spec: Too long: may not be more than 2 bytes"
    );
    assert_eq!(
        error(json!({"type": "string", "minLength": 1}), json!("")),
        r#"spec: Invalid value: "": spec in body should be at least 1 chars long"#
    );
    assert_eq!(
        error(json!({"type": "string", "pattern": "^[a-z]+$"}), json!("A")),
        r#"spec: Invalid value: "A": spec in body should match '^[a-z]+$'"#
    );
    assert_eq!(
        error(json!({"type": "array", "maxItems": 1}), json!([1, 2])),
        "spec: Too many: 2: must have at most 1 item"
    );
    assert_eq!(
        error(json!({"type": "array", "minItems": 1}), json!([])),
        "spec: Invalid value: []: spec in body should have at least 1 items"
    );
    assert_eq!(
        error(json!({"type": "array", "uniqueItems": true}), json!([1, 1])),
        "spec: Invalid value: [1,1]: spec in body shouldn't contain duplicates"
    );
    assert_eq!(error(json!({"type": "object", "required": ["a"]}), json!({})), "spec.a: Required value");
    assert_eq!(
        error(json!({"type": "object", "maxProperties": 1}), json!({"a": 1, "b": 2})),
        "spec: Too many: 2: must have at most 1 item"
    );
    assert!(
        error(json!({"type": "object", "minProperties": 1}), json!({})).ends_with("should have at least 1 properties")
    );
}

#[test]
fn tells_all_violations_at_once_with_their_paths() {
    let schema = json!({"type": "object", "required": ["size"], "properties": {
        "size": {"type": "string"}, "n": {"type": "integer", "minimum": 0},
        "ports": {"type": "array", "items": {"type": "object", "required": ["port"], "properties": {"port": {"type": "integer"}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    }});
    let found =
        errors(schema, json!({"n": -1, "ports": [{"port": 1}, {}, {"port": "x"}], "labels": {"a": 1, "a.b/c": 2}}));
    let fields: Vec<&str> = found.iter().map(|text| text.split_once(": ").unwrap().0).collect();
    assert_eq!(
        fields,
        ["spec.size", "spec.n", "spec.ports[1].port", "spec.ports[2].port", "spec.labels.a", "spec.labels[a.b/c]"]
    );
}

#[test]
fn checks_formats() {
    let ok = |format: &str, text: &str| errors(json!({"type": "string", "format": format}), json!(text)).is_empty();
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "date-time",
            &["2026-11-21T12:00:00Z", "2026-11-21t12:00:00.5+01:00"],
            &["yesterday", "2026-11-21", "2026-11-21 12:00:00Z", "2026-13-01T00:00:00Z"],
        ),
        ("date", &["2026-02-28"], &["2026-02-30", "20260228", "2026-2-1"]),
        ("uuid", &["123e4567-e89b-12d3-a456-426614174000"], &["123e4567", "{123e4567-e89b-12d3-a456-426614174000}"]),
        ("uri", &["https://a.b/c?d", "postgres://x", "/path", "urn:x:y"], &["no", "https://a b", ""]),
        ("email", &["a@b.c", "a.b+c@d"], &["a", "@b", "a@", "a b@c.d"]),
        ("ipv4", &["127.0.0.1"], &["1.2.3", "::1", "256.1.1.1"]),
        ("ipv6", &["::1", "2001:db8::1"], &["127.0.0.1", "x"]),
        ("cidr", &["10.0.0.0/8", "::/0"], &["10.0.0.0", "10.0.0.0/33", "x/8"]),
        ("hostname", &["a.b", "A-1.example."], &["a b", "-a", ""]),
        ("byte", &["", "aGVsbG8=", "aGk="], &["a", "a===", "äöüß"]),
        ("duration", &["1h", "30s"], &["1", "soon"]),
        ("mac", &["00:1a:2b:3c:4d:5e"], &["00:1a"]),
        ("password", &["anything"], &[]),
    ];
    for (format, good, bad) in cases {
        for text in *good {
            assert!(ok(format, text), "{text:?} is a {format}");
        }
        for text in *bad {
            assert!(!ok(format, text), "{text:?} is no {format}");
        }
    }
    assert!(errors(json!({"type": "integer", "format": "int32"}), json!(2_147_483_648_i64)).len() == 1);
    assert!(errors(json!({"type": "integer", "format": "int64"}), json!(u64::MAX)).len() == 1);
    assert_eq!(
        error(json!({"type": "string", "format": "date-time"}), json!("yesterday")),
        r#"spec: Invalid value: "yesterday": spec in body must be of type date-time: "yesterday""#
    );
}

#[test]
fn tells_repeated_items_of_sets_and_maps() {
    let set = json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}});
    assert_eq!(error(set, json!(["x", "y", "x"])), r#"spec[2]: Duplicate value: "x""#);
    let map = json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
        "items": {"type": "object", "properties": {"port": {"type": "integer"}, "protocol": {"type": "string"}}}});
    let found = error(map, json!([{"port": 1, "protocol": "TCP"}, {"protocol": "TCP", "port": 1}, {"port": 2}]));
    assert_eq!(found, r#"spec[1]: Duplicate value: {"port":1,"protocol":"TCP"}"#);
}

#[test]
fn combines_schemas() {
    let choice = |key: &str| json!({key: [{"required": ["a"]}, {"required": ["b"]}], "type": "object"});
    assert!(errors(choice("anyOf"), json!({"a": 1, "b": 1})).is_empty());
    assert!(error(choice("anyOf"), json!({})).ends_with("must validate at least one schema (anyOf)"));
    assert!(errors(choice("oneOf"), json!({"a": 1})).is_empty());
    assert!(error(choice("oneOf"), json!({})).ends_with("Found none valid"));
    assert!(error(choice("oneOf"), json!({"a": 1, "b": 1})).ends_with("Found 2 valid alternatives"));
    assert_eq!(error(choice("allOf"), json!({"a": 1})), "spec.b: Required value");
    let not = json!({"type": "object", "not": {"required": ["a"]}});
    assert!(error(not, json!({"a": 1})).ends_with("must not validate the schema (not)"));
}

#[test]
fn knows_null_numbers_or_text_and_embedded_objects() {
    assert!(errors(json!({"type": "string", "nullable": true}), Value::Null).is_empty());
    assert_eq!(errors(json!({"type": "string"}), Value::Null).len(), 1);
    let port = json!({"x-kubernetes-int-or-string": true});
    assert!(errors(port.clone(), json!(80)).is_empty());
    assert!(errors(port.clone(), json!("http")).is_empty());
    assert_eq!(errors(port, json!(true)).len(), 1);
    let embedded =
        json!({"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true});
    assert_eq!(errors(embedded, json!({"kind": ""})).len(), 2);
    assert!(errors(json!({"type": "integer"}), json!(2.0)).is_empty());
    assert!(errors(json!({"x-kubernetes-preserve-unknown-fields": true}), json!([{"a": 1}])).is_empty());
}

#[test]
fn refuses_schemas_that_cannot_be_used() {
    let said = |schema: Value| Compiled::new(&schema).unwrap_err().to_string();
    let with = |field: Value| json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": field}}}});
    assert_eq!(
        said(with(json!({"type": "strin"}))),
        r#"properties[spec].properties[a].type: Unsupported value: "strin": supported values: "array", "boolean", "integer", "number", "object", "string""#
    );
    assert!(
        said(with(json!({"type": "string", "pattern": "("}))).starts_with("properties[spec].properties[a].pattern: ")
    );
    assert!(said(with(json!({"$ref": "#/x"}))).contains("$ref is not supported"));
    assert!(said(with(json!([]))).contains("must be an object"));
}

#[test]
fn finds_the_nearest_name() {
    let names = ["replicas", "size", "environment", "resources"];
    let near = |text: &str| nearest(text, names.into_iter());
    assert_eq!(near("replica"), Some("replicas"));
    assert_eq!(near("repilcas"), Some("replicas"));
    assert_eq!(near("SIZE"), Some("size"));
    assert_eq!(near("enviroment"), Some("environment"));
    assert_eq!(near("sze"), Some("size"));
    assert_eq!(near("owner"), None);
    assert_eq!(near(""), None);
}

#[test]
fn suggests_the_nearest_allowed_value() {
    let compiled = Compiled::new(
        &json!({"type": "object", "properties": {"size": {"type": "string", "enum": ["small", "medium"]}}}),
    )
    .unwrap();
    let found = &compiled.validate(&json!({"size": "smal"}))[0];
    assert_eq!(found.reason, Reason::FieldValueNotSupported);
    assert_eq!(found.allowed, ["small", "medium"]);
    assert_eq!(found.hint().unwrap(), r#"did you mean "small"?"#);
}

#[test]
fn knows_the_metadata_of_every_kind() {
    let spec = json!({"type": "object", "properties": {"size": {"type": "string"}}});
    let object = json!({"apiVersion": "a/v1", "kind": "A", "metadata": {
        "name": "x", "labels": {"a": "b"}, "creationTimestamp": null,
        "ownerReferences": [{"apiVersion": "v1", "kind": "B", "name": "b", "uid": "1", "controller": true}],
        "title": "X", "links": [{"url": "https://x", "any": 1}], "anything": {"at": "all"},
    }, "spec": {}});
    let closed = Compiled::new(&object_schema(spec.clone(), None, false)).unwrap();
    let unknown: Vec<String> = closed.unknown_fields(&object).into_iter().map(|e| e.path).collect();
    assert_eq!(unknown, ["metadata.title", "metadata.links", "metadata.anything"]);
    let open = Compiled::new(&object_schema(spec, None, true)).unwrap();
    assert!(open.unknown_fields(&object).is_empty());
    assert!(open.validate(&object).is_empty(), "{:?}", open.validate(&object));
    let wrong = json!({"metadata": {"labels": {"a": 1}, "annotations": {"on": true}, "links": [{}]}});
    assert_eq!(open.validate(&wrong).len(), 3);
}

#[test]
fn keeps_what_a_definition_says_of_the_name() {
    let own = json!({"type": "object", "properties": {"metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 3}}}, "spec": {"type": "object"}}});
    let compiled = Compiled::new(&with_metadata(own, false)).unwrap();
    assert_eq!(compiled.validate(&json!({"metadata": {"name": "long"}})).len(), 1);
    assert!(compiled.unknown_fields(&json!({"metadata": {"name": "a", "uid": "b"}, "spec": {}})).is_empty());
}

#[test]
fn explains_a_field() {
    let spec = json!({"type": "object", "required": ["size"], "description": "What is wanted.", "properties": {
        "size": {"type": "string", "enum": ["s", "m"], "description": "How large.", "x-aliases": ["tier"], "default": "s"},
        "ports": {"type": "array", "items": {"type": "object", "properties": {"port": {"x-kubernetes-int-or-string": true}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    }});
    let schema = object_schema(spec, None, false);
    let whole = explain(&schema, "spec").unwrap();
    assert_eq!((whole.kind.as_str(), whole.description.as_str()), ("Object", "What is wanted."));
    let listed: Vec<(&str, &str, bool)> =
        whole.fields.iter().map(|f| (f.name.as_str(), f.kind.as_str(), f.required)).collect();
    assert_eq!(
        listed,
        [("size", "string", true), ("ports", "[]Object", false), ("labels", "map[string]string", false)]
    );
    let size = explain(&schema, "spec.size").unwrap();
    assert!(size.required);
    assert_eq!(
        (size.allowed, size.aliases, size.default),
        (vec!["s".into(), "m".into()], vec!["tier".into()], Some(json!("s")))
    );
    assert_eq!(explain(&schema, "spec.ports.port").unwrap().kind, "IntOrString");
    assert_eq!(explain(&schema, "spec.prts").unwrap_err().nearest.as_deref(), Some("ports"));
    assert_eq!(explain(&schema, "").unwrap().fields.first().map(|f| f.name.as_str()), Some("apiVersion"));
}

/// The bound is generous, for builds without optimisation on busy machines: a release build takes a few microseconds.
#[test]
fn validates_a_typical_object_fast() {
    let mut properties = serde_json::Map::new();
    let mut spec = serde_json::Map::new();
    for i in 0..40 {
        let field = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "pattern": "^[a-z0-9-]+$"}, "count": {"type": "integer", "minimum": 0}}});
        properties.insert(format!("field{i}"), field);
        spec.insert(format!("field{i}"), json!({"name": "some-name-of-a-thing", "count": i}));
    }
    let compiled =
        Compiled::new(&object_schema(json!({"type": "object", "properties": properties}), None, false)).unwrap();
    let mut object = json!({"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a"}, "spec": spec});
    let length = object.to_string().len();
    assert!((1_800..2_600).contains(&length), "{length}");
    assert!(compiled.validate(&object).is_empty());
    let rounds: u32 = 200;
    let start = Instant::now();
    for _ in 0..rounds {
        compiled.canonicalise(&mut object);
        compiled.default(&mut object);
        assert!(compiled.validate(&object).is_empty());
    }
    let each = start.elapsed() / rounds;
    println!("{each:?} for an object of {length} bytes");
    assert!(each.as_micros() < 2_000, "{each:?}");
}
