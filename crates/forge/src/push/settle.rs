//! Judging the updates of a push and making those that may be made. It runs under the lock of the
//! repository, so that what was judged is what is changed.

use std::collections::HashMap;

use super::event::{PushEvent, RefUpdate, settle_event};
use super::head::{Command, PushHead};
use super::quarantine::Quarantine;
use super::report::Report;
use super::{Push, PushFault};
use crate::error::ForgeError;
use crate::name::ref_fault;
use crate::object::ObjectId;

/// What a push may change.
const OPEN: &[&str] = &["refs/heads/", "refs/tags/", "refs/notes/"];

/// An update with the verdict on it.
struct Judged {
    update: RefUpdate,
    refusal: Option<String>,
}

pub(super) async fn settle(
    push: Push,
    head: PushHead,
    quarantine: Quarantine,
    mut report: Report,
) -> Result<Report, PushFault> {
    let _guard = push.forge.lock(&push.repository).await;
    push.forge.existing(&push.repository).await?;
    let known = Known::gather(&push, &quarantine, &head.commands).await?;
    let mut judged = Vec::with_capacity(head.commands.len());
    for command in head.commands {
        judged.push(push.judge(&quarantine, &known, command).await?);
    }
    if head.capabilities.atomic && judged.iter().any(|judged| judged.refusal.is_some()) {
        for judged in &mut judged {
            judged.refusal.get_or_insert_with(|| "atomic push: another ref was refused".to_owned());
        }
    }
    let wanted: Vec<RefUpdate> =
        judged.iter().filter(|judged| judged.refusal.is_none()).map(|judged| judged.update.clone()).collect();
    let mut failures = Vec::new();
    if !wanted.is_empty() {
        quarantine.release().await?;
        let event = PushEvent {
            repository: push.repository.clone(),
            actor: push.actor.clone(),
            updates: wanted.clone(),
            options: head.options,
        };
        let atomic = head.capabilities.atomic;
        let change = async || {
            failures = push.update_refs(&wanted, atomic).await?;
            let changed = |update: &&RefUpdate| failures.iter().all(|(name, _)| *name != update.name);
            Ok(wanted.iter().filter(changed).cloned().collect())
        };
        for line in settle_event(&push.forge, event, change).await? {
            report.note(&line);
        }
    }
    for Judged { update, refusal } in &judged {
        let failure = failures.iter().find(|(name, _)| *name == update.name);
        match refusal.as_ref().or(failure.map(|(_, reason)| reason)) {
            Some(reason) => report.refused(&update.name, reason),
            None => report.updated(&update.name),
        }
    }
    push.forge.tidy(&push.repository);
    Ok(report)
}

/// What all updates of one push are judged by, asked for once.
struct Known {
    refs: HashMap<String, ObjectId>,
    head: String,
    kinds: HashMap<ObjectId, String>,
    is_connected: bool,
}

impl Known {
    async fn gather(push: &Push, quarantine: &Quarantine, commands: &[Command]) -> Result<Self, ForgeError> {
        let inner = &push.forge.inner;
        let path = push.forge.path(&push.repository);
        let new: String =
            commands.iter().filter_map(|command| command.new.as_ref()).map(|new| format!("{new}\n")).collect();
        let mut this = Self {
            refs: push.forge.refs(&path).await?.into_iter().collect(),
            head: push.forge.head(&path).await?,
            kinds: HashMap::new(),
            is_connected: true,
        };
        if new.is_empty() {
            return Ok(this);
        }
        let ended = quarantine
            .command(&inner.git, "rev-list")
            .args(["--objects", "--quiet", "--stdin", "--not", "--all"])
            .within(inner.config.transfer_time)
            .end_with(new.as_bytes())
            .await?;
        this.is_connected = ended.status.success();
        if !this.is_connected {
            tracing::info!(repository = %push.repository, reason = ended.message(), "a push lacks objects");
        }
        let kinds = quarantine
            .command(&inner.git, "cat-file")
            .arg("--batch-check=%(objectname) %(objecttype)")
            .run_with(new.as_bytes())
            .await?;
        for line in String::from_utf8_lossy(&kinds).lines() {
            if let Some((name, kind)) = line.split_once(' ') {
                this.kinds.insert(ObjectId::parse(name)?, kind.to_owned());
            }
        }
        Ok(this)
    }

