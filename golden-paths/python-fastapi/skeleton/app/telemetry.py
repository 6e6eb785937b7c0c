"""What every request leaves behind: one span, its metrics and one line of log."""

import logging
import time
from collections.abc import Callable, Iterator

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import service
from app.settings import Settings

log = logging.getLogger("app.request")

REQUESTS = Counter("http_requests", "Requests answered", ["method", "route", "status"])
DURATION = Histogram(
    "http_request_duration_seconds", "Time from request to end of response", ["method", "route"]
)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests being answered now")

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
#: Asked all the time by machines: their lines are written only at level DEBUG.
PROBES = {"/healthz", "/readyz", "/metrics"}


def make_tracer_provider(settings: Settings) -> TracerProvider:
    """Every request gets a trace id, also where nothing collects the spans."""
    attributes = {
        "service.name": settings.otel_service_name,
        "service.version": service.VERSION,
    }
    provider = TracerProvider(resource=Resource.create(attributes))
    if settings.otlp_endpoint:
        # Imported here because the exporter would lengthen the start of those who do not use it.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class RequestTelemetry:
    """ASGI middleware; also answers 500 for an unexpected error, whose cause stays in the log."""

    def __init__(
        self, app: ASGIApp, provider: TracerProvider, is_draining: Callable[[], bool]
    ) -> None:
        self._app = app
        self._tracer = provider.get_tracer("app")
        self._is_draining = is_draining
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._is_draining():
                    MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        parent = self._propagator.extract(Headers(scope=scope))
        with (
            self._tracer.start_as_current_span(
                scope["method"], parent, SpanKind.SERVER, record_exception=False
            ) as span,
            IN_FLIGHT.track_inprogress(),
        ):
            started = time.perf_counter()
            error: Exception | None = None
            try:
                await self._app(scope, receive, send_noting_status)
            except Exception as caught:  # noqa: BLE001 (nothing stands behind this one)
                error = caught
                if status == 0:
                    response = JSONResponse({"detail": "internal error"}, status_code=500)
                    await response(scope, receive, send_noting_status)
            _record(span, scope, status, time.perf_counter() - started, error)


def _record(span: Span, scope: Scope, status: int, seconds: float, error: Exception | None) -> None:
    method = scope["method"] if scope["method"] in METHODS else "_OTHER"
    # The route, not the path: a label must not grow with what clients make up.
    route = getattr(scope.get("route"), "path", "unmatched")

    REQUESTS.labels(method, route, status).inc()
    DURATION.labels(method, route).observe(seconds)

    span.update_name(f"{method} {route}")
    span.set_attributes(dict(_attributes(scope, method, route, status)))
    if error is not None or status >= 500:
        span.set_status(StatusCode.ERROR)
    if error is not None:
        span.record_exception(error)

    level = logging.ERROR if error else logging.DEBUG if route in PROBES else logging.INFO
    fields = {
        "method": scope["method"],
        "path": scope["path"],
        "route": route,
        "status": status,
        "duration_ms": round(seconds * 1000, 2),
        "client": scope["client"][0] if scope.get("client") else None,
    }
    log.log(level, "request", exc_info=error, extra={"fields": fields})


def _attributes(
    scope: Scope, method: str, route: str, status: int
) -> Iterator[tuple[str, str | int]]:
    """The names of OpenTelemetry's semantic conventions for HTTP servers."""
    yield "http.request.method", method
    yield "http.route", route
    yield "http.response.status_code", status
    yield "url.path", scope["path"]
    yield "url.scheme", scope["scheme"]
