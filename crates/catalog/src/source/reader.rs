//! Reads the files of a source: the first ones, and those that their Locations lead to.

use std::collections::{BTreeSet, HashMap, VecDeque};

use causeway_core::yaml::{self, Options};
use causeway_kinds::source::SourceError;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::descriptor::{Descriptor, error_at, number};
use super::origin::{Origin, OriginError};
use super::place;
use super::substitution::{self, Stop};

/// Most files that are read for one source.
const FILES_MAX: usize = 5_000;
/// Most entities that one source may have.
const ENTITIES_MAX: usize = 20_000;
/// How far Locations may lead from one to the next.
const DEPTH_MAX: usize = 16;

/// What was found in the files of a source.
#[derive(Default)]
pub(super) struct Reading {
    /// Entities, in the order in which they stand.
    pub(super) found: Vec<Descriptor>,
    /// What is wrong.
    pub(super) errors: Vec<SourceError>,
    /// Files that could not be read to the end: what came from them earlier stays.
    pub(super) unread: BTreeSet<String>,
    /// References of entities that are described, but not well: what they were earlier stays.
    pub(super) spoilt: BTreeSet<String>,
    /// SHA-256 over all that was read, in hex.
    pub(super) digest: String,
}

/// Reads everything, beginning with the files that `first` names (a path or a pattern). Entities without a namespace get
/// `namespace`.
pub(super) async fn read(origin: &Origin, first: &str, namespace: &str) -> Result<Reading, OriginError> {
    let mut walk = Walk {
        origin,
        namespace,
        reading: Reading::default(),
        queue: VecDeque::new(),
        seen: BTreeSet::new(),
        entities: HashMap::new(),
        digest: Sha256::new(),
    };
    walk.begin(first).await?;
    while let Some(target) = walk.queue.pop_front() {
        walk.file(target).await?;
    }
    let mut reading = walk.reading;
    reading.digest = hex::encode(walk.digest.finalize());
    Ok(reading)
}

/// A file that is still to be read.
struct Target {
    path: String,
    depth: usize,
    is_optional: bool,
    /// Who leads there, for errors.
    named_by: SourceError,
}

struct Walk<'a> {
    origin: &'a Origin,
    namespace: &'a str,
    reading: Reading,
    queue: VecDeque<Target>,
    seen: BTreeSet<String>,
    /// Which of the entities that were found is the first with a reference.
    entities: HashMap<String, usize>,
    digest: Sha256,
}

