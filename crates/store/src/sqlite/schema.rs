//! The tables, and how a file of an older format becomes one of this.
//!
//! The format is the number of migrations that a file has seen (`user_version`). A migration is never changed once it was
//! published; a new one is added to the end of [`MIGRATIONS`].

use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::{Result, StoreError};

/// Marks a SQLite file as ours (`application_id`): "CSWY".
const APPLICATION: i32 = 0x4353_5759;

/// How long to wait for somebody who looks into the file with another program.
const BUSY: Duration = Duration::from_secs(10);

/// The write-ahead log is cut to so many bytes when it is reset, however large it had to grow.
const LEFT_OVER_WAL: i64 = 64 * 1024 * 1024;

/// What makes each format from the one before.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE meta (
        name  TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- kind: 0 created, 1 updated, 2 deleted. before: the revision of the version that this one replaces.
    CREATE TABLE versions (
        revision  INTEGER PRIMARY KEY,
        kind      INTEGER NOT NULL,
        resource  TEXT NOT NULL,
        namespace TEXT NOT NULL,
        name      TEXT NOT NULL,
        before    INTEGER,
        json      TEXT
    );

    -- time: milliseconds since the epoch.
    CREATE TABLE audit (
        sequence INTEGER PRIMARY KEY,
        time     INTEGER NOT NULL,
        actor    TEXT NOT NULL,
        verb     TEXT NOT NULL,
        target   TEXT NOT NULL,
        detail   TEXT NOT NULL,
        digest   TEXT NOT NULL
    );

    INSERT INTO meta VALUES ('compacted', 0);
"];

/// Opens the file for the writer, making it (0600) or bringing it to the newest format where needed.
pub(super) fn open(file: &Path) -> Result<Connection> {
    make_private(file).map_err(StoreError::while_doing("creating the database file"))?;
    let mut connection =
        connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(StoreError::while_doing("opening the database"))?;
    migrate(&mut connection, file)?;
    Ok(connection)
}

/// Opens the file for reading alone.
pub(super) fn open_reader(file: &Path) -> rusqlite::Result<Connection> {
    connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// SQLite gives the files beside it (`-wal`, `-shm`) the same mode.
fn make_private(file: &Path) -> std::io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    std::fs::set_permissions(file, Permissions::from_mode(0o600))
}

fn connect(file: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // In WAL mode FULL is what makes a commit durable before it is answered.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", LEFT_OVER_WAL)?;
    }
    Ok(connection)
}

fn migrate(connection: &mut Connection, file: &Path) -> Result<()> {
    let doing = "bringing the database to the newest format";
    let found: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(StoreError::while_doing("reading the format of the database"))?;
    let known = MIGRATIONS.len();
    let seen = usize::try_from(found).unwrap_or(usize::MAX);
    let Some(missing) = MIGRATIONS.get(seen..) else {
        return Err(StoreError::Newer {
            file: file.display().to_string(),
            found,
            known: u32::try_from(known).unwrap_or(u32::MAX),
        });
    };
    if missing.is_empty() {
        return Ok(());
    }
    let tx =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::while_doing(doing))?;
    apply(tx, missing, known).map_err(StoreError::while_doing(doing))
}

fn apply(tx: Transaction<'_>, missing: &[&str], known: usize) -> rusqlite::Result<()> {
    for migration in missing {
        tx.execute_batch(migration)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.pragma_update(None, "user_version", i64::try_from(known).unwrap_or(i64::MAX))?;
    tx.commit()
}
