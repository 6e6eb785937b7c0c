//! `POST /refresh`: the files behind an entity are read again.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use causeway_catalog::{SOURCE, SOURCE_NAMESPACE};
use causeway_core::Timestamp;
use causeway_core::reference::EntityRef;
use causeway_kinds::source::SourceSpec;
use causeway_resources::Actor;
use http::{HeaderMap, StatusCode};

use super::super::body;
use super::super::problem::Problem;
use super::super::sight::Sight;
use super::entity::find;
use crate::App;
use crate::gate::Caller;

/// Annotation of a Source: when somebody last asked for it to be read again.
const REFRESHED: &str = "platform.causeway.dev/refresh-asked-at";

pub(super) async fn refresh(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let fields = body::Fields::read(&headers, body).await?;
    let text = fields.text("entityRef")?;
    let reference = EntityRef::parse(text, "", "").map_err(|error| Problem::input(error.to_string()))?;
    let sight = Sight::of(&app, &caller).await?;
    let triplet = (reference.kind.clone(), reference.namespace.clone(), reference.name.clone());
    let Some(entity) = find(&app, &caller, &sight, &triplet).await else {
        return Err(Problem::not_found(format!("Entity {} not found", reference.canonical())));
    };
    let object = entity.object();
    if let (Some(name), Some(namespace)) = (object.label(SOURCE), object.annotation(SOURCE_NAMESPACE)) {
        let client = app.resources.client(Actor::controller("catalog"));
        let now = Timestamp::now().to_string();
        let touch = |source: &mut causeway_kinds::source::Source| {
            source.metadata.annotations.insert(REFRESHED.to_owned(), now.clone());
        };
        client.modify::<SourceSpec>(namespace, name, touch).await?;
    }
    Ok(StatusCode::OK)
}
