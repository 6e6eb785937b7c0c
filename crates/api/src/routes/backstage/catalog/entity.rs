//! Single entities, and several by their references.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use causeway_catalog::Entity;
use causeway_catalog::query::{Fields, Filter, parents, present_with};
use causeway_identity::Attributes;
use causeway_resources::DeleteOptions;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::super::body;
use super::super::parameters::Parameters;
use super::super::problem::Problem;
use super::super::sight::Sight;
use crate::App;
use crate::gate::Caller;

/// Most ancestors that are told.
const ANCESTORS_MAX: usize = 100;

pub(super) type Triplet = (String, String, String);

/// An entity by kind, namespace and name, as far as the caller may read it.
pub(super) async fn find(
    app: &App,
    caller: &Caller,
    sight: &Sight,
    (kind, namespace, name): &Triplet,
) -> Option<Arc<Entity>> {
    let reference = format!("{kind}:{namespace}/{name}");
    sight.readable(app, caller, sight.view().get(&reference)).await
}

pub(super) async fn by_name(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(triplet): Path<Triplet>,
) -> Result<Response, Problem> {
    let sight = Sight::of(&app, &caller).await?;
    let Some(entity) = find(&app, &caller, &sight, &triplet).await else {
        let (kind, namespace, name) = triplet;
        return Err(Problem::not_found(format!(
            "No entity named '{name}' found, with kind '{kind}' in namespace '{namespace}'"
        )));
    };
    Ok(Json(present_with(&sight.scope(), &entity)).into_response())
}

pub(super) async fn by_uid(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(uid): Path<String>,
) -> Result<Response, Problem> {
    let sight = Sight::of(&app, &caller).await?;
    let Some(entity) = sight.readable(&app, &caller, sight.view().by_uid(&uid)).await else {
        return Err(Problem::not_found(format!("No entity with uid {uid}")));
    };
    Ok(Json(present_with(&sight.scope(), &entity)).into_response())
}

/// Deletes an entity. One that comes from a file is refused, since it would come back.
pub(super) async fn delete(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(uid): Path<String>,
) -> Result<StatusCode, Problem> {
    let sight = Sight::of(&app, &caller).await?;
    let Some(entity) = sight.readable(&app, &caller, sight.view().by_uid(&uid)).await else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let key = &entity.record.key;
    let wanted = Attributes {
        verb: "delete",
        group: &key.resource.group,
        resource: &key.resource.resource,
        namespace: &key.namespace,
        name: &key.name,
        ..Attributes::default()
    };
    caller.require(&app, &wanted).await?;
    match app.resources.delete(&caller.actor, key, &DeleteOptions::default()).await {
        Err(error) if !error.is_not_found() => Err(error.into()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

pub(super) async fn by_refs(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let parameters = Parameters::of(&uri, &["filter"])?;
    let filter = Filter::parse(&parameters.all("filter"))?;
    let fields = body::Fields::read(&headers, body).await?;
    fields.required("entityRefs")?;
    let references = fields.texts("entityRefs")?;
    let query = match fields.object("query")? {
        Value::Null => Filter::All(Vec::new()),
        query => Filter::from_predicate(&query)?,
    };
    let parts = Fields::parse(&fields.texts("fields")?)?;
    let sight = Sight::of(&app, &caller).await?;
    let scope = sight.scope();
    let item = |reference: &String| {
        // references are compared as they are written here, as Backstage does
        let entity = scope.get(reference).filter(|entity| *entity.reference == **reference)?;
        let is_wanted = filter.matches(&scope, entity) && query.matches(&scope, entity);
        is_wanted.then(|| parts.project(present_with(&scope, entity)))
    };
    let items: Vec<Option<Value>> = references.iter().map(item).collect();
    Ok(Json(json!({"items": items})).into_response())
}

/// The entity, and the Locations that led to it.
pub(super) async fn ancestry(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(triplet): Path<Triplet>,
) -> Result<Response, Problem> {
    let sight = Sight::of(&app, &caller).await?;
    let Some(entity) = find(&app, &caller, &sight, &triplet).await else {
        let (kind, namespace, name) = triplet;
        return Err(Problem::not_found(format!(
            "No such entity {}",
            format!("{kind}:{namespace}/{name}").to_lowercase()
        )));
    };
    let scope = sight.scope();
    let root = Arc::clone(&entity.reference);
    let mut told = vec![entity];
    let mut items = Vec::new();
    let mut at = 0;
    while at < told.len() && at < ANCESTORS_MAX {
        let above = parents(&scope, &told[at]);
        let names: Vec<&str> = above.iter().map(|entity| &*entity.reference).collect();
        items.push(json!({"entity": present_with(&scope, &told[at]), "parentEntityRefs": names}));
        let new =
            above.into_iter().filter(|parent| told.iter().all(|known| known.reference != parent.reference)).cloned();
        let new: Vec<_> = new.collect();
        told.extend(new);
        at += 1;
    }
    Ok(Json(json!({"rootEntityRef": &*root, "items": items})).into_response())
}
