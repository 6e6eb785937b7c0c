//! `/entities/by-query`: pages.

use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use causeway_catalog::query::{Count, Cursor, Direction, Fields, FullText, Order, PageRequest, page, present_with};
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::super::body;
use super::super::parameters::Parameters;
use super::super::problem::Problem;
use super::super::sight::Sight;
use crate::App;
use crate::gate::Caller;

const KNOWN: &[&str] = &[
    "filter",
    "fields",
    "limit",
    "offset",
    "orderField",
    "fullTextFilterTerm",
    "fullTextFilterFields",
    "totalItems",
    "cursor",
];
const COUNTS: &str = "totalItems must be equal to one of the allowed values: include, exclude";

pub(super) async fn by_parameters(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let parameters = Parameters::of(&uri, KNOWN)?;
    let request = PageRequest {
        limit: parameters.number("limit")?,
        offset: parameters.number("offset")?.unwrap_or(0),
        count: count(parameters.one("totalItems"), "request/query")?,
        filter: parameters.all("filter"),
        query: Value::Null,
        order: parameters.all("orderField").iter().map(|text| order(text)).collect::<Result<_, _>>()?,
        full_text: parameters
            .one("fullTextFilterTerm")
            .map(|term| FullText { term: term.to_owned(), fields: parameters.list("fullTextFilterFields") }),
        cursor: parameters.one("cursor").map(Cursor::decode).transpose()?,
    };
    answer(&app, &caller, request, &Fields::parse(&parameters.all("fields"))?).await
}

pub(super) async fn by_body(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let fields = body::Fields::read(&headers, body).await?;
    let full_text = match fields.object("fullTextFilter")? {
        Value::Null => None,
        filter => {
            let texts = filter["fields"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fields = texts.map(str::to_owned).collect();
            Some(FullText { term: filter["term"].as_str().unwrap_or_default().to_owned(), fields })
        }
    };
    let request = PageRequest {
        limit: fields.number("limit")?,
        offset: fields.number("offset")?.unwrap_or(0),
        count: count(fields.get("totalItems").map(|value| value.as_str().unwrap_or_default()), "request/body")?,
        filter: Vec::new(),
        query: fields.object("query")?,
        order: orders(fields.get("orderBy"))?,
        full_text,
        cursor: fields.get("cursor").and_then(Value::as_str).map(Cursor::decode).transpose()?,
    };
    answer(&app, &caller, request, &Fields::parse(&fields.texts("fields")?)?).await
}

async fn answer(app: &App, caller: &Caller, request: PageRequest, fields: &Fields) -> Result<Response, Problem> {
    let sight = Sight::of(app, caller).await?;
    let scope = sight.scope();
    let page = page(&scope, request)?;
    let items: Vec<Value> = page.items.iter().map(|entity| fields.project(present_with(&scope, entity))).collect();
    let mut info = Map::new();
    for (name, cursor) in [("nextCursor", page.next), ("prevCursor", page.previous)] {
        if let Some(cursor) = cursor {
            info.insert(name.into(), cursor.encode().into());
        }
    }
    Ok(Json(json!({"items": items, "totalItems": page.total, "pageInfo": info})).into_response())
}

fn count(text: Option<&str>, place: &str) -> Result<Count, Problem> {
    match text {
        None | Some("include") => Ok(Count::Include),
        Some("exclude") => Ok(Count::Exclude),
        Some(_) => Err(Problem::input(format!("{place}/{COUNTS}"))),
    }
}

fn order(text: &str) -> Result<Order, Problem> {
    let (field, direction) = text.split_once(',').unwrap_or((text, "asc"));
    let order = match direction {
        "asc" => Direction::Asc,
        "desc" => Direction::Desc,
        _ => return Err(Problem::input("Invalid order field order, must be asc or desc")),
    };
    if field.is_empty() {
        return Err(Problem::input("Invalid order field, must be <field-name>,<asc|desc>"));
    }
    Ok(Order { field: field.to_owned(), order })
}

fn orders(value: Option<&Value>) -> Result<Vec<Order>, Problem> {
    let list = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        Some(_) => return Err(Problem::input("request/body/orderBy must be array")),
    };
    let order = |(i, item): (usize, &Value)| {
        let Some(field) = item["field"].as_str() else {
            return Err(Problem::input(format!("request/body/orderBy/{i} must have required property 'field'")));
        };
        let order = match item["order"].as_str() {
            Some("asc") => Direction::Asc,
            Some("desc") => Direction::Desc,
            None if item.get("order").is_none() => {
                return Err(Problem::input(format!("request/body/orderBy/{i} must have required property 'order'")));
            }
            _ => {
                let message =
                    format!("request/body/orderBy/{i}/order must be equal to one of the allowed values: asc, desc");
                return Err(Problem::input(message));
            }
        };
        Ok(Order { field: field.to_owned(), order })
    };
    list.iter().enumerate().map(order).collect()
}
