//! `GET /entities`: a bare list.

use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use causeway_catalog::query::{Direction, Fields, Filter, Order, PAGE_MAX, present_with, sort};
use http::{HeaderValue, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::parameters::Parameters;
use super::super::problem::Problem;
use super::super::sight::Sight;
use crate::App;
use crate::gate::Caller;

const KNOWN: &[&str] = &["filter", "fields", "limit", "offset", "after", "order"];
/// What JavaScript's URLSearchParams leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// Entities of a page where only an offset is given.
const LIMIT: usize = 100;

/// Where the next page begins.
#[derive(Serialize, Deserialize)]
struct After {
    limit: usize,
    offset: usize,
}

/// The window that is asked for; none means everything.
struct Window {
    limit: usize,
    offset: usize,
}

pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let parameters = Parameters::of(&uri, KNOWN)?;
    let filter = Filter::parse(&parameters.all("filter"))?;
    let fields = Fields::parse(&parameters.all("fields"))?;
    let orders = parameters.all("order").iter().map(|text| order(text)).collect::<Result<Vec<_>, _>>()?;
    let window = window(&parameters)?;
    let sight = Sight::of(&app, &caller).await?;
    let scope = sight.scope();
    let mut found: Vec<_> = scope.entities().filter(|entity| filter.matches(&scope, entity)).collect();
    sort(&scope, &mut found, &orders, window.is_some());
    let mut next = None;
    if let Some(Window { limit, offset }) = window {
        next = (found.len() > offset.saturating_add(limit))
            .then_some(After { limit, offset: offset.saturating_add(limit) });
        found = found.into_iter().skip(offset).take(limit).collect();
    }
    let items: Vec<Value> = found.into_iter().map(|entity| fields.project(present_with(&scope, entity))).collect();
    let mut response = Json(items).into_response();
    if let Some(link) = next.and_then(|after| HeaderValue::from_str(&link(&uri, &after)).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn order(text: &str) -> Result<Order, Problem> {
    let wrong = || Problem::input(format!("Invalid order parameter {text:?}, expected \"<asc or desc>:<field name>\""));
    let (direction, field) = text.split_once(':').ok_or_else(wrong)?;
    let order = match direction {
        "asc" => Direction::Asc,
        "desc" => Direction::Desc,
        _ => return Err(wrong()),
    };
    if field.is_empty() { Err(wrong()) } else { Ok(Order { field: field.to_owned(), order }) }
}

fn window(parameters: &Parameters) -> Result<Option<Window>, Problem> {
    if let Some(after) = parameters.one("after") {
        let bytes = STANDARD.decode(after).ok();
        let after: Option<After> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let After { limit, offset } =
            after.ok_or_else(|| Problem::input("Malformed after cursor, could not be parsed"))?;
        return Ok(Some(Window { limit: limit.clamp(1, PAGE_MAX), offset }));
    }
    let (limit, offset) = (parameters.number("limit")?, parameters.number("offset")?);
    if limit == Some(0) {
        return Err(Problem::input("Invalid limit, must be greater than zero"));
    }
    if limit.is_none() && offset.is_none() {
        return Ok(None);
    }
    Ok(Some(Window { limit: limit.unwrap_or(LIMIT).min(PAGE_MAX), offset: offset.unwrap_or(0) }))
}

/// The address of the next page: this one's, with another `after`.
fn link(uri: &Uri, after: &After) -> String {
    let cursor = STANDARD.encode(serde_json::to_vec(after).unwrap_or_default());
    let pairs =
        uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
    let mut query: Vec<String> = pairs.map(str::to_owned).collect();
    query.push(format!("after={}", utf8_percent_encode(&cursor, PLAIN)));
    format!("</entities?{}>; rel=\"next\"", query.join("&"))
}
