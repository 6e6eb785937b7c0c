//! Connections that switched to another protocol, such as WebSocket. The invariant: a tunnel
//! counts as a request on its backend until both sides have ended.

use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::backend::Flight;
use crate::metrics::Measure;
use crate::server::Seat;

/// Both ends of a tunnel and what it holds while it is open.
pub(crate) struct Tunnel {
    /// The client's side, once it has the answer.
    pub(crate) client: OnUpgrade,
    pub(crate) backend: TcpStream,
    /// What the backend sent together with its answer.
    pub(crate) early: Bytes,
    pub(crate) flight: Flight,
    pub(crate) measure: Measure,
    pub(crate) seat: Seat,
}

impl Tunnel {
    /// Passes bytes both ways until both sides have ended.
    pub(crate) async fn run(self) {
        let Self { client, mut backend, early, flight, measure, seat } = self;
        let passed = async {
            let mut client = TokioIo::new(client.await.map_err(std::io::Error::other)?);
            client.write_all(&early).await?;
            client.flush().await?;
            tokio::io::copy_bidirectional(&mut client, &mut backend).await
        };
        if let Err(error) = passed.await {
            tracing::debug!(%error, "a tunnel ended with an error");
        }
        drop((flight, measure, seat));
    }
}
