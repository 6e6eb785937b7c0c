//! One request: which service, which backend, once more or not. The invariants: a request that may
//! have reached a workload is repeated only if its method is idempotent and its body is at hand;
//! one that was never sent may go anywhere.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, request};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use hyper::upgrade::OnUpgrade;
use tokio::time::Instant;

use crate::Shared;
use crate::backend::Flight;
use crate::body::{PassedBody, RequestBody, ResponseBody, StreamedBody};
use crate::headers;
use crate::host;
use crate::metrics::Measure;
use crate::page::{self, Reason};
use crate::pool;
use crate::route::Target;
use crate::server::Seat;
use crate::tunnel::Tunnel;
use crate::upstream::{Unanswered, Upstream};

/// How long between two looks at backends that all refuse connections.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The connection that requests come from.
pub(crate) struct Client {
    pub(crate) shared: Arc<Shared>,
    /// Its address, as it is told to workloads.
    pub(crate) address: HeaderValue,
    pub(crate) seat: Seat,
}

/// A request as it is sent to backends.
struct Outgoing {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Source,
    /// May it be repeated although a workload may have seen it?
    is_repeatable: bool,
}

/// Where the body comes from.
enum Source {
    Empty,
    Kept(Bytes),
    /// Arrives only once.
    Stream(Option<StreamedBody>),
}

/// An answer, and what it still needs.
struct Answered {
    response: Response<Incoming>,
    upstream: Box<Upstream>,
    flight: Flight,
}

/// Answers one request.
pub(crate) async fn serve(client: &Client, mut request: Request<Incoming>) -> Response<ResponseBody> {
    let upgrade = headers::is_upgrade(request.headers()).then(|| hyper::upgrade::on(&mut request));
    let (mut parts, body) = request.into_parts();
    let target = match route(&client.shared, &mut parts) {
        Ok(found) => found,
        Err(reason) => return page::answer(reason, &parts.headers, headers::request_id()),
    };
    let mut measure = Measure::begin(Arc::clone(&target.metrics));
    let protocol = upgrade.is_some().then(|| parts.headers.get(UPGRADE).cloned()).flatten();
    headers::clean_request(&mut parts.headers);
    let id = headers::introduce(&mut parts.headers, &client.address);
    if let Some(protocol) = protocol {
        parts.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        parts.headers.insert(UPGRADE, protocol);
    }
    let answered = match Outgoing::new(parts, body, client).await {
        Ok(mut outgoing) => match forward(client, target, &mut outgoing, &measure).await {
            Ok(answered) => Ok(answered),
            Err(reason) => Err((reason, outgoing.headers)),
        },
        Err((reason, parts)) => Err((reason, parts.headers)),
    };
    match answered {
        Ok(answered) => pass_on(client, answered, measure, upgrade, id),
        Err((reason, asked)) => {
            measure.status = Some(reason.status());
            measure.metrics().count_unanswered();
            page::answer(reason, &asked, id)
        }
    }
}

/// Finds the route and puts the address into the form that a server expects.
fn route(shared: &Shared, parts: &mut request::Parts) -> Result<Arc<Target>, Reason> {
    if parts.method == Method::CONNECT {
        return Err(Reason::Method);
    }
    let host = host::requested(&parts.uri, &parts.headers).map_err(|_no_host| Reason::NoHost)?;
    let target = shared.routes.find(&host).ok_or(Reason::Unknown)?;
    if let Some(authority) = parts.uri.authority() {
        let host = HeaderValue::try_from(authority.as_str()).map_err(|_invalid| Reason::NoHost)?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = Uri::try_from(path).map_err(|_invalid| Reason::NoHost)?;
        parts.headers.insert(HOST, host);
    }
    Ok(target)
}

/// Sends the request to one backend after another until one answers.
async fn forward(
    client: &Client,
    mut target: Arc<Target>,
    outgoing: &mut Outgoing,
    measure: &Measure,
) -> Result<Answered, Reason> {
    let config = &client.shared.config;
    let mut tried = Vec::new();
    let mut deadline = None;
    let mut sent = 0;
    loop {
        let Some(flight) = target.choose(&tried) else {
            if sent > 0 {
                return Err(Reason::Failed);
            }
            let until = *deadline.get_or_insert_with(|| Instant::now() + config.hold_time);
            target = Box::pin(hold(client, outgoing, &target, !tried.is_empty(), until)).await?;
            tried.clear();
            continue;
        };
        let Ok(mut upstream) = Upstream::open(&flight.endpoint, config).await else {
            flight.endpoint.avoid(config.avoid_time);
            tried.push(flight.endpoint.key);
            continue;
        };
        match upstream.send(outgoing.request(), config.response_time).await {
            Ok(response) => {
                return Ok(Answered { response, upstream, flight });
            }
            Err(Unanswered::Unsent(request)) => outgoing.take_back(*request),
            Err(Unanswered::Broken) => {
                sent += 1;
                pool::forget(flight.endpoint.key);
                if !outgoing.is_repeatable || sent >= config.max_attempts {
                    return Err(Reason::Failed);
                }
                if !upstream.is_reused {
                    flight.endpoint.avoid(config.avoid_time);
                    tried.push(flight.endpoint.key);
                }
            }
            Err(Unanswered::Body { is_stalled: true }) => return Err(Reason::Stalled),
            Err(Unanswered::Body { is_stalled: false }) => return Err(Reason::Broken),
            Err(Unanswered::Slow) => return Err(Reason::Slow),
        }
        measure.metrics().count_retry();
    }
}

