//! What an approval binds to, and what an earlier plan covers.

use causeway_kinds::plan::{Action, FieldChange};
use causeway_plan::{covers, fingerprint};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::scene::{Scene, claim};

fn rollout(before: Option<&str>, after: Option<&str>, replicas: i32) -> Action {
    let field = |field: &str, before: Option<Value>, after: Option<Value>| FieldChange {
        field: field.into(),
        before,
        after,
        sensitive: false,
    };
    Action {
        id: "roll-out-orders.dev".into(),
        diff: vec![
            field("spec.release", before.map(Value::from), after.map(Value::from)),
            field("spec.replicas", None, Some(replicas.into())),
        ],
        ..Action::default()
    }
}

#[test]
fn a_planned_rollout_covers_whichever_release_is_the_first_and_no_other() {
    let planned = rollout(None, None, 2);
    let cases = [
        ("the first release", rollout(None, Some("orders-1"), 2), true),
        ("another number of replicas", rollout(None, Some("orders-1"), 3), false),
        ("a second release", rollout(Some("orders-1"), Some("orders-2"), 2), false),
        (
            "another target",
            Action {
                target: causeway_kinds::plan::Target { name: "x".into(), ..Default::default() },
                ..planned.clone()
            },
            false,
        ),
        ("one that destroys", Action { destructive: true, ..planned.clone() }, false),
        ("other words", Action { summary: "other words".into(), ..planned.clone() }, true),
    ];
    for (what, action, wanted) in cases {
        assert_eq!(covers(&planned, &action), wanted, "{what}");
    }
    let second = rollout(Some("orders-1"), Some("orders-2"), 2);
    assert!(covers(&second, &second));
    assert!(
        !covers(&second, &rollout(Some("orders-1"), Some("orders-3"), 2)),
        "an approval of one release is none of the next"
    );
    assert!(!covers(&second, &rollout(None, Some("orders-2"), 2)));
}

#[test]
fn words_and_cost_are_no_part_of_it_and_everything_else_is() {
    let action = rollout(None, Some("orders-1"), 2);
    let of = |action: &Action| fingerprint(std::slice::from_ref(action));
    let base = of(&action);
    assert_eq!(base.len(), 64);
    assert_eq!(of(&Action { summary: "words".into(), cost_monthly: Some(3.0), ..action.clone() }), base);
    let others = [
        Action { id: "other".into(), ..action.clone() },
        Action { destructive: true, ..action.clone() },
        Action { after: vec!["x".into()], ..action.clone() },
        rollout(None, Some("orders-2"), 2),
        rollout(None, Some("orders-1"), 3),
    ];
    for other in &others {
        assert_ne!(of(other), base, "{other:?}");
    }
    assert_ne!(fingerprint(&[action.clone(), others[0].clone()]), base);
    assert_ne!(fingerprint(&[]), base);
}

/// A scene with some resources that are there, some that are new and some that are asked for no more.
fn scene() -> impl Strategy<Value = Scene> {
    let resource = prop_oneof![
        Just(json!({"type": "postgres"})),
        Just(json!({"type": "postgres", "params": {"size": "large", "extensions": ["a", "b"], "x": {"b": 1, "a": 2}}})),
        Just(json!({"type": "sqlite"})),
    ];
    let resources = proptest::collection::btree_map("[a-e]", resource, 0..4);
    let there = proptest::collection::btree_set("[a-g]", 0..4);
    (resources, there, 1..4_i32, any::<bool>()).prop_map(|(resources, there, replicas, runs)| {
        let resources: Map<String, Value> = resources.into_iter().collect();
        // every resource that is asked for has a claim already, so that the order of the document decides nothing
        let type_of = |n: &str| resources.get(n).map_or(json!("postgres"), |r| r["type"].clone());
        let names: std::collections::BTreeSet<String> = resources.keys().cloned().chain(there).collect();
        let claims =
            names.iter().map(|n| claim(&format!("db-orders-{n}.dev"), n, json!({"type": type_of(n)}))).collect();
        let mut scene = Scene::new(Value::Object(resources));
        if runs {
            scene = scene.running("orders-0", 1, claims);
        } else {
            scene.claims = claims;
        }
        Scene { replicas, ..scene }
    })
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.iter().rev().map(|(k, v)| (k.clone(), reversed(v))).collect()),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_inputs_give_the_same_fingerprint_in_whatever_order_they_are_listed(scene in scene(), seed in any::<u64>()) {
        let base = scene.plan();
        prop_assert!(base.problems.is_empty(), "{:?}", base.problems);
        prop_assert_eq!(&scene.plan(), &base);
        let mut other = scene.clone();
        let turn = |length: usize| (seed as usize) % length.max(1);
        let (types, recipes, claims) = (turn(other.types.len()), turn(other.recipes.len()), turn(other.claims.len()));
        other.types.rotate_left(types);
        other.recipes.rotate_left(recipes);
        other.claims.rotate_left(claims);
        other.claims.reverse();
        other.drivers.reverse();
        other.document.resources.reverse();
        for resource in other.document.resources.values_mut() {
            if let Value::Object(params) = reversed(&Value::Object(resource.params.clone())) {
                resource.params = params;
            }
        }
        prop_assert_eq!(fingerprint(&other.plan().actions), fingerprint(&base.actions));
        let more = Scene { replicas: scene.replicas + 1, ..scene };
        prop_assert_ne!(fingerprint(&more.plan().actions), fingerprint(&base.actions));
    }
}
