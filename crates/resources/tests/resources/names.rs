//! Groups and names that may be written in several ways.

use causeway_core::{GroupResource, Key};
use serde_json::{Value, json};

use crate::door::{Door, environment, environment_key};

fn component(name: &str) -> Value {
    json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"namespace": "default", "name": name},
        "spec": {"type": "service", "lifecycle": "production", "owner": "team-a"}})
}

#[tokio::test]
async fn an_alias_of_the_platforms_group_is_stored_as_the_platforms() {
    let door = Door::open().await;
    let mut given = environment("dev");
    given["apiVersion"] = json!("platform.example.com/v1");
    let made = door.create(given.clone()).await.expect("it is created").object;
    assert_eq!(made.api_version(), "platform.causeway.dev/v1");
    given["spec"]["displayName"] = json!("Other");
    door.replace(given).await.expect("it is the same object");
    assert_eq!(door.get(&environment_key("dev"))["spec"]["displayName"], "Other");
    let registry = door.resources.registry();
    assert_eq!(
        registry.get("platform.example.com", "environments").expect("it is served").definition.kind,
        "Environment"
    );
    let mut strange = environment("dev");
    strange["apiVersion"] = json!("platform.elsewhere.com/v1");
    let error = door.create(strange).await.expect_err("no such group");
    assert_eq!(error.to_string(), "there is no kind \"Environment\" in \"platform.elsewhere.com/v1\"");
    let mut future = environment("dev");
    future["apiVersion"] = json!("platform.causeway.dev/v9");
    let error = door.create(future).await.expect_err("no such version").to_string();
    assert_eq!(error, "Environment is not served in version \"v9\"; served are v1");
}

#[tokio::test]
async fn catalog_names_that_differ_in_case_alone_are_the_same() {
    let door = Door::open().await;
    door.create(component("Payment-Service")).await.expect("it is created");
    assert!(door.create(component("payment-service")).await.expect_err("it is taken").is_exists());
    let entry = door.resources.registry().get("backstage.io", "components").expect("it is served");
    let key = door.resources.stored_key(&entry, "default", "PAYMENT-service");
    assert_eq!(&*key.name, "Payment-Service");
    let mut changed = component("payment-SERVICE");
    changed["spec"]["owner"] = json!("team-b");
    let written = door.replace(changed).await.expect("it is the same object");
    assert_eq!((written.object.name(), &written.object.spec()["owner"]), ("Payment-Service", &json!("team-b")));
    door.merge(&key, json!({"metadata": {"name": "payment-service"}, "spec": {"owner": "team-c"}}))
        .await
        .expect("patched");
    assert_eq!(door.get(&key)["metadata"]["name"], "Payment-Service", "the spelling that is stored stays");
    assert_eq!(door.get(&key)["spec"]["owner"], "team-c");
    // other kinds count case
    let strict = Key::new(GroupResource::new("platform.causeway.dev", "environments"), "default", "Dev");
    let entry = door.resources.registry().entry(&strict.resource).expect("it is served");
    door.create(environment("dev")).await.expect("it is created");
    assert_eq!(door.resources.stored_key(&entry, "default", "Dev"), strict);
}

#[tokio::test]
async fn kinds_are_found_by_any_word_people_use() {
    let door = Door::open().await;
    let registry = door.resources.registry();
    let kind = |word: &str| registry.by_word(word).map(|e| e.definition.kind.clone()).unwrap_or_default();
    for word in [
        "environments",
        "environment",
        "Environment",
        "environments.platform.causeway.dev",
        "environments.platform.example.com",
    ] {
        assert_eq!(kind(word), "Environment", "{word}");
    }
    assert_eq!(kind("ns"), "Namespace");
    assert_eq!(kind("nonsense"), "");
}
