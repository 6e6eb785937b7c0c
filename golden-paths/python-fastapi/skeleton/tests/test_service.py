import json
import logging
import re

import pytest
import yaml
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import service
from app.logs import JsonFormatter
from app.settings import Settings, SettingsError


def test_says_what_runs(client: TestClient) -> None:
    body = client.get("/").json()
    assert body["service"] == service.NAME
    assert body["version"] == service.VERSION


def test_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "reason": None}


def test_is_not_ready_but_serves_while_it_drains(app: FastAPI, client: TestClient) -> None:
    app.state.lifecycle.draining = True
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["connection"] == "close"


def test_counts_requests_by_route(client: TestClient) -> None:
    client.get("/no/such/page")
    metrics = client.get("/metrics").text
    assert re.search(
        r'^http_requests_total\{method="GET",route="unmatched",status="404"\} [1-9]', metrics, re.M
    )
    assert 'route="/no/such/page"' not in metrics


def test_logs_one_line_with_the_trace_of_the_caller(
    client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    # Formatted while the request is served, as the real handler does it.
    monkeypatch.setattr(
        caplog.handler, "emit", lambda record: lines.append(JsonFormatter().format(record))
    )
    with caplog.at_level(logging.INFO, "app"):
        client.get("/", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert line["trace_id"] == trace_id
    assert (line["method"], line["route"], line["status"]) == ("GET", "/", 200)


def test_an_unexpected_error_stays_in_the_log(
    app: FastAPI, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the cause")

    answer = client.get("/broken")
    assert (answer.status_code, answer.json()) == (500, {"detail": "internal error"})
    assert "the cause" in caplog.text


def test_openapi_yaml_says_what_is_served(app: FastAPI, pytestconfig: pytest.Config) -> None:
    document = yaml.safe_load((pytestconfig.rootpath / "openapi.yaml").read_text("utf-8"))
    assert document == app.openapi(), "renew it with: .venv/bin/python tools/openapi.py"


@pytest.mark.parametrize("port", ["http", "-1", "65536", ""])
def test_a_wrong_setting_is_named(port: str) -> None:
    with pytest.raises(SettingsError, match="PORT is '.*': a number from 0 to 65535"):
        Settings.from_environment({"PORT": port})
