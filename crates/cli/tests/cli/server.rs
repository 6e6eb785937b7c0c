//! A server that answers what a test tells it to and remembers what it was asked, and a command line to ask it with.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use causeway_cli::{Command, Globals, Printer};
use clap::{CommandFactory, Parser};
use serde_json::{Value, json};

/// The command line as the binary has it.
#[derive(Parser)]
#[command(name = "platform", version, propagate_version = true)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `POST /apis/…?dryRun=All`
    pub(crate) what: String,
    pub(crate) body: Value,
}

#[derive(Clone, Default)]
struct Shared {
    answers: Arc<Mutex<HashMap<String, (u16, Value)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

pub(crate) struct Server {
    shared: Shared,
    address: String,
}

/// What a command did.
pub(crate) struct Done {
    pub(crate) code: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Server {
    /// With the kinds that the tests use.
    pub(crate) async fn start() -> Self {
        let shared = Shared::default();
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let server = Self { shared, address };
        server.answer("GET /api", 200, json!({"items": [group("", &["ConfigMap"])]}));
        server.answer(
            "GET /apis",
            200,
            json!({"items": [group("platform.causeway.dev", &["Application", "Claim", "Workload", "Plan"])]}),
        );
        server.answer("GET /whoami", 200, json!({"user": "ana", "groups": []}));
        server.answer("GET /apis/backstage.io/v1alpha1/namespaces/default/groups", 200, json!({"items": []}));
        server
    }

    /// From now on, this is the answer to `METHOD /path`, whatever the query.
    pub(crate) fn answer(&self, what: &str, code: u16, body: Value) {
        self.shared.answers.lock().unwrap().insert(what.to_owned(), (code, body));
    }

    /// What changed something, or tried to.
    pub(crate) fn writes(&self) -> Vec<Asked> {
        let asked = self.shared.asked.lock().unwrap();
        asked.iter().filter(|asked| !asked.what.starts_with("GET ")).cloned().collect()
    }

    /// Carries out a command line, without the program's name.
    pub(crate) async fn run(&self, line: &[&str]) -> Done {
        run(line.iter().copied().chain(["--server", &self.address, "--token", "t"])).await
    }
}

/// Carries out a command line.
pub(crate) async fn run<'a>(line: impl IntoIterator<Item = &'a str>) -> Done {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let printer = Printer::to(stdout.clone(), stderr.clone());
    let code = match Line::try_parse_from(std::iter::once("platform").chain(line)) {
        Ok(line) => causeway_cli::run_with(line.command, &line.globals, Line::command(), printer).await.code(),
        Err(error) => {
            printer.say(error.to_string());
            u8::try_from(error.exit_code()).unwrap()
        }
    };
    Done { code, stdout: stdout.text(), stderr: stderr.text() }
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn answer(State(shared): State<Shared>, method: Method, uri: Uri, body: Bytes) -> (StatusCode, String) {
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    shared.asked.lock().unwrap().push(Asked { what: format!("{method} {uri}"), body });
    let found = shared.answers.lock().unwrap().get(&format!("{method} {}", uri.path())).cloned();
    let missing = json!({"kind": "Status", "code": 404, "reason": "NotFound", "message": format!("{} was not found", uri.path())});
    let (code, body) = found.unwrap_or((404, missing));
    (StatusCode::from_u16(code).unwrap(), body.to_string())
}

fn group(name: &str, kinds: &[&str]) -> Value {
    let resource = |kind: &&str| {
        json!({"resource": format!("{}s", kind.to_lowercase()), "responseKind": {"kind": kind}, "scope": "Namespaced",
            "singularResource": kind.to_lowercase()})
    };
    json!({"metadata": {"name": name}, "versions": [{"version": "v1", "resources": kinds.iter().map(resource).collect::<Vec<_>>()}]})
}
