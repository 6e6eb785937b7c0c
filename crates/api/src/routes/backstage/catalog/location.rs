//! `/locations`: what is registered, which here are Sources.

use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use causeway_catalog::query::present;
use causeway_catalog::{Registration, SOURCE, SOURCE_NAMESPACE, preview};
use causeway_core::{DEFAULT_NAMESPACE, Key, Metadata, PLATFORM_GROUP, Resource, Spec};
use causeway_identity::Attributes;
use causeway_kinds::repository::RepositorySpec;
use causeway_kinds::source::{Source, SourceSpec, SourceType};
use causeway_resources::DeleteOptions;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::body;
use super::super::parameters::Parameters;
use super::super::problem::Problem;
use super::super::sight::Sight;
use super::entity::{Triplet, find};
use crate::App;
use crate::gate::Caller;

/// Locations of a page where no limit is asked for.
const LIMIT: usize = 1000;

/// A registered location.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    id: String,
    r#type: &'static str,
    target: String,
    entity_ref: String,
}

impl Location {
    fn of(app: &App, source: &Source) -> Self {
        let registration = Registration::of(&app.resources, source);
        let entity_ref = registration.entity_ref();
        Self { id: source.metadata.uid.clone(), r#type: registration.kind, target: registration.target, entity_ref }
    }
}

fn wish<'a>(verb: &'a str, namespace: &'a str, name: &'a str) -> Attributes<'a> {
    Attributes { verb, group: PLATFORM_GROUP, resource: SourceSpec::PLURAL, namespace, name, ..Attributes::default() }
}

/// The sources that the caller may see, with the locations that they are.
async fn visible(app: &App, caller: &Caller) -> Result<Vec<(Source, Location)>, Problem> {
    let client = app.resources.client(caller.actor.clone());
    let everywhere = caller.may(app, &wish("list", "", "")).await;
    let mut seen = Vec::new();
    for source in client.list::<SourceSpec>(None).await? {
        if everywhere || caller.may(app, &wish("get", source.namespace(), source.name())).await {
            let location = Location::of(app, &source);
            seen.push((source, location));
        }
    }
    Ok(seen)
}

