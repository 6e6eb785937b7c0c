//! One watch: first what memory no longer holds, read from the database in slices, then the log in memory, then what comes.
//!
//! The step from one to the next happens under the lock of the index, so there is neither a gap nor a repetition.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;

use super::hub::Mailbox;
use super::{Joined, Memory};
use crate::watch::WatchSource;
use crate::{Change, Result, Revision, StoreError, WatchScope};

/// The part of the change log that only the database has.
#[async_trait]
pub(crate) trait History: Send + Sync + 'static {
    /// A slice of the changes after one revision and up to another, oldest first and whatever their kind; empty only if there
    /// are none. Fails with [`StoreError::Compacted`] where some are forgotten.
    async fn changes_between(&self, after: Revision, up_to: Revision) -> Result<Vec<Arc<Change>>>;
}

/// See the module.
pub(crate) struct Feed<H> {
    memory: Arc<Memory>,
    history: Arc<H>,
    scope: WatchScope,
    /// Everything up to this was taken into the backlog or skipped as out of scope.
    position: Revision,
    backlog: VecDeque<Arc<Change>>,
    mailbox: Option<Arc<Mailbox>>,
    failed: bool,
}

impl<H: History> Feed<H> {
    /// A watch of the changes after `after`, or of those from now on.
    pub(crate) fn start(
        memory: Arc<Memory>,
        history: Arc<H>,
        scope: WatchScope,
        after: Option<Revision>,
    ) -> Result<Self> {
        let mut feed = Self {
            position: after.unwrap_or_default(),
            memory,
            history,
            scope,
            backlog: VecDeque::new(),
            mailbox: None,
            failed: false,
        };
        match after {
            Some(_) => {
                feed.join()?;
            }
            None => feed.join_now(),
        }
        Ok(feed)
    }

    /// Goes over to the log in memory, if that reaches back far enough by now.
    fn join(&mut self) -> Result<bool> {
        let Some(Joined { backlog, mailbox }) = self.memory.join(&self.scope, self.position)? else {
            return Ok(false);
        };
        self.backlog.extend(backlog);
        self.mailbox = Some(mailbox);
        Ok(true)
    }

    /// Starts at the newest revision.
    fn join_now(&mut self) {
        let mailbox = self.memory.join_now(&self.scope);
        self.mailbox = Some(mailbox);
    }

    /// Fills the backlog until it holds something or memory takes over.
    async fn catch_up(&mut self) -> Result<()> {
        while self.backlog.is_empty() && self.mailbox.is_none() && !self.join()? {
            // The database may be ahead of what is visible.
            let slice = self.history.changes_between(self.position, self.memory.newest()).await?;
            if let Some(last) = slice.last() {
                self.position = last.revision();
            }
            self.backlog.extend(slice.into_iter().filter(|change| self.scope.covers(&change.record.key)));
        }
        Ok(())
    }
}

#[async_trait]
impl<H: History> WatchSource for Feed<H> {
    async fn next(&mut self) -> Option<Result<Arc<Change>>> {
        if self.failed {
            return None;
        }
        if let Err(error) = self.catch_up().await {
            self.failed = true;
            return match error {
                StoreError::Closed => None,
                error => Some(Err(error)),
            };
        }
        if let Some(change) = self.backlog.pop_front() {
            return Some(Ok(change));
        }
        let mailbox = self.mailbox.as_ref()?;
        let next = std::future::poll_fn(|ctx| mailbox.poll_next(ctx)).await;
        self.failed = matches!(next, Some(Err(_)));
        next
    }

    fn progress(&self) -> Revision {
        match (self.backlog.front(), &self.mailbox) {
            (Some(next), _) => Revision(next.revision().0 - 1),
            (None, Some(mailbox)) => mailbox.progress(),
            (None, None) => self.position,
        }
    }
}

impl<H> Drop for Feed<H> {
    fn drop(&mut self) {
        if let Some(mailbox) = &self.mailbox {
            self.memory.leave(mailbox);
        }
    }
}
