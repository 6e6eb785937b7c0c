//! Where a skeleton comes from.
//!
//! Invariant: a source lists relative paths with `/` that lie inside of it, and never follows a symbolic link.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// A file, folder or link of a skeleton.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative path, without a slash at its end.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file with its permission bits.
    File {
        /// Such as `0o644`.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// The text of the link.
        target: String,
    },
}

/// A tree that can be listed and read.
pub trait Source {
    /// All entries, in any order.
    fn entries(&self) -> Result<Vec<Entry>, SourceError>;

    /// The content of a file that [`Source::entries`] listed; more than `limit` bytes may be cut off behind that many and one.
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, SourceError>;
}

/// A skeleton that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the skeleton's `{path}` could not be read")]
pub struct SourceError {
    /// Path inside of the source; empty for the source itself.
    pub path: String,
    /// Why.
    #[source]
    pub cause: io::Error,
}

/// A folder on disk. A `.git` folder at its top is not part of it.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn relative(&self, path: &Path) -> Result<String, SourceError> {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        relative.to_str().map(str::to_owned).ok_or_else(|| SourceError {
            path: relative.to_string_lossy().into_owned(),
            cause: io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8"),
        })
    }

    fn kind(&self, entry: &walkdir::DirEntry) -> io::Result<Option<EntryKind>> {
        let file_type = entry.file_type();
        if file_type.is_dir() {
            return Ok(Some(EntryKind::Folder));
        }
        if file_type.is_symlink() {
            let target = std::fs::read_link(entry.path())?.into_os_string().into_string();
            let target =
                target.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the link's target is not UTF-8"))?;
            return Ok(Some(EntryKind::Link { target }));
        }
        // Sockets, pipes and devices are nothing that a skeleton can contain.
        if !file_type.is_file() {
            return Ok(None);
        }
        Ok(Some(EntryKind::File { mode: entry.metadata()?.permissions().mode() & 0o777 }))
    }
}

impl Source for Folder {
    fn entries(&self) -> Result<Vec<Entry>, SourceError> {
        let mut entries = Vec::new();
        let walk = WalkDir::new(&self.root).min_depth(1).follow_links(false).into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() != 1 || entry.file_name() != ".git") {
            let entry = entry.map_err(|error| SourceError {
                path: error
                    .path()
                    .map(|path| path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned())
                    .unwrap_or_default(),
                cause: error.into(),
            })?;
            let path = self.relative(entry.path())?;
            let kind = self.kind(&entry).map_err(|cause| SourceError { path: path.clone(), cause })?;
            entries.extend(kind.map(|kind| Entry { path, kind }));
        }
        Ok(entries)
    }

    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
        let failed = |cause| SourceError { path: path.to_owned(), cause };
        let file = std::fs::File::open(self.root.join(path)).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len().min(limit);
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        io::Read::read_to_end(&mut io::Read::take(file, limit.saturating_add(1)), &mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}

/// A tree in memory: files with their mode and content, by path.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    files: BTreeMap<String, (u32, Vec<u8>)>,
    links: BTreeMap<String, String>,
}

impl MemoryTree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file with the mode `0o644`.
    #[must_use]
    pub fn with_file(self, path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.with_mode(path, 0o644, content)
    }

    /// Adds a file.
    #[must_use]
    pub fn with_mode(mut self, path: impl Into<String>, mode: u32, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), (mode & 0o777, content.into()));
        self
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn with_link(mut self, path: impl Into<String>, target: impl Into<String>) -> Self {
        self.links.insert(path.into(), target.into());
        self
    }
}

impl Source for MemoryTree {
    fn entries(&self) -> Result<Vec<Entry>, SourceError> {
        let files = self.files.iter().map(|(path, (mode, _))| (path, EntryKind::File { mode: *mode }));
        let links = self.links.iter().map(|(path, target)| (path, EntryKind::Link { target: target.clone() }));
        Ok(files.chain(links).map(|(path, kind)| Entry { path: path.clone(), kind }).collect())
    }

    fn read(&self, path: &str, _limit: u64) -> Result<Vec<u8>, SourceError> {
        let file = self.files.get(path).map(|(_, bytes)| bytes.clone());
        file.ok_or_else(|| SourceError { path: path.to_owned(), cause: io::ErrorKind::NotFound.into() })
    }
}
