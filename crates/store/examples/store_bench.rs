//! What the store costs, as ratios against the least that the same work can cost, measured in one run.
//!
//! `cargo run --release -p causeway-store --example store_bench [OBJECTS]`
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for the terminal that may stop anywhere")]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use causeway_core::{GroupResource, Key, Object};
use causeway_store::sqlite::{DATABASE_FILE, Options, SqliteStore};
use causeway_store::{Batch, Precondition, Query, Store, WatchScope, Write, WriteKind};
use futures::future::join_all;
use rusqlite::Connection;
use serde_json::{Value, json};

const WRITES: usize = 4000;
const WATCHERS: usize = 1000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, folder] = arguments.as_slice()
        && command == "memory-of"
    {
        return print_memory(Path::new(folder));
    }
    let objects = arguments.first().map_or(100_000, |count| count.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        writes().await;
        watchers().await;
        many_objects(objects).await;
    });
}

fn things() -> GroupResource {
    GroupResource::new("platform.causeway.dev", "things")
}

fn key(n: usize) -> Key {
    Key::new(things(), format!("team-{}", n % 20), format!("thing-{n:06}"))
}

/// About 1.5 kB, as a deployment with conditions is.
fn object(n: usize) -> Object {
    let key = key(n);
    let conditions: Vec<Value> = ["Ready", "Synced", "Healthy"]
        .iter()
        .map(|kind| {
            json!({"type": kind, "status": "True", "reason": "AsExpected", "observedGeneration": 3,
                "message": "everything that was asked for is there and answers", "lastTransitionTime": "2026-11-21T12:00:00Z"})
        })
        .collect();
    Object::from_value(json!({
        "apiVersion": "platform.causeway.dev/v1", "kind": "Thing",
        "metadata": {
            "name": &*key.name, "namespace": &*key.namespace, "uid": format!("{n:08x}-0000-4000-8000-{n:012x}"),
            "generation": 3, "creationTimestamp": "2026-11-21T12:00:00Z",
            "labels": {"app": &*key.name, "team": &*key.namespace, "tier": "backend"},
            "annotations": {"platform.causeway.dev/managed-by": "delivery", "note": "x".repeat(200)},
            "ownerReferences": [{"apiVersion": "platform.causeway.dev/v1", "kind": "Application", "name": "app", "uid": format!("{:08x}-1111", n / 10)}],
        },
        "spec": {"replicas": 2, "image": "registry.example/thing:1.2.3", "environment": {"LOG_LEVEL": "info", "PORT": "8080"}},
        "status": {"conditions": conditions, "replicas": 2, "endpoint": format!("http://thing-{n}.localhost:7080")},
    }))
    .unwrap()
}

fn put(n: usize) -> Batch {
    let write = Write { key: key(n), precondition: Precondition::Any, kind: WriteKind::Put(object(n)) };
    Batch { writes: vec![write], audit: Vec::new() }
}

fn report(what: &str, cost: Duration, base: Duration, limit: &str) {
    let ratio = cost.as_secs_f64() / base.as_secs_f64();
    println!("{what:<52} {cost:>10.1?}  against {base:>10.1?}  = {ratio:5.2}  (wanted: {limit})");
}

/// One row a transaction, as durable as a commit of the store; the time of one.
fn raw_inserts(file: &Path, rows: usize) -> Duration {
    let connection = Connection::open(file).unwrap();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection.execute_batch("CREATE TABLE IF NOT EXISTS raw (id INTEGER PRIMARY KEY, name TEXT, json TEXT)").unwrap();
    let texts: Vec<String> = (0..rows).map(|n| serde_json::to_string(&object(n)).unwrap()).collect();
    let start = Instant::now();
    for text in &texts {
        connection
            .prepare_cached("INSERT INTO raw (name, json) VALUES ('thing', ?1)")
            .unwrap()
            .execute([text])
            .unwrap();
    }
    start.elapsed() / u32::try_from(rows).unwrap()
}

async fn store_writes(writers: usize) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path(), Options::default()).unwrap());
    let start = Instant::now();
    let tasks = (0..writers).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for n in 0..WRITES / writers {
                store.commit(put(writer * WRITES + n)).await.unwrap();
            }
        })
    });
    join_all(tasks).await;
    let each = start.elapsed() / u32::try_from(WRITES).unwrap();
    store.close().await;
    each
}

async fn writes() {
    let folder = tempfile::tempdir().unwrap();
    let raw = raw_inserts(&folder.path().join("raw.db"), WRITES);
    let file = folder.path().join("raw-16.db");
    raw_inserts(&file, 1);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| raw_inserts(&file, WRITES / 16));
        }
    });
    let raw_16 = start.elapsed() / u32::try_from(WRITES).unwrap();
    report("durable write, 1 writer, against 1 raw insert", store_writes(1).await, raw, "no promise");
    report("durable write, 16 writers, against 1 raw insert", store_writes(16).await, raw, "at most 3");
    report("durable write, 16 writers, against 16 raw writers", store_writes(16).await, raw_16, "at most 3");
    report("durable write, 128 writers, against 1 raw insert", store_writes(128).await, raw, "at most 3");
}

