//! `/entity-facets`: which values there are.

use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use causeway_catalog::query::{Filter, facets};
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::super::body;
use super::super::parameters::Parameters;
use super::super::problem::Problem;
use super::super::sight::Sight;
use crate::App;
use crate::gate::Caller;

pub(super) async fn by_parameters(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let parameters = Parameters::of(&uri, &["facet", "filter"])?;
    let paths = parameters.all("facet");
    if paths.is_empty() {
        return Err(Problem::input("request/query must have required property 'facet'"));
    }
    answer(&app, &caller, &paths, &Filter::parse(&parameters.all("filter"))?).await
}

pub(super) async fn by_body(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let fields = body::Fields::read(&headers, body).await?;
    fields.required("facets")?;
    let filter = match fields.object("query")? {
        Value::Null => Filter::All(Vec::new()),
        query => Filter::from_predicate(&query)?,
    };
    answer(&app, &caller, &fields.texts("facets")?, &filter).await
}

async fn answer(app: &App, caller: &Caller, paths: &[String], filter: &Filter) -> Result<Response, Problem> {
    let sight = Sight::of(app, caller).await?;
    let found = facets(&sight.scope(), paths, filter);
    let found: Map<String, Value> = found.into_iter().map(|(path, values)| (path, json!(values))).collect();
    Ok(Json(json!({"facets": found})).into_response())
}
