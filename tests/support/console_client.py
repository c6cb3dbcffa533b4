"""Talking to a console without a network: HTTP through httpx, WebSockets straight through ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx
import orjson
from fastapi import FastAPI

from tests.support.console_people import PASSWORD

PATIENCE_S = 30.0  # only ever used up by a test that fails

BASE = "http://console.test"
SESSION = "/api/v1/session"
CHANGE = {"x-cadencia-request": "1"}


@asynccontextmanager
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@asynccontextmanager
async def signed_in(app: FastAPI, login: str = "luis") -> AsyncIterator[httpx.AsyncClient]:
    """A client with the session cookie of ``login`` and the header that changes need."""
    async with anonymous(app) as client:
        client.headers.update(CHANGE)
        await sign_in(client, login)
        yield client


@asynccontextmanager
async def another(app: FastAPI, login: str) -> AsyncIterator[httpx.AsyncClient]:
    """Another browser at an app that is being served already."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=CHANGE) as client:
        await sign_in(client, login)
        yield client


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    answer = await client.post(SESSION, json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    return answer


def cookie_header(client: httpx.AsyncClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


class AsgiSocket:
    """A browser's side of one WebSocket."""

    def __init__(self, app: FastAPI, path: str, headers: dict[str, str]) -> None:
        path, _, query = path.partition("?")
        self._scope: dict[str, Any] = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in {"host": "console.test", **headers}.items()],
            "subprotocols": [],
            "state": {},
        }
        self._app = app
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._app(self._scope, self._in.get, self._out.put), name="asgi-socket")
        await self._in.put({"type": "websocket.connect"})
        self.opening = await self.receive()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._in.put({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(PATIENCE_S):
            await self._task

    @property
    def accepted(self) -> bool:
        return bool(self.opening["type"] == "websocket.accept")

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            return await self._out.get()

    async def message(self) -> dict[str, Any]:
        event = await self.receive()
        assert event["type"] == "websocket.send", event
        decoded: dict[str, Any] = orjson.loads(event["text"])
        return decoded
