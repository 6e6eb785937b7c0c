//! The trail of a real store, and what happens to somebody who changes it.
#![expect(clippy::unwrap_used, reason = "a test stops where something fails")]

use std::path::Path;
use std::sync::Arc;

use causeway_audit::{Broken, Detail, Entry, Fault, Trail, TrailError, Verb, Verified, verify_lines};
use causeway_core::{GroupResource, Key, Object};
use causeway_store::sqlite::{DATABASE_FILE, Options, SqliteStore};
use causeway_store::{Batch, Precondition, Store, Write, WriteKind};
use futures::TryStreamExt as _;
use serde_json::json;
use tempfile::TempDir;

const ROWS: u64 = 2500;

async fn open(folder: &Path) -> (Arc<dyn Store>, Trail) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder, Options::default()).unwrap());
    (Arc::clone(&store), Trail::new(store))
}

/// A closed store with a trail of so many rows; gives what was verified.
async fn fill(folder: &Path, rows: u64) -> Verified {
    let (store, trail) = open(folder).await;
    let time = jiff::Timestamp::from_millisecond(1_790_000_000_123).unwrap();
    let entries = (1..rows).map(|n| Entry::about(format!("thing {n}"), Verb::ReadSecret, "user:default/mia", time));
    trail.append(entries).await.unwrap();
    let key = Key::new(GroupResource::new("", "things"), "ns", "a");
    let object = Object::from_value(json!({"metadata": {"name": "a"}, "spec": {"password": "hunter2"}})).unwrap();
    let entry = Entry::on(&key, Verb::Create, "user:default/mia", time).with(Detail::of_change(None, Some(&object)));
    let write = Write { key, precondition: Precondition::Absent, kind: WriteKind::Put(object) };
    store.commit(Batch { writes: vec![write], audit: vec![entry.into()] }).await.unwrap();
    let verified = trail.verify().await.unwrap();
    store.close().await;
    verified
}

async fn verify_after(folder: &Path, tampering: &str) -> Result<Verified, TrailError> {
    rusqlite::Connection::open(folder.join(DATABASE_FILE)).unwrap().execute_batch(tampering).unwrap();
    let (store, trail) = open(folder).await;
    let verified = trail.verify().await;
    store.close().await;
    verified
}

#[tokio::test]
async fn verifies_and_exports_what_was_written() {
    let folder = TempDir::new().unwrap();
    let verified = fill(folder.path(), ROWS).await;
    assert_eq!((verified.sequence, verified.digest.len()), (ROWS, 64));
    let (store, trail) = open(folder.path()).await;
    assert_eq!(trail.verify().await.unwrap(), verified, "also after a start");
    let lines: Vec<String> = trail.export(0).try_collect().await.unwrap();
    assert_eq!(lines.len() as u64, ROWS);
    assert_eq!(verify_lines(lines.concat().as_bytes()).unwrap(), verified);
    assert!(!lines.concat().contains("hunter2"));
    let last: serde_json::Value = serde_json::from_str(&lines[lines.len() - 1]).unwrap();
    assert_eq!(last["target"], "things/ns/a");
    assert_eq!(last["detail"], r#"{"fields":["metadata","spec"]}"#);
    assert_eq!((&last["verb"], &last["time"]), (&json!("create"), &json!(1_790_000_000_123_i64)));
    let tail: Vec<_> = trail.rows(ROWS - 2).try_collect().await.unwrap();
    assert_eq!(tail.len(), 2);
    store.close().await;
}

#[tokio::test]
async fn finds_the_row_that_was_altered_or_removed() {
    for (tampering, sequence, fault) in [
        ("UPDATE audit SET actor = 'user:default/eve' WHERE sequence = 17", 17, Fault::Altered),
        ("UPDATE audit SET detail = '{\"fields\":[]}' WHERE sequence = 20", 20, Fault::Altered),
        ("UPDATE audit SET time = time + 1 WHERE sequence = 1", 1, Fault::Altered),
        ("DELETE FROM audit WHERE sequence = 9", 9, Fault::Missing),
        ("DELETE FROM audit WHERE sequence = 1", 1, Fault::Missing),
        (
            "DELETE FROM audit WHERE sequence = 9; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 9",
            9,
            Fault::Altered,
        ),
    ] {
        let folder = TempDir::new().unwrap();
        fill(folder.path(), 20).await;
        match verify_after(folder.path(), tampering).await {
            Err(TrailError::Broken(broken)) => {
                assert_eq!(broken, Broken { sequence, fault }, "{tampering}")
            }
            other => panic!("{tampering}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn shows_a_cut_end_to_whoever_noted_the_last_digest() {
    let folder = TempDir::new().unwrap();
    let noted = fill(folder.path(), 20).await;
    let verified = verify_after(folder.path(), "DELETE FROM audit WHERE sequence > 15").await.unwrap();
    assert_eq!(verified.sequence, 15);
    assert_ne!(verified, noted);
}

#[test]
fn says_which_line_of_an_export_is_no_row() {
    let error = verify_lines("{\n".as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "line 1 of the exported audit trail is not a row");
}
