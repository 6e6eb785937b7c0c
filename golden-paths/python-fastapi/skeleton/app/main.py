"""Puts the service together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI{% if values.database == 'postgres' %}, Request{% endif %}
{%- if values.database == 'postgres' %}
from fastapi.responses import JSONResponse
{%- endif %}
from pydantic import BaseModel

from app import {% if values.database == 'postgres' %}items{% else %}greetings{% endif %}, operations, service
{%- if values.database == 'postgres' %}
from app.database import UNAVAILABLE, Database
from app.items import ItemStore, PostgresItems
{%- endif %}
from app.settings import Settings
from app.telemetry import RequestTelemetry, make_tracer_provider


class About(BaseModel):
    service: str
    version: str
{%- if values.database == 'postgres' %}
    items: int
{%- endif %}


@dataclass
class Lifecycle:
    #: Set when the process was asked to stop: readiness fails, requests are still answered.
    draining: bool = False


{% if values.database == 'postgres' -%}
def create_app(settings: Settings, store: ItemStore | None = None) -> FastAPI:
    """Makes the application; with a `store` it needs no database."""
    lifecycle = Lifecycle()
    database = Database(
        settings.database_url, settings.database_pool_size, settings.database_timeout
    )
    store_in_use = store or PostgresItems(database.pool)
{%- else -%}
def create_app(settings: Settings) -> FastAPI:
    lifecycle = Lifecycle()
{%- endif %}
    provider = make_tracer_provider(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
{%- if values.database == 'postgres' %}
        if store is None:
            await database.start()
        yield
        await database.stop()
{%- else %}
        yield
{%- endif %}
        provider.shutdown()

    async def why_not_ready() -> str | None:
        if lifecycle.draining:
            return "the service is stopping"
{%- if values.database == 'postgres' %}
        return await database.why_not_ready() if store is None else None
{%- else %}
        return None
{%- endif %}

    app = FastAPI(
        title=service.NAME,
        description=service.DESCRIPTION,
        version=service.API_VERSION,
        lifespan=lifespan,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.lifecycle = lifecycle
    app.add_middleware(RequestTelemetry, provider=provider, is_draining=lambda: lifecycle.draining)

    @app.get("/", summary="What runs here"{% if values.database == 'postgres' %}, responses=items.UNAVAILABLE{% endif %})
    async def about() -> About:
{%- if values.database == 'postgres' %}
        return About(
            service=service.NAME, version=service.VERSION, items=await store_in_use.count()
        )

    async def answer_unavailable(_request: Request, _error: Exception) -> JSONResponse:
        return JSONResponse({"detail": "the database cannot be reached"}, status_code=503)

    for error in UNAVAILABLE:
        app.add_exception_handler(error, answer_unavailable)

    app.include_router(items.make_router(store_in_use))
{%- else %}
        return About(service=service.NAME, version=service.VERSION)

    app.include_router(greetings.make_router())
{%- endif %}
    app.include_router(operations.make_router(why_not_ready))
    return app
