//! The services, run as the local cluster runs them: the command of their Score document, in their artifact, on a port.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use causeway_kinds::release::ReleaseSpec;
use serde_json::Value;

use super::{Place, artifact_of};

const PYTHON: &str = "/usr/bin/python3";

struct Running {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    address: SocketAddr,
}

impl Running {
    /// Started on a free port, once it says where it listens.
    async fn start(place: &Place, workload: &str) -> Self {
        let release = place.client.require::<ReleaseSpec>("default", &format!("{workload}-1")).expect("the release");
        let command = release.spec.document["containers"]["service"]["command"].as_array().expect("a command").clone();
        let command: Vec<&str> = command.iter().filter_map(Value::as_str).collect();
        assert_eq!(command[0], PYTHON);
        let folder = artifact_of(place, workload).await;
        let mut child = Command::new(command[0])
            .args(&command[1..])
            .current_dir(folder)
            .env_clear()
            .envs([("PORT", "0"), ("HOST", "127.0.0.1")])
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut log = BufReader::new(child.stderr.take().expect("its log"));
        let mut address = None;
        while address.is_none() {
            let line = said(&mut log).expect("it listens before it ends");
            address = line["address"].as_str().map(|a| a.parse().expect("an address"));
        }
        Self { child, log, address: address.expect("found just above") }
    }

    /// Status and body.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    fn json(&self, path: &str) -> (u16, Value) {
        let (status, body) = self.get(path);
        (status, serde_json::from_str(&body).unwrap_or_else(|e| panic!("{path}: {e} in {body}")))
    }

    /// Asked to stop; answers its last words and its exit code.
    fn stop(mut self) -> (Vec<Value>, Option<i32>) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        // it still answers while balancers find out
        assert_eq!(self.get("/healthz").0, 200);
        let lines = std::iter::from_fn(|| said(&mut self.log)).collect();
        (lines, self.child.wait().expect("it ends").code())
    }
}

fn said(log: &mut impl std::io::BufRead) -> Option<Value> {
    let mut line = String::new();
    let read = log.read_line(&mut line).expect("a line");
    (read > 0).then(|| serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}")))
}

fn has_python() -> bool {
    let there = Path::new(PYTHON).exists();
    if !there {
        writeln!(std::io::stderr(), "SKIPPED: {PYTHON} is not there, so the demo's services were not run")
            .expect("written");
    }
    there
}

#[tokio::test]
async fn product_search_finds_articles_and_ends_in_order() {
    if !has_python() {
        return;
    }
    let place = Place::new().await;
    place.load().await;
    let service = Running::start(&place, "product-search").await;
    assert_eq!(service.json("/").1["service"], "product-search");
    assert_eq!(service.json("/readyz"), (200, serde_json::json!({"status": "ready"})));
    let (status, found) = service.json("/search?q=oak+tables");
    assert_eq!((status, found["articles"][0]["name"].as_str()), (200, Some("Fjell oak table")));
    assert_eq!(service.json("/search").0, 400);
    assert_eq!(service.json("/search?q=oak&limit=51").0, 400);
    let (_, metrics) = service.get("/metrics");
    assert!(metrics.contains("http_requests_total{method=\"GET\",route=\"/search\",status=\"400\"} 2\n"), "{metrics}");
    let (lines, code) = service.stop();
    assert!(lines.iter().any(|l| l["message"] == "request" && l["route"] == "/search" && l["trace_id"].is_string()));
    assert_eq!(lines.last().map(|l| &l["message"]), Some(&Value::from("stopped")));
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn parcel_tracker_tells_the_story_of_a_parcel() {
    if !has_python() {
        return;
    }
    let place = Place::new().await;
    place.load().await;
    let service = Running::start(&place, "parcel-tracker").await;
    let (status, parcel) = service.json("/parcels/LF-1003");
    assert_eq!((status, parcel["state"].as_str()), (200, Some("delivered")));
    assert_eq!(parcel["story"].as_array().map(Vec::len), Some(4));
    assert_eq!(service.json("/parcels/LF-9").0, 404);
    assert_eq!(service.stop().1, Some(0));
}
