//! The two transfers. The invariants: at most `transfers` run at once, each ends within
//! `transfer_time`, a client that stands still or goes away takes its `git` with it, and no more
//! than a few chunks of a transfer are in memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{Refusal, Service, advertise, body, success};
use crate::access::{Actor, PushPolicy};
use crate::git::{GitProcess, read_tail};
use crate::name::RepositoryName;
use crate::push::{Push, PushFault};
use crate::storage::Forge;

/// Chunks of a clone between `git` and the client.
const CHUNKS: usize = 4;
const CHUNK: usize = 64 << 10;

type Chunk = Result<Bytes, std::io::Error>;

/// A clone or fetch.
pub(super) async fn upload(forge: &Forge, repository: &RepositoryName, request: Request) -> Result<Response, Refusal> {
    let (parts, request) = request.into_parts();
    check_type(&parts.headers, Service::UploadPack)?;
    let wants = body::reader(&parts.headers, request)?;
    let permit = take_turn(forge).await?;
    let protocol = advertise::protocol(&parts.headers).unwrap_or_default();
    let process = forge
        .inner
        .git
        .command("upload-pack")
        .env("GIT_PROTOCOL", protocol)
        .args(["--stateless-rpc", "--strict"])
        .arg(forge.path(repository))
        .stream()
        .map_err(|error| Refusal::fault(&error))?;
    let (to_client, chunks) = mpsc::channel(CHUNKS);
    let transfer = Upload {
        idle: forge.inner.config.idle_time,
        max_request: forge.inner.config.max_fetch_request,
        repository: repository.clone(),
        to_client,
    };
    let time = forge.inner.config.transfer_time;
    tokio::spawn(async move {
        let gone = transfer.to_client.clone();
        tokio::select! {
            () = transfer.run(process, wants) => {}
            () = gone.closed() => {}
            () = tokio::time::sleep(time) => {
                let _ = gone.try_send(Err(std::io::ErrorKind::TimedOut.into()));
            }
        }
        drop(permit);
    });
    let chunks = stream::unfold(chunks, async |mut chunks| Some((chunks.recv().await?, chunks)));
    success(Service::UploadPack, "result", Body::from_stream(chunks))
}

struct Upload {
    idle: Duration,
    max_request: u64,
    repository: RepositoryName,
    to_client: mpsc::Sender<Chunk>,
}

impl Upload {
    /// Dropped at any point, it takes the process with it.
    async fn run(self, mut process: GitProcess, wants: impl AsyncRead + Unpin) {
        let (stdin, stdout, stderr) = process.streams();
        let (asked, sent, message) = tokio::join!(self.ask(wants, stdin), self.send(stdout), read_tail(stderr));
        let ended = process.wait().await;
        let is_whole = asked && sent && ended.is_ok_and(|status| status.success());
        if !is_whole {
            tracing::info!(repository = %self.repository, message = message.trim(), "a fetch was not finished");
            // Ends the answer in a way that the client cannot take for its end.
            let broken = std::io::Error::other("the transfer was not finished");
            let _ = self.to_client.send(Err(broken)).await;
        }
    }

    /// Hands over what the client wants. False if it stood still or asked for too much.
    async fn ask(&self, mut wants: impl AsyncRead + Unpin, stdin: Option<ChildStdin>) -> bool {
        let Some(mut stdin) = stdin else {
            return false;
        };
        let mut chunk = vec![0; CHUNK];
        let mut total = 0;
        loop {
            match tokio::time::timeout(self.idle, wants.read(&mut chunk)).await {
                Ok(Ok(0)) => return true,
                Ok(Ok(read)) => {
                    total += read as u64;
                    if total > self.max_request {
                        return false;
                    }
                    if stdin.write_all(&chunk[..read]).await.is_err() {
                        // Git has all that it wanted to know.
                        return true;
                    }
                }
                Ok(Err(_)) | Err(_) => return false,
            }
        }
    }

    /// Hands the pack to the client. False if the client does not take it.
    async fn send(&self, stdout: Option<ChildStdout>) -> bool {
        let Some(mut stdout) = stdout else {
            return false;
        };
        let mut chunk = bytes::BytesMut::new();
        loop {
            chunk.reserve(CHUNK);
            match stdout.read_buf(&mut chunk).await {
                Ok(0) => return true,
                Ok(_) => {
                    let sent = self.to_client.send_timeout(Ok(chunk.split().freeze()), self.idle).await;
                    if sent.is_err() {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
    }
}

/// A push.
pub(super) async fn receive(
    forge: &Forge,
    repository: RepositoryName,
    actor: Actor,
    policy: Arc<dyn PushPolicy>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, request) = request.into_parts();
    check_type(&parts.headers, Service::ReceivePack)?;
    let from = body::reader(&parts.headers, request)?;
    let _permit = take_turn(forge).await?;
    let push = Push { forge: forge.clone(), repository, actor, policy };
    let received = tokio::time::timeout(forge.inner.config.transfer_time, push.receive(from)).await;
    match received {
        Ok(Ok(report)) => success(Service::ReceivePack, "result", Body::from(report)),
        Ok(Err(fault)) => Err(fault.into()),
        Err(_elapsed) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "the push took too long")),
    }
}

impl From<PushFault> for Refusal {
    fn from(fault: PushFault) -> Self {
        match &fault {
            PushFault::Malformed(_) => Self::new(StatusCode::BAD_REQUEST, fault.to_string()),
            PushFault::Incomplete(cause) => {
                tracing::info!(%cause, "a push was not sent completely");
                Self::new(StatusCode::REQUEST_TIMEOUT, fault.to_string())
            }
            PushFault::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, fault.to_string()),
            PushFault::Forge(error) => Self::fault(error),
        }
    }
}

/// Also keeps other sites' forms out: a browser does not send this type without asking first.
fn check_type(headers: &HeaderMap, service: Service) -> Result<(), Refusal> {
    let expected = format!("application/x-{}-request", service.name());
    match headers.get(CONTENT_TYPE) {
        Some(value) if value.as_bytes() == expected.as_bytes() => Ok(()),
        _ => Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("the content type must be {expected}"))),
    }
}

async fn take_turn(forge: &Forge) -> Result<OwnedSemaphorePermit, Refusal> {
    let turn = Arc::clone(&forge.inner.transfers).acquire_owned();
    match tokio::time::timeout(forge.inner.config.queue_time, turn).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(_)) | Err(_) => Err(Refusal::busy()),
    }
}
