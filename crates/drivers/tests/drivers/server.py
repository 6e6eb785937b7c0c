"""A service that does as it is told: by MODE when it starts, by paths later."""

import json
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

release, mode = os.environ.get("RELEASE"), os.environ.get("MODE")
sick = threading.Event()


def attempt(action):
    try:
        return action()
    except OSError as error:
        return error.strerror


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        path, _, argument = self.path.partition("?")
        status, answer = 200, {"release": release, "port": os.environ.get("PORT")}
        if path == "/readyz":
            status = 503 if mode == "unready" or sick.is_set() else 200
        elif path == "/livez":
            status = 503 if sick.is_set() else 200
        elif path == "/sick":
            sick.set()
        elif path == "/slow":
            time.sleep(float(argument))
        elif path == "/env":
            answer = dict(os.environ)
        elif path == "/self":
            answer = {"uid": os.getuid(), "folder": os.getcwd()}
        elif path == "/read":
            answer = attempt(lambda: open(argument).read())
        elif path == "/list":
            answer = attempt(lambda: sorted(os.listdir(argument)))
        elif path == "/write":
            answer = attempt(lambda: open(argument, "w").write("x"))
        elif path == "/bind":
            answer = attempt(lambda: ThreadingHTTPServer(("127.0.0.1", int(argument)), Handler) and "bound")
        elif path == "/say":
            print(argument, flush=True)
        elif path == "/hog":
            hog = [bytearray(8 << 20) for _ in range(64)]
            answer = len(hog)
        elif path == "/exit":
            os._exit(int(argument))
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def server_bind(self):
        # without the look-up of a name that the base class makes
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.server_address


print("starting", release, flush=True)
if mode == "crash":
    print("there is no database", flush=True)
    sys.exit(3)
if mode == "slow":
    time.sleep(1.5)
if mode == "deaf":
    time.sleep(3600)
Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
