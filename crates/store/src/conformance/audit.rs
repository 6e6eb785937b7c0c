//! The audit trail: one row after the other, each bound to the one before.

use std::sync::Arc;

use futures::future::join_all;

use super::Subject;
use super::material::{put, thing};
use crate::{AuditRow, Batch, Precondition};

fn row(verb: &str) -> AuditRow {
    AuditRow {
        time: 1_790_000_000_000,
        actor: "user:default/mia".into(),
        verb: verb.into(),
        target: "things.example.org/ns/\"a\"".into(),
        detail: r#"{"fields":["spec"]}"#.into(),
        // Both are the store's to give.
        sequence: 99,
        digest: "forged".into(),
    }
}

pub(super) async fn chains_rows(subject: &dyn Subject) {
    let (one, two) = subject.open().await;
    let writers = (0..10).map(|writer| {
        let store = Arc::clone(if writer % 2 == 0 { &one } else { &two });
        tokio::spawn(async move {
            for n in 0..10 {
                let key = thing("ns", &format!("thing-{writer}"));
                let batch = Batch { writes: vec![put(&key, n)], audit: vec![row("update"), row("approve")] };
                store.commit(batch).await.expect("commits");
                let mut refused = put(&key, n);
                refused.precondition = Precondition::Absent;
                store.commit(Batch { writes: vec![refused], audit: vec![row("never")] }).await.expect_err("is refused");
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.expect("the writer ends well"));
    let mut rows = one.audit_rows(0, 150).await.expect("reads");
    assert_eq!(rows.len(), 150, "no more than asked for");
    rows.extend(two.audit_rows(150, 1000).await.expect("reads"));
    one.close().await;
    two.close().await;

    let (one, two) = subject.open().await;
    one.commit(Batch { writes: vec![], audit: vec![row("after a start")] }).await.expect("commits");
    rows.extend(one.audit_rows(200, 1000).await.expect("reads"));
    let mut previous = String::new();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row.sequence, index as u64 + 1, "numbered without a gap");
        assert_eq!(row.digest, row.digest_after(&previous), "bound to the row before");
        assert_ne!(row.verb, "never", "a refused batch leaves no row");
        previous.clone_from(&row.digest);
    }
    assert_eq!(rows.len(), 201);
    assert!(one.audit_rows(201, 10).await.expect("reads").is_empty());
    one.close().await;
    two.close().await;
}
