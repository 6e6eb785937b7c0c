//! Batches: whole, checked, ordered.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use serde_json::json;

use super::Subject;
use super::material::{
    commit, delete, list_things, must_commit, next, object, put, put_object, thing, value, watch_things, write,
};
use crate::{AuditRow, Batch, ChangeKind, Precondition, Revision, StoreError, Write, WriteKind};

pub(super) async fn keeps_batches_whole(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let (a, b) = (thing("ns", "a"), thing("ns", "b"));
    must_commit(&one, [put(&b, 1)]).await;
    let revision = one.revision();
    let refused = Batch {
        writes: vec![put(&a, 2), delete(&b), write(&b, Precondition::Present, 2)],
        audit: vec![AuditRow::default()],
    };
    assert!(matches!(one.commit(refused).await, Err(StoreError::Missing(key)) if key == b));
    assert_eq!(one.revision(), revision, "a refused batch takes no revision");
    assert!(one.get(&a).is_none(), "none of its writes happened");
    assert_eq!(value(&one.get(&b).expect("is there")), 1);
    assert!(one.audit_rows(0, 10).await.expect("reads").is_empty(), "nor were its audit rows written");

    let batch = Batch {
        writes: vec![put(&a, 3), put(&b, 3)],
        audit: vec![
            AuditRow { verb: "first".into(), ..AuditRow::default() },
            AuditRow { verb: "second".into(), ..AuditRow::default() },
        ],
    };
    let committed = one.commit(batch).await.expect("commits");
    two.at_least(committed.revision).await.expect("the other handle follows");
    let values: Vec<_> = list_things(&two).await.iter().map(|record| value(record)).collect();
    assert_eq!(values, [3, 3]);
    let verbs: Vec<_> = two.audit_rows(0, 10).await.expect("reads").into_iter().map(|row| row.verb).collect();
    assert_eq!(verbs, ["first", "second"]);
    let alone = one.commit(Batch { writes: vec![], audit: vec![AuditRow::default()] }).await.expect("commits");
    assert_eq!((alone.revision, alone.records.len()), (committed.revision, 0), "audit rows take no revision");
    one.close().await;
    two.close().await;
}

/// Batches that are committed at the same time may share a transaction; a refused one must not show in the others.
pub(super) async fn keeps_refused_batches_apart(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    must_commit(&one, [put(&thing("ns", "kept"), 0)]).await;
    let pairs = (0..100).map(|n| {
        let key = thing("ns", &format!("thing-{n}"));
        let gone = thing("ns", "never-there");
        let refused = [put(&key, 1), delete(&thing("ns", "kept")), write(&gone, Precondition::Present, 1)];
        let good = [write(&key, Precondition::Absent, 2), write(&thing("ns", "kept"), Precondition::Present, n)];
        (commit(&one, refused), commit(&two, good))
    });
    let (refused, good): (Vec<_>, Vec<_>) = pairs.unzip();
    let (refused, good) = futures::future::join(join_all(refused), join_all(good)).await;
    assert!(refused.iter().all(|answer| matches!(answer, Err(StoreError::Missing(_)))), "{refused:?}");
    assert!(good.iter().all(Result::is_ok), "{good:?}");
    one.at_least(two.revision()).await.expect("follows");
    assert_eq!(one.revision(), Revision(201));
    assert_eq!(list_things(&one).await.len(), 101);
    one.close().await;
    two.close().await;
}

pub(super) async fn checks_preconditions(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let key = thing("ns", "a");
    let missing = |result| matches!(result, Err(StoreError::Missing(found)) if found == key);
    assert!(missing(commit(&one, [write(&key, Precondition::Present, 1)]).await.map(drop)));
    assert!(missing(commit(&one, [write(&key, Precondition::At(Revision(1)), 1)]).await.map(drop)));
    let gone = |precondition| Write { key: key.clone(), precondition, kind: WriteKind::Delete };
    assert!(missing(commit(&one, [gone(Precondition::Present)]).await.map(drop)));
    let nothing = must_commit(&one, [gone(Precondition::Any), gone(Precondition::Absent)]).await;
    assert_eq!(
        (nothing.revision, nothing.records),
        (Revision(0), vec![None, None]),
        "what is not there is gone already"
    );

    let created = must_commit(&one, [write(&key, Precondition::Absent, 1)]).await.revision;
    two.at_least(created).await.expect("follows");
    assert!(
        matches!(commit(&two, [write(&key, Precondition::Absent, 2)]).await, Err(StoreError::Exists(found)) if found == key)
    );
    let updated = must_commit(&two, [write(&key, Precondition::At(created), 2)]).await.revision;
    let stale = commit(&one, [write(&key, Precondition::At(created), 3)]).await;
    assert!(matches!(stale, Err(StoreError::Conflict { found, .. }) if found == updated), "{stale:?}");
    let stale = commit(&one, [gone(Precondition::At(created))]).await;
    assert!(matches!(stale, Err(StoreError::Conflict { found, .. }) if found == updated), "{stale:?}");
    must_commit(&one, [write(&key, Precondition::Present, 4)]).await;
    must_commit(&one, [write(&key, Precondition::Any, 5)]).await;
    must_commit(&one, [gone(Precondition::At(one.revision()))]).await;
    assert!(one.get(&key).is_none());
    must_commit(&one, [write(&key, Precondition::Absent, 6)]).await;
    one.close().await;
    two.close().await;
}

