//! Forgetting old changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use causeway_core::Key;
use futures::future::join_all;

use super::Subject;
use super::material::{Dice, delete, list_things, must_commit, next, put, random_write, thing, things, watch_things};
use crate::{ChangeKind, Query, Record, Revision, Store, StoreError, WatchScope};

pub(super) async fn refuses_what_is_forgotten(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let mut dice = Dice::new(5);
    let mut moments = BTreeMap::new();
    for step in 0..120 {
        must_commit(&one, [random_write(&mut dice, 15, step)]).await;
        moments.insert(one.revision(), list_things(&one).await);
    }
    must_commit(&one, [put(&thing("ns", "gone"), 1)]).await;
    must_commit(&one, [delete(&thing("ns", "gone"))]).await;
    let newest = one.revision();
    let middle = Revision(newest.0 / 2);
    one.compact(middle).await.expect("compacts");
    one.compact(Revision(1)).await.expect("what is forgotten already may be asked for again");
    for _ in 0..2 {
        check_middle(&one, middle, newest, &moments).await;
    }
    one.close().await;
    two.close().await;

    let (one, two) = subject.open().await;
    check_middle(&one, middle, newest, &moments).await;
    let before = list_things(&one).await;
    one.compact(Revision(newest.0 + 50)).await.expect("more than there is means all");
    assert_eq!(one.compacted(), newest);
    one.close().await;
    two.close().await;

    let (one, two) = subject.open().await;
    assert_eq!((one.revision(), one.compacted()), (newest, newest), "the revision outlives its change");
    assert_eq!(list_things(&one).await, before, "all objects do, too");
    let mut watch = watch_things(&two, Some(newest));
    let committed = must_commit(&one, [put(&thing("ns", "new"), 1)]).await;
    assert_eq!(
        (next(&mut watch).await.revision(), committed.revision),
        (Revision(newest.0 + 1), Revision(newest.0 + 1))
    );
    one.close().await;
    two.close().await;
}

async fn check_middle(
    store: &Arc<dyn Store>,
    middle: Revision,
    newest: Revision,
    moments: &BTreeMap<Revision, Vec<Arc<Record>>>,
) {
    let too_old = Revision(middle.0 - 1);
    let refused = store.watch(WatchScope::of(things()), Some(too_old)).err();
    assert!(matches!(refused, Some(StoreError::Compacted { compacted, .. }) if compacted == middle), "{refused:?}");
    let refused = store.list(&Query { exactly: Some(too_old), ..Query::all(things()) }).await;
    assert!(matches!(refused, Err(StoreError::Compacted { .. })), "{refused:?}");
    let page = store.list(&Query { exactly: Some(middle), ..Query::all(things()) }).await.expect("lists");
    assert_eq!(Some(&page.records), moments.get(&middle), "the oldest moment that is left");
    let mut watch = watch_things(store, Some(middle));
    for revision in middle.0 + 1..=newest.0 {
        let change = next(&mut watch).await;
        assert_eq!(change.revision(), Revision(revision));
        assert_eq!(change.before.is_none(), change.kind == ChangeKind::Created, "what was before is still known");
    }
}

pub(super) async fn compacts_beside_watches(subject: &dyn Subject) {
    const STEPS: u64 = 400;
    let (one, two) = subject.open().await;
    let end = thing("ns-0", "the-end");
    let watchers: Vec<_> = (0..4_u64)
        .map(|watcher| {
            tokio::spawn(mirror(Arc::clone(if watcher % 2 == 0 { &one } else { &two }), end.clone(), watcher))
        })
        .collect();
    let mut dice = Dice::new(11);
    for step in 0..STEPS {
        must_commit(&one, [random_write(&mut dice, 20, step)]).await;
        if step % 16 == 0 {
            let behind = dice.below(30);
            two.compact(Revision(one.revision().0.saturating_sub(behind))).await.expect("compacts");
        }
    }
    must_commit(&one, [put(&end, 0)]).await;
    let expected = list_things(&one).await;
    for watcher in join_all(watchers).await {
        let seen = watcher.expect("the watcher ends well");
        assert_eq!(seen, expected, "who lists again after a refusal ends with the truth");
    }
    one.close().await;
    two.close().await;
}

/// Keeps a copy by list and watch, reconnecting at random, until an object appears; gives the copy.
async fn mirror(store: Arc<dyn Store>, end: Key, seed: u64) -> Vec<Arc<Record>> {
    let mut dice = Dice::new(seed);
    let mut copy: BTreeMap<Key, Arc<Record>> = BTreeMap::new();
    let mut position = None;
    while !copy.contains_key(&end) {
        let after = match position {
            Some(position) => position,
            None => {
                let page = store.list(&Query::all(things())).await.expect("lists");
                copy = page.records.into_iter().map(|record| (record.key.clone(), record)).collect();
                page.revision
            }
        };
        position = Some(after);
        let mut watch = match store.watch(WatchScope::of(things()), Some(after)) {
            Ok(watch) => watch,
            Err(StoreError::Compacted { .. }) => {
                position = None;
                continue;
            }
            Err(error) => panic!("the watch neither starts nor is too old: {error}"),
        };
        for _ in 0..=dice.below(30) {
            if copy.contains_key(&end) {
                break;
            }
            match watch.next().await {
                Some(Ok(change)) => {
                    assert_eq!(change.before.as_ref(), copy.get(&change.record.key), "a change follows what was seen");
                    position = Some(change.revision());
                    if change.kind == ChangeKind::Deleted {
                        copy.remove(&change.record.key);
                    } else {
                        copy.insert(change.record.key.clone(), Arc::clone(&change.record));
                    }
                }
                Some(Err(StoreError::Compacted { .. } | StoreError::TooSlow { .. })) => {
                    position = None;
                    break;
                }
                other => panic!("the watch ended otherwise: {other:?}"),
            }
        }
        tokio::task::yield_now().await;
    }
    copy.into_values().collect()
}
