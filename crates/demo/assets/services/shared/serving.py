"""What every service here does the same way: probes, metrics, logs as JSON, an orderly end.

A service is a name, what it says of itself at `/`, and routes: a path such as `/parcels/{id}`, and
a function that is given the match and the query and answers a status and what becomes the body.
"""

import json
import os
import re
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

#: Probes see that no more requests are wanted before connections are refused.
DRAIN_SECONDS = 1.0
#: Requests under way may take so long at the end.
LAST_ANSWERS_SECONDS = 6.0
#: Longer than a balancer keeps an idle connection, so that it is never us who close one just as it is used.
KEEP_ALIVE_SECONDS = 75
BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0)
TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def log(level, message, **fields):
    """One line of JSON on standard error."""
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
    sys.stderr.write(json.dumps({"time": stamp, "level": level, "message": message, **fields}) + "\n")
    sys.stderr.flush()


def pattern_of(path):
    """What matches a path with `{names}` in it."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


class Metrics:
    """Requests by method, route and status, in the text format of Prometheus."""

    def __init__(self):
        self._lock = threading.Lock()
        self._requests = {}
        self._durations = {}
        self.in_flight = 0

    def begin(self):
        with self._lock:
            self.in_flight += 1

    def end(self, method, route, status, seconds):
        with self._lock:
            self.in_flight -= 1
            key = (method, route, status)
            self._requests[key] = self._requests.get(key, 0) + 1
            buckets, total = self._durations.get(route, ((0,) * (len(BUCKETS) + 1), 0.0))
            counted = (n + (seconds <= limit) for n, limit in zip(buckets, (*BUCKETS, float("inf"))))
            self._durations[route] = (tuple(counted), total + seconds)

    def text(self):
        with self._lock:
            requests, durations = dict(self._requests), dict(self._durations)
            in_flight = self.in_flight
        lines = ["# TYPE http_requests_total counter"]
        for (method, route, status), count in sorted(requests.items()):
            lines.append(f'http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}')
        lines.append("# TYPE http_request_duration_seconds histogram")
        for route, (buckets, total) in sorted(durations.items()):
            for limit, count in zip((*BUCKETS, "+Inf"), buckets):
                lines.append(f'http_request_duration_seconds_bucket{{route="{route}",le="{limit}"}} {count}')
            lines.append(f'http_request_duration_seconds_sum{{route="{route}"}} {total:.6f}')
            lines.append(f'http_request_duration_seconds_count{{route="{route}"}} {buckets[-1]}')
        lines.append("# TYPE http_requests_in_flight gauge")
        lines.append(f"http_requests_in_flight {in_flight}")
        return "\n".join(lines) + "\n"


class Service:
    """A service before and while it serves."""

    def __init__(self, name, about, routes):
        self.name = name
        self.about = about
        self.routes = [(path, pattern_of(path), answer) for path, answer in routes]
        self.metrics = Metrics()
        self.stopping = threading.Event()

    def answer(self, path, query):
        """The route that was meant, the status, and the body."""
        if path == "/":
            return "/", 200, {"service": self.name, **self.about}
        if path == "/healthz":
            return path, 200, {"status": "ok"}
        if path == "/readyz":
            if self.stopping.is_set():
                return path, 503, {"status": "stopping"}
            return path, 200, {"status": "ready"}
        if path == "/metrics":
            return path, 200, self.metrics.text()
        for name, pattern, answer in self.routes:
            match = pattern.fullmatch(path)
            if match:
                return name, *answer(match, query)
        return "unknown", 404, {"error": f"there is nothing at {path}"}

    def run(self):
        """Serves until SIGTERM; answers the exit code."""
        for wanted in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted, lambda *_: self.stopping.set())
        address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080")))
        server = Server(address, handler_of(self))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        log("info", "listening", service=self.name, address=f"{address[0]}:{server.server_address[1]}")
        self.stopping.wait()
        log("info", "stopping", service=self.name)
        time.sleep(DRAIN_SECONDS)
        server.shutdown()
        until = time.monotonic() + LAST_ANSWERS_SECONDS
        while self.metrics.in_flight and time.monotonic() < until:
            time.sleep(0.01)
        log("info", "stopped", service=self.name)
        return 0


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def handler_of(service):
    """The class that the server makes one of for each connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = KEEP_ALIVE_SECONDS
        # head and body leave in one packet
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self):
            started = time.monotonic()
            service.metrics.begin()
            route, status = "unknown", 500
            try:
                target = urlsplit(self.path)
                query = {name: values[-1] for name, values in parse_qs(target.query).items()}
                try:
                    route, status, body = service.answer(target.path, query)
                except Exception as error:  # a defect ends one request, not the service
                    log("error", "a request failed", path=target.path, error=repr(error))
                    body = {"error": "this did not work; it is in the log"}
                self.reply(status, body)
                self.wfile.flush()
            finally:
                seconds = time.monotonic() - started
                service.metrics.end(self.command, route, status, seconds)
                self.note(route, status, seconds)

        do_HEAD = do_GET

        def reply(self, status, body):
            is_text = isinstance(body, str)
            data = (body if is_text else json.dumps(body) + "\n").encode()
            self.send_response(status)
            kind = "text/plain; version=0.0.4; charset=utf-8" if is_text else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if service.stopping.is_set():
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def note(self, route, status, seconds):
            if route in ("/healthz", "/readyz", "/metrics") and status < 400:
                return
            parent = TRACE_PARENT.fullmatch(self.headers.get("traceparent", ""))
            trace = parent.group(1) if parent else os.urandom(16).hex()
            log(
                "info",
                "request",
                method=self.command,
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 3),
                trace_id=trace,
            )

        def version_string(self):
            return service.name

        def log_message(self, format, *args):
            # what the library itself has to say: broken requests, time-outs
            log("warning", format % args)

        def log_request(self, code="-", size="-"):
            # each request has its own line already
            pass

    return Handler