pub(super) async fn sees_its_own_writes(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let key = thing("ns", "a");
    let committed = must_commit(
        &one,
        [
            write(&key, Precondition::Absent, 1),
            write(&key, Precondition::Present, 2),
            Write { key: key.clone(), precondition: Precondition::Present, kind: WriteKind::Delete },
            write(&key, Precondition::Absent, 3),
        ],
    )
    .await;
    let values: Vec<_> = committed.records.iter().map(|record| record.as_ref().map(|record| value(record))).collect();
    assert_eq!(values, [Some(json!(1)), Some(json!(2)), None, Some(json!(3))]);
    assert_eq!(committed.revision, Revision(4), "each write has a revision of its own");
    let mut watch = watch_things(&two, Some(Revision(0)));
    let mut seen = Vec::new();
    for _ in 0..4 {
        let change = next(&mut watch).await;
        seen.push((change.kind, change.revision().0, change.before.as_ref().map(|before| before.revision.0)));
    }
    assert_eq!(
        seen,
        [
            (ChangeKind::Created, 1, None),
            (ChangeKind::Updated, 2, Some(1)),
            (ChangeKind::Deleted, 3, Some(2)),
            (ChangeKind::Created, 4, None),
        ]
    );
    one.close().await;
    two.close().await;
}

pub(super) async fn raises_revisions_in_commit_order(subject: &dyn Subject) {
    const WRITERS: usize = 32;
    const EACH: usize = 20;
    let (one, two) = subject.open().await;
    let mut watch = watch_things(&two, Some(Revision(0)));
    let writers = (0..WRITERS).map(|writer| {
        let store = Arc::clone(if writer % 2 == 0 { &one } else { &two });
        tokio::spawn(async move {
            let mut last = Revision(0);
            let mut given = Vec::new();
            for n in 0..EACH {
                let writes =
                    [put(&thing("ns", &format!("w{writer}-{n}")), n), put(&thing("ns", &format!("w{writer}")), n)];
                let committed = must_commit(&store, writes).await;
                assert!(committed.revision > last, "a later commit of one writer has a higher revision");
                assert_eq!(
                    store.get(&thing("ns", &format!("w{writer}"))).map(|r| value(&r)),
                    Some(json!(n)),
                    "it reads its own write"
                );
                last = committed.revision;
                let revisions: Vec<_> = committed.records.iter().flatten().map(|record| record.revision).collect();
                assert_eq!(revisions, [Revision(last.0 - 1), last], "a batch's revisions are in a row");
                given.extend(revisions);
            }
            given
        })
    });
    let given: Vec<Revision> =
        join_all(writers).await.into_iter().flat_map(|given| given.expect("the writer ends well")).collect();
    let total = WRITERS * EACH * 2;
    assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), total, "no revision is given twice");
    for expected in 1..=total as u64 {
        assert_eq!(next(&mut watch).await.revision(), Revision(expected), "the watch sees them in order");
    }
    one.close().await;
    two.close().await;
}

pub(super) async fn loses_no_update(subject: &dyn Subject) {
    const WRITERS: u64 = 10;
    const EACH: u64 = 20;
    let (one, two) = subject.open().await;
    let key = thing("ns", "counter");
    must_commit(&one, [put(&key, 0)]).await;
    two.at_least(one.revision()).await.expect("follows");
    let writers = (0..WRITERS).map(|writer| {
        let store = Arc::clone(if writer % 2 == 0 { &one } else { &two });
        let key = key.clone();
        tokio::spawn(async move {
            let mut done = 0;
            while done < EACH {
                let seen = store.get(&key).expect("is there");
                let count = value(&seen).as_u64().expect("is a number");
                match commit(&store, [write(&key, Precondition::At(seen.revision), count + 1)]).await {
                    Ok(_) => done += 1,
                    Err(StoreError::Conflict { found, .. }) => store.at_least(found).await.expect("follows"),
                    Err(error) => panic!("neither done nor a conflict: {error}"),
                }
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.expect("the writer ends well"));
    one.at_least(one.revision().max(two.revision())).await.expect("follows");
    assert_eq!(value(&one.get(&key).expect("is there")), WRITERS * EACH);
    one.close().await;
    two.close().await;
}

pub(super) async fn keeps_huge_objects(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let text: String = (0..1024 * 1024 / 8).map(|n| format!("{n:07x}é")).collect();
    let key = thing("ns", "huge");
    must_commit(&one, [put(&key, text.clone())]).await;
    must_commit(&one, [put(&key, text.clone() + "2")]).await;
    one.close().await;
    two.close().await;
    let (one, two) = subject.open().await;
    assert_eq!(value(&one.get(&key).expect("is there")), json!(text.clone() + "2"));
    let mut watch = watch_things(&two, Some(Revision(1)));
    let change = next(&mut watch).await;
    assert_eq!(change.before.as_ref().map(|before| value(before)), Some(json!(text)));
    one.close().await;
    two.close().await;
}

pub(super) async fn writes_the_revision_into_the_text(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let key = thing("ns", "a");
    let mut odd = object(&key, json!({"resourceVersion": "7", "metadata": {"resourceVersion": "8"}}));
    odd.set(&["metadata", "resourceVersion"], "12345");
    odd.set(&["metadata", "annotations", "text"], "\"metadata\":{\"resourceVersion\":\"9\"}");
    must_commit(&one, [put(&thing("ns", "b"), 1)]).await;
    let committed = must_commit(&one, [put_object(&key, odd.clone())]).await;
    let record = committed.records[0].clone().expect("a put gives a record");
    odd.set(&["metadata", "resourceVersion"], "2");
    assert_eq!(record.object(), Some(odd.clone()), "nothing but the revision differs");
    assert_eq!(one.get(&key), Some(record));
    must_commit(&one, [delete(&key)]).await;
    let change = next(&mut watch_things(&two, Some(Revision(2)))).await;
    odd.set(&["metadata", "resourceVersion"], "3");
    assert_eq!(change.record.object(), Some(odd), "a deletion carries its own revision in the last state");
    one.close().await;
    two.close().await;
}
