"""The process as the platform sees it: started, asked to stop, gone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

STAGES = ["listening", "stopping", "stopped"]


def status_of(url: str) -> int | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited 20 seconds"
        time.sleep(0.02)


def test_stops_on_sigterm_after_saying_that_it_is_not_ready(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    log = tmp_path / "log"
    environment = os.environ | {"PORT": str(port), "DRAIN_SECONDS": "0.5"}
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "app"], env=environment, stderr=output)
    try:
        wait_for(lambda: status_of(f"{url}/healthz") == 200)
        process.send_signal(signal.SIGTERM)
        wait_for(lambda: status_of(f"{url}/readyz") == 503)
        assert status_of(f"{url}/healthz") == 200
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
    messages = [json.loads(line)["message"] for line in log.read_text().splitlines()]
    assert [m for m in messages if m in STAGES] == STAGES
