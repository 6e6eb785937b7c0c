//! What every implementation of [`crate::Store`] has to pass.
//!
//! An implementation runs [`run_all`] from its tests with a [`Subject`] that knows how to make, open and damage its data.
//! Every case gets data of its own and two handles on it; where data can be shared by several processes these should be two
//! separate connections to it, otherwise they may be the same store. A case panics where the contract is broken.

mod audit;
mod commits;
mod compaction;
mod lists;
mod lookups;
mod material;
mod recovery;
mod watches;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::Key;
use futures::future::BoxFuture;

use crate::Store;

/// Data that can be opened by the implementation under test.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Two handles on the data. Called again only after both were closed, and must then find the same data.
    async fn open(&self) -> (Arc<dyn Store>, Arc<dyn Store>);

    /// Makes the stored text of an object unreadable behind the store's back, while no handle is open.
    async fn poison(&self, key: &Key);
}

/// What takes longer waits for something that does not come.
const LIMIT: Duration = Duration::from_secs(60);

type Case = for<'a> fn(&'a dyn Subject) -> BoxFuture<'a, ()>;

/// All cases.
const CASES: &[(&str, Case)] = &[
    ("what was answered is there after a reopen", |s| Box::pin(recovery::keeps_what_was_answered(s))),
    ("an unreadable object does not stop a start", |s| Box::pin(recovery::starts_with_an_unreadable_object(s))),
    ("a closed store says so", |s| Box::pin(recovery::says_that_it_is_closed(s))),
    ("a backup is a copy of everything", |s| Box::pin(recovery::copies_everything(s))),
    ("a batch happens whole or not at all", |s| Box::pin(commits::keeps_batches_whole(s))),
    ("a refused batch does not show in others", |s| Box::pin(commits::keeps_refused_batches_apart(s))),
    ("preconditions hold", |s| Box::pin(commits::checks_preconditions(s))),
    ("a batch sees its own writes", |s| Box::pin(commits::sees_its_own_writes(s))),
    ("revisions rise in commit order", |s| Box::pin(commits::raises_revisions_in_commit_order(s))),
    ("ten writers of one object lose nothing", |s| Box::pin(commits::loses_no_update(s))),
    ("objects of a mebibyte are kept as they are", |s| Box::pin(commits::keeps_huge_objects(s))),
    ("the text carries the revision", |s| Box::pin(commits::writes_the_revision_into_the_text(s))),
    ("objects are found by key, uid, owner and name", |s| Box::pin(lookups::finds_objects(s))),
    ("counts agree with what is there", |s| Box::pin(lookups::counts_objects(s))),
    ("lists are in order", |s| Box::pin(lists::orders_objects(s))),
    ("labels select", |s| Box::pin(lists::selects_by_label(s))),
    ("pages are of one moment while others write", |s| Box::pin(lists::pages_through_one_moment(s))),
    ("a list at a revision is as it was", |s| Box::pin(lists::lists_the_past(s))),
    ("a watch delivers everything once and in order", |s| Box::pin(watches::delivers_everything_once(s))),
    ("a watch that reconnects at random misses nothing", |s| Box::pin(watches::survives_reconnects(s))),
    ("a watch sees only its scope, and progress otherwise", |s| Box::pin(watches::keeps_to_its_scope(s))),
    ("what is forgotten is refused, the rest is served", |s| Box::pin(compaction::refuses_what_is_forgotten(s))),
    ("watches beside a compaction stay right or are refused", |s| Box::pin(compaction::compacts_beside_watches(s))),
    ("the audit trail is numbered and chained", |s| Box::pin(audit::chains_rows(s))),
];

/// Runs all cases, each on what `make` gives: a subject without data.
pub async fn run_all<S: Subject>(make: impl AsyncFn() -> S) {
    for (name, case) in CASES {
        tracing::info!(name, "conformance case");
        let subject = make().await;
        if tokio::time::timeout(LIMIT, case(&subject)).await.is_err() {
            panic!("not done after {LIMIT:?}: {name}");
        }
    }
}
