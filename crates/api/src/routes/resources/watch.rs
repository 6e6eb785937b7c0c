//! Watches: changes as they happen, one JSON document a line.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use causeway_core::selector::{FieldSelector, LabelSelector};
use causeway_store::{Change, ChangeKind, Record, Revision, StoreError, Watch, WatchScope};
use futures::stream;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Ask, list, present};
use crate::answer::error::internal;
use crate::answer::negotiate::Shape;
use crate::answer::status::Status;
use crate::answer::table::{Rows, partial};

/// A watch that asks for no time ends after half an hour or so; clients begin again.
const DEFAULT_LIFE: Duration = Duration::from_secs(1800);
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

struct Follower {
    ask: Ask,
    watch: Watch,
    labels: Option<LabelSelector>,
    fields: Option<FieldSelector>,
    rows: Option<Rows>,
    pending: Vec<Bytes>,
    ends: Instant,
    bookmarks: Option<Instant>,
    /// A table's headings are sent with its first rows alone.
    headed: bool,
    done: bool,
}

pub(super) async fn serve(ask: Ask) -> Result<Response, Status> {
    let (labels, mut fields) = (list::label_selector(&ask)?, list::field_selector(&ask)?);
    if !ask.target.name.is_empty() {
        fields = FieldSelector::parse(&format!("metadata.name={}", ask.target.name)).ok();
    }
    let rows = if ask.form.shape == Shape::Table { Some(present::rows(&ask)?) } else { None };
    let mut scope = WatchScope::of(ask.entry.definition.resource());
    scope.namespace = (!ask.namespace().is_empty()).then(|| ask.namespace().into());
    let from = match ask.query.get("resourceVersion").map(String::as_str) {
        None | Some("" | "0") => None,
        Some(text) => Some(Revision(
            text.parse().map_err(|_| Status::bad_request(format!("resourceVersion {text:?} is not valid")))?,
        )),
    };
    let store = ask.app.resources.store();
    let initial = from.is_none() || ask.flag("sendInitialEvents");
    let start = if initial { store.revision() } else { from.unwrap_or_default() };
    let life = ask.query.get("timeoutSeconds").and_then(|v| v.parse().ok()).map_or(DEFAULT_LIFE, Duration::from_secs);
    let first = if initial { initial_events(&ask).await? } else { Vec::new() };
    let watch = match store.watch(scope, Some(start)) {
        Ok(watch) => watch,
        Err(error @ (StoreError::Compacted { .. } | StoreError::Future { .. })) => return Ok(expired(&error)),
        Err(error) => return Err(internal("the watch could not be started", &error)),
    };
    let bookmarks = ask.flag("allowWatchBookmarks").then(|| Instant::now() + BOOKMARK_EVERY);
    let mut follower = Follower {
        ask,
        watch,
        labels,
        fields,
        rows,
        pending: Vec::new(),
        ends: Instant::now() + life,
        bookmarks,
        headed: false,
        done: false,
    };
    for record in first {
        if follower.matches(&record) {
            let event = follower.event("ADDED", &record)?;
            follower.pending.push(event);
        }
    }
    if initial && follower.ask.flag("sendInitialEvents") && follower.bookmarks.is_some() {
        let end = follower.bookmark(start, true);
        follower.pending.push(end);
    }
    follower.pending.reverse();
    let body = Body::from_stream(stream::unfold(follower, |mut follower| async move {
        let next = follower.next().await?;
        Some((Ok::<_, std::convert::Infallible>(next), follower))
    }));
    Ok(present::text(200, "application/json", body))
}

async fn initial_events(ask: &Ask) -> Result<Vec<std::sync::Arc<Record>>, Status> {
    let mut query = list::query(ask)?;
    (query.limit, query.after) = (None, None);
    Ok(ask.app.resources.list(query).await?.page.records)
}

/// Too old a revision is told within the stream, as Kubernetes does.
fn expired(error: &StoreError) -> Response {
    let status = Status::new(410, "Expired", error.to_string());
    present::text(200, "application/json", line("ERROR", &status.body()))
}

fn line(kind: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n"))
}

impl Follower {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(event) = self.pending.pop() {
                return Some(event);
            }
            if self.done {
                return None;
            }
            let wake = self.bookmarks.map_or(self.ends, |at| at.min(self.ends));
            match tokio::time::timeout_at(wake, self.watch.next()).await {
                Err(_) if Instant::now() >= self.ends => return None,
                Err(_) => {
                    self.bookmarks = Some(Instant::now() + BOOKMARK_EVERY);
                    return Some(self.bookmark(self.watch.progress(), false));
                }
                Ok(None) => return None,
                Ok(Some(Err(error))) => {
                    self.done = true;
                    let status = Status::new(410, "Expired", error.to_string());
                    return Some(line("ERROR", &status.body()));
                }
                Ok(Some(Ok(change))) => match self.told(&change) {
                    Ok(Some(event)) => return Some(event),
                    Ok(None) => {}
                    Err(status) => {
                        self.done = true;
                        return Some(line("ERROR", &status.body()));
                    }
                },
            }
        }
    }

    /// A change as this watch sees it: an object that begins to match appears, one that ceases to disappears.
    fn told(&mut self, change: &Change) -> Result<Option<Bytes>, Status> {
        let was = change.before.as_deref().is_some_and(|r| self.matches(r));
        let is = change.kind != ChangeKind::Deleted && self.matches(&change.record);
        let kind = match (was, is) {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            (false, false) => return Ok(None),
        };
        self.event(kind, &change.record).map(Some)
    }

    fn matches(&self, record: &Record) -> bool {
        let labels = self.labels.as_ref().is_none_or(|l| l.accepts(|key| record.label(key)));
        labels && self.fields.as_ref().is_none_or(|f| record.object().is_some_and(|o| f.matches(&o)))
    }

    fn event(&mut self, kind: &str, record: &Record) -> Result<Bytes, Status> {
        if self.ask.form.shape == Shape::Objects {
            let object = present::stored(&self.ask, record)?;
            return Ok(Bytes::from(format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")));
        }
        let object = Value::Object(present::converted(&self.ask, record.object().unwrap_or_default())?.0);
        let Some(rows) = &self.rows else { return Ok(line(kind, &partial(&object))) };
        let version = record.revision.to_string();
        let mut table = json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": version}, "rows": [rows.row(&object)]});
        if !std::mem::replace(&mut self.headed, true) {
            let headings =
                self.ask.entry.definition.version(&self.ask.target.version).map(crate::answer::table::headings);
            table["columnDefinitions"] = headings.unwrap_or(Value::Null);
        }
        Ok(line(kind, &table))
    }

    fn bookmark(&self, revision: Revision, ends_initial: bool) -> Bytes {
        let mut metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
        if ends_initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = json!({"kind": self.ask.entry.definition.kind, "apiVersion": self.ask.target.api_version(), "metadata": metadata});
        line("BOOKMARK", &object)
    }
}
