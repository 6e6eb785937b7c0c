//! Objects by key, uid, owner and name, and how many there are.

use causeway_core::{GroupResource, Key};
use serde_json::json;

use super::Subject;
use super::material::{delete, must_commit, object, others, put, put_object, thing, things};
use crate::Store;

pub(super) async fn finds_objects(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let (owner, child) = (thing("ns", "owner"), Key::new(others(), "ns", "Child.A"));
    let mut owned = object(&child, 1);
    owned.set(&["metadata", "ownerReferences"], json!([{"uid": "uid-of-owner"}, {"uid": "somebody"}]));
    owned.set(&["metadata", "deletionTimestamp"], "2026-01-01T00:00:00Z");
    must_commit(&one, [put(&owner, 1), put_object(&child, owned.clone())]).await;
    two.at_least(one.revision()).await.expect("follows");

    assert_eq!(two.by_uid("uid-of-owner").map(|record| record.key.clone()), Some(owner.clone()));
    assert!(two.by_uid("").is_none() && two.get(&thing("other", "owner")).is_none());
    let found = two.owned_by("uid-of-owner");
    assert_eq!(found.iter().map(|record| &record.key).collect::<Vec<_>>(), [&child]);
    assert!(found[0].head.deleting && &*found[0].head.uid == "uid-of-Child.A");
    assert_eq!(two.owned_by("somebody").len(), 1);
    assert_eq!(two.find_name(&others(), "ns", "cHILD.a"), Some(child.clone()));
    assert_eq!(two.find_name(&things(), "ns", "OWNER"), Some(owner.clone()));
    assert_eq!(two.find_name(&things(), "other", "owner"), None);

    owned.set(&["metadata", "ownerReferences"], json!([{"uid": "somebody"}]));
    owned.set(&["metadata", "uid"], "new");
    must_commit(&one, [put_object(&child, owned)]).await;
    assert!(one.owned_by("uid-of-owner").is_empty() && one.by_uid("uid-of-Child.A").is_none());
    assert_eq!(one.by_uid("new").map(|record| record.key.clone()), Some(child.clone()));
    must_commit(&one, [delete(&child)]).await;
    assert!(one.by_uid("new").is_none() && one.owned_by("somebody").is_empty());
    assert_eq!(one.find_name(&others(), "ns", "child.a"), None);
    one.close().await;
    two.close().await;
}

pub(super) async fn counts_objects(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let cluster = Key::new(GroupResource::new("example.org", "clusters"), "", "c");
    must_commit(&one, [put(&thing("a", "1"), 1), put(&thing("a", "2"), 1), put(&thing("b", "1"), 1), put(&cluster, 1)])
        .await;
    must_commit(&one, [put(&Key::new(others(), "a", "1"), 1), put(&thing("a", "1"), 2)]).await;
    let counts = |store: &dyn Store| ["", "a", "b", "c"].map(|namespace| store.count(&things(), namespace));
    assert_eq!(counts(&*one), [3, 2, 1, 0]);
    assert_eq!(one.resources_in("a"), [others(), things()]);
    must_commit(&one, [delete(&thing("b", "1")), delete(&Key::new(others(), "a", "1"))]).await;
    assert_eq!(counts(&*one), [2, 2, 0, 0]);
    assert!(one.resources_in("b").is_empty());
    assert_eq!(one.count(&cluster.resource, ""), 1);
    one.close().await;
    two.close().await;
    let (one, two) = subject.open().await;
    assert_eq!(counts(&*two), [2, 2, 0, 0], "the same after a start");
    assert_eq!(two.resources_in("a"), [things()]);
    one.close().await;
    two.close().await;
}
