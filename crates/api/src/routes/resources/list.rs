//! Lists and their pages.

use std::sync::Arc;

use axum::response::Response;
use causeway_core::selector::{FieldSelector, LabelSelector};
use causeway_store::{Cursor, Page, Query, Record};
use serde_json::{Map, Value, json};

use super::{Ask, present};
use crate::answer::negotiate::{Shape, Syntax};
use crate::answer::status::Status;
use crate::answer::table::partial;

pub(super) async fn serve(ask: Ask) -> Result<Response, Status> {
    let fields = field_selector(&ask)?;
    let mut page = ask.app.resources.list(query(&ask)?).await?.page;
    if let Some(fields) = &fields {
        page.records.retain(|r| r.object().is_some_and(|o| fields.matches(&o)));
    }
    let metadata = metadata(&page, fields.is_some())?;
    if ask.form.shape == Shape::Objects && ask.form.syntax == Syntax::Json {
        return Ok(present::text(200, "application/json", as_text(&ask, &page.records, &metadata)?));
    }
    let objects = page
        .records
        .iter()
        .map(|r| present::converted(&ask, r.object().unwrap_or_default()).map(|o| Value::Object(o.0)));
    let objects = objects.collect::<Result<Vec<_>, _>>()?;
    let value = match ask.form.shape {
        Shape::Table => present::table(&ask, &objects, &metadata)?,
        Shape::Metadata => {
            json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "items": objects.iter().map(partial).collect::<Vec<_>>()})
        }
        Shape::Objects => {
            json!({"kind": ask.entry.definition.list_kind, "apiVersion": ask.target.api_version(), "metadata": metadata, "items": objects})
        }
    };
    Ok(present::written(&ask, 200, &value))
}

/// The list around the stored texts, which are not parsed.
fn as_text(ask: &Ask, records: &[Arc<Record>], metadata: &Value) -> Result<String, Status> {
    let size: usize = records.iter().map(|r| r.json.len() + 1).sum();
    let mut text = String::with_capacity(size + 256);
    let head =
        json!({"kind": ask.entry.definition.list_kind, "apiVersion": ask.target.api_version(), "metadata": metadata})
            .to_string();
    text.push_str(head.trim_end_matches('}'));
    // the metadata's own closing braces went with the trim
    text.push_str(&"}".repeat(head.len() - head.trim_end_matches('}').len() - 1));
    text.push_str(",\"items\":[");
    for (i, record) in records.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(&present::stored(ask, record)?);
    }
    text.push_str("]}");
    Ok(text)
}

fn metadata(page: &Page, filtered: bool) -> Result<Value, Status> {
    let mut metadata = Map::new();
    metadata.insert("resourceVersion".into(), page.revision.to_string().into());
    if let Some(next) = &page.next {
        let text = serde_json::to_vec(next).map_err(|e| Status::bad_request(e.to_string()))?;
        metadata.insert("continue".into(), hex::encode(text).into());
        if !filtered && page.remaining > 0 {
            metadata.insert("remainingItemCount".into(), page.remaining.into());
        }
    }
    Ok(Value::Object(metadata))
}

pub(super) fn query(ask: &Ask) -> Result<Query, Status> {
    let mut query = Query::all(ask.entry.definition.resource());
    if !ask.namespace().is_empty() {
        query = query.within(ask.namespace());
    }
    query.labels = label_selector(ask)?;
    query.limit = match ask.query.get("limit").map(|v| v.parse::<usize>()) {
        None | Some(Ok(0)) => None,
        Some(Ok(limit)) => Some(limit),
        Some(Err(_)) => {
            return Err(Status::bad_request(format!("limit is {:?}, which is not a number", ask.query["limit"])));
        }
    };
    query.after = match ask.query.get("continue").filter(|v| !v.is_empty()) {
        None => None,
        Some(token) => Some(cursor(token)?),
    };
    Ok(query)
}

fn cursor(token: &str) -> Result<Cursor, Status> {
    let bytes = hex::decode(token).ok();
    let cursor = bytes.and_then(|b| serde_json::from_slice(&b).ok());
    cursor.ok_or_else(|| Status::bad_request("continue key is not valid: it was not made by this server"))
}

pub(super) fn label_selector(ask: &Ask) -> Result<Option<LabelSelector>, Status> {
    match ask.query.get("labelSelector").filter(|v| !v.is_empty()) {
        None => Ok(None),
        Some(text) => LabelSelector::parse(text).map(Some).map_err(|e| Status::bad_request(e.to_string())),
    }
}

pub(super) fn field_selector(ask: &Ask) -> Result<Option<FieldSelector>, Status> {
    let Some(text) = ask.query.get("fieldSelector").filter(|v| !v.is_empty()) else { return Ok(None) };
    let selector = FieldSelector::parse(text).map_err(|e| Status::bad_request(e.to_string()))?;
    let own = &ask.entry.definition.selectable_fields;
    let known =
        |field: &str| field == "metadata.name" || field == "metadata.namespace" || own.iter().any(|f| f == field);
    selector.check(known).map_err(|e| Status::bad_request(e.to_string()))?;
    Ok(Some(selector))
}
