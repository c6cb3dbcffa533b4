"""The browser's own telephone: its credentials, and the way of its signalling through the console to the PBX.

So that a browser needs one address, one certificate and no exception from ``connect-src 'self'``. Its media go straight
to the PBX, encrypted, as ICE finds the way.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from agent_console.api.wiring import FromRooms, Rooms
from agent_console.auth import WS_POLICY_VIOLATION
from agent_console.schemas import Done
from agent_console.schemas_phone import OwnPhone, PhoneHere
from agent_console.who import Who, person_of, who_of
from dialer.errors import StoreError, TelephonyError

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/phone", tags=["phone"])
signalling = APIRouter()

SIP = "sip"
DOMAIN = "cadencia.invalid"  #: of SIP addresses; nobody resolves it
OPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 1.0
SEND_TIMEOUT_S = 10.0
LONGEST_MESSAGE = 65_536  # bytes
TRY_AGAIN_LATER = 1013
PING, PONG = "\r\n\r\n", "\r\n"  #: RFC 5626, section 4.4.1; answered here, since not every PBX does over a WebSocket


class _Over(Exception):
    """One of the two sides has gone."""


class _SessionOver(Exception):
    """Whose telephone it was is signed in no longer."""


@router.get("")
async def here(rooms: FromRooms) -> PhoneHere:
    """Whether a browser can be a telephone here."""
    return PhoneHere(available=bool(rooms.context.phones.socket_url))


@router.post("")
async def own(request: Request, rooms: FromRooms) -> OwnPhone:
    """What this browser registers with. The same after a reload; worth nothing after signing out."""
    person_of(request)
    phone = rooms.context.phones.phone_of(who_of(request).session)
    await rooms.phone_lines.admit(who_of(request).session)
    return OwnPhone(
        name=phone.name, password=phone.password, domain=DOMAIN, ice_servers=list(rooms.context.ice_servers)
    )


@router.delete("")
async def give_up(request: Request, rooms: FromRooms) -> Done:
    """This browser is no telephone any more."""
    person_of(request)
    await rooms.phone_lines.revoke(who_of(request).session)
    return Done()


@signalling.websocket("/phone/ws")
async def phone_socket(websocket: WebSocket, rooms: FromRooms) -> None:
    """SIP over a WebSocket (RFC 7118), passed on to the PBX as it is."""
    who, phones = who_of(websocket), rooms.context.phones
    if SIP not in websocket.scope["subprotocols"] or not phones.socket_url or not who.session:
        await websocket.close(WS_POLICY_VIOLATION)
        return
    if rooms.phone_lines.full:
        await websocket.close(TRY_AGAIN_LATER)
        return
    try:
        async with rooms.phone_lines.line(who.session):
            await rooms.phone_lines.admit(who.session)
            async with connect(
                phones.socket_url,
                subprotocols=[Subprotocol(SIP)],
                max_size=LONGEST_MESSAGE,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                proxy=None,
            ) as pbx:
                await websocket.accept(subprotocol=SIP)
                await _pass_on(websocket, pbx, rooms, who)
    except (TelephonyError, OSError, TimeoutError, InvalidHandshake) as exc:
        log.warning("phone.pbx_not_reached", error=repr(exc))
        await websocket.close(TRY_AGAIN_LATER)


async def _pass_on(websocket: WebSocket, pbx: ClientConnection, rooms: Rooms, who: Who) -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_to_pbx(websocket, pbx), name="phone to pbx")
            tasks.create_task(_to_browser(websocket, pbx), name="phone to browser")
            tasks.create_task(_recheck(rooms, who), name="phone session")
    except* (_Over, WebSocketDisconnect, ConnectionClosed, TimeoutError):
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the browser has gone already
            await websocket.close(TRY_AGAIN_LATER)
    except* _SessionOver:
        await rooms.phone_lines.revoke(who.session)
        await websocket.close(WS_POLICY_VIOLATION)


async def _to_pbx(websocket: WebSocket, pbx: ClientConnection) -> None:
    while True:
        event = await websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise _Over
        text = event.get("text")
        if text is None:
            text = bytes(event["bytes"]).decode("utf-8", "replace")
        async with asyncio.timeout(SEND_TIMEOUT_S):
            if text == PING:
                await websocket.send_text(PONG)
            else:
                await pbx.send(text)


async def _to_browser(websocket: WebSocket, pbx: ClientConnection) -> None:
    async for message in pbx:
        text = message if isinstance(message, str) else message.decode("utf-8", "replace")
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await websocket.send_text(text)
    raise _Over


async def _recheck(rooms: Rooms, who: Who) -> None:
    while True:
        await asyncio.sleep(rooms.context.recheck_s)
        try:
            person = await rooms.context.people.person(who.session, used=False)
        except StoreError:
            continue  # not known: the next look tells
        if person != who.person:
            raise _SessionOver
