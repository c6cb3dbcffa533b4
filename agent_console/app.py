"""The console as an ASGI application: pages, REST API under /api/v1, the live WebSocket, /healthz and /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from agent_console import pages, problems
from agent_console.api import (
    attempts,
    campaign_settings,
    campaigns,
    contacts,
    desk,
    desk_calls,
    desk_dial,
    desk_outcome,
    facts,
    health,
    live,
    pacing,
    phone,
    promises,
    reviews,
    rules,
    session,
    supervision,
    trail,
    uploads,
    users,
    wallboard,
)
from agent_console.api.wiring import FromRooms, Rooms
from agent_console.auth import AccessControl, the_judged_route
from agent_console.commands import CommandDesk
from agent_console.context import ConsoleContext
from agent_console.headers import SecurityHeaders
from agent_console.live import LiveHub
from agent_console.noted import ChangeLog, RepeatedRequests
from agent_console.openapi import describe
from agent_console.phone_lines import PhoneLines
from agent_console.sign_in_limits import SignInLimits

OPENAPI = "/api/v1/openapi.json"
PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class RevalidatedFiles(StaticFiles):
    """Our own files: a browser may keep them but asks each time, so that an upgrade never mixes versions."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


def create_app(console: ConsoleContext) -> FastAPI:
    """The console over ``console``. Subscribes to the bus while it is served, not before."""
    rooms = Rooms(
        context=console,
        commands=CommandDesk(console.bus, console.clock, console.command_timeout_s),
        live=LiveHub(console.bus, console.clock),
        sign_ins=SignInLimits(console.clock),
        phone_lines=PhoneLines(console),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        rooms.commands.start()
        rooms.live.start()
        phones = asyncio.create_task(rooms.phone_lines.watch(), name="browsers' telephones")
        try:
            yield
        finally:
            phones.cancel()
            await asyncio.wait([phones])
            rooms.live.stop()
            rooms.commands.stop()

    app = FastAPI(
        title="Cadencia console",
        version="1",
        lifespan=lifespan,
        openapi_url=OPENAPI,
        dependencies=[Depends(the_judged_route)],
        docs_url=None,  # its page loads scripts from elsewhere, which the console's policy forbids
        redoc_url=None,
    )
    app.state.rooms = rooms
    problems.install(app)
    # The last one added is the outermost: headers are put on refusals too.
    app.add_middleware(ChangeLog, context=console)
    app.add_middleware(RepeatedRequests, context=console)
    app.add_middleware(AccessControl, context=console)
    app.add_middleware(SecurityHeaders)

    api = APIRouter(prefix="/api/v1")
    # contacts before campaigns: /campaigns/{name}/calls is no verb of a campaign.
    for resource in (
        contacts,
        rules,
        facts,
        trail,
        pacing,
        promises,
        uploads,
        health,
        wallboard,
        supervision,
        campaign_settings,
        campaigns,
        attempts,
        reviews,
        desk_outcome,
        desk_dial,
        desk_calls,
        desk,
        live,
        phone,
        session,
        users,
    ):
        api.include_router(resource.router)
    app.include_router(api)
    app.include_router(pages.router)
    app.include_router(phone.signalling)
    app.include_router(_machine_pages)
    describe(app)
    app.mount("/static", RevalidatedFiles(directory=pages.STATIC), name="static")
    return app


_machine_pages = APIRouter(include_in_schema=False)


@_machine_pages.get("/healthz")
async def healthz() -> dict[str, str]:
    """Open to all: says only that the process answers."""
    return {"status": "ok"}


@_machine_pages.get("/metrics")
async def metrics(rooms: FromRooms) -> Response:
    """For Prometheus, with ``Authorization: Bearer <token>`` of the scope ``metrics``."""
    return PlainTextResponse(rooms.context.metrics(), media_type=PROMETHEUS_TEXT)
