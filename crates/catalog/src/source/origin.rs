//! Where the files of a source are, at one moment: a commit of a hosted repository, or a folder on the server.
//!
//! Nothing outside is ever read: neither through `..`, nor through a symbolic link, nor under another address.

use std::path::{Path, PathBuf};

use causeway_forge::{EntryKind, Forge, ForgeError, ObjectId, RepositoryName};
use globset::GlobBuilder;

use super::place;

/// Largest file that is read.
pub(super) const FILE_MAX: u64 = 8 << 20;
/// Most files that a pattern is tried on.
const LISTED_MAX: usize = 100_000;
const LISTED_DEPTH: usize = 32;

/// Where files are.
pub(super) enum Origin {
    /// A commit.
    Commit(Commit),
    /// A folder of the server.
    Folder(Folder),
}

/// A commit of a hosted repository.
pub(super) struct Commit {
    pub(super) forge: Forge,
    pub(super) repository: RepositoryName,
    pub(super) commit: ObjectId,
    pub(super) branch: String,
    /// Where the repository is cloned from, without `.git`.
    pub(super) url: String,
}

/// A folder of the server.
pub(super) struct Folder {
    pub(super) root: PathBuf,
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum OriginError {
    /// The Git host failed.
    #[error("{path} could not be read from the repository {repository}")]
    Forge {
        path: String,
        repository: String,
        #[source]
        source: Box<ForgeError>,
    },
    /// The disk failed.
    #[error("{path} could not be read")]
    Io {
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// There is too much of it.
    #[error("{path} is larger than {FILE_MAX} bytes, which is the most that is read")]
    TooLarge { path: String },
    /// It is something else.
    #[error("{path} is not text in UTF-8")]
    NotText { path: String },
    /// It is somewhere else.
    #[error("{target:?} is outside of the source, and so it is not read")]
    Outside { target: String },
    /// It cannot be a pattern.
    #[error("{pattern:?} is not a pattern: {reason}")]
    Pattern { pattern: String, reason: String },
}

impl OriginError {
    /// Whether the same commit may be readable later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Forge { .. } | Self::Io { .. } => true,
            Self::TooLarge { .. } | Self::NotText { .. } | Self::Outside { .. } | Self::Pattern { .. } => false,
        }
    }
}

impl Origin {
    /// The text of a file; none where there is no such file.
    pub(super) async fn read(&self, path: &str) -> Result<Option<String>, OriginError> {
        let bytes = match self {
            Self::Commit(commit) => commit.read(path).await?,
            Self::Folder(folder) => folder.read(path).await?,
        };
        let Some(bytes) = bytes else { return Ok(None) };
        String::from_utf8(bytes).map(Some).map_err(|_| OriginError::NotText { path: path.into() })
    }

    /// The files that match a pattern, in order of their paths.
    pub(super) async fn list(&self, pattern: &str) -> Result<Vec<String>, OriginError> {
        let refuse = |e: globset::Error| OriginError::Pattern { pattern: pattern.into(), reason: e.kind().to_string() };
        let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(refuse)?.compile_matcher();
        let mut paths = match self {
            Self::Commit(commit) => commit.files().await?,
            Self::Folder(folder) => folder.files().await?,
        };
        paths.retain(|path| glob.is_match(path));
        paths.sort_unstable();
        Ok(paths)
    }

    /// The path that `target`, written in `file`, means.
    pub(super) fn resolve(&self, file: &str, target: &str) -> Result<String, OriginError> {
        let outside = || OriginError::Outside { target: target.into() };
        if let Some(inside) = self.own(target) {
            return place::join("", &inside).ok_or_else(outside);
        }
        if target.contains("://") || target.starts_with("data:") || target.starts_with("javascript:") {
            return Err(outside());
        }
        place::join(place::folder(file), target).filter(|path| !path.is_empty()).ok_or_else(outside)
    }

    /// The path within, where `target` is an address of this very place.
    fn own(&self, target: &str) -> Option<String> {
        match self {
            Self::Commit(commit) => {
                let rest = target.strip_prefix(&commit.url)?;
                let rest = rest.strip_prefix("/blob/").or_else(|| rest.strip_prefix("/tree/"))?;
                rest.strip_prefix(&format!("{}/", commit.branch)).map(str::to_owned)
            }
            Self::Folder(folder) => Path::new(target).strip_prefix(&folder.root).ok()?.to_str().map(str::to_owned),
        }
    }

