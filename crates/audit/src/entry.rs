//! A line of the trail before it is written.

use std::fmt;

use causeway_core::Key;
use causeway_store::AuditRow;

use crate::Detail;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// An object appeared.
    Create,
    /// An object was changed.
    Update,
    /// An object was deleted, or its deletion was asked for.
    Delete,
    /// A secret's values were shown to somebody.
    ReadSecret,
    /// A plan, run or gate was approved.
    Approve,
    /// A plan, run or gate was rejected.
    Reject,
    /// Something was refused for want of permission.
    Deny,
    /// Somebody acted as somebody else.
    Impersonate,
    /// Somebody signed in.
    SignIn,
    /// Somebody could not sign in.
    SignInFailed,
    /// Somebody signed out.
    SignOut,
    /// A token was made.
    IssueToken,
    /// A token was made invalid.
    RevokeToken,
    /// Commits were pushed to a repository.
    Push,
    /// A backup was taken.
    Backup,
    /// The trail itself was exported.
    ExportAudit,
}

impl Verb {
    /// As it stands in the trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::ReadSecret => "read-secret",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Deny => "deny",
            Self::Impersonate => "impersonate",
            Self::SignIn => "sign-in",
            Self::SignInFailed => "sign-in-failed",
            Self::SignOut => "sign-out",
            Self::IssueToken => "issue-token",
            Self::RevokeToken => "revoke-token",
            Self::Push => "push",
            Self::Backup => "backup",
            Self::ExportAudit => "export-audit",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A line of the trail before the store has numbered and chained it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When it was done.
    pub time: jiff::Timestamp,
    /// Who did it: the user's name as permissions know it, or `system:…` for the platform itself.
    pub actor: String,
    /// What was done.
    pub verb: Verb,
    /// To what: see [`Entry::on`]; for what is no object, words such as `audit`.
    pub target: String,
    /// Further facts.
    pub detail: Detail,
}

impl Entry {
    /// What `actor` did to an object; the target is written `plural.group/namespace/name`.
    pub fn on(key: &Key, verb: Verb, actor: impl Into<String>, time: jiff::Timestamp) -> Self {
        Self { time, actor: actor.into(), verb, target: key.to_string(), detail: Detail::default() }
    }

    /// What `actor` did to something that is no object.
    pub fn about(target: impl Into<String>, verb: Verb, actor: impl Into<String>, time: jiff::Timestamp) -> Self {
        Self { time, actor: actor.into(), verb, target: target.into(), detail: Detail::default() }
    }

    /// The same with further facts.
    #[must_use]
    pub fn with(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }
}

impl From<Entry> for AuditRow {
    fn from(entry: Entry) -> Self {
        Self {
            time: entry.time.as_millisecond(),
            actor: entry.actor,
            verb: entry.verb.as_str().to_owned(),
            target: entry.target,
            detail: entry.detail.to_string(),
            ..Self::default()
        }
    }
}
