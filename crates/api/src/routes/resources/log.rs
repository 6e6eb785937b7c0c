//! Logs of runs and deployments, one JSON document a line.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use causeway_core::Resource;
use causeway_drivers::InstanceId;
use causeway_kinds::deployment::DeploymentSpec;
use causeway_kinds::run::RunSpec;
use causeway_run::{LogLine, RunLogs};
use futures::stream;
use serde::Serialize;
use serde_json::json;

use super::{Ask, present};
use crate::App;
use crate::answer::status::Status;

const KIND: &str = "application/x-ndjson";
const MOST: usize = 100_000;
/// A follower looks whether the run ended at least this often.
const LOOK: Duration = Duration::from_secs(2);

fn lines<T: Serialize>(items: &[T]) -> String {
    items.iter().filter_map(|i| serde_json::to_string(i).ok()).map(|line| line + "\n").collect()
}

struct Follower {
    app: App,
    key: causeway_core::Key,
    uid: String,
    after: u64,
    step: Option<String>,
}

pub(super) async fn of_run(ask: Ask) -> Result<Response, Status> {
    let key = ask.app.resources.stored_key(&ask.entry, ask.namespace(), &ask.target.name);
    let uid = ask.app.resources.get(&key)?.head.uid.to_string();
    let number = |name: &str| ask.query.get(name).and_then(|v| v.parse::<u64>().ok());
    let after = number("after").unwrap_or(0);
    let limit = number("limit").and_then(|n| usize::try_from(n).ok()).unwrap_or(MOST).min(MOST);
    let step = ask.query.get("step").cloned();
    if !ask.flag("follow") || !ask.query.contains_key("follow") {
        let found = ask.app.run_logs.read(&uid, after, step.as_deref(), limit);
        return Ok(present::text(200, KIND, lines(&found)));
    }
    let follower = Follower { app: ask.app, key, uid, after, step };
    let body = stream::unfold(Some(follower), |state| async move {
        let mut follower = state?;
        let (found, ended) = follower.next().await;
        let bytes = Ok::<_, std::convert::Infallible>(Bytes::from(lines(&found)));
        Some((bytes, (!ended).then_some(follower)))
    });
    Ok(present::text(200, KIND, Body::from_stream(body)))
}

impl Follower {
    /// What is new, waiting for it; and whether that is the end.
    async fn next(&mut self) -> (Vec<LogLine>, bool) {
        loop {
            let logs: &RunLogs = &self.app.run_logs;
            let watch = logs.watch(&self.uid);
            // other steps' lines are not ours, but they were looked at all the same
            let looked_at = watch.as_ref().map_or(self.after, |w| *w.borrow());
            // looked at before the lines are read, so that none that was written before the end is missed
            let ended = self.has_ended();
            let found = logs.read(&self.uid, self.after, self.step.as_deref(), MOST);
            if let Some(last) = found.last() {
                self.after = last.number;
                return (found, false);
            }
            if ended {
                return (Vec::new(), true);
            }
            match watch {
                Some(mut watch) => {
                    let newer = watch.wait_for(|n| *n > looked_at);
                    let _ = tokio::time::timeout(LOOK, newer).await;
                }
                None => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    fn has_ended(&self) -> bool {
        let run = self.app.resources.find(&self.key).and_then(|r| r.object());
        let run = run.and_then(|o| Resource::<RunSpec>::from_object(&o).ok());
        run.is_none_or(|r| r.status.conclusion.is_some())
    }
}

pub(super) async fn of_deployment(ask: Ask) -> Result<Response, Status> {
    let key = ask.app.resources.stored_key(&ask.entry, ask.namespace(), &ask.target.name);
    let object = ask.app.resources.get(&key)?.object().unwrap_or_default();
    let deployment =
        Resource::<DeploymentSpec>::from_object(&object).map_err(|e| Status::bad_request(e.to_string()))?;
    let id = InstanceId {
        namespace: deployment.namespace().to_owned(),
        workload: deployment.spec.workload.clone(),
        environment: deployment.spec.environment.clone(),
    };
    let count = ask.query.get("lines").and_then(|v| v.parse().ok()).unwrap_or(200_usize).min(MOST);
    let found = ask.app.runtime.logs(&id, count, ask.query.get("previous").is_some_and(|v| v == "true")).await;
    let found = found.map_err(|e| Status::new(503, "ServiceUnavailable", e.to_string()))?;
    let items: Vec<_> = found.iter().map(|(replica, line)| json!({"replica": replica, "line": line})).collect();
    Ok(present::text(200, KIND, lines(&items)))
}
