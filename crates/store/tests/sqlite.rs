//! What is particular to the store in a file: its folder, its formats, and what happens when the file refuses.
#![expect(clippy::unwrap_used, reason = "a test stops where something fails")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use causeway_core::{GroupResource, Key, Object};
use causeway_store::sqlite::{DATABASE_FILE, Options, SqliteStore};
use causeway_store::{
    Batch, Precondition, Revision, Store, StoreError, WatchScope, Write, WriteKind, forget_older_than,
};
use futures::future::join_all;
use serde_json::json;
use tempfile::TempDir;

fn things() -> GroupResource {
    GroupResource::new("example.org", "things")
}

fn put(name: &str) -> Batch {
    let object = Object::from_value(json!({"metadata": {"name": name, "uid": name}})).unwrap();
    let key = Key::new(things(), "ns", name);
    let write = Write { key, precondition: Precondition::Any, kind: WriteKind::Put(object) };
    Batch { writes: vec![write], audit: Vec::new() }
}

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, Options::default()).unwrap()
}

#[tokio::test]
async fn refuses_a_folder_that_is_in_use_and_names_the_holder() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let refused = SqliteStore::open(folder.path(), Options::default()).unwrap_err();
    let expected = format!("{} is in use by process {}", folder.path().display(), std::process::id());
    assert_eq!(refused.to_string(), expected);
    store.close().await;
    open(folder.path()).close().await;
}

#[tokio::test]
async fn started_programs_do_not_inherit_the_lock() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    store.close().await;
    let again = SqliteStore::open(folder.path(), Options::default());
    drop(child.stdin.take());
    child.wait().unwrap();
    again.unwrap().close().await;
}

#[tokio::test]
async fn dropping_it_finishes_what_was_accepted_and_frees_the_folder() {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(open(folder.path()));
    let writers: Vec<_> = (0..100)
        .map(|n| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(put(&format!("thing-{n}"))).await.is_ok() })
        })
        .collect();
    drop(store);
    let done = join_all(writers).await.into_iter().filter(|done| *done.as_ref().unwrap()).count();
    let store = open(folder.path());
    assert_eq!((done, store.count(&things(), "")), (100, 100));
    store.close().await;
}

#[tokio::test]
async fn refuses_data_of_a_newer_version_in_words_and_leaves_them_alone() {
    let folder = TempDir::new().unwrap();
    open(folder.path()).close().await;
    let file = folder.path().join(DATABASE_FILE);
    let database = rusqlite::Connection::open(&file).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    let refused = SqliteStore::open(folder.path(), Options::default()).unwrap_err();
    let expected =
        format!("{} has format 99, written by a newer version; this one reads formats up to 1", file.display());
    assert_eq!(refused.to_string(), expected);
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_with_its_cause() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(DATABASE_FILE), "this is not a database, whatever its name says").unwrap();
    let error = SqliteStore::open(folder.path(), Options::default()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("not a database"), "{error}: {cause}");
}

#[tokio::test]
async fn keeps_its_files_to_itself() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let store = open(&data);
    store.commit(put("a")).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    let copy = folder.path().join("copy");
    store.backup(&copy).await.unwrap();
    assert_eq!(mode(&copy), 0o600);
    store.close().await;
}

#[tokio::test]
async fn a_backup_is_a_store() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder.path().join("data"));
    for n in 0..20 {
        store.commit(put(&format!("thing-{}", n % 7))).await.unwrap();
    }
    let restored = folder.path().join("restored");
    std::fs::create_dir(&restored).unwrap();
    store.backup(&restored.join(DATABASE_FILE)).await.unwrap();
    store.commit(put("later")).await.unwrap();
    let copy = open(&restored);
    assert_eq!((copy.revision(), copy.count(&things(), "")), (Revision(20), 7));
    copy.commit(put("other")).await.unwrap();
    assert!(copy.watch(WatchScope::default(), Some(Revision(0))).is_ok(), "with the change log");
    copy.close().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_the_database_refuses_fails_alone() {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(open(folder.path()));
    rusqlite::Connection::open(folder.path().join(DATABASE_FILE))
        .unwrap()
        .execute_batch("CREATE TRIGGER refuse BEFORE INSERT ON versions WHEN NEW.name = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END")
        .unwrap();
    let mut bad = 0;
    let writers = (0..200).map(|n| {
        let store = Arc::clone(&store);
        let name = if n % 10 == 0 { "bad".to_owned() } else { format!("good-{n}") };
        bad += usize::from(name == "bad");
        tokio::spawn(async move { (name.clone(), store.commit(put(&name)).await) })
    });
    let writers: Vec<_> = writers.collect();
    for answer in join_all(writers).await {
        let (name, answer) = answer.unwrap();
        assert_eq!(answer.is_err(), name == "bad", "{name}: {answer:?}");
    }
    assert_eq!(store.revision(), Revision(200 - bad as u64), "what failed took no revision");
    assert_eq!(store.count(&things(), ""), 200 - bad);
    store.close().await;
    let store = open(folder.path());
    assert_eq!(store.count(&things(), ""), 200 - bad);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_watch_is_cut_off_and_the_others_are_not() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path(), Options { watch_queue: 50, ..Options::default() }).unwrap();
    let mut slow = store.watch(WatchScope::of(things()), None).unwrap();
    let mut quick = store.watch(WatchScope::of(things()), None).unwrap();
    for n in 0..60 {
        let committed = store.commit(put(&format!("thing-{n}"))).await.unwrap();
        assert_eq!(quick.next().await.unwrap().unwrap().revision(), committed.revision);
    }
    assert!(matches!(slow.next().await, Some(Err(StoreError::TooSlow { behind: 60 }))));
    assert!(slow.next().await.is_none(), "and that is the end");
    let mut again = store.watch(WatchScope::of(things()), Some(Revision(0))).unwrap();
    for n in 1..=60 {
        assert_eq!(again.next().await.unwrap().unwrap().revision(), Revision(n), "the log still has it all");
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_not_behind_takes_a_batch_of_any_size() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path(), Options { watch_queue: 50, ..Options::default() }).unwrap();
    let mut watch = store.watch(WatchScope::of(things()), None).unwrap();
    let writes = (0..500).flat_map(|n| put(&format!("thing-{n}")).writes).collect();
    store.commit(Batch { writes, audit: Vec::new() }).await.unwrap();
    for n in 1..=500 {
        assert_eq!(watch.next().await.unwrap().unwrap().revision(), Revision(n));
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_change_log_is_forgotten_in_time() {
    let folder = TempDir::new().unwrap();
    let store: Arc<dyn Store> = Arc::new(open(folder.path()));
    let keep = Duration::from_millis(120);
    let task = tokio::spawn(forget_older_than(Arc::clone(&store), keep));
    let start = std::time::Instant::now();
    for n in 0..30 {
        store.commit(put(&format!("thing-{}", n % 3))).await.unwrap();
    }
    store.commit(put("gone")).await.unwrap();
    let key = Key::new(things(), "ns", "gone");
    let gone = Write { key, precondition: Precondition::Present, kind: WriteKind::Delete };
    store.commit(Batch { writes: vec![gone], audit: Vec::new() }).await.unwrap();
    let newest = store.revision();
    while store.compacted() < newest {
        assert!(start.elapsed() < Duration::from_secs(20), "still at {}", store.compacted());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(start.elapsed() >= keep, "not before its time");
    store.close().await;
    task.await.unwrap();
    let rows: i64 = rusqlite::Connection::open(folder.path().join(DATABASE_FILE))
        .unwrap()
        .query_row("SELECT count(*) FROM versions", (), |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 3, "only the live objects are left in the file");
}
