//! YAML in and out: what people write resources in.
//!
//! A text is read into JSON values together with the places at which everything stands, so that an error found much later
//! can still name line and column. Nothing that a text holds can make reading it expensive: size, depth and what aliases
//! expand to are bounded, duplicate keys are refused, and no tag constructs anything. JSON is YAML and read alike.

mod error;
mod place;
mod reader;
mod scalar;
mod writer;

use serde_json::Value;

pub use error::YamlError;
pub use place::Position;
pub use writer::to_yaml;

use place::Place;

/// Deepest nesting.
pub const DEPTH_MAX: usize = 64;
/// Largest text where the caller does not say otherwise, in bytes.
pub const SIZE_MAX: usize = 8 * 1024 * 1024;
/// What all aliases of a text may expand to, in bytes of JSON, about.
pub const EXPANSION_MAX: usize = 4 * 1024 * 1024;

/// How plain scalars and `<<` are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Dialect {
    /// As kubectl reads it: `yes`, `on` and `y` are true, `0755` is octal, `1_000` a number, `<<` merges. Keys stay what
    /// is written, where kubectl makes `true` of the key `y`.
    #[default]
    Kubernetes,
    /// YAML 1.2 with the core schema, as Backstage reads it: only `true` and `false` are booleans, `<<` is a key.
    Core,
}

/// How a text is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name that errors give to the text.
    pub file: Option<String>,
    /// How plain scalars are understood.
    pub dialect: Dialect,
    /// Largest text, in bytes.
    pub max_bytes: usize,
}

impl Options {
    /// For manifests.
    pub fn kubernetes() -> Self {
        Self { file: None, dialect: Dialect::Kubernetes, max_bytes: SIZE_MAX }
    }

    /// For catalog files, templates, Score documents.
    pub fn core() -> Self {
        Self { dialect: Dialect::Core, ..Self::kubernetes() }
    }

    /// With a name for errors.
    #[must_use]
    pub fn named(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }
}

/// One document of a text.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// The line on which its content begins, from 1.
    pub line: usize,
    place: Place,
}

impl Document {
    /// Where the field at `path` stands (`spec.ports[1].port`, `metadata.labels[app.kubernetes.io/name]`): its key, or the
    /// item of a list. Of a field that is not there, the nearest holder.
    pub fn position(&self, path: &str) -> Position {
        place::locate(&self.value, &self.place, path)
    }
}

/// All documents; the first that cannot be read is the error. Empty ones are left out.
pub fn parse(text: &str, options: &Options) -> Result<Vec<Document>, YamlError> {
    parse_each(text, options).into_iter().collect()
}

/// Each document or why it cannot be read: a bad one does not spoil those after it. Empty ones are left out.
pub fn parse_each(text: &str, options: &Options) -> Vec<Result<Document, YamlError>> {
    reader::read(text, options)
}

/// The value of a text that is one document; an empty one is null.
pub fn parse_one(text: &str, options: &Options) -> Result<Document, YamlError> {
    let mut documents = parse(text, options)?.into_iter();
    let first = documents.next().unwrap_or_else(|| Document { value: Value::Null, line: 1, place: Place::start() });
    match documents.next() {
        None => Ok(first),
        Some(second) => {
            let message = "one document is expected, and here begins a second".to_owned();
            Err(YamlError::at(text, options, second.position(""), message))
        }
    }
}
