//! From a source to a rendered tree.
//!
//! Invariant: entries are taken in the order of their paths, so that the result does not depend on the order of the source.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Map, Value as Json};

use crate::engine::{Context, Engine};
use crate::error::Error;
use crate::skeleton::options::Treatment;
use crate::skeleton::path::{Verdict, judge, stays_inside};
use crate::skeleton::source::{Entry, EntryKind, Source};
use crate::skeleton::{
    Options, RenderedFile, RenderedLink, RenderedTree, SkeletonError, SkipReason, Skipped, TreeLimits,
};

/// How many bytes at the start of a file decide whether it is text.
const INSPECTED_BYTES: usize = 8000;

/// A renderer of skeletons with one engine and one set of options.
#[derive(Debug)]
pub struct Skeleton {
    engine: Engine,
    context: Context,
    treatment: Treatment,
    limits: TreeLimits,
    replace: bool,
}

impl Skeleton {
    /// Prepares the rendering of a tree. `engine` gives limits, filters and functions; delimiters and white space handling come
    /// from `options`.
    pub fn new(engine: &Engine, options: &Options) -> Result<Self, SkeletonError> {
        let treatment = options.treatment()?;
        let engine = engine
            .clone()
            .with_cookiecutter_delimiters(options.cookiecutter_compat)
            .with_trim_blocks(options.trim_blocks)
            .with_lstrip_blocks(options.lstrip_blocks);
        let root = if options.cookiecutter_compat { "cookiecutter" } else { "values" };
        let context = Context::new(&Json::Object(Map::from_iter([(root.to_owned(), options.values.clone())])));
        Ok(Self { engine, context, treatment, limits: TreeLimits::default(), replace: options.replace })
    }

    /// Bounds the tree.
    #[must_use]
    pub fn with_limits(mut self, limits: TreeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Renders all of a source.
    pub fn render(&self, source: &dyn Source) -> Result<RenderedTree, SkeletonError> {
        let mut entries = source.entries()?;
        if entries.len() > self.limits.entries {
            return Err(limit("entries", self.limits.entries));
        }
        entries.sort_by(|left, right| left.path.cmp(&right.path));
        let mut progress = Progress { skeleton: self, source, tree: Tree::default(), bytes: 0, start: Instant::now() };
        for entry in &entries {
            progress.add(entry)?;
        }
        progress.tree.finish()
    }

    fn render_text(&self, name: &str, text: String) -> Result<String, Box<Error>> {
        if !self.engine.has_tags(&text) {
            return Ok(text);
        }
        let template = self.engine.compile(name, &text).map_err(Box::new)?;
        self.engine.render_template(&template, &self.context).map_err(Box::new)
    }
}

fn limit(limit: &'static str, bound: impl ToString) -> SkeletonError {
    SkeletonError::Limit { limit, bound: bound.to_string() }
}

/// A rendering in progress.
struct Progress<'a> {
    skeleton: &'a Skeleton,
    source: &'a dyn Source,
    tree: Tree,
    bytes: u64,
    start: Instant,
}

/// What came out so far, by path.
#[derive(Default)]
struct Tree {
    files: BTreeMap<String, RenderedFile>,
    folders: BTreeSet<String>,
    links: BTreeMap<String, String>,
    /// Source path of every file and link, for messages.
    origins: BTreeMap<String, String>,
    skipped: Vec<Skipped>,
}

