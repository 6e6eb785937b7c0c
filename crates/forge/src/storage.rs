//! Where repositories lie: `root/<namespace>/<name>.git`. The invariant: a repository under its
//! name is whole. It is made aside and moved in, and moved out before it is taken apart, so that a
//! crash leaves at most something in `.aside`, which the next start removes.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::access::PushListener;
use crate::config::ForgeConfig;
use crate::error::ForgeError;
use crate::git::Git;
use crate::name::{RepositoryName, branch_ref};

/// Holds repositories being made and being removed; no namespace can have this name.
const ASIDE: &str = ".aside";
/// Stands in for the home folder of `git`; always empty.
const HOME: &str = ".home";

/// The Git host. Cheap to clone; all clones are the same host.
#[derive(Clone)]
pub struct Forge {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) root: PathBuf,
    pub(crate) config: ForgeConfig,
    pub(crate) git: Git,
    pub(crate) listener: Arc<dyn PushListener>,
    pub(crate) transfers: Arc<Semaphore>,
    locks: Mutex<HashMap<RepositoryName, Arc<tokio::sync::Mutex<()>>>>,
}

impl Forge {
    /// Opens the repositories below `root`, which is made (mode 0700) if it is not there, and
    /// removes what a crash left half made or half removed.
    ///
    /// # Errors
    /// [`ForgeError::Start`] without a `git` executable, [`ForgeError::Io`] if `root` is not
    /// writable.
    pub async fn open(root: PathBuf, config: ForgeConfig, listener: Arc<dyn PushListener>) -> Result<Self, ForgeError> {
        let root = std::path::absolute(&root).map_err(ForgeError::io("find", &root))?;
        let prepared = root.clone();
        blocking(move || prepare(&prepared)).await?;
        let git = Git::new(&config, root.join(HOME));
        let version = git.command("version").run().await?;
        tracing::debug!(version = %String::from_utf8_lossy(&version).trim(), "Git host opened");
        let transfers = Arc::new(Semaphore::new(config.transfers.max(1)));
        let inner = Inner { root, config, git, listener, transfers, locks: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Makes an empty repository whose `HEAD` is `default_branch`. True if it was made, false if
    /// there already was one, which is left as it is.
    ///
    /// # Errors
    /// [`ForgeError::Name`] for a bad branch name; I/O and `git` errors, after which nothing is
    /// left under the name.
    pub async fn create(&self, repository: &RepositoryName, default_branch: &str) -> Result<bool, ForgeError> {
        branch_ref(default_branch)?;
        let path = self.path(repository);
        let _guard = self.lock(repository).await;
        if self.exists(repository).await? {
            return Ok(false);
        }
        let aside = self.inner.root.join(ASIDE).join(Uuid::now_v7().to_string());
        self.inner
            .git
            .command("init")
            .args(["--quiet", "--bare", "--template=", "--object-format=sha1"])
            .arg(format!("--initial-branch={default_branch}"))
            .arg("--")
            .arg(&aside)
            .run()
            .await?;
        blocking(move || {
            move_in(&aside, &path)?;
            sync_parents(&path)
        })
        .await?;
        Ok(true)
    }

    /// Removes a repository with all that is in it. True if there was one. Once this returns, the
    /// name is free also after a power failure.
    ///
    /// # Errors
    /// [`ForgeError::Io`] if it could not be moved away; it is whole then.
    pub async fn delete(&self, repository: &RepositoryName) -> Result<bool, ForgeError> {
        let path = self.path(repository);
        let aside = self.inner.root.join(ASIDE).join(Uuid::now_v7().to_string());
        let guard = self.lock(repository).await;
        let removed = blocking(move || {
            match fs::rename(&path, &aside) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(ForgeError::io("remove", &path)(error)),
            }
            sync_parents(&path)?;
            if let Some(parent) = path.parent() {
                // Fails, as it should, while other repositories are in the namespace.
                let _ = fs::remove_dir(parent);
            }
            remove_aside(&aside);
            Ok(true)
        })
        .await?;
        drop(guard);
        self.inner.locks.lock().retain(|name, lock| name != repository || Arc::strong_count(lock) > 1);
        Ok(removed)
    }

    /// Is there such a repository?
    ///
    /// # Errors
    /// [`ForgeError::Io`] if that cannot be told.
    pub async fn exists(&self, repository: &RepositoryName) -> Result<bool, ForgeError> {
        let head = self.path(repository).join("HEAD");
        tokio::fs::try_exists(&head).await.map_err(ForgeError::io("look for", &head))
    }

    /// All repositories on disk, in order of their names.
    ///
    /// # Errors
    /// [`ForgeError::Io`] if a folder cannot be read.
    pub async fn list(&self) -> Result<Vec<RepositoryName>, ForgeError> {
        let root = self.inner.root.clone();
        blocking(move || {
            let mut names = Vec::new();
            for namespace in folder_names(&root)? {
                for file in folder_names(&root.join(&namespace))? {
                    if let Some(name) = file.strip_suffix(".git")
                        && let Ok(name) = RepositoryName::new(&namespace, name)
                    {
                        names.push(name);
                    }
                }
            }
            names.sort();
            Ok(names)
        })
        .await
    }

    /// Bytes on disk.
    ///
    /// # Errors
    /// [`ForgeError::NoRepository`].
    pub async fn size(&self, repository: &RepositoryName) -> Result<u64, ForgeError> {
        let path = self.existing(repository).await?;
        blocking(move || Ok(folder_size(&path))).await
    }

    /// Where the repository lies; it may not exist.
    pub(crate) fn path(&self, repository: &RepositoryName) -> PathBuf {
        self.inner.root.join(repository.directory())
    }

    /// Where the repository lies.
    pub(crate) async fn existing(&self, repository: &RepositoryName) -> Result<PathBuf, ForgeError> {
        if self.exists(repository).await? {
            Ok(self.path(repository))
        } else {
            Err(ForgeError::NoRepository(repository.clone()))
        }
    }

    /// Taken by whoever changes refs of the repository, makes it or removes it.
    pub(crate) async fn lock(&self, repository: &RepositoryName) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = Arc::clone(self.inner.locks.lock().entry(repository.clone()).or_default());
        lock.lock_owned().await
    }
}

