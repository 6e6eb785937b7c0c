//! What becomes of the values of a Secret on each way into the store.

use causeway_core::Object;
use causeway_resources::{DeleteOptions, Patch, Subresource, WriteOptions};
use serde_json::{Value, json};

use crate::world::{World, actor, key};

/// `hunter2-plain` and `correct horse` in base64.
const HUNTER: &str = "aHVudGVyMi1wbGFpbg==";
const HORSE: &str = "Y29ycmVjdCBob3JzZQ==";

fn secret(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "default", "name": "s"}, "data": data})
}

async fn patch(world: &World, patch: Patch) {
    let done = world.resources.patch(&actor(), &key("s"), &patch, Subresource::None, &WriteOptions::strict()).await;
    done.expect("it is patched");
}

fn is_readable(world: &World) -> bool {
    // as text, in base64, and in base64 without its padding
    ["hunter2-plain", "correct horse", HUNTER.trim_end_matches('='), HORSE.trim_end_matches('=')]
        .iter()
        .any(|t| world.is_on_disk(t))
}

#[tokio::test]
async fn no_way_into_the_store_leaves_a_readable_value_on_the_disk() {
    let world = World::new().await;
    let written = world.create(secret(json!({"password": HUNTER}))).await;
    assert_ne!(written.object.at(&["data", "password"]), Some(&json!(HUNTER)), "nor does the answer hold one");
    patch(&world, Patch::Merge(json!({"data": {"merged": HORSE}}))).await;
    patch(&world, Patch::Merge(json!({"stringData": {"text": "hunter2-plain"}}))).await;
    patch(&world, Patch::Json(json!([{"op": "add", "path": "/data/json", "value": HUNTER}]))).await;
    patch(&world, Patch::Strategic(json!({"data": {"strategic": HORSE}}))).await;
    let mut replaced = world.revealed("s").into_value();
    replaced["data"]["replaced"] = json!(HORSE);
    let object = Object::from_value(replaced).expect("an object");
    world
        .resources
        .replace(&actor(), object, Subresource::None, &WriteOptions::strict())
        .await
        .expect("it is replaced");
    let wanted = json!({"password": HUNTER, "merged": HORSE, "text": HUNTER, "json": HUNTER, "strategic": HORSE, "replaced": HORSE});
    assert_eq!(world.revealed("s").at(&["data"]), Some(&wanted));
    assert!(!is_readable(&world));
    world.resources.delete(&actor(), &key("s"), &DeleteOptions::default()).await.expect("it is deleted");
    world.resources.store().close().await;
    assert!(!is_readable(&world));
}

#[tokio::test]
async fn what_kubectl_remembers_of_its_last_apply_is_sealed_too() {
    let world = World::new().await;
    let annotation = "kubectl.kubernetes.io/last-applied-configuration";
    let said = format!(
        "{{\"kind\":\"Secret\",\"data\":{{\"password\":\"{HUNTER}\"}},\"stringData\":{{\"text\":\"correct horse\"}}}}\n"
    );
    let mut given = secret(json!({"password": HUNTER}));
    given["metadata"]["annotations"] = json!({annotation: said});
    world.create(given.clone()).await;
    assert!(!is_readable(&world));
    assert_eq!(world.revealed("s").annotation(annotation), Some(said.as_str()), "kubectl finds it again");
    let before = world.resources.revision();
    let same = Object::from_value(given).expect("an object");
    world.resources.replace(&actor(), same, Subresource::None, &WriteOptions::strict()).await.expect("it is as it was");
    assert_eq!(world.resources.revision(), before, "the same again changes nothing");
    patch(&world, Patch::Merge(json!({"metadata": {"annotations": {annotation: "hunter2-plain again"}}}))).await;
    assert_eq!(world.revealed("s").annotation(annotation), Some("hunter2-plain again"));
    assert!(!is_readable(&world));
}

#[tokio::test]
async fn the_same_value_sent_again_keeps_its_seal() {
    let world = World::new().await;
    world.create(secret(json!({"password": HUNTER, "other": HORSE}))).await;
    let before = world.stored("s");
    patch(&world, Patch::Merge(json!({"stringData": {"password": "hunter2-plain"}}))).await;
    let same = Object::from_value(secret(json!({"password": HUNTER, "other": HORSE}))).expect("an object");
    world.resources.replace(&actor(), same, Subresource::None, &WriteOptions::strict()).await.expect("it is as it was");
    assert_eq!(world.stored("s"), before);
    patch(&world, Patch::Merge(json!({"data": {"password": HORSE}}))).await;
    let after = world.stored("s");
    assert_ne!(after.at(&["data", "password"]), before.at(&["data", "password"]));
    assert_eq!(after.at(&["data", "other"]), before.at(&["data", "other"]), "the other is as it was");
}

#[tokio::test]
async fn a_sealed_value_does_not_open_in_another_place() {
    let world = World::new().await;
    world.create(secret(json!({"password": HUNTER}))).await;
    let sealed = world.stored("s").at(&["data", "password"]).cloned().expect("it is sealed");
    // whoever can read the database cannot have another secret opened for them: what they copy is sealed once more
    let mut copy = secret(json!({"password": sealed}));
    copy["metadata"]["name"] = json!("copy");
    world.create(copy).await;
    assert_eq!(world.revealed("copy").at(&["data", "password"]), Some(&sealed));
}

#[tokio::test]
async fn an_immutable_secret_may_be_sent_again_but_not_changed() {
    let world = World::new().await;
    let mut given = secret(json!({"password": HUNTER}));
    given["immutable"] = json!(true);
    world.create(given.clone()).await;
    let replace = async |value: Value| {
        let object = Object::from_value(value).expect("an object");
        world.resources.replace(&actor(), object, Subresource::None, &WriteOptions::strict()).await
    };
    replace(given.clone()).await.expect("it is as it was");
    given["data"]["password"] = json!(HORSE);
    let error = replace(given).await.expect_err("it is immutable").to_string();
    assert!(!error.contains(HORSE), "{error}");
}

#[tokio::test]
async fn only_the_platform_names_the_secrets_of_environments() {
    let world = World::new().await;
    let mut given = secret(json!({}));
    given["metadata"]["labels"] = json!({"platform.causeway.dev/environment": "dev"});
    given["metadata"]["annotations"] = json!({"platform.causeway.dev/path": "db/orders"});
    let object = Object::from_value(given.clone()).expect("an object");
    let error =
        world.resources.create(&actor(), object, &WriteOptions::strict()).await.expect_err("the name does not fit");
    assert!(error.to_string().contains("\"db-orders.dev\""), "{error}");
    given["metadata"]["name"] = json!("db-orders.dev");
    world.create(given).await;
}
