#!/usr/bin/env python3
"""Measures `platform create service`, phase by phase: scripts/bench/services.py BINARY [ROUNDS]

A server with an empty data folder makes services of each language, the first with empty package caches. What happens is taken from
watches on the API, with this program's clock. The platform's own share is the whole without the pipeline's own commands (downloads,
lint, tests, build, scan) and without the time from a replica's start to its being ready.
"""

import http.client
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

LANGUAGES = [("python", "fastapi"), ("go", "gin")]
WATCHED = ["applications", "runs", "sources", "claims", "releases", "deployments"]
API = "/apis/platform.causeway.dev/v1/namespaces/default"
PHASES = ["plan", "scaffold", "pipeline", "release", "claim", "roll-out", "report"]
LONGEST = 900


class Server:
    """A server in a folder of its own, and everything that its watches said."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.data = folder / "data"
        self.environment = {**os.environ, "HOME": str(folder)}
        self.events = []
        self.log = (folder / "log").open("w")
        ports = ["--listen", "127.0.0.1:0", "--ingress", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [binary, "up", "--data", str(self.data), *ports],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=self.environment,
            text=True,
        )
        ready = re.match(r"ready portal=http://(\S+)", self.process.stdout.readline())
        if not ready:
            sys.exit(f"error: the server did not start:\n{(folder / 'log').read_text()[-2000:]}")
        self.address = ready.group(1)
        self.environment["PLATFORM_SERVER"] = f"http://{self.address}"
        self.environment["PLATFORM_TOKEN"] = (self.data / "admin.token").read_text().strip()
        for plural in WATCHED:
            threading.Thread(target=self.watch, args=[plural], daemon=True).start()

    def watch(self, plural):
        connection = http.client.HTTPConnection(self.address)
        token = self.environment["PLATFORM_TOKEN"]
        connection.request("GET", f"{API}/{plural}?watch=true", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        while line := answer.readline():
            event = json.loads(line)
            if event["type"] in ("ADDED", "MODIFIED"):
                self.events.append((time.monotonic(), plural, event["object"]))

    def run(self, *arguments):
        done = subprocess.run(
            [self.binary, *arguments], env=self.environment, capture_output=True, text=True, timeout=LONGEST
        )
        if done.returncode:
            sys.exit(f"error: platform {' '.join(arguments)}\n{done.stdout}{done.stderr}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()


def ready(thing, reason=None):
    for condition in thing.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready":
            return condition["reason"] == reason if reason else condition["status"] == "True"
    return False


def is_of(name, thing):
    labels = thing["metadata"].get("labels", {})
    return thing["metadata"]["name"] == name or labels.get("platform.causeway.dev/application") == name


def union(intervals):
    """Seconds that are in any of the intervals."""
    total, end = 0.0, float("-inf")
    for begin, finish in sorted(intervals):
        total += max(0.0, finish - max(begin, end))
        end = max(end, finish)
    return total


def clipped(intervals, begin, end):
    return [(max(a, begin), min(b, end)) for a, b in intervals if b > begin and a < end]


def commands(events):
    """When commands of the pipeline were at work: its steps, but for the actions that are the platform's."""
    begun, intervals = {}, []
    for at, plural, thing in events:
        if plural != "runs" or thing["spec"]["program"] != "pipeline":
            continue
        for step in thing.get("status", {}).get("steps", []):
            if "/" not in step["id"] or step["name"].startswith("Run actions/"):
                continue
            if step["state"] == "running":
                begun.setdefault(step["id"], at)
            elif step["id"] in begun:
                intervals.append((begun.pop(step["id"]), at))
    return intervals


def first(events, plural, holds):
    return next((at for at, p, thing in events if p == plural and holds(thing)), None)


def phases(server, name, begin, end):
    """Seconds of each phase, and how many of them were not the platform's own."""
    events = [e for e in server.events if is_of(name, e[2])]
    program = lambda thing: thing["spec"]["program"]
    concluded = lambda thing: thing.get("status", {}).get("conclusion")
    ends = [
        first(events, "runs", lambda r: program(r) == "template"),
        first(events, "runs", lambda r: program(r) == "template" and concluded(r)),
        first(events, "releases", lambda r: True),
        first(events, "deployments", lambda d: d["spec"].get("release")),
        first(events, "claims", ready),
        first(events, "deployments", ready),
        end,
    ]
    foreign = commands(events)
    starting = first(events, "deployments", lambda d: ready(d, "RollingOut"))
    if starting and ends[5]:
        foreign.append((starting, ends[5]))
    table, last = {}, begin
    for phase, at in zip(PHASES, ends):
        at = max(last, at or last)
        table[phase] = (at - last, union(clipped(foreign, last, at)))
        last = at
    return table


def measure(server, language, framework, name):
    begin = time.monotonic()
    options = ["--language", language, "--framework", framework, "--db", "postgresql", "--add-ci", "--add-cd"]
    server.run("create", "service", name, *options)
    end = time.monotonic()
    table = phases(server, name, begin, end)
    begin = time.monotonic()
    server.run("delete", "service", name, "--yes")
    return table, time.monotonic() - begin


def show(title, table):
    whole = sum(seconds for seconds, _ in table.values())
    foreign = sum(part for _, part in table.values())
    print(f"{title}\n\n| phase | s | commands and start of the service | platform |\n|---|---:|---:|---:|")
    for phase, (seconds, part) in table.items():
        print(f"| {phase} | {seconds:.2f} | {part:.2f} | {seconds - part:.2f} |")
    print(f"| **all** | **{whole:.2f}** | **{foreign:.2f}** | **{whole - foreign:.2f}** |\n", flush=True)


def middle(tables):
    return {phase: tuple(statistics.median(t[phase][i] for t in tables) for i in (0, 1)) for phase in PHASES}


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, pathlib.Path(folder))
        try:
            for language, framework in LANGUAGES:
                cold, _ = measure(server, language, framework, f"cold-{language}")
                show(f"{language}, cold: empty package caches", cold)
                warm = [measure(server, language, framework, f"warm-{language}-{n}") for n in range(rounds)]
                show(f"{language}, warm: middle of {rounds}", middle([table for table, _ in warm]))
                print(f"deleting it takes {statistics.median(seconds for _, seconds in warm):.2f} s\n", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
