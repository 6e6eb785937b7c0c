//! A plain HTTP client, one that keeps on asking, and a raw one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(crate) async fn get(address: SocketAddr, host: &str, path: &str) -> Answer {
    let mut sender = connect(address).await;
    ask(&mut sender, "GET", host, path).await
}

/// Never repeated by the ingress, whatever becomes of it.
pub(crate) async fn post(address: SocketAddr, host: &str, path: &str) -> Answer {
    let mut sender = connect(address).await;
    ask(&mut sender, "POST", host, path).await
}

async fn connect(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask(sender: &mut SendRequest<Full<Bytes>>, method: &str, host: &str, path: &str) -> Answer {
    let body = if method == "POST" { "a body" } else { "" };
    let request = Request::builder().method(method).uri(path).header("host", host).body(Full::from(body)).unwrap();
    sender.ready().await.unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    Answer { status, body: String::from_utf8_lossy(&body).into_owned() }
}

/// Clients that ask without a pause; each answer must be a good one.
pub(crate) struct Load {
    is_done: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(address: SocketAddr, host: &'static str, count: usize) -> Self {
        let (is_done, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let client = |number: usize| {
            let (is_done, asked) = (Arc::clone(&is_done), Arc::clone(&asked));
            async move {
                let mut sender = connect(address).await;
                while !is_done.load(Ordering::SeqCst) {
                    // neither may be lost, and a POST cannot be repeated
                    let method = if (number + asked.load(Ordering::SeqCst)).is_multiple_of(2) { "POST" } else { "GET" };
                    let answer = ask(&mut sender, method, host, "/slow?0.1").await;
                    assert_eq!(answer.status, 200, "{method}: {}", answer.body);
                    asked.fetch_add(1, Ordering::SeqCst);
                }
            }
        };
        let clients = (0..count).map(|number| tokio::spawn(client(number))).collect();
        Self { is_done, asked, clients }
    }

    /// How many good answers there were.
    pub(crate) async fn end(self) -> usize {
        self.is_done.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.await.unwrap();
        }
        self.asked.load(Ordering::SeqCst)
    }
}
