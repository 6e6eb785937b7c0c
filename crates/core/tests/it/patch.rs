use causeway_core::patch::{JsonPatch, OPERATIONS_MAX, PatchError, diff, merge};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The examples of RFC 7386, appendix A.
#[test]
fn merges_as_the_rfc_says() {
    let cases = [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a": "b"}), json!(["c"]), json!(["c"])),
        (json!({"a": "foo"}), Value::Null, Value::Null),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ];
    for (mut target, patch, wanted) in cases {
        merge(&mut target, &patch);
        assert_eq!(target, wanted, "{patch}");
    }
}

#[test]
fn applies_all_operations_of_a_json_patch_or_none() {
    let mut value = json!({"spec": {"tags": ["a"]}});
    let patch = json!([{"op": "add", "path": "/spec/tags/-", "value": "b"}, {"op": "test", "path": "/spec/tags/1", "value": "b"}]);
    JsonPatch::parse(&patch).unwrap().apply(&mut value).unwrap();
    assert_eq!(value, json!({"spec": {"tags": ["a", "b"]}}));

    let patch = json!([{"op": "add", "path": "/x", "value": 1}, {"op": "test", "path": "/spec/tags", "value": []}]);
    let refused = JsonPatch::parse(&patch).unwrap().apply(&mut value);
    assert!(matches!(refused, Err(PatchError::Failed(_))));
    assert_eq!(value, json!({"spec": {"tags": ["a", "b"]}}));
}

#[test]
fn refuses_what_is_no_json_patch_or_too_much_of_one() {
    assert!(matches!(JsonPatch::parse(&json!({"op": "add"})), Err(PatchError::Malformed(_))));
    assert!(matches!(JsonPatch::parse(&json!([{"op": "fly", "path": "/a"}])), Err(PatchError::Malformed(_))));
    let many = vec![json!({"op": "remove", "path": "/a"}); OPERATIONS_MAX + 1];
    assert!(matches!(JsonPatch::parse(&Value::Array(many)), Err(PatchError::TooMany { .. })));
    // Each copy doubles the document.
    let doubling: Vec<Value> = (0..60).map(|i| json!({"op": "copy", "from": "", "path": format!("/c{i}")})).collect();
    let refused = JsonPatch::parse(&Value::Array(doubling)).unwrap().apply(&mut json!({"a": "b"}));
    assert!(matches!(refused, Err(PatchError::TooLarge)), "{refused:?}");
}

fn told(before: &Value, after: &Value) -> Vec<String> {
    let show = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), Value::to_string);
    diff(before, after).iter().map(|d| format!("{} {} {}", d.field, show(&d.before), show(&d.after))).collect()
}

#[test]
fn tells_differences_field_by_field() {
    let before = json!({"spec": {
        "replicas": 2, "gone": {"a": 1}, "tags": ["a", "b"],
        "containers": [{"name": "web", "image": "x:1"}, {"name": "side", "image": "y"}],
    }, "metadata": {"labels": {"app.kubernetes.io/name": "web"}}});
    let after = json!({"spec": {
        "replicas": 3, "tags": ["a", "b", "c"], "new": {"b": {"c": 2}},
        "containers": [{"name": "web", "image": "x:2"}, {"name": "late", "image": "z"}],
    }, "metadata": {"labels": {"app.kubernetes.io/name": "site"}}});
    assert_eq!(
        told(&before, &after),
        [
            "spec.replicas 2 3",
            "spec.gone.a 1 -",
            r#"spec.tags ["a","b"] ["a","b","c"]"#,
            r#"spec.containers[web].image "x:1" "x:2""#,
            r#"spec.containers[side].name "side" -"#,
            r#"spec.containers[side].image "y" -"#,
            r#"spec.containers[late].name - "late""#,
            r#"spec.containers[late].image - "z""#,
            "spec.new.b.c - 2",
            r#"metadata.labels[app.kubernetes.io/name] "web" "site""#,
        ]
    );
    assert_eq!(told(&after, &after), Vec::<String>::new());
    // A list that only changed its order is told as a whole.
    let (one, other) = (json!([{"name": "a"}, {"name": "b"}]), json!([{"name": "b"}, {"name": "a"}]));
    assert_eq!(told(&one, &other).len(), 1);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        "[a-c]".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-d]", inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn merging_twice_is_merging_once(mut target in any_value(), patch in any_value()) {
        merge(&mut target, &patch);
        let once = target.clone();
        merge(&mut target, &patch);
        prop_assert_eq!(target, once);
    }

    #[test]
    fn differs_exactly_where_values_differ(before in any_value(), after in any_value()) {
        prop_assert_eq!(diff(&before, &after).is_empty(), before == after);
    }
}
