//! What happens to a push: its head is read ([`head`]), its pack lands in a quarantine
//! ([`quarantine`]), each update is judged and made ([`settle`]), the event is delivered
//! ([`event`]) and the client gets its report ([`report`]).
//!
//! The invariants: no object of a refused push becomes part of the repository; no ref changes
//! that the policy did not see, with whether it was forced; no ref changes without an event.

mod event;
mod head;
mod quarantine;
mod report;
mod settle;
mod tidy;

pub(crate) use event::settle_event;
pub use event::{PushEvent, RefUpdate};
pub(crate) use head::CAPABILITIES as PUSH_CAPABILITIES;
use head::PushHead;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::access::{Actor, PushPolicy};
use crate::error::ForgeError;
use crate::name::RepositoryName;
use crate::storage::Forge;
use quarantine::Quarantine;
use report::Report;

/// Why a push has no report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushFault {
    /// The client did not keep to the protocol.
    #[error("the push cannot be read: {0}")]
    Malformed(String),
    /// The client sent nothing for too long, or went away.
    #[error("the push was not sent completely")]
    Incomplete(#[source] std::io::Error),
    /// The push is larger than its limit by so much that it was not read to its end.
    #[error("the push is larger than the limit of {0} bytes")]
    TooLarge(u64),
    /// The server failed.
    #[error(transparent)]
    Forge(#[from] ForgeError),
}

/// One push into one repository.
pub(crate) struct Push {
    pub(crate) forge: Forge,
    pub(crate) repository: RepositoryName,
    pub(crate) actor: Actor,
    pub(crate) policy: Arc<dyn PushPolicy>,
}

impl Push {
    /// Reads the push from `from` and does what it asks. The answer is the body for the client.
    pub(crate) async fn receive<R>(self, mut from: R) -> Result<Vec<u8>, PushFault>
    where
        R: AsyncRead + Unpin + Send,
    {
        let config = &self.forge.inner.config;
        let head = PushHead::read(&mut from, config.max_updates).await?;
        if head.commands.is_empty() {
            // How `git` finds out whether it is let in before it sends a large pack.
            return Ok(Vec::new());
        }
        let path = self.forge.existing(&self.repository).await?;
        let quarantine = Quarantine::open(&path)?;
        let mut report = Report::new(&head.capabilities);
        if head.has_pack() {
            let limit = config.max_push;
            match quarantine.fill(&self.forge.inner, &mut from, limit).await {
                Ok(messages) => report.note(&messages),
                Err(quarantine::Unfilled::Refused { reason, messages }) => {
                    report.note(&messages);
                    report.unpack_failed(&reason, &head.commands);
                    return Ok(report.into_bytes());
                }
                Err(quarantine::Unfilled::Fault(fault)) => return Err(fault),
            }
        } else {
            swallow(&mut from, 64 << 10, config.idle_time).await?;
        }
        // From here on the push is finished even if the client goes away.
        let settled = tokio::spawn(settle::settle(self, head, quarantine, report)).await;
        match settled {
            Ok(result) => Ok(result?.into_bytes()),
            Err(joined) => Err(PushFault::Malformed(format!("it could not be finished: {joined}"))),
        }
    }
}

/// Reads what is left, up to `limit` bytes, so that the client gets to read its answer.
async fn swallow<R: AsyncRead + Unpin>(from: &mut R, limit: u64, idle: Duration) -> Result<(), PushFault> {
    let mut left = limit;
    let mut chunk = vec![0; 64 << 10];
    loop {
        let read = read_some(from, &mut chunk, idle).await?;
        if read == 0 {
            return Ok(());
        }
        left = match left.checked_sub(read as u64) {
            Some(left) => left,
            None => return Err(PushFault::TooLarge(limit)),
        };
    }
}

/// One read that gives up on a client who sends nothing.
async fn read_some<R: AsyncRead + Unpin>(from: &mut R, chunk: &mut [u8], idle: Duration) -> Result<usize, PushFault> {
    match tokio::time::timeout(idle, from.read(chunk)).await {
        Ok(read) => read.map_err(PushFault::Incomplete),
        Err(_elapsed) => Err(PushFault::Incomplete(std::io::ErrorKind::TimedOut.into())),
    }
}
