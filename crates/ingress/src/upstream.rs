//! A connection to a backend. It has no task of its own: whoever uses it drives it, first while
//! waiting for the head of the answer, then while passing on its body. That saves two switches
//! between tasks for each request. The invariant: it goes back to the pool only when both messages
//! were complete and it is still open.

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::backend::Endpoint;
use crate::body::{BodyFault, RequestBody};
use crate::config::IngressConfig;
use crate::pool;

pub(crate) struct Upstream {
    /// The key of its backend.
    pub(crate) key: u64,
    pub(crate) idle_since: Instant,
    /// Was it used before? Then the backend may close it at any time, for no fault of a request.
    pub(crate) is_reused: bool,
    max_idle: usize,
    is_closed: bool,
    /// Used for one request after the other: to move its deadline on is cheap, to make one is not.
    timer: Pin<Box<Sleep>>,
    sender: SendRequest<RequestBody>,
    connection: Connection<TokioIo<TcpStream>, RequestBody>,
}

/// Why a request has no answer.
pub(crate) enum Unanswered {
    /// Nothing of it was sent; it is given back.
    Unsent(Box<Request<RequestBody>>),
    /// It was sent, at least in part, and the connection ended.
    Broken,
    /// Its own body ended early.
    Body { is_stalled: bool },
    /// It was sent and the answer did not begin in time.
    Slow,
}

impl Upstream {
    /// An idle connection to the backend that is still open, or a new one.
    ///
    /// # Errors
    /// The backend does not accept connections.
    pub(crate) async fn open(endpoint: &Endpoint, config: &IngressConfig) -> std::io::Result<Box<Self>> {
        while let Some(mut idle) = pool::take(endpoint.key, config.idle_time) {
            let is_closed = std::future::poll_fn(|cx| Poll::Ready(idle.drive(cx).is_ready())).await;
            if !is_closed && idle.sender.is_ready() {
                idle.is_reused = true;
                return Ok(idle);
            }
        }
        // Rare, and large: kept out of the state of every request.
        Box::pin(Self::connect(endpoint.address, endpoint.key, config)).await
    }

    /// A new connection.
    async fn connect(address: SocketAddr, key: u64, config: &IngressConfig) -> std::io::Result<Box<Self>> {
        let stream = tokio::time::timeout(config.connect_time, TcpStream::connect(address))
            .await
            .map_err(|_elapsed| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        let handshake = Builder::new().handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(std::io::Error::other)?;
        Ok(Box::new(Self {
            key,
            idle_since: Instant::now(),
            is_reused: false,
            max_idle: config.max_idle,
            is_closed: false,
            timer: Box::pin(tokio::time::sleep(config.response_time)),
            sender,
            connection,
        }))
    }

    /// Moves bytes both ways. Ready when the connection has ended, for whatever reason; the
    /// request that was on it learns why.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_closed {
            self.is_closed = Pin::new(&mut self.connection).poll(cx).is_ready();
        }
        if self.is_closed { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Sends a request and waits for the head of its answer for at most `time` after the last
    /// piece of its body.
    pub(crate) async fn send(
        &mut self,
        request: Request<RequestBody>,
        time: Duration,
    ) -> Result<Response<Incoming>, Unanswered> {
        let mut patience = Patience::new(time, &request);
        let mut answer = pin!(self.sender.try_send_request(request));
        let mut is_closed = self.is_closed;
        let (connection, timer) = (&mut self.connection, &mut self.timer);
        timer.as_mut().reset(Instant::now() + time);
        let answered = std::future::poll_fn(|cx| {
            if !is_closed {
                is_closed = Pin::new(&mut *connection).poll(cx).is_ready();
            }
            match answer.as_mut().poll(cx) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending if is_closed => Poll::Ready(None),
                Poll::Pending => patience.poll(timer, cx).map(|()| None),
            }
        })
        .await;
        self.is_closed = is_closed;
        match answered {
            Some(Ok(response)) => Ok(response),
            Some(Err(mut error)) => Err(match error.take_message() {
                Some(request) => Unanswered::Unsent(Box::new(request)),
                None => unanswered(error.error()),
            }),
            None if is_closed => Err(Unanswered::Broken),
            None => Err(Unanswered::Slow),
        }
    }

    /// The bare connection after the backend switched protocols, and what it sent early.
    pub(crate) fn into_stream(self) -> (TcpStream, Bytes) {
        let parts = self.connection.into_parts();
        (parts.io.into_inner(), parts.read_buf)
    }

    /// Back to the pool if it can be used again.
    pub(crate) fn give_back(mut self: Box<Self>) {
        // Lets it see that the answer was read to its end. Nobody waits for it now, so nobody is woken.
        let is_closed = self.drive(&mut Context::from_waker(Waker::noop())).is_ready();
        if !is_closed && self.sender.is_ready() {
            self.idle_since = Instant::now();
            let max_idle = self.max_idle;
            pool::give_back(self, max_idle);
        }
    }
}

fn unanswered(error: &hyper::Error) -> Unanswered {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(fault) = error.downcast_ref::<BodyFault>() {
            let is_stalled = matches!(fault, BodyFault::Stalled);
            return Unanswered::Body { is_stalled };
        }
        cause = error.source();
    }
    Unanswered::Broken
}

/// How long an answer is waited for. As long as a body is on its way, time starts again.
struct Patience {
    time: Duration,
    progress: Option<Arc<AtomicU64>>,
    seen: u64,
}

impl Patience {
    fn new(time: Duration, request: &Request<RequestBody>) -> Self {
        let progress = match request.body() {
            RequestBody::Stream(body) => Some(body.progress()),
            RequestBody::Empty | RequestBody::Kept(_) => None,
        };
        Self { time, progress, seen: 0 }
    }

    /// Ready when `timer` has run out and nothing has moved since.
    fn poll(&mut self, timer: &mut Pin<Box<Sleep>>, cx: &mut Context<'_>) -> Poll<()> {
        while timer.as_mut().poll(cx).is_ready() {
            let moved = self.progress.as_ref().map_or(0, |progress| progress.load(Ordering::Relaxed));
            if moved == self.seen {
                return Poll::Ready(());
            }
            self.seen = moved;
            timer.as_mut().reset(Instant::now() + self.time);
        }
        Poll::Pending
    }
}
