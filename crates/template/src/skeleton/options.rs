//! The options of `fetch:template`, and which entries they leave as they are.
//!
//! Invariant: combinations that Backstage refuses are refused here.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::skeleton::SkeletonError;

/// The input of `fetch:template`, less where the skeleton comes from and goes to. Deserializes from that input; its other keys
/// are ignored.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Options {
    /// The variables, under `values` (or `cookiecutter`).
    pub values: Json,
    /// Use `{{ }}` and the root `cookiecutter`.
    pub cookiecutter_compat: bool,
    /// Globs of entries whose content is copied as it is; their paths are rendered.
    pub copy_without_templating: Vec<String>,
    /// Globs of entries whose content and path are copied as they are.
    pub copy_without_render: Vec<String>,
    /// Render only files with this extension, and take it off.
    pub template_file_extension: Option<TemplateFileExtension>,
    /// Drop the newline after a block tag.
    pub trim_blocks: bool,
    /// Drop white space before a block tag on its line.
    pub lstrip_blocks: bool,
    /// Replace files that exist.
    pub replace: bool,
}

/// `true` stands for `.njk`, `false` for none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum TemplateFileExtension {
    /// On with the usual extension, or off.
    Enabled(bool),
    /// An extension, with or without its dot.
    Extension(String),
}

/// What is to be done with the entries of one source.
#[derive(Debug)]
pub(super) struct Treatment {
    raw: GlobSet,
    not_raw: GlobSet,
    renders_raw_paths: bool,
    extension: Option<String>,
}

impl Options {
    pub(super) fn treatment(&self) -> Result<Treatment, SkeletonError> {
        let extension = match &self.template_file_extension {
            None | Some(TemplateFileExtension::Enabled(false)) => None,
            Some(TemplateFileExtension::Enabled(true)) => Some(".njk".to_owned()),
            Some(TemplateFileExtension::Extension(extension)) if extension.is_empty() => None,
            Some(TemplateFileExtension::Extension(extension)) => {
                Some(format!(".{}", extension.trim_start_matches('.')))
            }
        };
        let has_patterns = !self.copy_without_templating.is_empty() || !self.copy_without_render.is_empty();
        if !self.copy_without_templating.is_empty() && !self.copy_without_render.is_empty() {
            return Err(SkeletonError::Options(
                "copyWithoutTemplating and copyWithoutRender exclude each other".to_owned(),
            ));
        }
        if extension.is_some() && (has_patterns || self.cookiecutter_compat) {
            let excluded = "copyWithoutTemplating, copyWithoutRender and cookiecutterCompat";
            return Err(SkeletonError::Options(format!("templateFileExtension excludes {excluded}")));
        }
        let renders_raw_paths = self.copy_without_render.is_empty();
        let patterns = if renders_raw_paths { &self.copy_without_templating } else { &self.copy_without_render };
        let (negative, positive): (Vec<&String>, Vec<&String>) =
            patterns.iter().partition(|pattern| pattern.starts_with('!'));
        Ok(Treatment {
            raw: globs(positive.into_iter().map(String::as_str))?,
            not_raw: globs(negative.into_iter().map(|pattern| &pattern[1..]))?,
            renders_raw_paths,
            extension,
        })
    }
}

/// Globs in the sense of globby: `*` stays within a name, dot files match, and a folder's name means all that is in it.
fn globs<'p>(patterns: impl Iterator<Item = &'p str>) -> Result<GlobSet, SkeletonError> {
    let invalid = |error: globset::Error| SkeletonError::Options(format!("the pattern is malformed: {error}"));
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        set.add(GlobBuilder::new(pattern).literal_separator(true).build().map_err(invalid)?);
        if !pattern.contains(['*', '?', '[', '{']) {
            set.add(GlobBuilder::new(&format!("{pattern}/**")).literal_separator(true).build().map_err(invalid)?);
        }
    }
    set.build().map_err(invalid)
}

/// How one entry is treated.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EntryTreatment<'p> {
    /// The path to be rendered or taken.
    pub(super) path: &'p str,
    pub(super) renders_path: bool,
    pub(super) renders_content: bool,
}

impl Treatment {
    pub(super) fn of<'p>(&self, path: &'p str) -> EntryTreatment<'p> {
        if let Some(extension) = &self.extension {
            let stem = path.strip_suffix(extension.as_str()).filter(|stem| !stem.is_empty() && !stem.ends_with('/'));
            return EntryTreatment { path: stem.unwrap_or(path), renders_path: true, renders_content: stem.is_some() };
        }
        let is_raw = self.raw.is_match(path) && !self.not_raw.is_match(path);
        EntryTreatment { path, renders_path: !is_raw || self.renders_raw_paths, renders_content: !is_raw }
    }
}
