//! The trail of a store: written, read, checked, exported.

use std::io::BufRead;
use std::sync::Arc;

use causeway_store::{AuditRow, Batch, Store, StoreError};
use futures::stream::{self, Stream, TryStreamExt as _};

use crate::{Broken, Entry, Verified, Verifier};

/// So many rows are read at once.
const SLICE: usize = 1000;

/// Why a trail could not be checked or read.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// It is not whole.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The store failed.
    #[error("the audit trail could not be read")]
    Store(#[from] StoreError),
    /// The file with an exported trail failed.
    #[error("the exported audit trail could not be read")]
    Read(#[source] std::io::Error),
    /// A line of an exported trail is no row.
    #[error("line {line} of the exported audit trail is not a row")]
    Line {
        /// Counted from one.
        line: usize,
        /// What it lacks.
        #[source]
        source: serde_json::Error,
    },
}

/// The trail of a store.
#[derive(Clone)]
pub struct Trail {
    store: Arc<dyn Store>,
}

impl Trail {
    /// Of this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Writes what changed no object, such as a secret that was read; durable when answered. What changes objects brings its
    /// entries along in [`Batch::audit`] instead.
    pub async fn append(&self, entries: impl IntoIterator<Item = Entry>) -> Result<(), StoreError> {
        let audit = entries.into_iter().map(AuditRow::from).collect();
        self.store.commit(Batch { writes: Vec::new(), audit }).await.map(drop)
    }

    /// All rows after a number, oldest first, read as they are asked for.
    pub fn rows(&self, after: u64) -> impl Stream<Item = Result<AuditRow, StoreError>> + Send + use<> {
        let store = Arc::clone(&self.store);
        stream::try_unfold(Some(after), move |after| {
            let store = Arc::clone(&store);
            async move {
                let Some(after) = after else { return Ok(None) };
                let rows = store.audit_rows(after, SLICE).await?;
                let next = if rows.len() < SLICE { None } else { rows.last().map(|row| row.sequence) };
                Ok(Some((stream::iter(rows.into_iter().map(Ok)), next)))
            }
        })
        .try_flatten()
    }

    /// The rows after a number as JSON lines, each ending in a line feed. [`verify_lines`] checks them when they begin with
    /// the first.
    pub fn export(&self, after: u64) -> impl Stream<Item = Result<String, StoreError>> + Send + use<> {
        self.rows(after).map_ok(|row| {
            serde_json::json!({
                "sequence": row.sequence, "time": row.time, "actor": row.actor, "verb": row.verb,
                "target": row.target, "detail": row.detail, "digest": row.digest,
            })
            .to_string()
                + "\n"
        })
    }

    /// Checks the whole trail.
    pub async fn verify(&self) -> Result<Verified, TrailError> {
        let rows = self.rows(0).map_err(TrailError::from);
        let check = |mut verifier: Verifier, row| async move {
            verifier.check(&row)?;
            Ok::<_, TrailError>(verifier)
        };
        rows.try_fold(Verifier::default(), check).await.map(Verifier::finish)
    }
}

/// Checks a trail that was exported from its first row on. Blocks while it reads.
pub fn verify_lines(export: impl BufRead) -> Result<Verified, TrailError> {
    let mut verifier = Verifier::default();
    for (index, line) in export.lines().enumerate() {
        let line = line.map_err(TrailError::Read)?;
        let row = serde_json::from_str(&line).map_err(|source| TrailError::Line { line: index + 1, source })?;
        verifier.check(&row)?;
    }
    Ok(verifier.finish())
}
