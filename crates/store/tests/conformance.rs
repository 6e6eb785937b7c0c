//! The SQLite store passes what every store has to pass, with memory that holds everything and with memory that holds next to
//! nothing, so that both ways to the change log are gone.
#![expect(clippy::unwrap_used, reason = "a test stops where something fails")]

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::Key;
use causeway_store::Store;
use causeway_store::conformance::{Subject, run_all};
use causeway_store::sqlite::{DATABASE_FILE, Options, SqliteStore};
use tempfile::TempDir;

struct Folder {
    folder: TempDir,
    options: Options,
}

impl Folder {
    fn new(options: Options) -> Self {
        Self { folder: TempDir::new().unwrap(), options }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

#[async_trait]
impl Subject for Folder {
    async fn open(&self) -> (Arc<dyn Store>, Arc<dyn Store>) {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&self.path(), self.options).unwrap());
        (Arc::clone(&store), store)
    }

    async fn poison(&self, key: &Key) {
        let database = rusqlite::Connection::open(self.path().join(DATABASE_FILE)).unwrap();
        let changed = database.execute(
            "UPDATE versions SET json = CAST(x'7b22ff' AS TEXT) WHERE resource = ?1 AND namespace = ?2 AND name = ?3",
            (key.resource.to_string(), &*key.namespace, &*key.name),
        );
        assert!(changed.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_with_the_usual_options() {
    run_all(async || Folder::new(Options::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_when_memory_holds_next_to_nothing_of_the_log() {
    run_all(async || Folder::new(Options { recent_changes: 3, ..Options::default() })).await;
}