    /// The location reference of a file: `url:…/blob/main/catalog-info.yaml`, `file:/srv/catalog/catalog-info.yaml`.
    pub(super) fn location(&self, path: &str) -> String {
        match self {
            Self::Commit(commit) => format!("url:{}/blob/{}/{path}", commit.url, commit.branch),
            Self::Folder(folder) => format!("file:{}", folder.root.join(path).display()),
        }
    }

    /// The location of the folder around a file, where other files of the source are found by an address.
    pub(super) fn source_location(&self, path: &str) -> Option<String> {
        let Self::Commit(commit) = self else { return None };
        let folder = place::folder(path);
        let slash = if folder.is_empty() { "" } else { "/" };
        Some(format!("url:{}/tree/{}/{folder}{slash}", commit.url, commit.branch))
    }

    /// What people call this place.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Commit(commit) => format!("branch {} of the repository {}", commit.branch, commit.repository.name()),
            Self::Folder(folder) => folder.root.display().to_string(),
        }
    }
}

impl Commit {
    fn failed(&self, path: &str) -> impl Fn(ForgeError) -> OriginError {
        move |error| match error {
            ForgeError::TooLarge { .. } => OriginError::TooLarge { path: path.into() },
            source => OriginError::Forge {
                path: path.into(),
                repository: self.repository.to_string(),
                source: Box::new(source),
            },
        }
    }

    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, OriginError> {
        let commit = self.commit.as_str();
        let read = self.forge.read_file(&self.repository, commit, path, FILE_MAX).await.map_err(self.failed(path))?;
        if read.is_none() {
            return Ok(None);
        }
        // of a symbolic link the target would be read, which is no descriptor
        let folder =
            self.forge.list_tree(&self.repository, commit, place::folder(path)).await.map_err(self.failed(path))?;
        let is_file = |kind| matches!(kind, EntryKind::File | EntryKind::Executable);
        Ok(read.filter(|_| folder.iter().any(|entry| entry.path == path && is_file(entry.kind))))
    }

    async fn files(&self) -> Result<Vec<String>, OriginError> {
        let changes =
            self.forge.diff_names(&self.repository, None, &self.commit).await.map_err(self.failed("the tree"))?;
        Ok(changes.into_iter().map(|change| change.path).take(LISTED_MAX).collect())
    }
}

impl Folder {
    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, OriginError> {
        let (root, path) = (self.root.clone(), path.to_owned());
        blocking(move || read_within(&root, &path)).await
    }

    async fn files(&self) -> Result<Vec<String>, OriginError> {
        let root = self.root.clone();
        blocking(move || {
            let mut found = Vec::new();
            list_within(&root, "", LISTED_DEPTH, &mut found)?;
            Ok(found)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OriginError> + Send + 'static,
) -> Result<T, OriginError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(OriginError::Io { path: "the folder".into(), source: std::io::Error::other(error) }),
    }
}

fn read_within(root: &Path, path: &str) -> Result<Option<Vec<u8>>, OriginError> {
    let failed = |source| OriginError::Io { path: path.into(), source };
    let full = match root.join(path).canonicalize() {
        Ok(full) => full,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    if !full.starts_with(root.canonicalize().map_err(failed)?) {
        return Err(OriginError::Outside { target: path.into() });
    }
    let metadata = full.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Ok(None);
    }
    if metadata.len() > FILE_MAX {
        return Err(OriginError::TooLarge { path: path.into() });
    }
    std::fs::read(&full).map(Some).map_err(failed)
}

fn list_within(root: &Path, folder: &str, depth: usize, found: &mut Vec<String>) -> Result<(), OriginError> {
    let failed = |source| OriginError::Io {
        path: if folder.is_empty() { root.display().to_string() } else { folder.into() },
        source,
    };
    for entry in std::fs::read_dir(root.join(folder)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth > 0 && name != ".git" && name != "node_modules" {
            list_within(root, &path, depth - 1, found)?;
        } else if kind.is_file() && found.len() < LISTED_MAX {
            found.push(path);
        }
    }
    Ok(())
}
