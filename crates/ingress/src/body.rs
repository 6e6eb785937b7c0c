//! Bodies on their way. The invariants: they are passed on piece by piece; a client that stops
//! sending is let go; and the connection to a backend is given back the moment an answer ends.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Sleep;

use crate::backend::Flight;
use crate::metrics::Measure;
use crate::upstream::Upstream;

/// Why the body of a request ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyFault {
    #[error("the client sent nothing for too long")]
    Stalled,
    #[error("the client did not send the body to its end")]
    Broken(#[source] hyper::Error),
}

/// The body of a request to a backend.
pub(crate) enum RequestBody {
    Empty,
    /// Read before, so that it can be sent again.
    Kept(Option<Bytes>),
    Stream(StreamedBody),
}

/// A body that is passed on while it arrives.
pub(crate) struct StreamedBody {
    body: Incoming,
    stall_time: Duration,
    stall: Option<Pin<Box<Sleep>>>,
    progress: Arc<AtomicU64>,
}

impl StreamedBody {
    pub(crate) fn new(body: Incoming, stall_time: Duration) -> Self {
        Self { body, stall_time, stall: None, progress: Arc::default() }
    }

    /// Grows as long as the body moves.
    pub(crate) fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.progress)
    }
}

impl Body for StreamedBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.stall = None;
            this.progress.fetch_add(1, Ordering::Relaxed);
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyFault::Broken)));
        }
        let stall_time = this.stall_time;
        let stall = this.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall_time)));
        stall.as_mut().poll(cx).map(|()| Some(Err(BodyFault::Stalled)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Kept(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Kept(bytes) => bytes.is_none(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Kept(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Stream(body) => body.size_hint(),
        }
    }
}

/// The body of an answer to a client.
pub(crate) enum ResponseBody {
    /// Written by the ingress.
    Text(Full<Bytes>),
    /// Passed on from a backend.
    Passed(PassedBody),
}

impl ResponseBody {
    pub(crate) fn text(bytes: Bytes) -> Self {
        Self::Text(Full::new(bytes))
    }
}

/// An answer that is passed on. It drives the connection that it comes from, and is what keeps the
/// request counted.
pub(crate) struct PassedBody {
    body: Incoming,
    upstream: Option<Box<Upstream>>,
    flight: Option<Flight>,
    measure: Option<Measure>,
    failure: Option<hyper::Error>,
}

impl PassedBody {
    pub(crate) fn new(body: Incoming, upstream: Box<Upstream>, flight: Flight, measure: Measure) -> Self {
        let mut this =
            Self { body, upstream: Some(upstream), flight: Some(flight), measure: Some(measure), failure: None };
        if this.body.is_end_stream() {
            this.end();
        }
        this
    }

    /// The answer is complete.
    fn end(&mut self) {
        if let Some(upstream) = self.upstream.take() {
            upstream.give_back();
        }
        self.flight = None;
        self.measure = None;
    }

    /// A failure is told one turn later, so that what came before it is sent to the client first:
    /// hyper drops what it has not written when a body fails.
    fn fail(&mut self, error: hyper::Error, cx: &Context<'_>) {
        self.upstream = None;
        self.failure = Some(error);
        cx.waker().wake_by_ref();
    }

    fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(error) = self.failure.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let first = Pin::new(&mut self.body).poll_frame(cx);
        if first.is_ready() {
            return first;
        }
        let Some(upstream) = &mut self.upstream else {
            return first;
        };
        if upstream.drive(cx).is_ready() {
            // Closed: let go of its end, so that the body learns of it.
            self.upstream = None;
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }
}

impl Drop for PassedBody {
    fn drop(&mut self) {
        // The client went away, or needs no body. Only a connection without a rest is used again.
        if self.body.is_end_stream() {
            self.end();
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Self::Text(text) => Pin::new(text).poll_frame(cx).map_err(|never| match never {}),
            Self::Passed(passed) => {
                let is_failed = passed.failure.is_some();
                let frame = passed.poll_passed(cx);
                let frame = match frame {
                    Poll::Ready(Some(Err(error))) if !is_failed => {
                        passed.fail(error, cx);
                        return Poll::Pending;
                    }
                    other => other,
                };
                match &frame {
                    Poll::Ready(Some(Ok(_))) if passed.body.is_end_stream() => passed.end(),
                    Poll::Ready(None) => passed.end(),
                    Poll::Ready(Some(Ok(_) | Err(_))) | Poll::Pending => {}
                }
                frame
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Text(text) => text.is_end_stream(),
            Self::Passed(passed) => passed.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => text.size_hint(),
            Self::Passed(passed) => passed.body.size_hint(),
        }
    }
}
