//! What is there after an end and a start.

use std::sync::Arc;

use super::Subject;
use super::material::{
    Dice, commit, list_things, must_commit, next, object, put, random_write, thing, things, value, watch_things,
};
use crate::{AuditRow, Batch, Query, Revision, StoreError, WatchScope};

pub(super) async fn keeps_what_was_answered(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let mut dice = Dice::new(1);
    for step in 0..200 {
        must_commit(&one, [random_write(&mut dice, 30, step)]).await;
    }
    one.commit(Batch { writes: vec![put(&thing("ns-0", "last"), 1)], audit: vec![AuditRow::default()] })
        .await
        .expect("commits");
    let revision = one.revision();
    let before = list_things(&one).await;
    let rows = one.audit_rows(0, 10).await.expect("reads the trail");
    one.close().await;
    two.close().await;

    let (one, two) = subject.open().await;
    assert_eq!(one.revision(), revision, "the revision goes on where it was");
    assert_eq!(list_things(&one).await, before, "all objects are there as they were");
    assert_eq!(one.audit_rows(0, 10).await.expect("reads the trail"), rows);
    let mut watch = watch_things(&one, Some(Revision(0)));
    for expected in 1..=revision.0 {
        assert_eq!(next(&mut watch).await.revision(), Revision(expected), "the log is there, too");
    }
    let committed = must_commit(&two, [put(&thing("ns-0", "later"), 1)]).await;
    assert!(committed.revision > revision, "revisions are never given twice");
    one.close().await;
    two.close().await;
}

pub(super) async fn starts_with_an_unreadable_object(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let (good, bad) = (thing("ns", "good"), thing("ns", "bad"));
    must_commit(&one, [put(&good, 1), put(&bad, 1)]).await;
    one.close().await;
    two.close().await;
    subject.poison(&bad).await;

    let (one, two) = subject.open().await;
    let record = one.get(&bad).expect("the unreadable object is kept");
    assert!(record.head.broken && record.object().is_none(), "and shown as broken");
    assert!(!one.get(&good).expect("the other is there").head.broken);
    assert_eq!(list_things(&one).await.len(), 2, "a list shows both");
    let mut watch = watch_things(&one, Some(Revision(0)));
    assert_eq!([next(&mut watch).await.revision(), next(&mut watch).await.revision()], [Revision(1), Revision(2)]);
    must_commit(&one, [put(&bad, 2)]).await;
    assert_eq!(value(&one.get(&bad).expect("it can be written over")), 2);
    let change = next(&mut watch).await;
    assert!(change.before.as_ref().is_some_and(|before| before.head.broken));
    one.close().await;
    two.close().await;
    subject.poison(&bad).await;

    let (one, two) = subject.open().await;
    must_commit(&one, [super::material::delete(&bad)]).await;
    assert!(one.get(&bad).is_none(), "it can be deleted");
    one.close().await;
    two.close().await;
}

pub(super) async fn says_that_it_is_closed(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let mut watch = watch_things(&one, None);
    let accepted: Vec<_> = (0..20).map(|n| commit(&one, [put(&thing("ns", &format!("thing-{n}")), n)])).collect();
    let (answers, ()) = futures::future::join(futures::future::join_all(accepted), async {
        tokio::task::yield_now().await;
        one.close().await;
    })
    .await;
    two.close().await;
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(
        answers.iter().all(|answer| matches!(answer, Ok(_) | Err(StoreError::Closed))),
        "done or refused: {answers:?}"
    );
    for _ in 0..done {
        next(&mut watch).await;
    }
    assert!(watch.next().await.is_none(), "a watch ends when it has delivered everything");
    assert!(matches!(commit(&one, [put(&thing("ns", "x"), 1)]).await, Err(StoreError::Closed)));
    assert!(matches!(one.list(&Query::all(things())).await, Err(StoreError::Closed)));
    assert!(matches!(one.watch(WatchScope::default(), None), Err(StoreError::Closed)));
    assert!(matches!(one.compact(Revision(1)).await, Err(StoreError::Closed)));
    assert!(matches!(one.audit_rows(0, 1).await, Err(StoreError::Closed)));
    one.close().await;

    let (one, two) = subject.open().await;
    assert_eq!(list_things(&one).await.len(), done, "what was answered is there, and nothing else");
    one.close().await;
    two.close().await;
}

pub(super) async fn copies_everything(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    for n in 0..50 {
        must_commit(&one, [put(&thing("ns", &format!("thing-{n}")), n)]).await;
    }
    let folder = std::env::temp_dir().join(format!("store-backup-{}-{:p}", std::process::id(), Arc::as_ptr(&one)));
    std::fs::create_dir_all(&folder).expect("makes a folder");
    let file = folder.join("copy");
    let writer = async {
        for n in 50..100 {
            must_commit(&one, [put(&thing("ns", &format!("thing-{n}")), object(&thing("", "x"), n).into_value())])
                .await;
        }
    };
    let (copied, ()) = futures::future::join(two.backup(&file), writer).await;
    copied.expect("copies");
    assert!(file.metadata().expect("the copy is there").len() > 0);
    assert!(two.backup(&file).await.is_err(), "nothing is overwritten");
    std::fs::remove_dir_all(&folder).expect("cleans up");
    one.close().await;
    two.close().await;
}