/// The locations that can be registered here; folders and files of the server are a matter of its configuration.
async fn registered(app: &App, caller: &Caller) -> Result<Vec<Location>, Problem> {
    let seen = visible(app, caller).await?;
    Ok(seen.into_iter().map(|(_, location)| location).filter(|location| location.r#type == "url").collect())
}

pub(super) async fn list(State(app): State<App>, Extension(caller): Extension<Caller>) -> Result<Response, Problem> {
    let items = registered(&app, &caller).await?.into_iter().map(|location| json!({"data": location}));
    let items: Vec<Value> = items.collect();
    Ok(Json(items).into_response())
}

pub(super) async fn by_query(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let fields = body::Fields::read(&headers, body).await?;
    let limit = fields.number("limit")?.unwrap_or(LIMIT).clamp(1, LIMIT);
    let wanted = fields.object("query")?;
    let after = fields.get("cursor").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut items = registered(&app, &caller).await?;
    let fits = |location: &Location, field: &str, value: &Value| match field {
        "type" => value == location.r#type,
        "target" => value == &location.target,
        "id" => value == &location.id,
        _ => false,
    };
    if let Value::Object(wanted) = &wanted {
        items.retain(|location| wanted.iter().all(|(field, value)| fits(location, field, value)));
    }
    let total = items.len();
    items.sort_by(|one, other| one.id.cmp(&other.id));
    items.retain(|location| location.id > after);
    let has_more = items.len() > limit;
    items.truncate(limit);
    let info = match items.last() {
        Some(last) if has_more => json!({"nextCursor": last.id}),
        _ => json!({}),
    };
    Ok(Json(json!({"items": items, "totalItems": total, "pageInfo": info})).into_response())
}

pub(super) async fn get(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let seen = visible(&app, &caller).await?;
    match seen.into_iter().find(|(_, location)| location.id == id) {
        Some((_, location)) => Ok(Json(location).into_response()),
        None => Err(Problem::not_found(format!("Found no location with ID {id}"))),
    }
}

pub(super) async fn delete(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let seen = visible(&app, &caller).await?;
    let Some((source, _)) = seen.into_iter().find(|(_, location)| location.id == id) else {
        return Err(Problem::not_found(format!("Found no location with ID {id}")));
    };
    caller.require(&app, &wish("delete", source.namespace(), source.name())).await?;
    let key = Key::new(SourceSpec::resource(), source.namespace(), source.name());
    match app.resources.delete(&caller.actor, &key, &DeleteOptions::default()).await {
        Err(error) if !error.is_not_found() => Err(error.into()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// The location that led to an entity in the end.
pub(super) async fn by_entity(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(triplet): Path<Triplet>,
) -> Result<Response, Problem> {
    let sight = Sight::of(&app, &caller).await?;
    let reference = format!("{}:{}/{}", triplet.0, triplet.1, triplet.2).to_lowercase();
    let Some(entity) = find(&app, &caller, &sight, &triplet).await else {
        return Err(Problem::not_found(format!("found no entity for ref {reference}")));
    };
    let object = entity.object();
    let (name, namespace) = (object.label(SOURCE), object.annotation(SOURCE_NAMESPACE));
    let is_it = |source: &Source| Some(source.name()) == name && Some(source.namespace()) == namespace;
    match visible(&app, &caller).await?.into_iter().find(|(source, _)| is_it(source)) {
        Some((_, location)) => Ok(Json(location).into_response()),
        None => Err(Problem::not_found(format!("found no origin annotation for ref {reference}"))),
    }
}

/// Registers a location: a file of a hosted repository by its address, or an address elsewhere.
pub(super) async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let parameters = Parameters::of(&uri, &["dryRun", "onConflict"])?;
    let fields = body::Fields::read(&headers, body).await?;
    let (target, kind) = (fields.text("target")?.trim().to_owned(), fields.text("type")?);
    if kind != "url" {
        return Err(Problem::input("Registered locations must be of an allowed type [\"url\"]"));
    }
    if target.starts_with("javascript:") || !target.contains("://") {
        return Err(Problem::input(format!("Invalid location ref 'url:{target}', target is not an address")));
    }
    let source = proposed(&app, &caller, target).await?;
    caller.require(&app, &wish("create", source.namespace(), source.name())).await?;
    let location = Location::of(&app, &source);
    let known = visible(&app, &caller).await?.into_iter().find(|(_, known)| known.entity_ref == location.entity_ref);
    if parameters.flag("dryRun") {
        return try_out(&app, &source, &location, known.is_some()).await;
    }
    if let Some((_, known)) = known {
        if parameters.one("onConflict") == Some("refresh") {
            return Ok((StatusCode::CREATED, Json(json!({"location": known, "entities": []}))).into_response());
        }
        return Err(Problem::conflict(format!("Location url:{} already exists", known.target)));
    }
    let source = app.resources.client(caller.actor.clone()).create(&source).await?;
    let location = Location::of(&app, &source);
    Ok((StatusCode::CREATED, Json(json!({"location": location, "entities": []}))).into_response())
}

/// What a location would bring; anything wrong with it is an error.
async fn try_out(app: &App, source: &Source, location: &Location, exists: bool) -> Result<Response, Problem> {
    let found = preview(&app.resources, &app.forge, source).await;
    let found =
        found.map_err(|error| Problem::input(format!("Error: Unable to read url, {}: {error}", location.target)))?;
    if let Some(first) = found.errors.first() {
        return Err(Problem::input(format!("{}:{}:{}: {}", first.file, first.line, first.column, first.message)));
    }
    let entities: Vec<Value> = found.entities.iter().map(present).collect();
    let body = json!({"location": {"id": format!("url:{}", location.target), "type": "url", "target": location.target,
        "entityRef": location.entity_ref}, "entities": entities, "exists": exists});
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// The source that an address stands for.
async fn proposed(app: &App, caller: &Caller, target: String) -> Result<Source, Problem> {
    let client = app.resources.client(caller.actor.clone());
    for repository in client.list::<RepositorySpec>(None).await? {
        let url = repository.status.url.trim_end_matches(".git");
        let rest = target.strip_prefix(url).map(|rest| rest.strip_prefix(".git").unwrap_or(rest));
        let Some(rest) = rest.and_then(|rest| rest.strip_prefix("/blob/").or_else(|| rest.strip_prefix("/tree/")))
        else {
            continue;
        };
        let branches =
            repository.status.branches.keys().map(String::as_str).chain([repository.spec.default_branch.as_str()]);
        let within = |branch: &str| {
            rest.strip_prefix(branch)?.strip_prefix('/').map(|path| (branch.to_owned(), path.to_owned()))
        };
        let Some((branch, path)) = branches.filter_map(within).max_by_key(|(branch, _)| branch.len()) else { continue };
        let spec = SourceSpec { repository: repository.name().to_owned(), branch, path, ..SourceSpec::default() };
        return Ok(named(app, repository.namespace(), spec));
    }
    Ok(named(app, DEFAULT_NAMESPACE, SourceSpec { r#type: SourceType::Url, url: target, ..SourceSpec::default() }))
}

/// A source that is called as the entity that will stand for it.
fn named(app: &App, namespace: &str, spec: SourceSpec) -> Source {
    let mut source = Resource::new(Metadata::named(namespace, ""), spec);
    source.metadata.name = Registration::of(&app.resources, &source).name();
    source
}
