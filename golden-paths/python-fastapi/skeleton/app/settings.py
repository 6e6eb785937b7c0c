"""The settings: read from the environment once, at start, and passed down from there."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from app import service

Number = TypeVar("Number", int, float)


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what is allowed."""


@dataclass(frozen=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 8080
    log_level: str = "INFO"
    #: Seconds in which requests are still accepted after SIGTERM, so that balancers can look away.
    drain_seconds: float = 1.0
    #: Seconds that requests in flight then get to finish.
    shutdown_seconds: int = 5
    otel_service_name: str = service.NAME
    #: Spans leave the process only if this is set.
    otlp_endpoint: str = ""
{%- if values.database == 'postgres' %}
    #: A libpq URL; if empty, libpq's own variables count (PGHOST, PGUSER, PGPASSWORD and so on).
    database_url: str = ""
    database_pool_size: int = 5
    #: Seconds that a request waits for a connection.
    database_timeout: float = 2.0
{%- endif %}

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Settings":
        return cls(
            host=env.get("HOST", cls.host),
            port=_number(env, "PORT", cls.port, 0, 65535),
            log_level=_log_level(env.get("LOG_LEVEL", cls.log_level)),
            drain_seconds=_number(env, "DRAIN_SECONDS", cls.drain_seconds, 0, 60),
            shutdown_seconds=_number(env, "SHUTDOWN_SECONDS", cls.shutdown_seconds, 1, 3600),
            otel_service_name=env.get("OTEL_SERVICE_NAME", cls.otel_service_name),
            otlp_endpoint=env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
            or env.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
{%- if values.database == 'postgres' %}
            database_url=env.get("DATABASE_URL", cls.database_url),
            database_pool_size=_number(env, "DATABASE_POOL_SIZE", cls.database_pool_size, 1, 100),
            database_timeout=_number(env, "DATABASE_TIMEOUT", cls.database_timeout, 0.1, 60),
{%- endif %}
        )


def _number(env: Mapping[str, str], key: str, default: Number, low: Number, high: Number) -> Number:
    text = env.get(key)
    if text is None:
        return default
    try:
        number = type(default)(text)
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        raise SettingsError(f"{key} is {text!r}: a number from {low} to {high} was expected")
    return number


def _log_level(text: str) -> str:
    levels = logging.getLevelNamesMapping()
    if text.upper() not in levels:
        raise SettingsError(f"LOG_LEVEL is {text!r}: one of {', '.join(levels)} was expected")
    return text.upper()
