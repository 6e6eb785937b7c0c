//! Telling the caller about changed refs, at least once. The invariant: an event lies in the
//! repository's folder `causeway-events` from before its refs change until the listener took it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Actor;
use crate::error::ForgeError;
use crate::name::RepositoryName;
use crate::object::{NO_OBJECT, ObjectId};
use crate::storage::{Forge, blocking, sync_folder};

const FOLDER: &str = "causeway-events";

/// One ref that changed, or that a push wants to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefUpdate {
    /// The full name, such as `refs/heads/main`.
    pub name: String,
    /// What it pointed to; none if it is created.
    pub old: Option<ObjectId>,
    /// What it points to; none if it is deleted.
    pub new: Option<ObjectId>,
    /// True if commits would be lost: `old` is not an ancestor of `new`. A tag that is moved is
    /// always forced. Creation and deletion are not.
    pub forced: bool,
}

impl RefUpdate {
    /// The branch's short name, if it is one.
    pub fn branch(&self) -> Option<&str> {
        self.name.strip_prefix("refs/heads/")
    }

    /// The change for `git update-ref -z --stdin`, which checks the old value.
    pub(crate) fn transaction_line(&self) -> String {
        let name = &self.name;
        let old = self.old.as_ref().map_or(NO_OBJECT, ObjectId::as_str);
        match &self.new {
            Some(new) => format!("update {name}\0{new}\0{old}\0"),
            None => format!("delete {name}\0{old}\0"),
        }
    }
}

/// What changed in a repository, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushEvent {
    /// Where.
    pub repository: RepositoryName,
    /// Who.
    pub actor: Actor,
    /// The refs that did change; those that were refused are not among them.
    pub updates: Vec<RefUpdate>,
    /// What the client gave with `git push -o`.
    pub options: Vec<String>,
}

/// An event that is recorded and not yet delivered.
pub(super) struct Intent {
    file: PathBuf,
}

impl Intent {
    /// Records durably that `event` is about to happen.
    pub(super) async fn record(repository: &Path, event: &PushEvent) -> Result<Self, ForgeError> {
        let folder = repository.join(FOLDER);
        let file = folder.join(format!("{}.json", Uuid::now_v7()));
        let text = serde_json::to_vec(event).map_err(|error| ForgeError::Io {
            what: "write",
            path: file.clone(),
            source: error.into(),
        })?;
        blocking(move || {
            if !folder.exists() {
                std::fs::create_dir(&folder).map_err(ForgeError::io("create", &folder))?;
                if let Some(parent) = folder.parent() {
                    sync_folder(parent)?;
                }
            }
            let draft = file.with_extension("draft");
            std::fs::write(&draft, text)
                .and_then(|()| std::fs::File::open(&draft)?.sync_all())
                .and_then(|()| std::fs::rename(&draft, &file))
                .map_err(ForgeError::io("write", &file))?;
            sync_folder(&folder)?;
            Ok(Self { file })
        })
        .await
    }

    /// The event was delivered, or did not happen.
    pub(super) async fn clear(self) {
        if let Err(error) = tokio::fs::remove_file(&self.file).await {
            tracing::warn!(path = %self.file.display(), %error, "could not remove a delivered push event");
        }
    }
}

/// Changes refs by `change`, which answers which updates took effect, with the intent recorded
/// before and the listener called after. The caller holds the lock of the repository. The answer
/// is what the listener wants to be shown.
pub(crate) async fn settle_event<F>(forge: &Forge, mut event: PushEvent, change: F) -> Result<Vec<String>, ForgeError>
where
    F: AsyncFnOnce() -> Result<Vec<RefUpdate>, ForgeError>,
{
    let path = forge.path(&event.repository);
    redeliver_in(forge, &event.repository).await?;
    let intent = Intent::record(&path, &event).await?;
    // If this fails, part of it may have happened; the next look at the intent tells.
    event.updates = change().await?;
    if event.updates.is_empty() {
        intent.clear().await;
        return Ok(Vec::new());
    }
    Ok(deliver(forge, event, intent).await)
}

async fn deliver(forge: &Forge, event: PushEvent, intent: Intent) -> Vec<String> {
    match forge.inner.listener.pushed(&event).await {
        Ok(notes) => {
            intent.clear().await;
            notes
        }
        Err(reason) => {
            tracing::error!(repository = %event.repository, reason, "a push event was not recorded and will be delivered again");
            Vec::new()
        }
    }
}

impl Forge {
    /// Delivers the events that a crash or a failing listener left behind. To be called once
    /// after the start, before repositories are served.
    ///
    /// # Errors
    /// [`ForgeError::Io`] if the repositories cannot be listed. A single one that cannot be read is
    /// logged and passed over.
    pub async fn redeliver(&self) -> Result<(), ForgeError> {
        for repository in self.list().await? {
            let _guard = self.lock(&repository).await;
            if let Err(error) = redeliver_in(self, &repository).await {
                tracing::error!(%repository, %error, "the push events of a repository could not be read");
            }
        }
        Ok(())
    }
}

/// Delivers what lies in one repository, oldest first. The caller holds its lock.
async fn redeliver_in(forge: &Forge, repository: &RepositoryName) -> Result<(), ForgeError> {
    let folder = forge.path(repository).join(FOLDER);
    let files = blocking(move || recorded(&folder)).await?;
    for file in files {
        let text = tokio::fs::read(&file).await.map_err(ForgeError::io("read", &file))?;
        let intent = Intent { file };
        let Ok(mut event) = serde_json::from_slice::<PushEvent>(&text) else {
            tracing::error!(%repository, path = %intent.file.display(), "dropped a push event that cannot be read");
            intent.clear().await;
            continue;
        };
        event.updates = happened(forge, repository, event.updates).await?;
        if event.updates.is_empty() {
            intent.clear().await;
        } else {
            deliver(forge, event, intent).await;
        }
    }
    Ok(())
}

/// Those updates whose result can still be seen.
async fn happened(
    forge: &Forge,
    repository: &RepositoryName,
    updates: Vec<RefUpdate>,
) -> Result<Vec<RefUpdate>, ForgeError> {
    let refs: HashMap<String, ObjectId> = forge.refs(&forge.path(repository)).await?.into_iter().collect();
    let is_seen = |update: &RefUpdate| refs.get(&update.name) == update.new.as_ref();
    Ok(updates.into_iter().filter(is_seen).collect())
}

fn recorded(folder: &Path) -> Result<Vec<PathBuf>, ForgeError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ForgeError::io("read", folder)(error)),
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    Ok(files)
}
