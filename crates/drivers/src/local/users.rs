//! A user id of its own for each instance, where the server is root.
//!
//! What runs as another user can neither read nor signal it. The invariant: an id is written down before anything runs as it,
//! and is given to nobody else until the instance is gone, over restarts of the server too.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use causeway_sandbox::User;
use parking_lot::Mutex;

use super::record::{read_whole, write_whole};
use crate::InstanceId;

/// Who is who.
pub(super) struct Users {
    file: PathBuf,
    first: u32,
    /// What the file says; read at the first use.
    given: Mutex<Option<BTreeMap<String, u32>>>,
}

impl Users {
    pub(super) fn new(file: PathBuf, first: u32) -> Self {
        Self { file, first, given: Mutex::new(None) }
    }

    /// The user of an instance; none where the server cannot become somebody else.
    pub(super) fn of(&self, id: &InstanceId) -> io::Result<Option<User>> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(None);
        }
        self.change(|given| {
            let used: BTreeSet<u32> = given.values().copied().collect();
            let free = (self.first..).find(|uid| !used.contains(uid)).unwrap_or(self.first);
            let uid = *given.entry(key(id)).or_insert(free);
            Some(User { uid, gid: uid })
        })
    }

    /// Nothing of the instance is left.
    pub(super) fn give_back(&self, id: &InstanceId) -> io::Result<()> {
        self.change(|given| {
            given.remove(&key(id));
        })
    }

    /// The lock is held while the file is written: what is handed out is on disk.
    fn change<T>(&self, with: impl FnOnce(&mut BTreeMap<String, u32>) -> T) -> io::Result<T> {
        let mut given = self.given.lock();
        let before = match given.take() {
            Some(known) => known,
            None => read_whole(&self.file)?.unwrap_or_default(),
        };
        let mut after = before.clone();
        let answer = with(&mut after);
        if after != before {
            let written = write_whole(&self.file, &after);
            *given = Some(if written.is_ok() { after } else { before });
            written?;
        } else {
            *given = Some(before);
        }
        Ok(answer)
    }
}

fn key(id: &InstanceId) -> String {
    format!("{}/{}/{}", id.namespace, id.environment, id.workload)
}