impl Progress<'_> {
    fn add(&mut self, entry: &Entry) -> Result<(), SkeletonError> {
        if self.start.elapsed() > self.skeleton.limits.time {
            return Err(limit("time", format!("{:?}", self.skeleton.limits.time)));
        }
        let treatment = self.skeleton.treatment.of(&entry.path);
        let is_folder = entry.kind == EntryKind::Folder;
        let mut rendered = treatment.path.to_owned();
        if is_folder {
            rendered.push('/');
        }
        if treatment.renders_path {
            rendered = self
                .skeleton
                .render_text(&entry.path, rendered)
                .map_err(|error| SkeletonError::Path { path: entry.path.clone(), error })?;
        }
        let path = match judge(&rendered, is_folder) {
            Verdict::Accepted(path) => path,
            Verdict::Empty => return self.skip(entry, SkipReason::EmptyName),
            Verdict::Refused(reason) => {
                return Err(SkeletonError::Unsafe { path: entry.path.clone(), rendered, reason });
            }
        };
        match &entry.kind {
            EntryKind::Folder => {
                self.tree.folders.insert(path);
                Ok(())
            }
            _ if self.tree.origins.contains_key(&path) && !self.skeleton.replace => self.skip(entry, SkipReason::Taken),
            EntryKind::Link { target } if !stays_inside(&path, target) => self.skip(entry, SkipReason::LeadsOut),
            EntryKind::Link { target } => {
                self.tree.claim(&path, &entry.path);
                self.tree.links.insert(path, target.clone());
                Ok(())
            }
            EntryKind::File { mode } => {
                let bytes = self.content(&entry.path, treatment.renders_content)?;
                self.tree.claim(&path, &entry.path);
                self.tree.files.insert(path.clone(), RenderedFile { path, mode: *mode, bytes });
                Ok(())
            }
        }
    }

    fn skip(&mut self, entry: &Entry, reason: SkipReason) -> Result<(), SkeletonError> {
        self.tree.skipped.push(Skipped { path: entry.path.clone(), reason });
        Ok(())
    }

    /// The content of a file, rendered if it is text and wanted so.
    fn content(&mut self, path: &str, is_rendered: bool) -> Result<Vec<u8>, SkeletonError> {
        let rest = self.skeleton.limits.bytes.saturating_sub(self.bytes);
        let read = self.source.read(path, rest)?;
        self.count(read.len())?;
        if !is_rendered || is_binary(&read) {
            return Ok(read);
        }
        let text = match String::from_utf8(read) {
            Ok(text) => text,
            Err(error) => return Ok(error.into_bytes()),
        };
        let size = text.len();
        let rendered = self
            .skeleton
            .render_text(path, text)
            .map_err(|error| SkeletonError::Content { path: path.to_owned(), error })?;
        self.count(rendered.len().saturating_sub(size))?;
        Ok(rendered.into_bytes())
    }

    fn count(&mut self, bytes: usize) -> Result<(), SkeletonError> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > self.skeleton.limits.bytes { Err(limit("bytes", self.skeleton.limits.bytes)) } else { Ok(()) }
    }
}

/// Whether a file's start says that it is no text. What is no text in UTF-8 further on is copied as it is, too.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-") || bytes[..bytes.len().min(INSPECTED_BYTES)].contains(&0)
}

impl Tree {
    /// Takes a path for an entry, away from the one that had it.
    fn claim(&mut self, path: &str, origin: &str) {
        self.files.remove(path);
        self.links.remove(path);
        self.origins.insert(path.to_owned(), origin.to_owned());
    }

    /// Refuses a tree in which one entry's path leads through a file or link.
    fn finish(self) -> Result<RenderedTree, SkeletonError> {
        let paths = self.origins.iter().chain(self.folders.iter().map(|path| (path, path)));
        for (path, origin) in paths {
            let ends = path.match_indices('/').map(|(end, _)| end);
            let own_end = self.folders.contains(path).then_some(path.len());
            if ends.chain(own_end).any(|end| self.origins.contains_key(&path[..end])) {
                let reason = "leads through something that is no folder";
                return Err(SkeletonError::Unsafe { path: origin.clone(), rendered: path.clone(), reason });
            }
        }
        Ok(RenderedTree {
            files: self.files.into_values().collect(),
            folders: self.folders.into_iter().collect(),
            links: self.links.into_iter().map(|(path, target)| RenderedLink { path, target }).collect(),
            skipped: self.skipped,
        })
    }
}
