//! Watches: every change, once, in order, also across reconnects and handles.

use std::sync::Arc;

use causeway_core::Key;
use futures::FutureExt as _;
use futures::future::join_all;

use super::Subject;
use super::material::{Dice, must_commit, next, others, put, random_write, thing, things, watch_things};
use crate::{Change, ChangeKind, Revision, Store, StoreError, WatchScope};

/// Commits by several writers through both handles; gives the newest revision at the end.
async fn write_at_random(one: &Arc<dyn Store>, two: &Arc<dyn Store>, writers: u64, each: u64) -> Revision {
    let tasks = (0..writers).map(|writer| {
        let store = Arc::clone(if writer % 2 == 0 { one } else { two });
        tokio::spawn(async move {
            let mut dice = Dice::new(writer + 100);
            for step in 0..each {
                let writes: Vec<_> = (0..=dice.below(3)).map(|_| random_write(&mut dice, 25, step)).collect();
                must_commit(&store, writes).await;
            }
        })
    });
    join_all(tasks).await.into_iter().for_each(|writer| writer.expect("the writer ends well"));
    one.revision().max(two.revision())
}

/// Each change must follow from the one before it of the same object.
pub(super) fn check_sequence(changes: &[Arc<Change>]) {
    let mut last: std::collections::HashMap<&Key, &Arc<Change>> = std::collections::HashMap::new();
    for change in changes {
        let known = last.insert(&change.record.key, change).filter(|known| known.kind != ChangeKind::Deleted);
        assert_eq!(change.before.as_ref(), known.map(|known| &known.record), "what was before {change:?}");
        assert_eq!(change.kind == ChangeKind::Created, known.is_none(), "created once: {change:?}");
    }
}

pub(super) async fn delivers_everything_once(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let mut watches: Vec<_> =
        (0..4).map(|n| watch_things(if n % 2 == 0 { &one } else { &two }, Some(Revision(0)))).collect();
    let mut from_now = watch_things(&two, None);
    let newest = write_at_random(&one, &two, 8, 25).await;
    let mut first: Option<Vec<Revision>> = None;
    watches.push(watch_things(&one, Some(Revision(0))));
    for watch in &mut watches {
        let mut changes = Vec::new();
        while changes.last().is_none_or(|change: &Arc<Change>| change.revision() < newest) {
            changes.push(next(watch).await);
        }
        check_sequence(&changes);
        let revisions: Vec<_> = changes.iter().map(|change| change.revision()).collect();
        assert_eq!(revisions, (1..=newest.0).map(Revision).collect::<Vec<_>>(), "each once, in order");
        assert_eq!(first.get_or_insert_with(|| revisions.clone()), &revisions);
    }
    assert_eq!(next(&mut from_now).await.revision(), Revision(1), "from now on means the very next change");
    one.close().await;
    two.close().await;
}

pub(super) async fn survives_reconnects(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let end = thing("ns-0", "the-end");
    let watchers = (0..6_u64).map(|watcher| {
        let (one, two, end) = (Arc::clone(&one), Arc::clone(&two), end.clone());
        tokio::spawn(async move {
            let mut dice = Dice::new(watcher);
            let mut changes: Vec<Arc<Change>> = Vec::new();
            while changes.last().is_none_or(|change| change.record.key != end) {
                let store = if dice.below(2) == 0 { &one } else { &two };
                let after = changes.last().map_or(Revision(0), |change| change.revision());
                store.at_least(after).await.expect("follows");
                let mut watch = watch_things(store, Some(after));
                for _ in 0..dice.below(40) {
                    if changes.last().is_some_and(|change| change.record.key == end) {
                        break;
                    }
                    changes.push(next(&mut watch).await);
                    assert!(
                        watch.progress() >= changes[changes.len() - 1].revision(),
                        "progress covers what was delivered"
                    );
                }
                tokio::task::yield_now().await;
            }
            changes
        })
    });
    let watchers: Vec<_> = watchers.collect();
    write_at_random(&one, &two, 8, 25).await;
    let newest = must_commit(&one, [put(&end, 0)]).await.revision;
    for watcher in join_all(watchers).await {
        let changes = watcher.expect("the watcher ends well");
        check_sequence(&changes);
        let revisions: Vec<_> = changes.iter().map(|change| change.revision().0).collect();
        assert_eq!(revisions, (1..=newest.0).collect::<Vec<_>>(), "nothing missed, nothing twice");
    }
    one.close().await;
    two.close().await;
}

pub(super) async fn keeps_to_its_scope(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let mut all = two.watch(WatchScope::default(), None).expect("starts");
    let mut of_namespace =
        two.watch(WatchScope { namespace: Some("a".into()), ..WatchScope::of(things()) }, None).expect("starts");
    let mut idle = two.watch(WatchScope::of(others()), None).expect("starts");
    must_commit(&one, [put(&thing("a", "x"), 1), put(&thing("b", "x"), 1), put(&Key::new(others(), "a", "x"), 1)])
        .await;
    must_commit(&one, [put(&thing("a", "y"), 1), put(&thing("b", "y"), 1)]).await;
    for revision in 1..=5 {
        assert_eq!(next(&mut all).await.revision(), Revision(revision));
    }
    assert_eq!(next(&mut of_namespace).await.revision(), Revision(1));
    assert_eq!(of_namespace.progress(), Revision(3), "no further than what is still to come");
    assert_eq!(next(&mut of_namespace).await.revision(), Revision(4));
    two.at_least(Revision(5)).await.expect("follows");
    assert_eq!(of_namespace.progress(), Revision(5), "what is out of scope is progress");
    assert_eq!(next(&mut idle).await.revision(), Revision(3));
    assert_eq!(idle.progress(), Revision(5));
    assert!(idle.next().now_or_never().is_none(), "and then it waits");

    let within = |scope| two.watch(scope, Some(Revision(0))).expect("starts");
    let mut replayed = within(WatchScope { namespace: Some("a".into()), ..WatchScope::of(things()) });
    let revisions = [next(&mut replayed).await.revision(), next(&mut replayed).await.revision()];
    assert_eq!(revisions, [Revision(1), Revision(4)], "the same from the log");
    let mut replayed = within(WatchScope::of(others()));
    assert_eq!(next(&mut replayed).await.revision(), Revision(3));
    assert!(replayed.next().now_or_never().is_none(), "and nothing else");

    let newest = one.revision();
    let future = two.watch(WatchScope::default(), Some(Revision(newest.0 + 100)));
    assert!(matches!(future, Err(StoreError::Future { .. })));
    let mut later = two.watch(WatchScope::of(things()), Some(newest)).expect("the newest revision is no future");
    must_commit(&two, [put(&thing("a", "z"), 1)]).await;
    assert_eq!(next(&mut later).await.revision(), Revision(newest.0 + 1));
    one.close().await;
    two.close().await;
}
