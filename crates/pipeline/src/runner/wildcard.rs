//! The patterns of `hashFiles`, `upload-artifact` and `cache`: shell globs, one a line, `!` takes back.

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::beneath;

struct Pattern {
    takes_back: bool,
    matcher: GlobMatcher,
    /// Matches everything in the folder that the pattern names.
    inside: GlobMatcher,
}

/// Patterns that select files beneath a folder.
pub(super) struct Wildcards {
    patterns: Vec<Pattern>,
}

impl Wildcards {
    /// Reads patterns relative to `base`, which is how processes see the folder; absolute ones must begin with it.
    ///
    /// # Errors
    /// One is no pattern.
    pub(super) fn new<'a>(lines: impl IntoIterator<Item = &'a str>, base: &Path) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for line in lines.into_iter().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (takes_back, glob) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
            let relative = relative_to(glob, base);
            let build = |glob: &str| {
                let built = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
                built
                    .map(|glob| glob.compile_matcher())
                    .map_err(|error| format!("the pattern `{line}` was not read: {error}"))
            };
            let trimmed = relative.trim_end_matches('/');
            let inside = if trimmed.is_empty() { "**".to_owned() } else { format!("{trimmed}/**") };
            patterns.push(Pattern { takes_back, matcher: build(trimmed)?, inside: build(&inside)? });
        }
        Ok(Self { patterns })
    }

    fn selects(&self, path: &Path, takes_folders: bool) -> bool {
        let matches = |pattern: &&Pattern| {
            pattern.matcher.is_match(path) || ((takes_folders || pattern.takes_back) && pattern.inside.is_match(path))
        };
        self.patterns.iter().rev().find(matches).is_some_and(|pattern| !pattern.takes_back)
    }

    /// The files beneath `folder` that are selected, relative and sorted. With `takes_folders`, a folder stands for all in it.
    pub(super) fn select(&self, folder: &Path, takes_folders: bool) -> Vec<PathBuf> {
        beneath::list(folder).into_iter().filter(|path| self.selects(path, takes_folders)).collect()
    }
}

fn relative_to(glob: &str, base: &Path) -> String {
    let path = Path::new(glob);
    let path = path.strip_prefix(base).unwrap_or(path);
    let parts: Vec<_> = path
        .components()
        .filter(|part| !matches!(part, Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}
