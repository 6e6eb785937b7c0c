//! What a source would bring, without bringing it.

use std::sync::Arc;

use causeway_core::Object;
use causeway_engine::Failure;
use causeway_forge::Forge;
use causeway_kinds::source::{Source, SourceError};
use causeway_resources::{Actor, Resources};

use super::places::{Places, first_path};
use super::reader;
use super::sync::Emission;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// The entities as they would be written.
    pub entities: Vec<Object>,
    /// What is wrong with the files.
    pub errors: Vec<SourceError>,
}

/// The files cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// Not now: there is no such repository, no commit yet, or nothing that reads such places.
    #[error("{0}")]
    Unavailable(String),
    /// Reading failed.
    #[error("the source could not be read")]
    Failed(#[source] Failure),
}

/// Reads the files of a source that need not be stored, and judges what is in them. Nothing is written.
pub async fn preview(resources: &Arc<Resources>, forge: &Forge, source: &Source) -> Result<Preview, PreviewError> {
    let actor = Actor::controller("catalog");
    let client = resources.client(actor.clone());
    let origin = Places { client: &client, forge }.origin(source).await.map_err(PreviewError::Failed)?;
    let origin = origin.map_err(|waits| PreviewError::Unavailable(waits.message))?;
    let reading = reader::read(&origin, &first_path(source), source.namespace()).await;
    let reading = reading.map_err(|error| PreviewError::Failed(Failure::from_error("Unreadable", &error)))?;
    let emission = Emission { resources, actor: &actor, source, dry_run: true };
    let (entities, errors) = emission.try_out(&origin, reading).await.map_err(PreviewError::Failed)?;
    Ok(Preview { entities, errors })
}
