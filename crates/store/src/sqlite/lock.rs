//! One process per data folder.
//!
//! The lock is the kernel's (`flock`), so it goes with the process that holds it, however that ends. The file is opened with
//! `O_CLOEXEC`: programs that the server starts never inherit the lock. The process id in the file is only for messages.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::{Result, StoreError};

const LOCK_FILE: &str = "lock";

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Makes the folder where there is none (0700) and takes its lock, without waiting.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        let doing = "locking the data folder";
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(StoreError::while_doing(doing))?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(folder.join(LOCK_FILE)).map_err(StoreError::while_doing(doing))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(StoreError::while_doing(doing))?;
                let pid = text.trim().parse().unwrap_or(0);
                return Err(StoreError::Held { folder: folder.display().to_string(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::while_doing(doing)(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(StoreError::while_doing(doing))?;
        Ok(Self { _file: file })
    }
}