impl Walk<'_> {
    async fn begin(&mut self, first: &str) -> Result<(), OriginError> {
        let first = place::clean(first);
        let named_by = SourceError { file: first.into(), ..SourceError::default() };
        let paths =
            if place::is_pattern(first) { self.listed(first, &named_by).await? } else { vec![first.to_owned()] };
        if paths.is_empty() {
            let message = format!("no file matches {first} in {}", self.origin.name());
            self.reading.errors.push(SourceError { message, ..named_by.clone() });
        }
        self.enqueue(paths, 0, false, &named_by);
        Ok(())
    }

    /// The files that match a pattern; a bad pattern is an error of whoever wrote it.
    async fn listed(&mut self, pattern: &str, named_by: &SourceError) -> Result<Vec<String>, OriginError> {
        match self.origin.list(pattern).await {
            Ok(paths) => Ok(paths),
            Err(error) if error.may_pass() => Err(error),
            Err(error) => {
                self.reading.errors.push(SourceError { message: error.to_string(), ..named_by.clone() });
                Ok(Vec::new())
            }
        }
    }

    fn enqueue(&mut self, paths: Vec<String>, depth: usize, is_optional: bool, named_by: &SourceError) {
        for path in paths {
            if self.seen.contains(&path) {
                continue;
            }
            if self.seen.len() >= FILES_MAX || depth > DEPTH_MAX {
                let message =
                    format!("{path} is not read: a source has at most {FILES_MAX} files, {DEPTH_MAX} locations deep");
                self.reading.errors.push(SourceError { message, ..named_by.clone() });
                self.reading.unread.insert(path);
                continue;
            }
            self.seen.insert(path.clone());
            self.queue.push_back(Target { path, depth, is_optional, named_by: named_by.clone() });
        }
    }

    async fn file(&mut self, target: Target) -> Result<(), OriginError> {
        let problem = match self.origin.read(&target.path).await {
            Ok(Some(text)) => return self.documents(&target, &text).await,
            Ok(None) if target.is_optional => None,
            Ok(None) => Some(format!("there is no file {} in {}", target.path, self.origin.name())),
            Err(error) if error.may_pass() => return Err(error),
            Err(error) => Some(error.to_string()),
        };
        if let Some(message) = problem {
            self.reading.errors.push(SourceError { message, ..target.named_by });
            self.reading.unread.insert(target.path);
        }
        Ok(())
    }

    async fn documents(&mut self, target: &Target, text: &str) -> Result<(), OriginError> {
        self.digest.update(target.path.as_bytes());
        self.digest.update([0]);
        self.digest.update(text.as_bytes());
        self.digest.update([0]);
        for document in yaml::parse_each(text, &Options::core().named(target.path.as_str())) {
            match document {
                Ok(document) => self.document(target, document).await?,
                Err(error) => {
                    self.reading.unread.insert(target.path.clone());
                    self.reading.errors.push(SourceError {
                        file: target.path.clone(),
                        line: number(error.line),
                        column: number(error.column),
                        message: error.message,
                    });
                }
            }
        }
        Ok(())
    }

    async fn document(&mut self, target: &Target, document: yaml::Document) -> Result<(), OriginError> {
        let file = target.path.as_str();
        let value = document.value.clone();
        // which entity it is, is known before its placeholders are: a missing file must not take it away
        let plain = Descriptor::read(file, document.clone(), value.clone(), self.namespace);
        let value = match substitution::fill(self.origin, file, value).await {
            Ok(value) => value,
            Err(Stop::Origin(error)) => return Err(error),
            Err(Stop::Unfilled(unfilled)) => {
                match plain {
                    Ok(plain) => {
                        self.reading.errors.push(plain.error(&unfilled.path, unfilled.message));
                        self.reading.spoilt.insert(plain.reference.canonical());
                    }
                    Err(error) => {
                        self.reading.errors.push(error);
                        self.reading.unread.insert(file.into());
                    }
                }
                return Ok(());
            }
        };
        self.digest.update(value.to_string().as_bytes());
        match Descriptor::read(file, document, value, self.namespace) {
            Ok(found) => self.entity(target, found).await,
            Err(error) => {
                self.reading.errors.push(error);
                self.reading.unread.insert(file.into());
                Ok(())
            }
        }
    }

    async fn entity(&mut self, target: &Target, found: Descriptor) -> Result<(), OriginError> {
        let reference = found.reference.canonical();
        if let Some(first) = self.entities.get(&reference).map(|index| &self.reading.found[*index]) {
            // the same words twice are odd, and do no harm
            if first.object != found.object {
                let (file, line) = (&first.file, first.line());
                let message = format!("it is described twice, first in {file} on line {line}; this one is left out");
                self.reading.errors.push(found.error("metadata.name", message));
            }
            return Ok(());
        }
        if self.entities.len() >= ENTITIES_MAX {
            self.reading.errors.push(found.error("", format!("a source has at most {ENTITIES_MAX} entities")));
            return Ok(());
        }
        self.entities.insert(reference, self.reading.found.len());
        if found.is_location() {
            self.follow(target, &found).await?;
        }
        self.reading.found.push(found);
        Ok(())
    }

    /// The targets of a Location that lie in the same source.
    async fn follow(&mut self, target: &Target, location: &Descriptor) -> Result<(), OriginError> {
        let spec = location.object.spec();
        let is_optional = spec.get("presence").and_then(Value::as_str) == Some("optional");
        let one = spec.get("target").and_then(Value::as_str).map(|text| ("spec.target".to_owned(), text.to_owned()));
        let several = spec.get("targets").and_then(Value::as_array).into_iter().flatten().enumerate();
        let several = several.filter_map(|(i, text)| Some((format!("spec.targets[{i}]"), text.as_str()?.to_owned())));
        for (field, text) in one.into_iter().chain(several) {
            let named_by = error_at(&location.file, &location.document, &field, String::new());
            let path = match self.origin.resolve(&location.file, &text) {
                Ok(path) => path,
                Err(error) => {
                    self.reading.errors.push(location.error(&field, error));
                    continue;
                }
            };
            let paths = if place::is_pattern(&path) { self.listed(&path, &named_by).await? } else { vec![path] };
            self.enqueue(paths, target.depth + 1, is_optional, &named_by);
        }
        Ok(())
    }
}
