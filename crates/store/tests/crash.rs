//! A process that is killed in the middle of its commits leaves all that it had answered, and nothing by halves.
//!
//! The process is this test binary again, told by an environment variable to run the child's part.
#![expect(clippy::unwrap_used, reason = "a test stops where something fails")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object};
use causeway_store::sqlite::{Options, SqliteStore};
use causeway_store::{AuditRow, Batch, Precondition, Store, StoreError, Write, WriteKind};
use serde_json::json;
use tempfile::TempDir;

const FOLDER: &str = "CAUSEWAY_STORE_CRASH_FOLDER";
const ROUND: &str = "CAUSEWAY_STORE_CRASH_ROUND";
const WRITERS: usize = 8;

fn key(namespace: &str, name: &str) -> Key {
    Key::new(GroupResource::new("", "things"), namespace, name)
}

/// Two objects that only exist together, and the row that tells of them.
fn batch(name: &str) -> Batch {
    let put = |namespace: &str| Write {
        key: key(namespace, name),
        precondition: Precondition::Absent,
        kind: WriteKind::Put(
            Object::from_value(json!({"metadata": {"name": name}, "filling": "x".repeat(3000)})).unwrap(),
        ),
    };
    let row = AuditRow { target: name.to_owned(), ..AuditRow::default() };
    Batch { writes: vec![put("left"), put("right")], audit: vec![row] }
}

/// The child's part: commits for ever, and says what was answered.
#[test]
fn child_commits_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let round = std::env::var(ROUND).unwrap();
    let store = Arc::new(SqliteStore::open(&folder, Options::default()).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(async move {
        let writers = (0..WRITERS).map(|writer| {
            let (store, round) = (Arc::clone(&store), round.clone());
            tokio::spawn(async move {
                for n in 0.. {
                    let name = format!("r{round}-w{writer}-n{n}");
                    let committed = store.commit(batch(&name)).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "answered {name} {}", committed.revision).unwrap();
                    out.flush().unwrap();
                }
            })
        });
        futures::future::join_all(writers).await;
    });
}

fn spawn_child(folder: &Path, round: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_commits_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills the child after so many answers; gives all that it had answered, with revisions.
fn run_and_kill(folder: &Path, round: usize, answers: usize) -> Vec<(String, u64)> {
    let mut child = spawn_child(folder, round);
    let mut answered = Vec::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        // The test harness may write on the same line before the first.
        let Some((_, answer)) = line.split_once("answered ") else {
            continue;
        };
        let (name, revision) = answer.split_once(' ').unwrap();
        answered.push((name.to_owned(), revision.parse().unwrap()));
        if answered.len() == answers {
            if round == 0 {
                let held = SqliteStore::open(folder, Options::default()).err();
                assert!(matches!(held, Some(StoreError::Held { pid, .. }) if pid == child.id()), "{held:?}");
            }
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(answered.len() >= answers, "the child answered {} times", answered.len());
    answered
}

#[tokio::test]
async fn keeps_every_answered_commit_when_killed_in_the_middle() {
    let folder = TempDir::new().unwrap();
    let mut answered = Vec::new();
    for (round, answers) in [1, 37, 150, 400].into_iter().enumerate() {
        answered.extend(run_and_kill(folder.path(), round, answers));
        let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
        for (name, revision) in &answered {
            let right = store.get(&key("right", name)).unwrap_or_else(|| panic!("{name} was answered and is gone"));
            assert_eq!(right.revision.0, *revision);
            assert!(right.object().is_some());
            assert!(store.get(&key("left", name)).is_some());
        }
        let left = store.count(&key("", "").resource, "left");
        assert_eq!(left, store.count(&key("", "").resource, "right"), "no half of a batch");
        let rows = store.audit_rows(0, usize::MAX).await.unwrap();
        assert_eq!(rows.len(), left, "no batch without its row, no row without its batch");
        let mut previous = "";
        for row in &rows {
            assert_eq!(row.digest, row.digest_after(previous));
            previous = &row.digest;
        }
        assert!(left >= answered.len());
        assert_eq!(store.revision().0 as usize, 2 * left);
        store.close().await;
    }
}
