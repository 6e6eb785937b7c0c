//! Serves plain HTTP and TLS on one port: the first byte of a connection tells which it is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::Service as _;

use crate::Certificate;

/// The first byte of a TLS connection: a handshake record.
const HANDSHAKE: u8 = 0x16;
/// A connection that says nothing is let go after this time.
const FIRST_BYTE_WITHIN: Duration = Duration::from_secs(10);
const HEADERS_WITHIN: Duration = Duration::from_secs(30);
const MOST_CONNECTIONS: usize = 8192;

/// The port could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{address} cannot be listened on")]
pub struct ServerError {
    address: SocketAddr,
    #[source]
    source: std::io::Error,
}

/// A bound port, not serving yet.
pub struct Server {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Server {
    /// Takes the port.
    pub async fn bind(address: SocketAddr, certificate: &Certificate) -> Result<Self, ServerError> {
        let listener = TcpListener::bind(address).await.map_err(|source| ServerError { address, source })?;
        Ok(Self { listener, acceptor: TlsAcceptor::from(certificate.config()) })
    }

    /// The address, with the port that was really taken.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` ends, then lets requests under way finish for at most `grace`.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>, grace: Duration) {
        let graceful = Arc::new(GracefulShutdown::new());
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        tokio::pin!(stop);
        loop {
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            let Ok((stream, peer)) = accepted else {
                // too many open files, most likely: it passes as connections end
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (acceptor, router, graceful) = (self.acceptor.clone(), router.clone(), Arc::clone(&graceful));
            tokio::spawn(async move {
                serve_one(stream, peer, acceptor, router, &graceful).await;
                drop(permit);
            });
        }
        drop(self.listener);
        if let Some(graceful) = Arc::into_inner(graceful) {
            let _ = tokio::time::timeout(grace, graceful.shutdown()).await;
        } else {
            // connections still hold their end; they are given the same time, then the process ends
            tokio::time::sleep(grace.min(Duration::from_millis(300))).await;
        }
    }
}

async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: TlsAcceptor,
    router: Router,
    graceful: &GracefulShutdown,
) {
    let _ = stream.set_nodelay(true);
    let mut first = [0_u8; 1];
    match tokio::time::timeout(FIRST_BYTE_WITHIN, stream.peek(&mut first)).await {
        Ok(Ok(1)) => {}
        _ => return,
    }
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        async move { router.call(request.map(axum::body::Body::new)).await }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(256);
    let ended = if first[0] == HANDSHAKE {
        match tokio::time::timeout(FIRST_BYTE_WITHIN, acceptor.accept(stream)).await {
            Ok(Ok(tls)) => {
                graceful.watch(builder.serve_connection_with_upgrades(TokioIo::new(tls), service).into_owned()).await
            }
            _ => return,
        }
    } else {
        graceful.watch(builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned()).await
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
