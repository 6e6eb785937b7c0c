//! The same requests on the same files as a real Backstage was asked, compared with what it answered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::host::{Answer, Host};

#[expect(clippy::print_stderr, reason = "a test that tries nothing has to say so")]
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !folder.join("backstage-answers").is_dir() {
        eprintln!("SKIPPED: {} is not there, so no answer was compared", folder.display());
        return None;
    }
    folder.canonicalize().ok()
}

pub(crate) fn records(corpus: &Path, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(corpus.join("backstage-answers").join(file)).expect("readable");
    let root = corpus.display().to_string();
    // placeholders of paths first, then of the names that are made of them
    let text = text.replace("${ROOT}", &root).replace("${root}", &root.to_lowercase());
    serde_json::from_str::<Vec<Value>>(&text).expect("JSON").into_iter().map(with_names).collect()
}

/// `generated-${SHA1:file:/x}` with the digest in place.
fn with_names(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(with_digest(&text)),
        Value::Array(list) => Value::Array(list.into_iter().map(with_names).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (with_digest(&key), with_names(value))).collect())
        }
        scalar => scalar,
    }
}

fn with_digest(text: &str) -> String {
    let lower = text.replace("${sha1:", "${SHA1:");
    let Some((before, rest)) = lower.split_once("${SHA1:") else { return text.to_owned() };
    let Some((subject, after)) = rest.split_once('}') else { return text.to_owned() };
    format!("{before}{}{}", hex::encode(Sha1::digest(subject)), with_digest(after))
}

/// What is compared of an answer: without ids, and without what only this server says.
fn comparable(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut map: serde_json::Map<String, Value> =
                map.into_iter().map(|(key, value)| (key, comparable(value))).collect();
            for field in ["annotations", "labels"] {
                if let Some(Value::Object(inner)) = map.get_mut(field) {
                    inner.retain(|key, _| !key.starts_with("platform.causeway.dev/"));
                    if inner.is_empty() && field == "labels" {
                        map.shift_remove(field);
                    }
                }
            }
            if let Some(id) =
                map.get_mut("id").filter(|id| id.as_str().is_some_and(|id| id == "${UUID}" || id.len() == 36))
            {
                *id = Value::Null;
            }
            if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
                metadata.shift_remove("uid");
                metadata.shift_remove("etag");
            }
            Value::Object(map)
        }
        Value::Array(list) => Value::Array(list.into_iter().map(comparable).collect()),
        scalar => scalar,
    }
}

/// An API that is a server of tools needs no definition in a newer Backstage than the one that was asked.
const NEWER: (&str, &str, &str) = ("apis", "default", "backstage-mcp-server");

struct Run {
    host: Host,
    entities: BTreeMap<String, Value>,
}

impl Run {
    async fn start(corpus: &Path, name: &str) -> Self {
        let runs = records(corpus, "catalog/runs.json");
        let run = runs.iter().find(|run| run["run"] == name).expect("the run");
        let files = run["locations"].as_array().expect("locations").iter();
        let files: Vec<PathBuf> = files.filter_map(Value::as_str).map(|file| corpus.join(file)).collect();
        let host = Host::start().await;
        host.read_files(&files).await;
        host.remove(NEWER).await;
        let entities = records(corpus, "catalog/entities.json").into_iter().filter(|record| record["run"] == name);
        let entities =
            entities.map(|mut record| (record["ref"].as_str().unwrap_or_default().to_owned(), record["entity"].take()));
        Self { host, entities: entities.collect() }
    }

    /// An expected answer with entities in the place of their references.
    fn filled(&self, value: Value) -> Value {
        match value {
            Value::Object(map) => match map.get("$entity").and_then(Value::as_str) {
                Some(reference) => {
                    comparable(self.entities.get(reference).cloned().unwrap_or_else(|| json!(reference)))
                }
                None => Value::Object(map.into_iter().map(|(key, value)| (key, self.filled(value))).collect()),
            },
            Value::Array(list) => Value::Array(list.into_iter().map(|value| self.filled(value)).collect()),
            scalar => scalar,
        }
    }

    async fn send(&self, record: &Value, url: &str) -> Answer {
        let method = record["method"].as_str().unwrap_or("GET");
        let request = Request::builder().method(method).uri(url);
        match (&record["body"], record["raw"].as_str()) {
            (_, Some(raw)) => {
                let kind = record["requestContentType"].as_str().unwrap_or("application/json");
                self.host.ask(request.header("content-type", kind), Body::from(raw.to_owned())).await
            }
            (Value::Null, None) => self.host.ask(request, Body::empty()).await,
            (body, None) => {
                self.host.ask(request.header("content-type", "application/json"), Body::from(body.to_string())).await
            }
        }
    }

    /// What differs between a record and the answer here.
    async fn difference(&self, record: &Value) -> Option<String> {
        let url = record["url"].as_str().unwrap_or_default();
        let answer = self.send(record, url).await;
        if Some(u64::from(answer.status.as_u16())) != record["status"].as_u64() {
            return Some(format!("status {} instead of {}: {}", answer.status, record["status"], answer.text));
        }
        if record.get("pages").is_some() {
            return self.pages(record, answer).await;
        }
        let wanted = comparable(self.filled(record["response"].clone()));
        if wanted == json!("") {
            return (!answer.text.is_empty()).then(|| format!("a body: {}", answer.text));
        }
        let got = comparable(answer.json());
        if wanted["error"].is_object() || wanted["errors"].is_array() {
            return errors_differ(&wanted, &got);
        }
        let is_loose = record["unordered"] == true || record.get("order").is_some();
        let (wanted, got) = if is_loose { (sorted(wanted), sorted(got)) } else { (wanted, got) };
        if record["anySubset"] == true {
            let count = |value: &Value| value["items"].as_array().or(value.as_array()).map(Vec::len);
            return (count(&wanted) != count(&got)).then(|| format!("{:?} items", count(&got)));
        }
        without_cursors_differ(wanted, got)
    }

