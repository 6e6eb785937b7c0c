//! One question to a replica: does it answer a request, take a connection, say yes to a command?
//!
//! An answer is a sentence when it is no; nothing is kept, so that a question can be given up at any point.

use std::time::Duration;

use causeway_sandbox::{Cause, Sandbox};
use futures::future::pending;
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::sleep_until;

use super::Ground;
use super::container::Container;
use super::pulse::{Due, Subject};
use super::record::{Place, ReplicaRecord};
use crate::{HttpProbe, Instance, InstanceId, ProbeAction};

/// What asking takes.
pub(super) struct Asked<'a> {
    pub(super) id: &'a InstanceId,
    pub(super) place: &'a Place,
    pub(super) record: &'a ReplicaRecord,
    pub(super) instance: Option<&'a Instance>,
}

/// Waits until a question is due, and asks it.
pub(super) async fn ask<'d>(ground: &Ground, asked: Asked<'_>, due: Option<&'d Due>) -> (&'d Due, Result<(), String>) {
    let Some(due) = due else { return pending().await };
    sleep_until(due.at).await;
    let answer = match &due.subject {
        Subject::Life => Ok(()),
        Subject::Port(port) => ask_tcp(*port, due.timeout).await,
        Subject::Probe { action: ProbeAction::Http(probe), .. } => {
            ask_http(probe, asked.record.real_port(probe.port), due.timeout).await
        }
        Subject::Probe { action: ProbeAction::Command(command), container } => {
            ask_inside(ground, &asked, container, command, due.timeout).await
        }
    };
    (due, answer)
}

async fn ask_inside(
    ground: &Ground,
    asked: &Asked<'_>,
    name: &str,
    command: &[String],
    timeout: Duration,
) -> Result<(), String> {
    let process = asked.instance.and_then(|instance| Some((instance, instance.processes.get(name)?)));
    // after a restart of the server nothing can be run as the container until its variables are known; it lives, at least
    let Some((instance, process)) = process else { return Ok(()) };
    let folder = asked.place.container(&asked.record.uid, name);
    let user = ground.users.of(asked.id).map_err(|error| error.to_string())?;
    let container = Container { instance, record: asked.record, name, process, folder: &folder, user };
    ask_command(&ground.sandbox, &container, command, timeout).await
}

/// A request on loopback; 200 to 399 is good.
async fn ask_http(probe: &HttpProbe, port: u16, timeout: Duration) -> Result<(), String> {
    let path = if probe.path.starts_with('/') { probe.path.clone() } else { format!("/{}", probe.path) };
    let status = match tokio::time::timeout(timeout, request(probe, &path, port)).await {
        Ok(status) => status?,
        Err(_) => return Err(format!("GET {path} was not answered within {} s", timeout.as_secs_f32())),
    };
    match status {
        200..=399 => Ok(()),
        status => Err(format!("GET {path} answered {status}")),
    }
}

async fn request(probe: &HttpProbe, path: &str, port: u16) -> Result<u16, String> {
    let stream = connect(port).await?;
    let broken = |error: hyper::Error| format!("GET {path} broke off: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let connection = async {
        // what goes wrong on it, the request tells
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    let own_host = probe.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let mut request = Request::get(path).header("user-agent", "causeway-probe").header("connection", "close");
    if !own_host {
        request = request.header("host", format!("127.0.0.1:{port}"));
    }
    for (name, value) in &probe.headers {
        request = request.header(name, value);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| format!("its request is none: {error}"))?;
    tokio::select! {
        answer = sender.send_request(request) => Ok(answer.map_err(broken)?.status().as_u16()),
        () = connection => Err(format!("GET {path} broke off")),
    }
}

/// Whether somebody listens.
async fn ask_tcp(port: u16, timeout: Duration) -> Result<(), String> {
    match tokio::time::timeout(timeout, connect(port)).await {
        Ok(stream) => stream.map(drop),
        Err(_) => Err(format!("port {port} took no connection within {} s", timeout.as_secs_f32())),
    }
}

async fn connect(port: u16) -> Result<TcpStream, String> {
    TcpStream::connect(("127.0.0.1", port))
        .await
        .map_err(|_refused| format!("it does not listen on the port that PORT names ({port})"))
}

/// A command beside the container; exit code 0 is good.
async fn ask_command(
    sandbox: &Sandbox,
    container: &Container<'_>,
    command: &[String],
    timeout: Duration,
) -> Result<(), String> {
    let program = command.first().map_or("", String::as_str);
    let spec =
        container.question(command, timeout).map_err(|error| format!("`{program}` could not be run: {error}"))?;
    let handle = sandbox.start(&spec).await.map_err(|error| error.to_string())?;
    container.forget_files(handle.enforced());
    let exit = handle.wait().await;
    match (exit.cause, exit.code) {
        (Cause::Itself, Some(0)) => Ok(()),
        (Cause::Itself, Some(code)) => Err(format!("`{program}` ended with code {code}")),
        (Cause::TimedOut, _) => Err(format!("`{program}` took longer than {} s", timeout.as_secs_f32())),
        _ => Err(format!("`{program}` was killed")),
    }
}