async fn watchers() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path(), Options::default()).unwrap());
    let rounds: u32 = 50;
    let (seen, mut all_seen) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..WATCHERS {
        let mut watch = store.watch(WatchScope::of(things()), None).unwrap();
        let seen = seen.clone();
        tokio::spawn(async move {
            while let Some(Ok(change)) = watch.next().await {
                black_box(change.record.json.len());
                seen.send(()).unwrap();
            }
        });
    }
    let mut delivery = Duration::ZERO;
    let mut commit = Duration::ZERO;
    for round in 0..rounds {
        let start = Instant::now();
        store.commit(put(usize::try_from(round).unwrap())).await.unwrap();
        commit += start.elapsed();
        for _ in 0..WATCHERS {
            all_seen.recv().await.unwrap();
        }
        delivery += start.elapsed();
    }
    report("a change to 1,000 watches, commit included", delivery / rounds, commit / rounds, "less than 30 ms");
    store.close().await;
}

async fn many_objects(objects: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path(), Options::default()).unwrap());
    for start in (0..objects).step_by(500) {
        let writes = (start..objects.min(start + 500)).flat_map(|n| put(n).writes).collect();
        store.commit(Batch { writes, audit: Vec::new() }).await.unwrap();
    }
    list_500(&store).await;
    read_while_listing(&store).await;
    store.close().await;
    drop(store);

    let file = folder.path().join(DATABASE_FILE);
    let (base, bytes) = read_and_parse(&file);
    let start = Instant::now();
    let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
    report(&format!("start with {objects} objects, against read and parse"), start.elapsed(), base, "at most 2");
    store.close().await;
    drop(store);
    let output = Command::new(std::env::current_exe().unwrap()).arg("memory-of").arg(folder.path()).output().unwrap();
    let resident: f64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    let bytes = f64::from(u32::try_from(bytes).unwrap());
    println!(
        "{:<52} {:>8.0} MB  against {:>8.0} MB  = {:5.2}  (wanted: at most 3)",
        format!("resident memory with {objects} objects, against JSON"),
        resident / 1e6,
        bytes / 1e6,
        resident / bytes
    );
}

async fn list_500(store: &SqliteStore) {
    let rounds: u32 = 2000;
    let mut query = Query { limit: Some(500), ..Query::all(things()) };
    query.after = store.list(&query).await.unwrap().next;
    let page = store.list(&query).await.unwrap();
    let mut out = Vec::with_capacity(2 * 1024 * 1024);
    let start = Instant::now();
    for _ in 0..rounds {
        out.clear();
        for record in &page.records {
            out.extend_from_slice(record.json.as_bytes());
        }
        black_box(&out);
    }
    let base = start.elapsed() / rounds;
    let start = Instant::now();
    for _ in 0..rounds {
        out.clear();
        for record in store.list(&query).await.unwrap().records {
            out.extend_from_slice(record.json.as_bytes());
        }
        black_box(&out);
    }
    report("list 500 and write, against writing the same bytes", start.elapsed() / rounds, base, "at most 2");
}

/// Commits must not wait for long lists.
async fn read_while_listing(store: &Arc<SqliteStore>) {
    let rounds: u32 = 300;
    let quiet = commit_times(store, rounds).await;
    let lister = tokio::spawn({
        let store = Arc::clone(store);
        async move {
            loop {
                black_box(store.list(&Query::all(things())).await.unwrap().records.len());
                tokio::task::yield_now().await;
            }
        }
    });
    let busy = commit_times(store, rounds).await;
    lister.abort();
    report("commit beside endless lists of everything", busy, quiet, "no promise");
    let start = Instant::now();
    for n in 0..100_000 {
        black_box(store.get(&key(n % 1000)));
    }
    println!("{:<52} {:>10.1?}", "get by name (with making the key)", start.elapsed() / 100_000);
}

async fn commit_times(store: &SqliteStore, rounds: u32) -> Duration {
    let start = Instant::now();
    for n in 0..rounds {
        store.commit(put(usize::try_from(n).unwrap())).await.unwrap();
    }
    start.elapsed() / rounds
}

/// What a start cannot do without: the rows, and their texts as JSON.
fn read_and_parse(file: &Path) -> (Duration, usize) {
    let connection = Connection::open(file).unwrap();
    let mut bytes = 0;
    let start = Instant::now();
    let mut statement = connection.prepare("SELECT name, json FROM versions").unwrap();
    let mut rows = statement.query(()).unwrap();
    let mut parsed = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let text = row.get_ref(1).unwrap().as_str().unwrap();
        bytes += text.len();
        parsed.push(serde_json::from_str::<Value>(text).unwrap());
    }
    black_box(&parsed);
    (start.elapsed(), bytes)
}

/// Resident bytes of a process that has done nothing but to open the store.
fn print_memory(folder: &Path) {
    let store = SqliteStore::open(folder, Options::default()).unwrap();
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    println!("{}", pages * 4096);
    black_box(&store);
}
