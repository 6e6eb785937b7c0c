//! Patches.

use causeway_core::Resource;
use causeway_kinds::environment::EnvironmentSpec;
use causeway_resources::{Error, Patch};
use serde_json::{Value, json};

use crate::door::{Door, actor, environment, environment_key, map, map_key};

#[tokio::test]
async fn a_merge_patch_merges_removes_and_adds() {
    let door = Door::open().await;
    let mut given = map("m");
    given["data"] = json!({"keep": "1", "change": "1", "remove": "1"});
    door.create(given).await.expect("it is created");
    let merge = json!({"data": {"change": "2", "remove": null, "add": "1"}, "metadata": {"labels": {"a": "b"}}});
    door.merge(&map_key("m"), merge).await.expect("it is patched");
    let stored = door.get(&map_key("m"));
    assert_eq!(stored["data"], json!({"keep": "1", "change": "2", "add": "1"}));
    assert_eq!(stored["metadata"]["labels"], json!({"a": "b"}));
    assert!(matches!(door.merge(&map_key("m"), json!([1])).await, Err(Error::BadRequest { .. })));
}

#[tokio::test]
async fn a_json_patch_is_applied_whole_or_not_at_all() {
    let door = Door::open().await;
    door.create(map("m")).await.expect("it is created");
    let patch = async |operations: Value| door.patch(&map_key("m"), Patch::Json(operations)).await;
    let good = json!([{"op": "test", "path": "/data/a", "value": "1"}, {"op": "add", "path": "/data/b", "value": "2"}]);
    patch(good).await.expect("it is patched");
    let bad = json!([{"op": "remove", "path": "/data/a"}, {"op": "test", "path": "/data/b", "value": "no"}]);
    assert!(matches!(patch(bad).await, Err(Error::Invalid { .. })));
    assert!(matches!(patch(json!([{"op": "jump"}])).await, Err(Error::BadRequest { .. })));
    assert_eq!(door.get(&map_key("m"))["data"], json!({"a": "1", "b": "2"}));
}

#[tokio::test]
async fn a_strategic_patch_knows_lists_by_key() {
    let door = Door::open().await;
    let owner = |uid: &str, name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid});
    let mut given = map("m");
    given["metadata"]["ownerReferences"] = json!([owner("1", "a"), owner("2", "b")]);
    given["metadata"]["finalizers"] = json!(["example.com/a"]);
    door.create(given).await.expect("it is created");
    let patch = json!({
        "data": {"$patch": "replace", "new": "1"},
        "metadata": {
            "ownerReferences": [{"uid": "1", "$patch": "delete"}, {"uid": "2", "name": "renamed"}, owner("3", "c")],
            "finalizers": ["example.com/b"],
            "$setElementOrder/finalizers": ["example.com/a", "example.com/b"],
        },
    });
    door.patch(&map_key("m"), Patch::Strategic(patch)).await.expect("it is patched");
    let stored = door.get(&map_key("m"));
    assert_eq!(stored["data"], json!({"new": "1"}));
    assert_eq!(stored["metadata"]["finalizers"], json!(["example.com/a", "example.com/b"]));
    assert_eq!(stored["metadata"]["ownerReferences"], json!([owner("2", "renamed"), owner("3", "c")]));
    let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/a"]}});
    door.patch(&map_key("m"), Patch::Strategic(patch)).await.expect("it is patched");
    assert_eq!(door.get(&map_key("m"))["metadata"]["finalizers"], json!(["example.com/b"]));
}

#[tokio::test]
async fn name_and_namespace_cannot_be_patched() {
    let door = Door::open().await;
    door.create(map("m")).await.expect("it is created");
    for patch in [json!({"metadata": {"name": "other"}}), json!({"metadata": {"namespace": "other"}})] {
        let error = door.merge(&map_key("m"), patch).await.expect_err("it is refused");
        assert_eq!(error.to_string(), "a patch cannot change name or namespace");
    }
}

#[tokio::test]
async fn a_patch_that_names_a_version_is_tried_once() {
    let door = Door::open().await;
    let made = door.create(map("m")).await.expect("it is created").object;
    let patch = |value: &str| json!({"metadata": {"resourceVersion": made.resource_version()}, "data": {"a": value}});
    door.merge(&map_key("m"), patch("2")).await.expect("it is the newest");
    assert!(door.merge(&map_key("m"), patch("3")).await.expect_err("it was changed since").is_conflict());
    assert_eq!(door.get(&map_key("m"))["data"]["a"], "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_patch_and_modify_at_once_lose_nothing() {
    let door = Door::open().await;
    door.create(map("m")).await.expect("it is created");
    door.create(environment("dev")).await.expect("it is created");
    let client = door.resources.client(actor());
    let writers = (0..30).map(|i| {
        let (resources, client) = (door.resources.clone(), client.clone());
        tokio::spawn(async move {
            let patch = Patch::Merge(json!({"data": {format!("k{i}"): "1"}}));
            let options = causeway_resources::WriteOptions::strict();
            let part = causeway_resources::Subresource::None;
            resources.patch(&actor(), &map_key("m"), &patch, part, &options).await.expect("it is patched");
            let mark = |environment: &mut Resource<EnvironmentSpec>| {
                environment.metadata.labels.insert(format!("k{i}"), "1".into());
            };
            client.modify("default", "dev", mark).await.expect("it is written").expect("it is there");
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("it ends well");
    }
    assert_eq!(door.get(&map_key("m"))["data"].as_object().map(serde_json::Map::len), Some(31));
    assert_eq!(door.get(&environment_key("dev"))["metadata"]["labels"].as_object().map(serde_json::Map::len), Some(30));
}
