//! The secrets of an environment, by path.

use std::collections::BTreeMap;

use causeway_core::OwnerReference;
use causeway_secrets::{Put, SecretError, SecretText};

use crate::world::{World, actor};

fn put(path: &str, values: &[(&str, &str)]) -> Put {
    let data: BTreeMap<_, _> = values.iter().map(|(k, v)| ((*k).to_owned(), SecretText::new(*v))).collect();
    Put { namespace: "default".into(), environment: "dev".into(), path: path.into(), data, owners: Vec::new() }
}

#[tokio::test]
async fn a_secret_is_stored_read_listed_changed_and_removed_by_its_path() {
    let world = World::new().await;
    let secrets = &world.secrets;
    assert_eq!(
        secrets.put(&actor(), &put("db/orders", &[("password", "one"), ("user", "u")])).await.expect("stored"),
        1
    );
    let before = world.resources.revision();
    assert_eq!(
        secrets.put(&actor(), &put("db/orders", &[("password", "one"), ("user", "u")])).await.expect("stored"),
        1
    );
    assert_eq!(world.resources.revision(), before, "the same again changes nothing");
    assert_eq!(secrets.put(&actor(), &put("db/orders", &[("password", "two")])).await.expect("stored"), 2);
    let found = secrets.get("default", "dev", "db/orders").expect("it opens").expect("it is there");
    assert_eq!((found.version, found.data.len(), found.data["password"].reveal()), (2, 1, "two"));
    assert_eq!(format!("{:?}", found.data["password"]), "***");
    assert!(secrets.get("default", "prod", "db/orders").expect("it opens").is_none());
    secrets.put(&actor(), &put("api/key", &[("token", "t")])).await.expect("stored");
    let listed = secrets.list("default", Some("dev")).await.expect("listed");
    let listed: Vec<_> = listed.iter().map(|s| (s.path.as_str(), s.name.as_str(), s.version)).collect();
    assert_eq!(listed, [("api/key", "api-key.dev", 1), ("db/orders", "db-orders.dev", 2)]);
    secrets.delete(&actor(), "default", "dev", "db/orders").await.expect("it is removed");
    secrets.delete(&actor(), "default", "dev", "db/orders").await.expect("removing it again is fine");
    assert!(secrets.get("default", "dev", "db/orders").expect("it opens").is_none());
    assert!(!world.is_on_disk("two"));
}

#[tokio::test]
async fn paths_that_cannot_be_and_names_that_are_taken_are_refused() {
    let world = World::new().await;
    for path in ["", "/", "a//b", "A/b", "a b", "../x", "a/"] {
        let error = world.secrets.put(&actor(), &put(path, &[])).await;
        assert!(matches!(error, Err(SecretError::BadPath { .. })), "{path:?}");
    }
    world.secrets.put(&actor(), &put("db/orders", &[("a", "b")])).await.expect("stored");
    match world.secrets.put(&actor(), &put("db-orders", &[("a", "b")])).await {
        Err(SecretError::Taken { name, other, .. }) => {
            assert_eq!((name.as_str(), other.as_str()), ("db-orders.dev", "db/orders"))
        }
        other => panic!("it should be taken: {other:?}"),
    }
}

#[tokio::test]
async fn a_new_owner_is_recorded_even_where_the_values_are_the_same() {
    let world = World::new().await;
    let owner = |uid: &str| OwnerReference {
        api_version: "platform.causeway.dev/v1".into(),
        kind: "Claim".into(),
        name: "db-orders.dev".into(),
        uid: uid.into(),
        ..OwnerReference::default()
    };
    for uid in ["one", "two"] {
        let put = Put { owners: vec![owner(uid)], ..put("db/orders", &[("password", "same")]) };
        assert_eq!(world.secrets.put(&actor(), &put).await.expect("stored"), 1);
    }
    assert_eq!(world.stored("db-orders.dev").owner_references(), [owner("two")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_has_a_version_of_its_own_however_many_come_at_once() {
    let world = World::new().await;
    let writers: Vec<_> = (0..10)
        .map(|i| {
            let secrets = world.secrets.clone();
            tokio::spawn(
                async move { secrets.put(&actor(), &put("db/orders", &[("password", &format!("p{i}"))])).await },
            )
        })
        .collect();
    let mut versions = Vec::new();
    for writer in writers {
        versions.push(writer.await.expect("it ends").expect("it is stored"));
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=10).collect::<Vec<_>>());
}
