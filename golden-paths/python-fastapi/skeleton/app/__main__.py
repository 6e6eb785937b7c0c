"""`python -m app`: serves until SIGTERM, then lets go of its clients one by one."""

import asyncio
import logging
import os
import signal
import socket
import sys

import uvicorn

from app import service
from app.logs import configure_logging
from app.main import Lifecycle, create_app
from app.settings import Settings, SettingsError

log = logging.getLogger("app")

#: Longer than a balancer keeps an idle connection, so that it is never the server who closes one
#: just as the next request is sent on it.
KEEP_ALIVE_SECONDS = 75


class Server(uvicorn.Server):
    """Stops in three steps: not ready, but serving; no new connections; the last answers."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle, drain_seconds: float) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._drain_seconds = drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            fields = {"address": f"{self.config.host}:{self.config.port}"}
            log.info("listening", extra={"fields": {**fields, "version": service.VERSION}})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("stopping")
        self._lifecycle.draining = True
        await asyncio.sleep(self._drain_seconds)
        await super().shutdown(sockets)
        log.info("stopped")


def main() -> int:
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    configure_logging(settings.log_level)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    # uvicorn raises the signal that stopped it once more when it is done; that end is a success.
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: sys.exit(0))
    Server(config, app.state.lifecycle, settings.drain_seconds).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