/// Waits until the service may have a backend again, and answers with its route.
async fn hold(
    client: &Client,
    outgoing: &Outgoing,
    target: &Arc<Target>,
    is_refusing: bool,
    until: Instant,
) -> Result<Arc<Target>, Reason> {
    let shared = &client.shared;
    let host = host::requested(&outgoing.uri, &outgoing.headers).map_err(|_no_host| Reason::NoHost)?;
    let _held = Held::take(shared).ok_or(Reason::NoBackend)?;
    loop {
        let changed = shared.routes.changed();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let latest = shared.routes.find(&host).ok_or(Reason::Unknown)?;
        if !Arc::ptr_eq(&latest, target) {
            return Ok(latest);
        }
        let now = Instant::now();
        if now >= until {
            return Err(Reason::NoBackend);
        }
        if is_refusing {
            let _ = tokio::time::timeout_at(until.min(now + LOOK_AGAIN), changed).await;
            return Ok(latest);
        }
        let _ = tokio::time::timeout_at(until, changed).await;
    }
}

/// One of the places for requests that wait.
struct Held<'a> {
    shared: &'a Shared,
}

impl<'a> Held<'a> {
    fn take(shared: &'a Shared) -> Option<Self> {
        let held = Self { shared };
        let before = shared.held.fetch_add(1, Ordering::Relaxed);
        (before < shared.config.max_held).then_some(held)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.shared.held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Makes the backend's answer the client's.
fn pass_on(
    client: &Client,
    answered: Answered,
    mut measure: Measure,
    upgrade: Option<OnUpgrade>,
    id: HeaderValue,
) -> Response<ResponseBody> {
    let Answered { response, upstream, flight } = answered;
    let (mut head, body) = response.into_parts();
    measure.status = Some(head.status);
    let protocol = head.headers.get(UPGRADE).cloned();
    headers::clean_response(&mut head.headers);
    head.headers.entry(headers::REQUEST_ID).or_insert(id);
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        measure.is_timed = !is_event_stream(&head.headers);
        let body = PassedBody::new(body, upstream, flight, measure);
        return Response::from_parts(head, ResponseBody::Passed(body));
    }
    let (Some(upgrade), Some(protocol)) = (upgrade, protocol) else {
        // Nobody asked for it.
        let reason = Reason::Failed;
        measure.status = Some(reason.status());
        return page::answer(reason, &HeaderMap::new(), headers::request_id());
    };
    head.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    head.headers.insert(UPGRADE, protocol);
    measure.is_timed = false;
    drop(body);
    let (backend, early) = upstream.into_stream();
    let tunnel = Tunnel { client: upgrade, backend, early, flight, measure, seat: client.seat.clone() };
    tokio::spawn(tunnel.run());
    Response::from_parts(head, ResponseBody::text(Bytes::new()))
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

impl Outgoing {
    /// A small body of an idempotent request is read now, so that it can be sent again.
    async fn new(parts: request::Parts, body: Incoming, client: &Client) -> Result<Self, (Reason, request::Parts)> {
        let config = &client.shared.config;
        let is_idempotent = parts.method.is_idempotent() && !parts.headers.contains_key(UPGRADE);
        let (body, is_repeatable) = if body.is_end_stream() {
            (Source::Empty, is_idempotent)
        } else if is_idempotent && body.size_hint().upper().is_some_and(|size| size <= config.max_replay_bytes) {
            match Box::pin(keep(body, config.max_replay_bytes, config.stall_time)).await {
                Ok(bytes) => (Source::Kept(bytes), true),
                Err(reason) => return Err((reason, parts)),
            }
        } else {
            (Source::Stream(Some(StreamedBody::new(body, config.stall_time))), false)
        };
        Ok(Self { method: parts.method, uri: parts.uri, headers: parts.headers, body, is_repeatable })
    }

    /// The request once more. A body that arrives only once is in the first alone, unless it was
    /// taken back.
    fn request(&mut self) -> Request<RequestBody> {
        let body = match &mut self.body {
            Source::Empty => RequestBody::Empty,
            Source::Kept(bytes) => RequestBody::Kept(Some(bytes.clone())),
            Source::Stream(stream) => stream.take().map_or(RequestBody::Empty, RequestBody::Stream),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    fn take_back(&mut self, request: Request<RequestBody>) {
        if let RequestBody::Stream(stream) = request.into_body() {
            self.body = Source::Stream(Some(stream));
        }
    }
}

/// Reads a small body to its end.
async fn keep(body: Incoming, limit: u64, stall_time: Duration) -> Result<Bytes, Reason> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let body = Limited::new(StreamedBody::new(body, stall_time), limit);
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => match error.downcast_ref() {
            Some(crate::body::BodyFault::Stalled) => Err(Reason::Stalled),
            Some(crate::body::BodyFault::Broken(_)) | None => Err(Reason::Broken),
        },
    }
}
