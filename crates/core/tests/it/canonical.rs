use causeway_core::schema::{Compiled, FieldError};
use proptest::prelude::*;
use serde_json::{Value, json};

fn compiled() -> Compiled {
    Compiled::new(&json!({"type": "object", "properties": {
        "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
        "spec": {"type": "object", "properties": {
            "size": {"type": "string", "x-aliases": ["tier", "planName"]},
            "maxReplicas": {"type": "integer", "default": 3},
            "remoteURL": {"type": "string"},
            "variables": {"type": "object", "additionalProperties": {"type": "string"}},
            "teams": {"type": "object", "additionalProperties": {"type": "object", "properties": {"displayName": {"type": "string"}}}},
            "steps": {"type": "array", "items": {"type": "object", "properties": {"timeoutSeconds": {"type": "integer", "default": 60}}}},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"alertChannels": {"type": "array", "items": {"type": "string"}}}},
            "ipAddress": {"type": "string"},
            "ip_address": {"type": "string"},
            "maybe": {"type": "string", "nullable": true, "default": "x"},
        }}
    }}))
    .unwrap()
}

fn canonical(spec: Value) -> (Value, Vec<FieldError>) {
    let mut object = json!({"spec": spec});
    let errors = compiled().canonicalise(&mut object);
    (object["spec"].take(), errors)
}

#[test]
fn reads_other_spellings_of_known_fields() {
    let (spec, errors) = canonical(json!({
        "tier": "small", "max_replicas": 1, "remote-url": "x",
        "steps": [{"timeout_seconds": 5}],
        "teams": {"team_one": {"display-name": "One"}},
        "open": {"alert_channels": ["a"], "left_alone": 1},
    }));
    assert!(errors.is_empty(), "{errors:?}");
    let wanted = json!({
        "size": "small", "maxReplicas": 1, "remoteURL": "x",
        "steps": [{"timeoutSeconds": 5}],
        "teams": {"team_one": {"displayName": "One"}},
        "open": {"alertChannels": ["a"], "left_alone": 1},
    });
    assert_eq!(spec, wanted);
    assert_eq!(canonical(json!({"plan-name": "large"})).0, json!({"size": "large"}));
}

#[test]
fn leaves_the_keys_of_free_maps_alone() {
    let free = json!({"variables": {"max_replicas": "1", "tier": "x", "a-b": "c"}});
    assert_eq!(canonical(free.clone()).0, free);
}

#[test]
fn leaves_a_spelling_alone_that_is_a_field_itself() {
    let both = json!({"ip_address": "1", "ipAddress": "2"});
    assert_eq!(canonical(both.clone()), (both, vec![]));
    assert_eq!(canonical(json!({"ip-address": "1"})).0, json!({"ipAddress": "1"}));
}

#[test]
fn refuses_a_field_under_two_names() {
    for spec in [json!({"size": "a", "tier": "b"}), json!({"tier": "b", "size": "a"})] {
        let (after, errors) = canonical(spec.clone());
        assert_eq!(after, spec);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].path, "spec.tier");
        assert_eq!(
            errors[0].to_string(),
            r#"spec.tier: Forbidden: "tier" means the same field as "size": give one of them"#
        );
    }
    assert_eq!(canonical(json!({"tier": "a", "plan_name": "b"})).1.len(), 1);
}

#[test]
fn finds_every_unknown_field_with_the_nearest_name() {
    let object = json!({"apiVersion": "v1", "spec": {
        "sise": "a", "variables": {"any": "x"}, "open": {"any": 1},
        "steps": [{"timeoutSeconds": 1}, {"timeoutSecond": 1}],
        "teams": {"a": {"zzz": 1}},
    }, "statsu": {}});
    let errors = compiled().unknown_fields(&object);
    let found: Vec<(String, Option<&str>)> = errors.iter().map(|e| (e.to_string(), e.nearest.as_deref())).collect();
    assert_eq!(
        found,
        [
            (r#"unknown field "spec.sise""#.to_owned(), Some("size")),
            (r#"unknown field "spec.steps[1].timeoutSecond""#.to_owned(), Some("timeoutSeconds")),
            (r#"unknown field "spec.teams.a.zzz""#.to_owned(), None),
            (r#"unknown field "statsu""#.to_owned(), None),
        ]
    );
    assert_eq!(errors[0].hint().unwrap(), r#"did you mean "size"?"#);
}

#[test]
fn prunes_exactly_the_unknown_fields() {
    let mut object = json!({"kind": "A", "spec": {"sise": 1, "size": "a", "steps": [{"x": 1}], "open": {"any": {"b": 1}}}, "other": 1});
    compiled().prune(&mut object);
    assert_eq!(object, json!({"kind": "A", "spec": {"size": "a", "steps": [{}], "open": {"any": {"b": 1}}}}));
}

#[test]
fn fills_in_defaults_only_where_the_object_is() {
    let mut object =
        json!({"spec": {"steps": [{}, {"timeoutSeconds": 1}], "maxReplicas": null, "size": null, "maybe": null}});
    compiled().default(&mut object);
    let wanted =
        json!({"spec": {"steps": [{"timeoutSeconds": 60}, {"timeoutSeconds": 1}], "maxReplicas": 3, "maybe": null}});
    assert_eq!(object, wanted);
    let mut object = json!({"metadata": {}});
    compiled().default(&mut object);
    assert_eq!(object, json!({"metadata": {}}));
}

fn any_spec() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "spec",
        "size",
        "tier",
        "plan_name",
        "max_replicas",
        "maxReplicas",
        "steps",
        "teams",
        "variables",
        "open",
        "timeout-seconds",
        "display_name",
        "alertChannels",
        "unknown",
        "maybe",
        "ip-address",
    ]);
    let leaf = prop_oneof![Just(Value::Null), any::<i8>().prop_map(Value::from), "[a-c]".prop_map(Value::from)];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn doing_it_twice_changes_nothing(spec in any_spec()) {
        let schema = compiled();
        let mut object = json!({"spec": spec});
        schema.canonicalise(&mut object);
        let once = object.clone();
        schema.canonicalise(&mut object);
        prop_assert_eq!(&object, &once);

        schema.prune(&mut object);
        prop_assert!(schema.unknown_fields(&object).is_empty());
        let once = object.clone();
        schema.prune(&mut object);
        prop_assert_eq!(&object, &once);

        schema.default(&mut object);
        let once = object.clone();
        schema.default(&mut object);
        prop_assert_eq!(&object, &once);
        schema.validate(&object);
    }
}
