//! Lists: ordered, selected, and of one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use causeway_core::Key;
use causeway_core::selector::LabelSelector;

use super::Subject;
use super::material::{Dice, list_things, must_commit, put, random_write, thing, things};
use crate::{Page, Query, Record, Revision, Store, StoreError};

async fn fill(store: &Arc<dyn Store>) {
    for (namespace, name) in [("b", "x"), ("a", "yy"), ("a", "xx"), ("ab", "x"), ("b", "ww"), ("a", "z")] {
        must_commit(store, [put(&thing(namespace, name), 1)]).await;
    }
}

async fn page(store: &Arc<dyn Store>, query: &Query) -> (Vec<String>, Page) {
    let page = store.list(query).await.expect("the list succeeds");
    let names = page.records.iter().map(|record| format!("{}/{}", record.key.namespace, record.key.name));
    (names.collect(), page)
}

pub(super) async fn orders_objects(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    fill(&one).await;
    let (names, all) = page(&one, &Query::all(things())).await;
    assert_eq!(names, ["a/xx", "a/yy", "a/z", "ab/x", "b/ww", "b/x"]);
    assert_eq!((all.revision, all.next, all.remaining), (Revision(6), None, 0));
    let (names, _) = page(&one, &Query::all(things()).within("a")).await;
    assert_eq!(names, ["a/xx", "a/yy", "a/z"]);
    assert!(page(&one, &Query::all(things()).within("aa")).await.0.is_empty());

    let query = Query { limit: Some(2), ..Query::all(things()).within("a") };
    let (names, first) = page(&one, &query).await;
    assert_eq!((names.len(), first.remaining), (2, 1));
    let (names, second) = page(&one, &Query { after: first.next, ..query }).await;
    assert_eq!((names, second.next, second.remaining), (vec!["a/z".to_owned()], None, 0));
    one.close().await;
    two.close().await;
}

pub(super) async fn selects_by_label(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    fill(&one).await;
    let even = LabelSelector::parse("parity=even").expect("parses");
    let query = Query { labels: Some(even), limit: Some(2), ..Query::all(things()) };
    let (names, first) = page(&one, &query).await;
    assert_eq!((names, first.remaining), (vec!["a/xx".to_owned(), "a/yy".to_owned()], 1), "only what matches counts");
    let (names, second) = page(&one, &Query { after: first.next, ..query }).await;
    assert_eq!((names, second.next), (vec!["b/ww".to_owned()], None));
    one.close().await;
    two.close().await;
}

pub(super) async fn pages_through_one_moment(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    for n in 0..200 {
        must_commit(&one, [put(&thing(&format!("ns-{}", n % 3), &format!("thing-{n:03}")), n)]).await;
    }
    two.at_least(one.revision()).await.expect("follows");
    let writer = tokio::spawn({
        let one = Arc::clone(&one);
        async move {
            let mut dice = Dice::new(7);
            for step in 0..600 {
                must_commit(&one, [random_write(&mut dice, 260, step)]).await;
            }
        }
    });
    let mut moments: BTreeMap<Revision, Vec<Arc<Record>>> = BTreeMap::new();
    while !writer.is_finished() || moments.is_empty() {
        let mut query = Query { limit: Some(37), ..Query::all(things()) };
        let first = two.list(&query).await.expect("lists");
        let revision = first.revision;
        let total = first.records.len() + first.remaining;
        let mut records = first.records;
        query.after = first.next;
        while query.after.is_some() {
            let page = two.list(&query).await.expect("lists");
            assert_eq!(page.revision, revision, "all pages are of the first one's moment");
            records.extend(page.records);
            assert_eq!(records.len() + page.remaining, total, "what remains is told truly");
            query.after = page.next;
            tokio::task::yield_now().await;
        }
        assert_eq!(records.len(), total);
        moments.insert(revision, records);
    }
    writer.await.expect("the writer ends well");
    check_against_log(&two, moments).await;
    one.close().await;
    two.close().await;
}

/// What the lists said must be what the log says of those moments.
async fn check_against_log(store: &Arc<dyn Store>, moments: BTreeMap<Revision, Vec<Arc<Record>>>) {
    let mut watch = super::material::watch_things(store, Some(Revision(0)));
    let mut model: BTreeMap<Key, Arc<Record>> = BTreeMap::new();
    let mut revision = Revision(0);
    for (moment, records) in moments {
        while revision < moment {
            let change = super::material::next(&mut watch).await;
            revision = change.revision();
            match change.kind {
                crate::ChangeKind::Deleted => drop(model.remove(&change.record.key)),
                crate::ChangeKind::Created | crate::ChangeKind::Updated => {
                    model.insert(change.record.key.clone(), Arc::clone(&change.record));
                }
            }
        }
        assert_eq!(records, model.values().cloned().collect::<Vec<_>>(), "the list of {moment}");
    }
}

pub(super) async fn lists_the_past(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let mut dice = Dice::new(3);
    let mut moments = Vec::new();
    for step in 0..150 {
        must_commit(&one, [random_write(&mut dice, 20, step)]).await;
        moments.push((one.revision(), list_things(&one).await));
    }
    for (revision, records) in moments.iter().rev() {
        let page = one.list(&Query { exactly: Some(*revision), ..Query::all(things()) }).await.expect("lists");
        assert_eq!((page.revision, &page.records), (*revision, records));
    }
    one.close().await;
    two.close().await;
    let (one, two) = subject.open().await;
    for (revision, records) in &moments {
        let page = two.list(&Query { exactly: Some(*revision), ..Query::all(things()) }).await.expect("lists");
        assert_eq!((page.revision, &page.records), (*revision, records), "also after a start");
    }
    let future = Revision(one.revision().0 + 1000);
    let refused = one.list(&Query { exactly: Some(future), ..Query::all(things()) }).await;
    assert!(matches!(refused, Err(StoreError::Future { asked, .. }) if asked == future));
    one.close().await;
    two.close().await;
}
