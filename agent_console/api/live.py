"""The live WebSocket."""

from __future__ import annotations

import asyncio

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from agent_console.api.wiring import FromRooms, Rooms
from agent_console.auth import WS_POLICY_VIOLATION
from agent_console.live_client import LiveClient
from agent_console.who import Who, who_of
from dialer.errors import StoreError

log = structlog.get_logger(__name__)

router = APIRouter()

MOST_CLIENTS = 500
SEND_TIMEOUT_S = 10.0
TRY_AGAIN_LATER = 1013
ALIVE = b'{"type":"alive"}'
NO_AGENT = ""  #: the id that no agent has


class _Gone(Exception):
    """The browser went away."""


class _SessionOver(Exception):
    """Whose browser it was is signed in no longer, or is now somebody else to us."""


@router.websocket("/live")
async def live(websocket: WebSocket, rooms: FromRooms, epoch: str = "", after: int = -1) -> None:
    """Push of every campaign's state. ``epoch`` and ``after`` (the last number seen) resume after a gap; without them,
    or when too much was missed, a snapshot comes first."""
    await websocket.accept()
    if rooms.live.clients >= MOST_CLIENTS:
        await websocket.close(TRY_AGAIN_LATER)
        return
    who = who_of(websocket)
    agent_id = (who.person.agent_id or NO_AGENT) if who.is_agent and who.person is not None else None
    client = rooms.live.join(epoch, after, agent_id=agent_id)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_send(websocket, rooms, client), name="console-live-send")
            tasks.create_task(_watch(websocket), name="console-live-watch")
            tasks.create_task(_recheck(websocket, rooms, who), name="console-live-recheck")
    except* (_Gone, WebSocketDisconnect, TimeoutError):
        log.debug("console.live_client_left", dropped=client.dropped)
    except* _SessionOver:
        await websocket.close(WS_POLICY_VIOLATION)
    finally:
        rooms.live.leave(client)


async def _send(websocket: WebSocket, rooms: Rooms, client: LiveClient) -> None:
    while True:
        try:
            async with asyncio.timeout(rooms.context.heartbeat_s):
                message = await client.next()
        except TimeoutError:
            message = ALIVE  # a browser that hears nothing for longer has lost us, whatever its socket believes
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await websocket.send_text(message.decode())


async def _recheck(websocket: WebSocket, rooms: Rooms, who: Who) -> None:
    """A session that ends, or an account that changes, closes the socket: it was opened for that person."""
    while True:
        await asyncio.sleep(rooms.context.recheck_s)
        try:
            person = await rooms.context.people.person(who.session, used=False)
        except StoreError:
            continue  # not known: the next look tells
        if person != who.person:
            raise _SessionOver


async def _watch(websocket: WebSocket) -> None:
    """Nothing is expected from the browser; only its leaving is of interest."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    raise _Gone
