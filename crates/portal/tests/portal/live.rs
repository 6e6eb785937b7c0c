//! Open pages follow what happens.

use axum::body::{Body, BodyDataStream};
use causeway_core::Condition;
use causeway_core::ConditionStatus;
use causeway_kinds::deployment::DeploymentSpec;
use causeway_kinds::run::{Conclusion, RunSpec};
use futures::StreamExt as _;
use http::Request;
use serde_json::json;

use crate::world::{PATIENCE, World, browser};

/// What a stream has sent so far.
struct Stream {
    body: BodyDataStream,
    seen: String,
}

impl Stream {
    async fn open(world: &World, url: &str, last: Option<&str>) -> Self {
        let request = browser(Request::get(url), &world.admin);
        let request = match last {
            Some(last) => request.header("last-event-id", last),
            None => request,
        };
        let response = world.open(request, Body::empty()).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream", "{}", response.status());
        Self { body: response.into_body().into_data_stream(), seen: String::new() }
    }

    /// Reads on until a text was sent.
    async fn until(&mut self, text: &str) {
        let reading = async {
            while !self.seen.contains(text) {
                let Some(chunk) = self.body.next().await else {
                    panic!("the stream ended without {text:?}:\n{}", self.seen)
                };
                self.seen.push_str(&String::from_utf8_lossy(&chunk.expect("a chunk")));
            }
        };
        let done = tokio::time::timeout(PATIENCE, reading).await;
        assert!(done.is_ok(), "{text:?} was never sent:\n{}", self.seen);
    }
}

#[tokio::test]
async fn a_run_page_gets_new_lines_once_and_learns_of_the_end() {
    let world = World::start().await;
    let run = world
        .create(json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Run", "metadata": {"name": "r1", "namespace": "default"},
            "spec": {"program": "pipeline", "pipeline": {"repository": "pay", "commit": "c".repeat(40)}},
            "status": {"startedAt": "2026-11-21T12:00:00Z", "steps": [{"id": "build", "state": "running"}]}}))
        .await;
    let log = world.app.run_logs.writer(run.uid(), "build").expect("a log");
    log.line("before the page");
    let mut stream = Stream::open(&world, "/live/runs/default/r1?after=1", None).await;
    log.line("after the page");
    stream.until("after the page").await;
    assert!(!stream.seen.contains("before the page"));
    assert!(stream.seen.contains("id: 2"), "{}", stream.seen);
    // a browser that was cut off goes on where it was
    log.line("while cut off");
    let mut again = Stream::open(&world, "/live/runs/default/r1?after=1", Some("2")).await;
    again.until("while cut off").await;
    assert!(!again.seen.contains("after the page"));
    world
        .client
        .modify_status::<RunSpec>("default", "r1", |run| run.status.conclusion = Some(Conclusion::Success))
        .await
        .expect("written");
    stream.until("event: end").await;
    assert!(stream.seen.contains("Done"), "{}", stream.seen);
    world.stop().await;
}

#[tokio::test]
async fn the_home_page_follows_a_deployment() {
    let world = World::start().await;
    world
        .create(json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Deployment", "metadata": {"name": "pay.dev", "namespace": "default"},
            "spec": {"workload": "pay", "environment": "dev"}}))
        .await;
    let mut stream = Stream::open(&world, "/live/home", None).await;
    stream.until("No data").await;
    world
        .client
        .modify_status::<DeploymentSpec>("default", "pay.dev", |d| {
            d.status.ready_replicas = 1;
            d.status.conditions = vec![Condition::ready(ConditionStatus::False, "Degraded", "One of two answers.")];
        })
        .await
        .expect("written");
    stream.until("One of two answers.").await;
    world.stop().await;
}
