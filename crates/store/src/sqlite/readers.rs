//! Read-only connections, opened when needed and kept for the next.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rusqlite::Connection;

use super::schema;
use crate::{Result, StoreError};

/// See the module.
#[derive(Debug)]
pub(super) struct Readers {
    file: PathBuf,
    /// None once closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, idle: Mutex::new(Some(Vec::new())) }
    }

    /// Reads within one transaction, so that all statements see the same moment. Blocks.
    pub(super) fn with<T>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let mut connection = self.take(doing)?;
        let value = connection.transaction().and_then(|tx| read(&tx)).map_err(StoreError::while_doing(doing))?;
        self.give_back(connection);
        Ok(value)
    }

    /// Copies everything into a new file (0600) as of one moment, while commits go on. Blocks.
    pub(super) fn copy_to(&self, file: &Path) -> Result<()> {
        let doing = "copying the database";
        let name = file.to_str().ok_or("the file name is not UTF-8").map_err(StoreError::while_doing(doing))?;
        let connection = self.take(doing)?;
        // Made here for its mode; SQLite accepts an empty file, and nothing that exists is ever overwritten.
        let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        let target = target.map_err(StoreError::while_doing(doing))?;
        if let Err(error) = connection.execute("VACUUM INTO ?1", [name]) {
            // Half a copy is of no use to anybody; what failed is the copy, not this.
            let _leftover = std::fs::remove_file(file);
            return Err(StoreError::while_doing(doing)(error));
        }
        self.give_back(connection);
        target.sync_all().and_then(|()| sync_folder_of(file)).map_err(StoreError::while_doing(doing))
    }

    /// Closes all; reads fail from now on.
    pub(super) fn close(&self) {
        drop(self.idle.lock().take());
    }

    fn take(&self, doing: &'static str) -> Result<Connection> {
        if let Some(connection) = self.idle.lock().as_mut().ok_or(StoreError::Closed)?.pop() {
            return Ok(connection);
        }
        schema::open_reader(&self.file).map_err(StoreError::while_doing(doing))
    }

    fn give_back(&self, connection: Connection) {
        if let Some(idle) = self.idle.lock().as_mut() {
            idle.push(connection);
        }
    }
}

/// A new file is durable once its folder is.
fn sync_folder_of(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
