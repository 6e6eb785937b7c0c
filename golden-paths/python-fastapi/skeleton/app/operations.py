"""What the platform asks: is it alive, may it have requests, what are its numbers."""

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    status: Literal["ready", "not ready"]
    reason: str | None = None


#: Says why the service must not have requests now, or None if it may.
Check = Callable[[], Awaitable[str | None]]


def make_router(check: Check) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="Liveness")
    async def healthz() -> Alive:
        """Asks nothing else, so that an outage elsewhere restarts nothing here."""
        return Alive()

    @router.get("/readyz", summary="Readiness", responses={503: {"model": Ready}})
    async def readyz(response: Response) -> Ready:
        """Says whether requests should be sent here."""
        reason = await check()
        if reason is None:
            return Ready(status="ready")
        response.status_code = 503
        return Ready(status="not ready", reason=reason)

    @router.get("/metrics", summary="Prometheus metrics", response_class=Metrics)
    async def metrics() -> Metrics:
        return Metrics(generate_latest())

    return router


class Metrics(Response):
    media_type = CONTENT_TYPE_LATEST
