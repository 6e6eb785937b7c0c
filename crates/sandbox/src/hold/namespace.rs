//! Which namespaces this machine lets us enter, and entering them.

use std::fs;
use std::io;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, getegid, geteuid};
use serde::{Deserialize, Serialize};

use crate::spec::User;

/// How far a process is kept from the host's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Isolation {
    /// Namespaces made with the rights of root.
    Privileged,
    /// Namespaces made inside a user namespace.
    Unprivileged,
    /// None: neither is allowed here.
    Shared,
}

impl Isolation {
    pub(super) fn has_namespaces(self) -> bool {
        self != Self::Shared
    }

    /// Gives the children of this process pid and IPC namespaces of their own; the first child
    /// is their pid 1.
    pub(super) fn enter() -> Self {
        let kinds = CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWIPC;
        if unshare(kinds).is_ok() {
            return Self::Privileged;
        }
        let (uid, gid) = (geteuid(), getegid());
        if unshare(CloneFlags::CLONE_NEWUSER | kinds).is_ok() && map_ids((0, uid.as_raw()), (0, gid.as_raw())).is_ok() {
            return Self::Unprivileged;
        }
        Self::Shared
    }
}

/// From root of a user namespace back to an ordinary user, in a namespace inside it. The
/// mounts belong to the outer one, so that they cannot be changed any more.
pub(super) fn leave_root(user: User) -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWUSER)?;
    map_ids((user.uid, 0), (user.gid, 0))
}

/// Each pair is the id inside and the id outside.
fn map_ids(uid: (u32, u32), gid: (u32, u32)) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{} {} 1\n", uid.0, uid.1))?;
    fs::write("/proc/self/gid_map", format!("{} {} 1\n", gid.0, gid.1))
}

/// The user that this process is.
pub(super) fn own_user() -> User {
    User { uid: geteuid().as_raw(), gid: getegid().as_raw() }
}

/// Becomes another user for good.
pub(super) fn become_user(user: User) -> nix::Result<()> {
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    nix::unistd::setgroups(&[gid])?;
    nix::unistd::setresgid(gid, gid, gid)?;
    nix::unistd::setresuid(uid, uid, uid)
}
