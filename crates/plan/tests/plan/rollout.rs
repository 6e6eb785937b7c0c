//! What a rollout does.

use serde_json::{Value, json};

use crate::scene::{Scene, claim, lines, problems, read};

fn postgres() -> Value {
    json!({"db": {"type": "postgres"}})
}

#[test]
fn claims_come_first_then_the_release() {
    let wanted = [
        "+ create-claim-db-orders.dev (spec.type: -→postgres, spec.size: -→small, secret: -→db/orders)",
        "> roll-out-orders.dev (spec.release: -→orders-1, spec.replicas: -→2) after create-claim-db-orders.dev",
    ];
    let outline = Scene::new(postgres()).plan();
    assert_eq!(lines(&outline.actions), wanted);
    assert_eq!(outline.actions[1].summary, "orders-1 with 2 replicas at http://orders.dev.localhost");
    assert!(outline.into_status().needs.is_empty());
    let before_the_first_release = Scene { release: "", ..Scene::new(json!({})) }.plan();
    assert_eq!(
        lines(&before_the_first_release.actions),
        ["> roll-out-orders.dev (spec.release: -→-, spec.replicas: -→2)"]
    );
}

#[test]
fn what_is_there_already_is_not_done_again() {
    let there = || vec![claim("db-orders.dev", "db", json!({}))];
    let cases: [(&str, Scene, &[&str]); 6] =
        [
            ("nothing to do", Scene::new(postgres()).running("orders-1", 2, there()), &[]),
            (
                "a newer release",
                Scene { release: "orders-2", ..Scene::new(postgres()).running("orders-1", 2, there()) },
                &["> roll-out-orders.dev (spec.release: orders-1→orders-2)"],
            ),
            (
                "more replicas",
                Scene { replicas: 3, ..Scene::new(postgres()).running("orders-1", 2, there()) },
                &["> roll-out-orders.dev (spec.replicas: 2→3)"],
            ),
            (
                "a larger database",
                Scene::new(json!({"db": {"type": "postgres", "params": {"size": "large"}}})).running(
                    "orders-1",
                    2,
                    there(),
                ),
                &["~ change-claim-db-orders.dev (spec.size: small→large)"],
            ),
            (
                "a version and a parameter",
                Scene::new(json!({"db": {"type": "postgres", "params": {"version": 16, "extensions": ["x"]}}}))
                    .running("orders-1", 2, there()),
                &["~ change-claim-db-orders.dev (spec.version: →16, spec.parameters: {}→{\"extensions\":[\"x\"]})"],
            ),
            (
                "a claim that is on its way out is made again",
                Scene::new(postgres()).running(
                    "orders-1",
                    2,
                    there()
                        .into_iter()
                        .map(|mut c| {
                            c.metadata.deletion_timestamp = causeway_core::Timestamp::parse("2026-01-01T00:00:00Z");
                            c
                        })
                        .collect(),
                ),
                &["+ create-claim-db-orders.dev (spec.type: -→postgres, spec.size: -→small, secret: -→db/orders)"],
            ),
        ];
    for (what, scene, wanted) in cases {
        let outline = scene.plan();
        assert_eq!(lines(&outline.actions), wanted, "{what}: {:?}", outline.problems);
    }
}

#[test]
fn a_resource_that_is_asked_for_no_more_goes_after_the_rollout_and_needs_an_approval() {
    let scene = Scene {
        release: "orders-2",
        ..Scene::new(json!({})).running("orders-1", 2, vec![claim("db-orders.dev", "db", json!({}))])
    };
    let outline = scene.plan();
    let wanted = [
        "> roll-out-orders.dev (spec.release: orders-1→orders-2)",
        "! delete-claim-db-orders.dev after roll-out-orders.dev",
    ];
    assert_eq!(lines(&outline.actions), wanted);
    assert_eq!(outline.actions[1].summary, "the postgres db/orders with all its data");
    let needs = outline.into_status().needs;
    assert_eq!((needs.len(), needs[0].actions.as_slice()), (1, ["delete-claim-db-orders.dev".to_owned()].as_slice()));
    let made = |uid: &str| {
        let mut claim = claim("db-orders.dev", "db", json!({}));
        claim.metadata.uid = uid.into();
        Scene::new(json!({})).running("orders-1", 2, vec![claim]).plan().into_status().fingerprint
    };
    assert_eq!(made("one"), made("one"));
    assert_ne!(made("one"), made("two"), "an approval does not hold for a later claim of the same name");
    for policy in ["retain", "snapshot"] {
        let kept = vec![claim("db-orders.dev", "db", json!({"deletionPolicy": policy}))];
        let outline = Scene::new(json!({})).running("orders-1", 2, kept).plan();
        assert_eq!(lines(&outline.actions), ["- delete-claim-db-orders.dev"], "{policy}");
        assert!(outline.into_status().needs.is_empty(), "{policy}");
    }
}

