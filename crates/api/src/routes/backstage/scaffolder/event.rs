//! What happens in a task: the lines of its log, the states of its steps, and its end.
//!
//! The id of an event is the number of the log line that it is, or comes after; whoever goes on after an id is told the
//! states of all steps again, which changes nothing for them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use causeway_core::Timestamp;
use causeway_kinds::run::{Run, StepState};
use causeway_run::LogLine;
use futures::stream;
use http::header;
use serde_json::{Value, json};

use super::super::parameters::Parameters;
use super::super::problem::Problem;
use super::task::{find, status};
use crate::App;
use crate::gate::Caller;

/// How long a request for events waits for the first one.
const PATIENCE: Duration = Duration::from_secs(30);
/// A follower looks at the run at least this often.
const LOOK: Duration = Duration::from_millis(500);
/// Most lines at a time.
const MOST: usize = 10_000;

/// Tells of a task what was not told yet.
struct Teller {
    app: App,
    run: Run,
    after: u64,
    told: HashMap<String, StepState>,
}

impl Teller {
    fn new(app: App, run: Run, after: u64) -> Self {
        Self { app, run, after, told: HashMap::new() }
    }

    /// What is new, and whether that is the end.
    fn news(&mut self) -> (Vec<Value>, bool) {
        let uid = self.run.metadata.uid.clone();
        // the run first: what was said before its end is in the log by then
        let record = self.app.resources.store().by_uid(&uid);
        let Some(run) = record.and_then(|record| record.object()).and_then(|object| Run::from_object(&object).ok())
        else {
            return (Vec::new(), true);
        };
        self.run = run;
        let lines = self.app.run_logs.read(&uid, self.after, None, MOST);
        let is_whole = lines.len() < MOST;
        let mut events: Vec<Value> = lines.iter().map(|line| self.line(line)).collect();
        self.after = lines.last().map_or(self.after, |line| line.number);
        let steps = self.run.status.steps.clone();
        for step in steps {
            let (Some(word), true) = (word(step.state), self.told.get(&step.id) != Some(&step.state)) else { continue };
            let message = match step.state {
                StepState::Running | StepState::Waiting => format!("Beginning step {}", step.name),
                StepState::Succeeded => format!("Finished step {}", step.name),
                _ if step.message.is_empty() => format!("Step {} {word}", step.name),
                _ => step.message.clone(),
            };
            events.push(self.event(
                "log",
                Timestamp::now(),
                json!({"message": message, "stepId": step.id, "status": word}),
            ));
            self.told.insert(step.id, step.state);
        }
        let has_ended = self.run.status.conclusion.is_some() && is_whole;
        if has_ended {
            events.push(self.end());
        }
        (events, has_ended)
    }

    fn line(&self, line: &LogLine) -> Value {
        let mut body = json!({"message": line.text});
        if !line.step.is_empty() {
            body["stepId"] = line.step.as_str().into();
        }
        let at = Timestamp::from_second(line.time / 1000);
        json!({"id": line.number, "taskId": self.run.metadata.uid, "type": "log", "createdAt": at.to_string(), "body": body})
    }

    fn event(&self, kind: &str, at: Timestamp, body: Value) -> Value {
        json!({"id": self.after, "taskId": self.run.metadata.uid, "type": kind, "createdAt": at.to_string(), "body": body})
    }

    fn end(&self) -> Value {
        let word = status(&self.run);
        let mut body =
            json!({"message": format!("Run completed with status: {word}"), "output": self.run.status.outputs});
        if let Some(failed) = self.run.status.steps.iter().find(|step| step.state == StepState::Failed) {
            body["error"] = json!({"name": "Error", "message": failed.message, "stepId": failed.id});
        }
        let at = self.run.status.finished_at.unwrap_or_else(Timestamp::now);
        self.event("completion", at, body)
    }

    /// Waits until there may be something new.
    async fn rest(&self) {
        let after = self.after;
        match self.app.run_logs.watch(&self.run.metadata.uid) {
            Some(mut watch) => {
                // a log that is closed meanwhile has ended: the next look tells
                let grown = watch.wait_for(|newest| *newest > after);
                if !matches!(tokio::time::timeout(LOOK, grown).await, Ok(Ok(_)) | Err(_)) {
                    tokio::time::sleep(LOOK).await;
                }
            }
            None => tokio::time::sleep(LOOK).await,
        }
    }
}

fn word(state: StepState) -> Option<&'static str> {
    match state {
        StepState::Pending => None,
        StepState::Running | StepState::Waiting => Some("processing"),
        StepState::Succeeded => Some("completed"),
        StepState::Failed => Some("failed"),
        StepState::Skipped => Some("skipped"),
        StepState::Cancelled => Some("cancelled"),
    }
}

async fn teller(app: App, caller: &Caller, id: &str, uri: &http::Uri) -> Result<Teller, Problem> {
    let parameters = Parameters::of(uri, &["after"])?;
    let after = parameters.number("after")?.and_then(|after| u64::try_from(after).ok()).unwrap_or(0);
    let run = find(&app, caller, id, "get").await?;
    Ok(Teller::new(app, run, after))
}

/// What is there, or the next that comes within half a minute.
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let mut teller = teller(app, &caller, &id, &uri).await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let (events, has_ended) = teller.news();
        if !events.is_empty() || has_ended || tokio::time::Instant::now() >= deadline {
            return Ok(Json(events).into_response());
        }
        teller.rest().await;
    }
}

/// Everything as it happens, until the task ends.
pub(super) async fn stream(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let teller = teller(app, &caller, &id, &uri).await?;
    let body = stream::unfold(Some(teller), |teller| async move {
        let mut teller = teller?;
        let (events, has_ended) = loop {
            let (events, has_ended) = teller.news();
            if !events.is_empty() || has_ended {
                break (events, has_ended);
            }
            teller.rest().await;
        };
        let text: String = events.iter().map(frame).collect();
        Some((Ok::<_, Infallible>(Bytes::from(text)), (!has_ended).then_some(teller)))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// An event on the wire; JSON has no line breaks.
fn frame(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("log"))
}
