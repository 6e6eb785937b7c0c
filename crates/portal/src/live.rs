//! Streams that keep an open page up to date: the page's own fragments, sent again when what they were made of changes.
//!
//! Three kinds of event: `swap` carries elements that replace those of the same id, `append` carries elements whose children are added
//! to those of the same id, `end` says that nothing more will come. The id of an event is where a browser that was cut off goes on.
//! A stream ends by itself after a while, so that the browser comes again and shows who it is.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use causeway_core::GroupResource;
use causeway_store::WatchScope;
use futures::stream::{self, BoxStream, SelectAll, StreamExt as _};
use http::HeaderMap;
use maud::Markup;
use tokio::time::Instant;

use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Changes that come together are drawn together.
const SETTLE: Duration = Duration::from_millis(150);
const LIFE: Duration = Duration::from_secs(600);
const COME_BACK_AFTER: Duration = Duration::from_secs(2);

/// What a page looks like now.
#[derive(Default)]
pub(crate) struct Drawn {
    /// Elements with ids that replace their older selves.
    pub(crate) swap: Markup,
    /// Elements with ids whose children are added.
    pub(crate) append: Markup,
    /// Where to go on after this; the next drawing gets it.
    pub(crate) cursor: u64,
    /// Whether this is final.
    pub(crate) ended: bool,
}

/// What makes a page change.
#[derive(Default)]
pub(crate) struct Triggers {
    /// Changes of these objects.
    pub(crate) scopes: Vec<WatchScope>,
    /// Things that nobody announces are looked at this often.
    pub(crate) poll: Option<Duration>,
}

impl Triggers {
    /// All changes of these kinds in a namespace.
    pub(crate) fn of(namespace: &str, kinds: &[GroupResource]) -> Self {
        let scope =
            |kind: &GroupResource| WatchScope { resource: Some(kind.clone()), namespace: Some(namespace.into()) };
        Self { scopes: kinds.iter().map(scope).collect(), poll: None }
    }

    /// All changes of these kinds, wherever they are.
    pub(crate) fn everywhere(kinds: &[GroupResource]) -> Self {
        Self { scopes: kinds.iter().cloned().map(WatchScope::of).collect(), poll: None }
    }

    #[must_use]
    pub(crate) fn every(mut self, pause: Duration) -> Self {
        self.poll = Some(pause);
        self
    }
}

/// Where a browser that was cut off goes on; what its address says otherwise.
pub(crate) fn resume_at(headers: &HeaderMap, otherwise: u64) -> u64 {
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    last.unwrap_or(otherwise)
}

struct Feed<D> {
    /// With the instant at which the stream began, so that ages alone make no difference; the script keeps them going.
    viewer: Viewer,
    changes: SelectAll<BoxStream<'static, ()>>,
    poll: Option<Duration>,
    draw: D,
    cursor: u64,
    last: String,
    until: Instant,
    phase: Phase,
    queue: Vec<Event>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    First,
    Following,
    Over,
}

/// The stream of a page. `draw` is called with the viewer and the last cursor.
pub(crate) fn serve<D, F>(viewer: Viewer, triggers: Triggers, cursor: u64, draw: D) -> Result<Response, Refusal>
where
    D: Fn(Viewer, u64) -> F + Send + 'static,
    F: Future<Output = Result<Drawn, Refusal>> + Send,
{
    let mut changes = SelectAll::new();
    for scope in triggers.scopes {
        changes.push(watch(&viewer, scope)?);
    }
    let until = Instant::now() + LIFE;
    let feed = Feed {
        viewer,
        changes,
        poll: triggers.poll,
        draw,
        cursor,
        last: String::new(),
        until,
        phase: Phase::First,
        queue: Vec::new(),
    };
    let events =
        stream::unfold(
            feed,
            |mut feed| async move { feed.next().await.map(|event| (Ok::<_, Infallible>(event), feed)) },
        );
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// Tells of changes without their content; ends when the store cuts it off.
fn watch(viewer: &Viewer, scope: WatchScope) -> Result<BoxStream<'static, ()>, Refusal> {
    let watch = viewer.app.resources.store().watch(scope, None).map_err(causeway_resources::Error::from)?;
    let changes = stream::unfold(watch, |mut watch| async move { watch.next().await?.ok().map(|_| ((), watch)) });
    Ok(changes.boxed())
}

impl<D, F> Feed<D>
where
    D: Fn(Viewer, u64) -> F + Send + 'static,
    F: Future<Output = Result<Drawn, Refusal>> + Send,
{
    async fn next(&mut self) -> Option<Event> {
        loop {
            if !self.queue.is_empty() {
                return Some(self.queue.remove(0));
            }
            match self.phase {
                Phase::Over => return None,
                Phase::First => self.phase = Phase::Following,
                Phase::Following => {
                    if !self.wait().await {
                        return None;
                    }
                }
            }
            match (self.draw)(self.viewer.clone(), self.cursor).await {
                Ok(drawn) => self.send(drawn),
                // gone, or no longer theirs: the page stays as it is
                Err(_) => self.end(),
            }
        }
    }

    /// Until something may have changed; false once the stream has lived long enough.
    async fn wait(&mut self) -> bool {
        let poll = self.poll.unwrap_or(LIFE);
        let is_watching = !self.changes.is_empty();
        tokio::select! {
            () = tokio::time::sleep_until(self.until) => return false,
            () = tokio::time::sleep(poll) => return true,
            Some(()) = self.changes.next(), if is_watching => {}
        }
        tokio::time::sleep(SETTLE).await;
        // what piled up meanwhile is drawn along
        while futures::FutureExt::now_or_never(self.changes.next()).flatten().is_some() {}
        true
    }

    fn send(&mut self, drawn: Drawn) {
        self.cursor = drawn.cursor;
        let id = drawn.cursor.to_string();
        let swap = drawn.swap.into_string();
        if swap != self.last {
            self.queue.push(Event::default().event("swap").retry(COME_BACK_AFTER).data(&swap));
            self.last = swap;
        }
        let append = drawn.append.into_string();
        if !append.is_empty() {
            self.queue.push(Event::default().event("append").id(id).data(append));
        }
        if drawn.ended {
            self.end();
        }
    }

    fn end(&mut self) {
        self.queue.push(Event::default().event("end").data("end"));
        self.phase = Phase::Over;
    }
}
