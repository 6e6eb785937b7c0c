//! Typed resources through the same door.

use causeway_core::{Condition, ConditionStatus, Metadata, OwnerReference, Resource};
use causeway_kinds::environment::EnvironmentSpec;
use causeway_resources::{Error, ensure_condition};

use crate::door::{Door, actor};

fn wanted(display_name: &str) -> Resource<EnvironmentSpec> {
    let spec = EnvironmentSpec { display_name: display_name.into(), ..EnvironmentSpec::default() };
    Resource::new(Metadata::named("default", "dev"), spec)
}

#[tokio::test]
async fn ensuring_creates_then_brings_in_line_and_writes_only_what_differs() {
    let door = Door::open().await;
    let client = door.resources.client(actor());
    let made = client.ensure(&wanted("One")).await.expect("it is created");
    let before = door.resources.revision();
    client.ensure(&wanted("One")).await.expect("it is as it was");
    assert_eq!(door.resources.revision(), before);
    let mut more = wanted("Two");
    more.metadata.labels.insert("a".into(), "b".into());
    let owner = |uid: &str| OwnerReference {
        api_version: "v1".into(),
        kind: "ConfigMap".into(),
        name: "o".into(),
        uid: uid.into(),
        ..OwnerReference::default()
    };
    more.metadata.owner_references = vec![owner("1")];
    client.ensure(&more).await.expect("it is brought in line");
    more.metadata.labels.clear();
    more.metadata.owner_references = vec![owner("1"), owner("2")];
    let now = client.ensure(&more).await.expect("it is brought in line");
    assert_eq!((now.spec.display_name.as_str(), now.metadata.uid == made.metadata.uid), ("Two", true));
    assert_eq!(now.metadata.labels["a"], "b", "what others have set stays");
    assert_eq!(now.metadata.owner_references, [owner("1"), owner("2")]);
}

#[tokio::test]
async fn reads_names_writes_status_and_deletes() {
    let door = Door::open().await;
    let client = door.resources.client(actor());
    assert!(client.get::<EnvironmentSpec>("default", "dev").expect("it is read").is_none());
    let missing = client.require::<EnvironmentSpec>("default", "dev");
    assert!(matches!(missing, Err(Error::NotFound { name, .. }) if name == "dev"));
    assert!(client.modify::<EnvironmentSpec>("default", "dev", |_| {}).await.expect("it is fine").is_none());
    let mut made = client.create(&wanted("One")).await.expect("it is created");
    ensure_condition(&mut made, Condition::ready(ConditionStatus::True, "Ready", "All is well."));
    let said = client.update_status(&made).await.expect("it is said");
    let before = door.resources.revision();
    client.update_status(&said).await.expect("it is said already");
    assert_eq!(door.resources.revision(), before, "what changes nothing is not written");
    assert!(client.update_status(&made).await.expect_err("it was read before that").is_conflict());
    let mut labelled = said.clone();
    labelled.metadata.labels.insert("team".into(), "a".into());
    client.update(&labelled).await.expect("it is labelled");
    assert_eq!(client.list_by::<EnvironmentSpec>(None, "team=a").await.expect("they are listed").len(), 1);
    assert!(client.list_by::<EnvironmentSpec>(Some("default"), "team=b").await.expect("they are listed").is_empty());
    assert!(client.list_by::<EnvironmentSpec>(None, "team in (").await.is_err());
    assert!(client.delete::<EnvironmentSpec>("default", "dev").await.expect("it is deleted"));
    assert!(client.delete::<EnvironmentSpec>("default", "dev").await.expect("it is gone already"));
}
