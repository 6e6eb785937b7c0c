//! Accepting and serving connections. The invariants: at most `max_connections` are open; each is
//! served from its first byte to its last by one worker thread; and after the signal to stop, open
//! requests get `grace_time` to end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::HeaderValue;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::proxy::{self, Client};
use crate::timer::ConnectionTimer;
use crate::{Ingress, Shared, pool, stall};

/// Pause after an accept that failed, most likely for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The ingress could not serve.
#[derive(Debug, thiserror::Error)]
pub enum IngressError {
    /// A worker thread could not be started.
    #[error("a worker of the ingress could not be started")]
    Worker(#[source] io::Error),
}

/// A place among `max_connections`.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    _permit: Arc<OwnedSemaphorePermit>,
    _load: Arc<Load>,
}

/// Counts a connection of a worker.
#[derive(Debug)]
struct Load(Arc<AtomicUsize>);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Accepted {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    seat: Seat,
}

/// A worker as the acceptor sees it.
struct Worker {
    load: Arc<AtomicUsize>,
    connections: mpsc::UnboundedSender<Accepted>,
    ended: oneshot::Receiver<()>,
}

impl Ingress {
    /// Serves connections of `listener` until `shutdown` resolves, then lets open requests end.
    ///
    /// # Errors
    /// [`IngressError::Worker`] before anything is served.
    pub async fn serve<F>(&self, listener: TcpListener, shutdown: F) -> Result<(), IngressError>
    where
        F: Future<Output = ()>,
    {
        let (stop, stopping) = watch::channel(false);
        let workers = (0..self.shared.config.worker_count())
            .map(|number| start_worker(number, &self.shared, &stopping))
            .collect::<Result<Vec<_>, _>>()?;
        tokio::select! {
            () = shutdown => {}
            () = accept(&listener, &workers, self.shared.config.max_connections) => {}
        }
        drop(listener);
        stop.send_replace(true);
        for worker in workers {
            drop(worker.connections);
            // An error means that it has ended, too.
            let _ = worker.ended.await;
        }
        Ok(())
    }
}

/// Hands each connection to the worker that has the fewest.
async fn accept(listener: &TcpListener, workers: &[Worker], max_connections: usize) {
    let seats = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
    while let Ok(permit) = Arc::clone(&seats).acquire_owned().await {
        let accepted = listener.accept().await.and_then(|(stream, peer)| {
            stream.set_nodelay(true)?;
            Ok((stream.into_std()?, peer))
        });
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "the ingress could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(worker) = workers.iter().min_by_key(|worker| worker.load.load(Ordering::Relaxed)) else {
            return;
        };
        worker.load.fetch_add(1, Ordering::Relaxed);
        let seat = Seat { _permit: Arc::new(permit), _load: Arc::new(Load(Arc::clone(&worker.load))) };
        if worker.connections.send(Accepted { stream, peer, seat }).is_err() {
            tracing::error!("a worker of the ingress is gone");
        }
    }
}

fn start_worker(number: usize, shared: &Arc<Shared>, stopping: &watch::Receiver<bool>) -> Result<Worker, IngressError> {
    let (connections, accepted) = mpsc::unbounded_channel();
    let (end, ended) = oneshot::channel();
    let shared = Arc::clone(shared);
    let stopping = stopping.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(IngressError::Worker)?;
    std::thread::Builder::new()
        .name(format!("ingress-{number}"))
        .spawn(move || {
            runtime.block_on(work(&shared, accepted, stopping));
            // Closes what is still open: tunnels, and requests that outlasted their grace.
            drop(runtime);
            let _ = end.send(());
        })
        .map_err(IngressError::Worker)?;
    Ok(Worker { load: Arc::default(), connections, ended })
}

/// The life of a worker.
async fn work(shared: &Arc<Shared>, mut accepted: mpsc::UnboundedReceiver<Accepted>, stopping: watch::Receiver<bool>) {
    let idle_time = shared.config.idle_time;
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(idle_time).await;
            pool::sweep(idle_time);
        }
    });
    // Closed when the last connection has ended.
    let (open, mut all_ended) = mpsc::channel::<Infallible>(1);
    // Ends when the acceptor has stopped.
    while let Some(connection) = accepted.recv().await {
        let open = open.clone();
        let connection = serve_connection(Arc::clone(shared), connection, stopping.clone());
        tokio::spawn(async move {
            connection.await;
            drop(open);
        });
    }
    drop(open);
    let _ = tokio::time::timeout(shared.config.grace_time, all_ended.recv()).await;
}

async fn serve_connection(shared: Arc<Shared>, accepted: Accepted, mut stopping: watch::Receiver<bool>) {
    let Ok(stream) = TcpStream::from_std(accepted.stream) else {
        return;
    };
    let Ok(address) = HeaderValue::try_from(accepted.peer.ip().to_canonical().to_string()) else {
        return;
    };
    let config = &shared.config;
    let io = stall::Client::new(stream, config.stall_time);
    let mut builder = Builder::new();
    builder
        .timer(ConnectionTimer::default())
        .header_read_timeout(config.header_time)
        .max_header_size(config.max_header_bytes);
    let client = Arc::new(Client { shared, address, seat: accepted.seat });
    let service = service_fn(move |request| {
        let client = Arc::clone(&client);
        async move { Ok::<_, Infallible>(proxy::serve(&client, request).await) }
    });
    let mut connection = std::pin::pin!(builder.serve_connection(io, service).with_upgrades());
    let told_to_stop = async {
        // An error means that the server is gone, which comes to the same.
        let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
    };
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = told_to_stop => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the ingress ended with an error");
    }
}
