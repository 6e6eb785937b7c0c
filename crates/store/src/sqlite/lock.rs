//! One process per data folder.
//!
//! The lock is the kernel's (`flock`), so it goes with the process that holds it, however that ends. The file is opened with
//! `O_CLOEXEC`: programs that the server starts never inherit the lock. The process id in the file is only for messages.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use crate::{Result, StoreError};

const LOCK_FILE: &str = "lock";

/// How often, and how far apart, the lock is tried before it counts as held. A program that the last holder was just starting
/// has a copy of the lock until the kernel has replaced its image; that takes moments.
const TRIES: u32 = 25;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Makes the folder where there is none (0700) and takes its lock. Blocks for half a second where it is held.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        let doing = "locking the data folder";
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(StoreError::while_doing(doing))?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(folder.join(LOCK_FILE)).map_err(StoreError::while_doing(doing))?;
        match try_for_a_while(&file) {
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

fn try_for_a_while(file: &File) -> std::result::Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            done => return done,
        }
    }
    file.try_lock()
}
