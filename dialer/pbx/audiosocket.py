"""The AudioSocket server: Asterisk's way of handing a call's audio to a program over TCP.

Made for hundreds of calls at fifty frames a second each: a buffered protocol without streams or tasks per connection,
and one timer for all of them.
"""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, cast

import structlog

from dialer.clock import Clock
from dialer.errors import MediaError
from dialer.pbx.audiosocket_codec import SILENCE, AudioSocketGarbled, Decoder, FrameType

log = structlog.get_logger(__name__)

_RECEIVE_BYTES: Final = 16_384
_MOST_UNSENT_BYTES: Final = 16_384


class MediaLink(Protocol):
    """The connection, as its handler sees it."""

    def close(self) -> None:
        """End the connection: the dialplan goes on behind AudioSocket."""
        ...


class MediaHandler(Protocol):
    """Who listens to a call. All methods are called from the event loop and must return at once. The same handler may
    be connected again: the dialplan re-enters AudioSocket after an early end."""

    def connected(self, link: MediaLink) -> None: ...

    def audio(self, pcm: bytes) -> None:
        """Signed linear audio, 16 bits little-endian mono at 8 kHz; usually 20 ms, never more than half a second."""
        ...

    def dtmf(self, digit: str) -> None: ...

    def disconnected(self, link: MediaLink) -> None: ...


@dataclass(slots=True)
class AudioSocketCounters:
    """What the server has seen since it started."""

    accepted: int = 0
    refused_unknown: int = 0
    refused_full: int = 0
    refused_silent: int = 0  #: connected and did not say who they are in time
    garbled: int = 0
    audio_frames: int = 0
    ignored_frames: int = 0  #: audio of another rate, or of an odd size
    silence_unsent: int = 0  #: the peer reads nothing, so nothing more was sent
    handler_errors: int = 0


class _Connection(asyncio.BufferedProtocol):
    """One TCP connection. The server owns it."""

    __slots__ = ("_buffer", "_decoder", "_server", "_view", "handler", "opened_at", "transport")

    def __init__(self, server: AudioSocketServer) -> None:
        self._server = server
        self._decoder = Decoder()
        self._buffer = bytearray(_RECEIVE_BYTES)
        self._view = memoryview(self._buffer)
        self.handler: MediaHandler | None = None
        self.transport: asyncio.Transport | None = None
        self.opened_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if not self._server.admit(self):
            self.transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        try:
            for kind, payload in self._decoder.feed(self._view[:nbytes].tobytes()):
                if self.transport is None or self.transport.is_closing():
                    return
                self._accept(kind, payload)
        except AudioSocketGarbled as error:
            self._server.counters.garbled += 1
            log.warning("audiosocket.garbled", peer=self._peer(), **error.details)
            self.abort()

    def _accept(self, kind: int, payload: bytes) -> None:
        if self.handler is None:
            self._safely(self._server.identify, self, kind, payload)
        elif kind == FrameType.AUDIO:
            if len(payload) % 2:
                self._server.counters.ignored_frames += 1
                return
            self._server.counters.audio_frames += 1
            self._safely(self.handler.audio, payload)
        elif kind == FrameType.DTMF:
            if len(payload) == 1 and chr(payload[0]) in "0123456789*#ABCD":
                self._safely(self.handler.dtmf, chr(payload[0]))
        elif kind in (FrameType.HANG_UP, FrameType.ERROR):
            self.close()
        else:
            self._server.counters.ignored_frames += 1

    def _safely(self, call: Callable[..., None], *arguments: object) -> None:
        """A fault in the detector costs one call its verdict, not all calls their audio."""
        try:
            call(*arguments)
        except Exception:
            self._server.counters.handler_errors += 1
            log.exception("audiosocket.handler_failed")
            self.handler = _Deaf()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._server.lost(self)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _peer(self) -> str:
        return str(self.transport.get_extra_info("peername")) if self.transport is not None else ""


