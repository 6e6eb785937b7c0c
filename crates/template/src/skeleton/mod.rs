//! Rendering of a tree of files, as Backstage's action `fetch:template` does it.
//!
//! Names of files and folders are templates, too: a path that renders to nothing, starts with `/` or contains `//` is left out,
//! which is how a skeleton makes files conditional.
//!
//! Invariant: equal sources and options give equal trees, in the order of their paths; nothing that comes out points or leads out
//! of the tree; the whole of it stays within [`TreeLimits`].

mod options;
mod path;
mod render;
mod source;
mod write;

use std::time::Duration;

use crate::error::Error;
pub use options::{Options, TemplateFileExtension};
pub use render::Skeleton;
pub use source::{Entry, EntryKind, Folder, MemoryTree, Source, SourceError};
pub use write::{WriteError, WriteReport};

/// How large a rendered tree may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeLimits {
    /// Files, folders and links.
    pub entries: usize,
    /// Bytes of all files together, read and written.
    pub bytes: u64,
    /// Wall-clock time; looked at between files, each of which has the limits of its own rendering.
    pub time: Duration,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self { entries: 20_000, bytes: 256 * 1024 * 1024, time: Duration::from_secs(60) }
    }
}

/// What came out of a skeleton. Every path is relative and uses `/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RenderedTree {
    /// Ordered by path.
    pub files: Vec<RenderedFile>,
    /// Folders of the skeleton, empty ones included; those that only a file's path implies are not listed.
    pub folders: Vec<String>,
    /// Symbolic links, copied as they are.
    pub links: Vec<RenderedLink>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Relative path.
    pub path: String,
    /// Permission bits, such as `0o755`.
    pub mode: u32,
    /// Content.
    pub bytes: Vec<u8>,
}

impl RenderedFile {
    /// Whether its owner may execute it.
    pub fn is_executable(&self) -> bool {
        self.mode & 0o100 != 0
    }
}

/// A symbolic link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedLink {
    /// Relative path of the link.
    pub path: String,
    /// Where it points; relative, and inside of the tree.
    pub target: String,
}

/// An entry of the source that has no counterpart in the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path in the source.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why an entry was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// Its path rendered to nothing, or a part of it did: the condition in it does not hold.
    EmptyName,
    /// Another entry rendered to the same path before, and `replace` is off.
    Taken,
    /// It is a symbolic link that leads out of the tree.
    LeadsOut,
}

/// A skeleton that was not rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SkeletonError {
    /// The options contradict each other, or a pattern in them is malformed.
    #[error("the skeleton cannot be rendered with these options: {0}")]
    Options(String),
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file's content did not render.
    #[error("the file `{path}` of the skeleton was not rendered")]
    Content {
        /// Path in the source.
        path: String,
        /// What went wrong, and where in the file.
        #[source]
        error: Box<Error>,
    },
    /// A path did not render.
    #[error("the path `{path}` of the skeleton was not rendered")]
    Path {
        /// Path in the source.
        path: String,
        /// What went wrong.
        #[source]
        error: Box<Error>,
    },
    /// A path rendered to something that must not be written.
    #[error("the path `{path}` of the skeleton renders to `{rendered}`, which {reason}")]
    Unsafe {
        /// Path in the source.
        path: String,
        /// What it rendered to.
        rendered: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A bound of [`TreeLimits`] was met.
    #[error("the skeleton was not rendered: it reached the limit of {bound} for {limit}")]
    Limit {
        /// Which bound.
        limit: &'static str,
        /// Its value.
        bound: String,
    },
}

impl SkeletonError {
    /// What to try, where something is known to help.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Content { error, .. } | Self::Path { error, .. } => error.hint.as_deref(),
            Self::Unsafe { .. } => Some("give the value in the path a pattern in the template's parameters"),
            Self::Limit { .. } => Some("split the skeleton, or leave large files out of it"),
            Self::Options(_) | Self::Source(_) => None,
        }
    }
}
