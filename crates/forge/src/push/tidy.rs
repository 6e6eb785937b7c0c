//! Housekeeping after refs changed. The invariant: it never delays an answer and never removes an
//! object that was made within two weeks, which is Git's own rule.

use crate::name::RepositoryName;
use crate::storage::{Forge, blocking};

/// Packs in a repository before they are put together.
const MANY_PACKS: usize = 24;

impl Forge {
    /// Puts the packs of a repository together, in the background, once there are many.
    pub(crate) fn tidy(&self, repository: &RepositoryName) {
        let forge = self.clone();
        let repository = repository.clone();
        tokio::spawn(async move {
            let path = forge.path(&repository);
            let packs = path.join("objects").join("pack");
            let count = blocking(move || {
                let entries = std::fs::read_dir(packs).into_iter().flatten().flatten();
                Ok(entries.filter(|entry| entry.path().extension().is_some_and(|e| e == "idx")).count())
            });
            if !matches!(count.await, Ok(count) if count >= MANY_PACKS) {
                return;
            }
            let git = &forge.inner.git;
            let tidied = git.at(&path, "gc").arg("--quiet").within(forge.inner.config.transfer_time).run();
            if let Err(error) = tidied.await {
                tracing::info!(%repository, %error, "a repository could not be tidied");
            }
        });
    }
}
