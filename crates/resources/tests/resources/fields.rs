//! Fields that are unknown, or spelt another way.

use causeway_core::schema::Reason;
use causeway_resources::{Error, Strictness};
use serde_json::{Value, json};

use crate::door::{Door, environment, environment_key, paths, with};

fn misspelt() -> Value {
    let mut given = environment("dev");
    given["spec"]["displayNam"] = json!("x");
    given["spec"]["services"] = json!([{"name": "a", "replcas": 2}]);
    given["metadata"]["lables"] = json!({"a": "b"});
    given["spce"] = json!({});
    given
}

#[tokio::test]
async fn strict_refuses_every_unknown_field_and_names_the_nearest() {
    let door = Door::open().await;
    let error = door.create_with(misspelt(), &with(Strictness::Strict)).await.expect_err("it is refused");
    let Error::BadRequest { causes, message } = &error else { panic!("a bad request: {error}") };
    let mut found: Vec<(&str, Option<&str>)> = causes.iter().map(|c| (c.path.as_str(), c.nearest.as_deref())).collect();
    found.sort_unstable();
    let wanted = [
        ("metadata.lables", Some("labels")),
        ("spce", Some("spec")),
        ("spec.displayNam", Some("displayName")),
        ("spec.services[0].replcas", Some("replicas")),
    ];
    assert_eq!(found, wanted);
    assert!(causes.iter().all(|c| c.reason == Reason::FieldUnknown));
    assert!(message.contains("unknown field \"spec.displayNam\""), "{message}");
    assert!(door.find(&environment_key("dev")).is_none());
}

#[tokio::test]
async fn warn_drops_them_with_a_word_and_ignore_without() {
    let door = Door::open().await;
    let warned = door.create_with(misspelt(), &with(Strictness::Warn)).await.expect("it is created");
    assert_eq!(warned.warnings.len(), 4, "{:?}", warned.warnings);
    assert!(warned.warnings.iter().any(|w| w == "unknown field \"spec.displayNam\""), "{:?}", warned.warnings);
    let stored = door.get(&environment_key("dev"));
    for path in ["/spce", "/spec/displayNam", "/spec/services/0/replcas", "/metadata/lables"] {
        assert!(stored.pointer(path).is_none(), "{path} is kept");
    }
    let mut other = misspelt();
    other["metadata"]["name"] = json!("other");
    let ignored = door.create_with(other, &with(Strictness::Ignore)).await.expect("it is created");
    assert!(ignored.warnings.is_empty());
}

#[tokio::test]
async fn fields_may_be_written_in_snake_or_kebab_case_and_by_their_aliases() {
    let door = Door::open().await;
    let mut given = environment("dev");
    given["spec"] = json!({"display_name": "Development"});
    door.create(given).await.expect("it is created");
    assert_eq!(door.get(&environment_key("dev"))["spec"]["displayName"], "Development");
    let claim = json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Claim",
        "metadata": {"namespace": "default", "name": "c"},
        "spec": {"type": "postgresql", "tier": "small", "environment": "dev", "deletion-policy": "retain"}});
    let made = door.create(claim).await.expect("it is created").object;
    assert_eq!((&made.spec()["size"], &made.spec()["deletionPolicy"]), (&json!("small"), &json!("retain")));
    assert!(made.spec().get("tier").is_none());
}

#[tokio::test]
async fn every_wrong_value_is_reported_at_once() {
    let door = Door::open().await;
    let mut given = environment("Not A Name");
    given["metadata"]["labels"] = json!({"-bad": "x", "ok": "not ok!"});
    given["spec"]["cluster"] = json!(5);
    let error = door.create(given).await.expect_err("it is refused");
    let mut found = paths(&error);
    found.sort_unstable();
    assert_eq!(found, ["metadata.labels", "metadata.labels", "metadata.name", "spec.cluster"]);
}

#[tokio::test]
async fn values_of_secrets_are_in_no_error() {
    let door = Door::open().await;
    let secret = |field: &str, value: Value| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "default", "name": "s"}, field: {"password": value}});
    for given in [
        secret("data", json!("hunter2: not base64")),
        secret("data", json!(["hunter2"])),
        secret("stringData", json!(["hunter2"])),
        secret("data", json!(70_000_007)),
    ] {
        let error = door.create(given.clone()).await.expect_err("it is refused");
        let said = format!("{error} {error:?}");
        assert!(!said.contains("hunter2") && !said.contains("70000007"), "{said}");
        assert!(said.contains("password"), "the key is named: {said}");
    }
}
