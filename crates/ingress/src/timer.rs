//! The timer of a client's connection. hyper asks for a new sleep for every request; this one lends
//! out the same again, whose deadline only moves on, which costs no turn of the timer wheel.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use parking_lot::Mutex;

type Kept = Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>;

#[derive(Default)]
pub(crate) struct ConnectionTimer {
    kept: Kept,
}

/// A sleep that goes back when it is not needed any more.
struct Lent {
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    kept: Kept,
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let deadline = deadline.into();
        let sleep = match self.kept.lock().take() {
            Some(mut sleep) => {
                sleep.as_mut().reset(deadline);
                sleep
            }
            None => Box::pin(tokio::time::sleep_until(deadline)),
        };
        Box::pin(Lent { sleep: Some(sleep), kept: Arc::clone(&self.kept) })
    }
}

impl Sleep for Lent {}

impl Future for Lent {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.as_mut().map_or(Poll::Ready(()), |sleep| sleep.as_mut().poll(cx))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        *self.kept.lock() = self.sleep.take();
    }
}