#[test]
fn a_claim_belongs_to_its_resource_whatever_comes_and_goes_beside_it() {
    let both = || vec![claim("db-orders.dev", "db", json!({})), claim("db-orders-cache.dev", "cache", json!({}))];
    let two = Scene::new(json!({"db": {"type": "postgres"}, "cache": {"type": "postgresql"}}));
    let made: Vec<String> = two.plan().actions.iter().map(|a| a.id.clone()).collect();
    assert_eq!(made, ["create-claim-db-orders.dev", "create-claim-db-orders-cache.dev", "roll-out-orders.dev"]);
    let only_cache = Scene::new(json!({"cache": {"type": "postgres"}})).running("orders-1", 2, both());
    assert_eq!(
        lines(&only_cache.plan().actions),
        ["! delete-claim-db-orders.dev"],
        "the cache does not inherit the data of the other"
    );
    let first = || vec![claim("db-orders.dev", "db", json!({}))];
    let before_it = json!({"audit": {"type": "postgres"}, "db": {"type": "postgres"}});
    let one_more: Vec<String> =
        Scene::new(before_it).running("orders-1", 2, first()).plan().actions.into_iter().map(|a| a.id).collect();
    assert_eq!(one_more, ["create-claim-db-orders-audit.dev"], "one that is listed before it does not take its place");
    let of_two_types = json!({"db": {"type": "postgres"}, "file": {"type": "sqlite"}});
    let made: Vec<String> = Scene::new(of_two_types).plan().actions.into_iter().map(|a| a.id).collect();
    let wanted = ["create-claim-db-orders.dev", "create-claim-db-orders-file.dev", "roll-out-orders.dev"];
    assert_eq!(made, wanted, "types whose secrets lie beside each other do not share a claim");
    let another_type = Scene::new(json!({"db": {"type": "sqlite"}})).running("orders-1", 2, first());
    let ids: Vec<String> = another_type.plan().actions.into_iter().map(|a| a.id).collect();
    assert_eq!(ids, ["create-claim-db-orders-db.dev", "delete-claim-db-orders.dev"], "another type is another claim");
    let renamed = Scene::new(json!({"database": {"type": "postgres"}})).running("orders-1", 2, first());
    assert!(renamed.plan().actions.is_empty(), "one that is called another way keeps its data");
}

#[test]
fn what_cannot_be_had_is_refused_with_what_can_and_nothing_is_done() {
    let with = |change: fn(&mut Scene)| {
        let mut scene = Scene::new(postgres());
        change(&mut scene);
        scene
    };
    let cases = [
        (
            Scene::new(json!({"db": {"type": "oracle"}})),
            "orders needs \"db\" of the type \"oracle\", which nobody here provides | use one of postgres, sqlite, or add a ResourceType and a Recipe for it",
        ),
        (
            Scene::new(json!({"db": {"type": "postgres", "params": {"size": "huge"}}})),
            "a postgres has no size \"huge\" | use one of small, medium, large",
        ),
        (
            with(|s| s.sizes = vec![("postgresql".into(), "tiny".into())]),
            "a postgres has no size \"tiny\" | use one of small, medium, large",
        ),
        (
            Scene::new(json!({"db": {"type": "postgres", "params": {"version": "9"}}})),
            "a postgres cannot be had in version \"9\" | use one of 14, 15, 16, 17, 18",
        ),
        (
            with(|s| s.recipes.clear()),
            "no recipe makes a postgres in the environment dev | add a Recipe whose match criteria fit this environment",
        ),
        (
            with(|s| s.drivers = vec!["sqlite"]),
            "the recipe postgres-local uses the driver \"postgres\", which this server does not have | use one of sqlite",
        ),
    ];
    for (scene, wanted) in cases {
        let outline = scene.plan();
        assert_eq!(problems(&outline), [wanted]);
        assert!(outline.actions.is_empty());
    }
    let several = Scene::new(json!({"a": {"type": "oracle"}, "b": {"type": "mongo"}})).plan();
    assert_eq!(several.problems.len(), 2, "all of them are told at once");
}

#[test]
fn sizes_come_from_the_document_then_from_beside_it_then_from_the_type() {
    let size = |scene: Scene| {
        let outline = scene.plan();
        outline.actions[0].diff.iter().find(|d| d.field == "spec.size").and_then(|d| d.after.clone())
    };
    let asked = |params: Value| Scene::new(json!({"db": {"type": "postgres", "params": params}}));
    let beside = vec![("postgresql".to_owned(), "medium".to_owned())];
    assert_eq!(size(asked(json!({"size": "large"}))), Some(json!("large")));
    assert_eq!(size(asked(json!({"tier": "large"}))), Some(json!("large")));
    assert_eq!(size(Scene { sizes: beside.clone(), ..asked(json!({"size": "large"})) }), Some(json!("large")));
    assert_eq!(size(Scene { sizes: beside, ..asked(json!({})) }), Some(json!("medium")));
    assert_eq!(size(asked(json!({}))), Some(json!("small")));
    assert_eq!(size(Scene::new(json!({"db": {"type": "sqlite"}}))), None, "a type without sizes has none");
}

#[test]
fn aliases_of_a_type_are_the_type() {
    let mut scene = Scene::new(json!({"db": {"type": "pg"}}));
    scene.types[0].spec.aliases.push("pg".into());
    assert_eq!(scene.plan().actions[0].id, "create-claim-db-orders.dev");
}

#[test]
fn hosts_of_other_namespaces_name_them() {
    assert_eq!(causeway_plan::rollout::host_of("a", "dev", "default"), "a.dev.localhost");
    assert_eq!(causeway_plan::rollout::host_of("a", "dev", "team"), "a.dev.team.localhost");
    let environment: causeway_kinds::environment::Environment = read(json!({
        "apiVersion": "platform.causeway.dev/v1", "kind": "Environment", "metadata": {"namespace": "default", "name": "prod"}, "spec": {}}));
    let outline = Scene { environment, replicas: 1, ..Scene::new(json!({})) }.plan();
    assert_eq!(outline.actions[0].summary, "orders-1 with 1 replica at http://orders.prod.localhost");
}
