"""The live WebSocket."""

from __future__ import annotations

import asyncio

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from agent_console.api.wiring import FromRooms
from agent_console.live import LiveClient

log = structlog.get_logger(__name__)

router = APIRouter()

MOST_CLIENTS = 500
SEND_TIMEOUT_S = 10.0
TRY_AGAIN_LATER = 1013


class _Gone(Exception):
    """The browser went away."""


@router.websocket("/live")
async def live(websocket: WebSocket, rooms: FromRooms, epoch: str = "", after: int = -1) -> None:
    """Push of every campaign's state. ``epoch`` and ``after`` (the last number seen) resume after a gap; without them,
    or when too much was missed, a snapshot comes first."""
    await websocket.accept()
    if rooms.live.clients >= MOST_CLIENTS:
        await websocket.close(TRY_AGAIN_LATER)
        return
    client = rooms.live.join(epoch, after)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_send(websocket, client), name="console-live-send")
            tasks.create_task(_watch(websocket), name="console-live-watch")
    except* (_Gone, WebSocketDisconnect, TimeoutError):
        log.debug("console.live_client_left", dropped=client.dropped)
    finally:
        rooms.live.leave(client)


async def _send(websocket: WebSocket, client: LiveClient) -> None:
    while True:
        message = await client.next()
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await websocket.send_text(message.decode())


async def _watch(websocket: WebSocket) -> None:
    """Nothing is expected from the browser; only its leaving is of interest."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    raise _Gone