/// Runs file system work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ForgeError> + Send + 'static,
) -> Result<T, ForgeError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(joined) => match joined.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => Err(ForgeError::Io {
                what: "finish the work on",
                path: PathBuf::from("the repositories"),
                source: std::io::Error::other("the server is stopping"),
            }),
        },
    }
}

fn prepare(root: &Path) -> Result<(), ForgeError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(root).map_err(ForgeError::io("create", root))?;
    let aside = root.join(ASIDE);
    if aside.exists() {
        remove_aside(&aside);
    }
    for folder in [aside, root.join(HOME)] {
        builder.create(&folder).map_err(ForgeError::io("create", &folder))?;
    }
    Ok(())
}

/// The folder of the namespace may be removed by a deletion between its making and its use.
fn move_in(aside: &Path, path: &Path) -> Result<(), ForgeError> {
    let mut tries = 0;
    loop {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(ForgeError::io("create", parent))?;
        }
        match fs::rename(aside, path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && tries < 5 => tries += 1,
            other => return other.map_err(ForgeError::io("create", path)),
        }
    }
}

/// What cannot be removed now is tried again at the next start.
fn remove_aside(path: &Path) {
    if let Err(error) = fs::remove_dir_all(path) {
        tracing::warn!(path = %path.display(), %error, "could not remove the rest of a repository");
    }
}

/// Makes the names of `path` and of its folder durable.
fn sync_parents(path: &Path) -> Result<(), ForgeError> {
    for folder in path.ancestors().skip(1).take(2) {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), ForgeError> {
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(ForgeError::io("sync", folder))
}

fn folder_names(folder: &Path) -> Result<Vec<String>, ForgeError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // A namespace that went away meanwhile.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ForgeError::io("read", folder)(error)),
    };
    Ok(entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect())
}

fn folder_size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?, entry.path())))
        .map(|(metadata, path)| if metadata.is_dir() { folder_size(&path) } else { metadata.len() })
        .sum()
}
