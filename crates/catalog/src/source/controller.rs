//! The controller of sources.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::condition::{self, Condition, ConditionStatus};
use causeway_core::{Spec, Timestamp};
use causeway_engine::{Cleaned, Controller, Failure, Next, ObjectName, Recorder, Related};
use causeway_forge::Forge;
use causeway_kinds::repository::RepositorySpec;
use causeway_kinds::source::{Source, SourceError, SourceSpec, SourceStatus, SourceType};
use causeway_resources::{Actor, Client, Resources, ensure_condition};
use parking_lot::Mutex;

use super::origin::{Origin, OriginError};
use super::places::{Places, first_path};
use super::reader;
use super::sync::Emission;

/// How often a folder is looked at, where the source does not say.
const FOLDER_EVERY: Duration = Duration::from_secs(60);
/// A source that is in order, and whose commit is the same, is not read again before this has passed.
const FRESH: Duration = Duration::from_secs(30);
/// Most errors that a status names.
const ERRORS_MAX: usize = 100;
const RELEASE_AGAIN: Duration = Duration::from_secs(1);

/// Which sources read which repository; both names in one namespace.
type Readers = Arc<Mutex<HashMap<ObjectName, BTreeSet<ObjectName>>>>;

/// Keeps the catalog in line with the files of sources.
pub(crate) struct SourceController {
    client: Client,
    forge: Forge,
    recorder: Recorder,
    readers: Readers,
}

impl SourceController {
    /// Over the resources and the Git host of one server.
    pub(crate) fn new(resources: &Arc<Resources>, forge: Forge) -> Self {
        Self {
            client: resources.client(Actor::controller(Self::NAME)),
            recorder: Recorder::new(Arc::clone(resources), Self::NAME),
            forge,
            readers: Readers::default(),
        }
    }

    fn resources(&self) -> &Arc<Resources> {
        self.client.resources()
    }

    fn places(&self) -> Places<'_> {
        Places { client: &self.client, forge: &self.forge }
    }

    /// Remembers which repository a source reads, so that a push reaches it.
    fn note_reader(&self, source: &Source) {
        let name = ObjectName::new(source.namespace(), source.name());
        let mut readers = self.readers.lock();
        readers.retain(|_, sources| {
            sources.remove(&name);
            !sources.is_empty()
        });
        if source.spec.r#type == SourceType::Repository && !source.metadata.is_deleting() {
            let repository = ObjectName::new(source.namespace(), source.spec.repository.as_str());
            readers.entry(repository).or_default().insert(name);
        }
    }

    async fn read(&self, mut source: Source, origin: Origin) -> Result<Next, Failure> {
        let path = first_path(&source);
        let reading = reader::read(&origin, &path, source.namespace()).await.map_err(unreadable)?;
        let revision = match &origin {
            Origin::Commit(commit) => commit.commit.as_str().to_owned(),
            Origin::Folder(_) => reading.digest.clone(),
        };
        let emission =
            Emission { resources: self.resources(), actor: self.client.actor(), source: &source, dry_run: false };
        let synced = emission.apply(&origin, reading).await?;
        let before = source.status.clone();
        source.status.revision = revision;
        source.status.entities = synced.entities;
        let ready = verdict(&path, &synced.errors);
        source.status.errors = synced.errors;
        source.status.errors.truncate(ERRORS_MAX);
        self.say(source, &before, ready).await
    }

    /// Writes the status where anything in it changed, or where it was last written long ago.
    async fn say(&self, mut source: Source, before: &SourceStatus, ready: Condition) -> Result<Next, Failure> {
        let now = Timestamp::now();
        let failed_newly = !ready.is_true()
            && ready.status == ConditionStatus::False
            && condition::find(&before.conditions, "Ready").is_none_or(|old| old.message != ready.message);
        let (reason, message) = (ready.reason.clone(), ready.message.clone());
        source.status.observed_generation = source.metadata.generation;
        ensure_condition(&mut source, ready);
        let is_stale = before.last_sync.is_none_or(|last| now.since(last) >= FRESH);
        if source.status != *before || is_stale {
            source.status.last_sync = Some(now);
            source = self.client.update_status(&source).await?;
        }
        if failed_newly && reason == INVALID {
            self.recorder.warning(&source, &reason, message).await;
        }
        Ok(next(&source))
    }
}

const INVALID: &str = "InvalidEntities";

#[async_trait]
impl Controller for SourceController {
    type Spec = SourceSpec;
    const NAME: &'static str = "catalog";
    const FINALIZER: Option<&'static str> = Some("platform.causeway.dev/catalog");

    fn related(&self) -> Vec<Related> {
        let readers = Arc::clone(&self.readers);
        vec![Related::new(RepositorySpec::resource(), move |repository| {
            let name = ObjectName::new(repository.namespace(), repository.name());
            readers.lock().get(&name).map(|sources| sources.iter().cloned().collect()).unwrap_or_default()
        })]
    }

    async fn apply(&self, source: Source) -> Result<Next, Failure> {
        self.note_reader(&source);
        match self.places().origin(&source).await? {
            Ok(origin) if is_settled(&source, &origin) => Ok(next(&source)),
            Ok(origin) => self.read(source, origin).await,
            Err(waits) => {
                let before = source.status.clone();
                self.say(source, &before, Condition::ready(waits.status, waits.reason, waits.message)).await
            }
        }
    }

    async fn cleanup(&self, source: Source) -> Result<Cleaned, Failure> {
        self.note_reader(&source);
        let emission =
            Emission { resources: self.resources(), actor: self.client.actor(), source: &source, dry_run: false };
        Ok(if emission.release().await? { Cleaned::Done } else { Cleaned::Waiting(RELEASE_AGAIN) })
    }
}

/// Whether this very commit was read a moment ago, and all was well.
fn is_settled(source: &Source, origin: &Origin) -> bool {
    let Origin::Commit(commit) = origin else { return false };
    let status = &source.status;
    status.revision == commit.commit.as_str()
        && status.observed_generation == source.metadata.generation
        && condition::find(&status.conditions, "Ready").is_some_and(Condition::is_true)
        && status.last_sync.is_some_and(|last| Timestamp::now().since(last) < FRESH)
}

fn next(source: &Source) -> Next {
    let asked = source.spec.interval_seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    match (asked, source.spec.r#type) {
        (Some(every), _) => Next::After(every),
        (None, SourceType::Directory | SourceType::File) => Next::After(FOLDER_EVERY),
        (None, SourceType::Repository | SourceType::Git | SourceType::Url) => Next::Resync,
    }
}

fn verdict(path: &str, errors: &[SourceError]) -> Condition {
    let Some(first) = errors.first() else {
        return Condition::ready(
            ConditionStatus::True,
            "Synced",
            format!("All that {path} describes is in the catalog."),
        );
    };
    let place = match first.line {
        0 => first.file.clone(),
        line => format!("{}:{line}:{}", first.file, first.column),
    };
    Condition::ready(ConditionStatus::False, INVALID, format!("{place}: {}", first.message))
}

fn unreadable(error: OriginError) -> Failure {
    Failure::from_error("Unreadable", &error)
}