    async fn pages(&self, record: &Value, first: Answer) -> Option<String> {
        let mut last = first;
        let (mut wanted_refs, mut got_refs) = (Vec::new(), Vec::new());
        for (number, page) in record["pages"].as_array()?.iter().enumerate() {
            if page.get("status").is_some() {
                // Backstage refuses its own cursor here; this server takes it
                break;
            }
            if number > 0 {
                let next = match page["dir"].as_str() {
                    Some(dir) => self.turn(record, &last, dir).await,
                    None => self.follow(&last).await,
                };
                let Some(next) = next else { return Some(format!("page {number} is missing")) };
                last = next;
            }
            if record["unordered"] == true && page["dir"] == "prevCursor" {
                // what lies before depends on an order that is not told
                continue;
            }
            let body = last.json();
            let items = body["items"].as_array().or(body.as_array()).cloned().unwrap_or_default();
            if page["n"].as_u64() != Some(items.len() as u64) {
                return Some(format!("page {number}: {} items instead of {}", items.len(), page["n"]));
            }
            wanted_refs.extend(page["refs"].as_array()?.iter().filter_map(Value::as_str).map(str::to_owned));
            got_refs.extend(items.iter().map(reference));
        }
        if record["unordered"] == true || record.get("order").is_some() {
            wanted_refs.sort();
            got_refs.sort();
        }
        (wanted_refs != got_refs).then(|| format!("{got_refs:?}\n  instead of {wanted_refs:?}"))
    }

    async fn turn(&self, record: &Value, last: &Answer, dir: &str) -> Option<Answer> {
        let body = last.json();
        let cursor = body["pageInfo"][dir].as_str()?;
        if record["method"] == "POST" {
            let mut asked = record["body"].clone();
            asked["cursor"] = cursor.into();
            let request = Request::post("/api/catalog/entities/by-query").header("content-type", "application/json");
            return Some(self.host.ask(request, Body::from(asked.to_string())).await);
        }
        let escaped = cursor.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let limit = record["query"].as_str()?.split('&').find(|pair| pair.starts_with("limit=")).unwrap_or("limit=200");
        let url = format!(
            "/api/catalog/entities/by-query?cursor={escaped}&{limit}&fields=kind,metadata.name,metadata.namespace"
        );
        Some(self.host.get(&url).await)
    }

    async fn follow(&self, last: &Answer) -> Option<Answer> {
        let link = last.headers.get("link")?.to_str().ok()?;
        let path = link.trim_start_matches('<').split('>').next()?;
        Some(self.host.get(&format!("/api/catalog{path}")).await)
    }
}

fn reference(entity: &Value) -> String {
    let text = |path: &str| entity.pointer(path).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    format!("{}:{}/{}", text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

fn sorted(mut value: Value) -> Value {
    let list = if value.is_array() { value.as_array_mut() } else { value["items"].as_array_mut() };
    if let Some(list) = list {
        list.sort_by_key(|item| canonical(item).to_string());
    }
    value
}

/// With the fields of objects in the order of their names.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields: BTreeMap<&String, Value> = map.iter().map(|(key, value)| (key, canonical(value))).collect();
            json!(fields)
        }
        Value::Array(list) => Value::Array(list.iter().map(canonical).collect()),
        scalar => scalar.clone(),
    }
}

/// The words of an error may differ where they are those of a library; its name, place and status may not.
fn errors_differ(wanted: &Value, got: &Value) -> Option<String> {
    let same = |pointer: &str| wanted.pointer(pointer) == got.pointer(pointer);
    let fits = same("/error/name") && same("/errors/0/name") && same("/request/method") && same("/response");
    (!fits).then(|| format!("{got} instead of {wanted}"))
}

fn without_cursors_differ(mut wanted: Value, mut got: Value) -> Option<String> {
    for value in [&mut wanted, &mut got] {
        if let Some(Value::Object(info)) = value.get_mut("pageInfo") {
            info.values_mut().for_each(|cursor| *cursor = Value::Null);
        }
    }
    (wanted != got).then(|| format!("{got}\n  instead of {wanted}"))
}

async fn compare(run: &str, known: &[&str]) {
    let Some(corpus) = corpus() else { return };
    let subject = Run::start(&corpus, run).await;
    let all = records(&corpus, "catalog/requests.json");
    let mut wrong = Vec::new();
    let mut tried = 0;
    for record in all.iter().filter(|record| record["run"] == run) {
        tried += 1;
        let id = record["id"].as_str().unwrap_or_default();
        let difference = subject.difference(record).await;
        match (known.contains(&id), difference) {
            (false, Some(difference)) => {
                let short: String = difference.chars().take(700).collect();
                wrong.push(format!("{id} {} {}\n  {short}", record["method"], record["query"]));
            }
            (true, None) => wrong.push(format!("{id} is the same by now")),
            _ => {}
        }
    }
    subject.host.stop().await;
    assert!(tried > 2, "only {tried} requests");
    assert!(wrong.is_empty(), "{} of {tried} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn the_examples_of_backstage_are_answered_as_backstage_does() {
    // a target that is a script is refused as a bad request here, not as a failure of the server
    compare("examples", &["loc-13"]).await;
}

#[tokio::test]
async fn files_as_people_have_them_are_answered_as_backstage_does() {
    // a location whose file cannot be read is in the catalog here, where its owner can see it
    compare("wild", &["wild-12"]).await;
}

#[tokio::test]
async fn trees_of_files_are_answered_as_backstage_does() {
    compare("trees2", &[]).await;
}
