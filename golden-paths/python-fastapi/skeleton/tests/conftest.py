{%- if values.database == 'postgres' -%}
"""The service as its clients see it, over its own ASGI door.

Without DATABASE_URL the tests run on items in memory; with it, also on PostgreSQL, in a schema of
their own that is removed afterwards.
"""

import os
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.items import Item, NewItem
from app.main import create_app
from app.settings import Settings


class MemoryItems:
    def __init__(self) -> None:
        self._items: dict[int, Item] = {}
        self._ids = count(1)

    async def count(self) -> int:
        return len(self._items)

    async def list(self, after: int, limit: int) -> Sequence[Item]:
        return [item for item in self._items.values() if item.id > after][:limit]

    async def add(self, item: NewItem) -> Item:
        item_id = next(self._ids)
        self._items[item_id] = Item(id=item_id, name=item.name, created_at=datetime.now(UTC))
        return self._items[item_id]

    async def find(self, item_id: int) -> Item | None:
        return self._items.get(item_id)

    async def remove(self, item_id: int) -> bool:
        return self._items.pop(item_id, None) is not None


@pytest.fixture
def database_url() -> Iterator[str]:
    url = os.environ.get("DATABASE_URL")
    if not url:
        pytest.skip("DATABASE_URL is not set")
    schema = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create schema {schema}".encode())
        try:
            yield psycopg.conninfo.make_conninfo(url, options=f"-c search_path={schema}")
        finally:
            connection.execute(f"drop schema {schema} cascade".encode())


@pytest.fixture(params=["memory", "postgres"])
def app(request: pytest.FixtureRequest) -> FastAPI:
    if request.param == "memory":
        return create_app(Settings(), MemoryItems())
    return create_app(Settings(database_url=request.getfixturevalue("database_url")))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        for _ in range(100):
            if client.get("/readyz").status_code == 200:
                break
        yield client
{%- else -%}
"""The service as its clients see it, over its own ASGI door."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings


@pytest.fixture
def app() -> FastAPI:
    return create_app(Settings())


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client
{%- endif %}