    /// What is wrong with an update whatever the policy says.
    fn fault(&self, update: &RefUpdate) -> Option<String> {
        if let Some(reason) = ref_fault(&update.name) {
            return Some(format!("not a valid name: {reason}"));
        }
        if !OPEN.iter().any(|open| update.name.starts_with(open)) || update.name == "refs/heads/HEAD" {
            return Some("only branches, tags and notes can be pushed".to_owned());
        }
        let current = self.refs.get(&update.name);
        if current != update.old.as_ref() {
            return Some("it was changed meanwhile: fetch first".to_owned());
        }
        let Some(new) = &update.new else {
            return match current {
                None => Some("there is no such ref to delete".to_owned()),
                Some(_) if self.head == update.name => Some("the default branch cannot be deleted".to_owned()),
                Some(_) => None,
            };
        };
        let kind = self.kinds.get(new).map_or("missing", String::as_str);
        if !self.is_connected || kind == "missing" {
            return Some("objects that it needs are missing".to_owned());
        }
        (update.branch().is_some() && kind != "commit")
            .then(|| format!("a branch points to a commit, and this is a {kind}"))
    }
}

impl Push {
    async fn judge(&self, quarantine: &Quarantine, known: &Known, command: Command) -> Result<Judged, ForgeError> {
        let Command { name, old, new } = command;
        let mut update = RefUpdate { name, old, new, forced: false };
        let mut refusal = known.fault(&update);
        if refusal.is_none() {
            update.forced = self.is_forced(quarantine, &update).await?;
            refusal = self.policy.check(&self.repository, &self.actor, &update).await.err();
        }
        Ok(Judged { update, refusal })
    }

    async fn is_forced(&self, quarantine: &Quarantine, update: &RefUpdate) -> Result<bool, ForgeError> {
        let (Some(old), Some(new)) = (&update.old, &update.new) else {
            return Ok(false);
        };
        if update.name.starts_with("refs/tags/") {
            return Ok(old != new);
        }
        let ended = quarantine
            .command(&self.forge.inner.git, "merge-base")
            .args(["--is-ancestor", old.as_str(), new.as_str()])
            .end_with(&[])
            .await?;
        // Anything but a clear yes is treated as forced.
        Ok(!ended.status.success())
    }

    /// Changes the refs: in one transaction, or one by one where that fails and the client did not
    /// ask for all or nothing. The answer is what failed, with the reason.
    async fn update_refs(&self, updates: &[RefUpdate], atomic: bool) -> Result<Vec<(String, String)>, ForgeError> {
        let Err(reason) = self.transaction(updates).await? else {
            return Ok(Vec::new());
        };
        if atomic || updates.len() == 1 {
            return Ok(updates.iter().map(|update| (update.name.clone(), reason.clone())).collect());
        }
        let mut failures = Vec::new();
        for update in updates {
            if let Err(reason) = self.transaction(std::slice::from_ref(update)).await? {
                failures.push((update.name.clone(), reason));
            }
        }
        Ok(failures)
    }

    async fn transaction(&self, updates: &[RefUpdate]) -> Result<Result<(), String>, ForgeError> {
        let path = self.forge.path(&self.repository);
        let input: String = updates.iter().map(RefUpdate::transaction_line).collect();
        let ended = self
            .forge
            .inner
            .git
            .at(&path, "update-ref")
            .args(["--no-deref", "-z", "--stdin"])
            .end_with(input.as_bytes())
            .await?;
        if ended.status.success() {
            return Ok(Ok(()));
        }
        let message = ended.message();
        let reason = message.lines().next_back().unwrap_or("the ref could not be changed");
        Ok(Err(reason.trim_start_matches("fatal: ").to_owned()))
    }
}
