//! Git hosting: bare repositories on disk, served to the real `git` over smart HTTP.
//!
//! Everything that touches a repository runs the system's `git` with an empty environment and a
//! configuration of our own ([`git`]). The invariant of the whole crate: content that somebody
//! pushed is data. No hook, filter, attribute, alias, configuration or submodule of a repository
//! is ever executed or followed by the server.
//!
//! A push goes through [`push`]: objects land in a quarantine, are checked, each update is put to
//! the caller's [`PushPolicy`], and only then do objects and refs become visible. Every change of
//! a ref, by a push or by the server itself, reaches the caller's [`PushListener`] at least once,
//! also across a crash.

mod access;
mod checkout;
mod commit;
mod config;
mod error;
mod git;
mod http;
mod name;
mod object;
mod pktline;
mod push;
mod reading;
mod storage;

pub use access::{Access, Action, Actor, Credentials, Decision, PushListener, PushPolicy, Token};
pub use checkout::{CheckedOut, CloneOptions, Skipped};
pub use commit::{Author, CommitRequest, FileEntry, Onto};
pub use config::ForgeConfig;
pub use error::ForgeError;
pub use name::{DEFAULT_NAMESPACE, InvalidName, RepositoryName, branch_ref};
pub use object::ObjectId;
pub use push::{PushEvent, RefUpdate};
pub use reading::{Branch, Change, CommitInfo, EntryKind, TreeEntry};
pub use storage::Forge;