class _Deaf:
    """Stands in for a handler that failed: the connection stays, so that the dialplan's own time-outs apply."""

    def connected(self, link: MediaLink) -> None: ...

    def audio(self, pcm: bytes) -> None: ...

    def dtmf(self, digit: str) -> None: ...

    def disconnected(self, link: MediaLink) -> None: ...


class AudioSocketServer:
    """Listens for Asterisk and gives each call's audio to whoever expects it.

    ``on_connect`` is asked with the call's UUID, in lower case with hyphens, and returns its handler, or None: then the
    connection is closed at once. Asterisk ends AudioSocket after 2 s in which neither side has sent anything, so every
    connection is sent 20 ms of silence each ``keep_alive_s``.
    """

    def __init__(
        self,
        host: str,
        port: int,
        on_connect: Callable[[str], MediaHandler | None],
        *,
        clock: Clock,
        identify_timeout_s: float = 2.0,
        keep_alive_s: float = 0.8,
        max_connections: int = 1000,
    ) -> None:
        self._host = host
        self._port = port
        self._on_connect = on_connect
        self._clock = clock
        self._identify_timeout_s = identify_timeout_s
        self._keep_alive_s = keep_alive_s
        self._max_connections = max_connections
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.counters = AudioSocketCounters()

    @property
    def port(self) -> int:
        """The TCP port; the one that the system chose where 0 was asked for."""
        if self._server is None or not self._server.sockets:
            return self._port
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    async def start(self) -> None:
        """Listen. Raises MediaError where the address cannot be used."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Connection(self), self._host, self._port, family=socket.AF_UNSPEC, backlog=512
            )
        except OSError as exc:
            raise MediaError(
                f"The AudioSocket server cannot listen on {self._host}:{self._port} ({exc.strerror}). "
                "Free the port, or set CADENCIA_MEDIA__HOST and CADENCIA_MEDIA__PORT."
            ) from exc
        self._timer = loop.call_later(self._keep_alive_s, self._tick)

    async def close(self) -> None:
        """Stop listening and end all connections."""
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()
        if self._server is not None:
            async with asyncio.timeout(5):
                await self._server.wait_closed()

    def _tick(self) -> None:
        now = self._clock.monotonic()
        for connection in list(self._connections):
            if connection.handler is not None:
                self._send_silence(connection)
            elif now - connection.opened_at > self._identify_timeout_s:
                self.counters.refused_silent += 1
                connection.abort()
        self._timer = asyncio.get_running_loop().call_later(self._keep_alive_s, self._tick)

    def _send_silence(self, connection: _Connection) -> None:
        transport = connection.transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            self.counters.silence_unsent += 1
            return
        transport.write(SILENCE)

    def admit(self, connection: _Connection) -> bool:
        """Called by a new connection. False where there are too many already."""
        if len(self._connections) >= self._max_connections:
            self.counters.refused_full += 1
            log.warning("audiosocket.full", connections=len(self._connections))
            return False
        connection.opened_at = self._clock.monotonic()
        self._connections.add(connection)
        return True

    def identify(self, connection: _Connection, kind: int, payload: bytes) -> None:
        """Called by a connection with its first frame. Closes it where nobody expects the call."""
        handler: MediaHandler | None = None
        call_id = ""
        if kind == FrameType.UUID and len(payload) == 16:
            call_id = str(uuid.UUID(bytes=payload))
            handler = self._on_connect(call_id)
        if handler is None:
            self.counters.refused_unknown += 1
            log.info("audiosocket.refused", call_id=call_id, frame_type=kind)
            connection.abort()
            return
        self.counters.accepted += 1
        connection.handler = handler
        handler.connected(connection)
        self._send_silence(connection)

    def lost(self, connection: _Connection) -> None:
        """Called by a connection that is gone."""
        self._connections.discard(connection)
        if connection.handler is not None:
            handler, connection.handler = connection.handler, None
            handler.disconnected(connection)
