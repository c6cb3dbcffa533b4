"""The link to Asterisk's manager interface: one connection that looks after itself.

panoramisk gives the wire; this room gives the guarantees that a dialer needs: an action is sent at most once and only
while logged in, every wait ends, a dead peer is noticed, and a storm of events costs events, never the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from dialer.clock import Clock, system_random
from dialer.errors import AmiDisconnected, AmiLoginRefused, AmiRefused, AmiTimeout, CadenciaError
from dialer.pbx.ami_connection import AmiEndpoint, SafeManager
from dialer.pbx.ami_protocol import AmiHeaders, AmiMessage, SafeProtocol

log = structlog.get_logger(__name__)

__all__ = ["AmiCounters", "AmiEndpoint", "AmiHeaders", "AmiLink", "AmiMessage", "LinkChange"]

T = TypeVar("T")

_EVENTS_PER_TURN = 64  # handled before other tasks get the loop


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """The link went up or down. ``error`` says why it is down; it is None when it is up or was closed by us."""

    up: bool
    error: CadenciaError | None = None


@dataclass(slots=True)
class AmiCounters:
    """Since the start. ``late`` counts answers to actions that nobody waited for any longer."""

    events: int = 0
    dropped: int = 0
    handler_errors: int = 0
    connections: int = 0
    late: int = 0

    @property
    def reconnects(self) -> int:
        return max(0, self.connections - 1)


class AmiLink:
    """Keeps one logged-in connection to Asterisk for as long as it is started.

    ``on_event`` gets every event and ``on_link`` every change of the link, in the order in which they happened, from
    one task; an exception in either is logged and counted. When events come faster than they are handled the oldest
    are dropped, and since nobody can then know what is going on, the link is declared lost, and restored when the
    backlog is gone.
    """

    def __init__(
        self,
        endpoint: AmiEndpoint,
        clock: Clock,
        on_event: Callable[[AmiMessage], None],
        on_link: Callable[[LinkChange], None] = lambda _change: None,
    ) -> None:
        self.endpoint = endpoint
        self._clock = clock
        self._on_event = on_event
        self._on_link = on_link
        self._counters = AmiCounters()
        self._chance = system_random()
        self._manager = SafeManager(endpoint, self._enqueue)
        self._queue: deque[AmiMessage | LinkChange] = deque()
        self._wake = asyncio.Event()
        self._overflowed = False
        self._told_connection = 0  # number of the connection that listeners believe to be up; 0: none
        self._told_refusal = False
        self._last_error: CadenciaError | None = None
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # ------------------------------------------------------------------------------------------- for callers

    @property
    def connected(self) -> bool:
        """Whether actions are taken: logged in, and the listeners have been told so."""
        return bool(self._manager.authenticated) and self._told_connection == self._counters.connections

    @property
    def counters(self) -> AmiCounters:
        self._counters.late = self._manager.late
        return self._counters

    @property
    def pending(self) -> int:
        """Actions that wait for an answer."""
        return self._manager.protocol.pending if self._manager.protocol else 0

    @property
    def ami_version(self) -> str:
        """The interface's version as Asterisk greets with it, such as ``11.0.0``; empty before the first connection."""
        return (self._manager.protocol.version or "") if self._manager.protocol else ""

    def start(self) -> None:
        """Begin to connect, and keep connecting until ``close()``. Call ``wait_connected`` to learn how it went."""
        if self._tasks:
            return
        self._tasks = [
            asyncio.create_task(self._keep_connected(), name="ami-link"),
            asyncio.create_task(self._consume(), name="ami-events"),
        ]

    async def wait_connected(self, timeout_s: float) -> None:
        """Return when the link is up.

        Raises AmiLoginRefused as soon as Asterisk refuses the login, and AmiDisconnected after ``timeout_s``; the link
        goes on trying in both cases.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not self.connected:
                    if isinstance(self._last_error, AmiLoginRefused):
                        raise AmiLoginRefused() from self._last_error
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as exc:
            raise AmiDisconnected() from (self._last_error or exc)

    async def close(self) -> None:
        """Close the connection and stop reconnecting. Unanswered actions fail with AmiDisconnected."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.endpoint.connect_timeout_s)
        self._tasks = []
        self._manager.close()
        self._queue.clear()
        self._tell(LinkChange(up=False))

    async def send(self, action: AmiHeaders, timeout_s: float = 5.0) -> AmiMessage:
        """Send an action once and return Asterisk's answer to it.

        An Originate always goes out with ``Async``. Raises AmiDisconnected (``details["sent"]`` is False where nothing
        was sent; otherwise what Asterisk made of it is unknown), AmiTimeout, AmiRefused or AmiHeaderInvalid.
        """
        return (await self._send(action, None, timeout_s))[0]

    async def send_list(self, action: AmiHeaders, complete_event: str, timeout_s: float = 10.0) -> list[AmiMessage]:
        """Send an action that is answered with a list, and return its entries, without the event that closes it."""
        return (await self._send(action, complete_event, timeout_s))[1:]

    async def _send(self, action: AmiHeaders, complete_event: str | None, timeout_s: float) -> list[AmiMessage]:
        if not self.connected:
            raise AmiDisconnected(sent=False)
        if str(action.get("Action", "")).lower() == "originate":
            # Without it Asterisk answers when the call is over, and blocks every other action of ours until then.
            action = {**{name: value for name, value in action.items() if name.lower() != "async"}, "Async": "true"}
        messages: list[AmiMessage] = await self._manager.send_action(
            action, complete_event=complete_event, timeout_s=timeout_s
        )
        return messages

    # ------------------------------------------------------------------------------------------- connection

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            began = self._clock.monotonic()
            error = await self._connect_and_watch()
            lasted_s = self._clock.monotonic() - began
            failures = 0 if lasted_s >= self.endpoint.stable_after_s and error is None else failures + 1
            await asyncio.sleep(self._backoff_s(failures))

    def _backoff_s(self, failures: int) -> float:
        longest = self.endpoint.backoff_first_s * 2.0 ** min(max(0, failures - 1), 30)
        return min(self.endpoint.backoff_cap_s, longest) * self._chance.uniform(0.5, 1.0)

    async def _connect_and_watch(self) -> CadenciaError | None:
        """One connection from its beginning to its end. Returns why it never came to be, or None where it had."""
        try:
            protocol = await self._manager.connect()
        except AmiLoginRefused as exc:
            log.error("ami.login_refused", host=self.endpoint.host, username=self.endpoint.username)
            self._failed(exc)
            return exc
        except Exception as exc:  # noqa: BLE001  # whatever it is, trying again is the only cure
            log.warning("ami.connect_failed", host=self.endpoint.host, port=self.endpoint.port, error=repr(exc))
            error = exc if isinstance(exc, CadenciaError) else AmiDisconnected(cause=repr(exc))
            self._failed(error)
            return error
        self._counters.connections += 1
        self._last_error = None
        self._put(LinkChange(up=True))
        log.info("ami.connected", host=self.endpoint.host, version=protocol.version)
        try:
            await self._watch(protocol)
        finally:
            protocol.close()
        log.warning("ami.lost", host=self.endpoint.host)
        self._failed(AmiDisconnected())
        return None

    def _failed(self, error: CadenciaError) -> None:
        self._last_error = error
        self._put(LinkChange(up=False, error=error))
        self._news.set()

    async def _watch(self, protocol: SafeProtocol) -> None:
        """Return when the connection is lost, or when the peer has sent nothing for too long."""
        heard = self._clock.monotonic()
        seen = protocol.received_bytes
        while not protocol.closed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.endpoint.ping_interval_s):
                    await protocol.lost.wait()
                    return
            if protocol.received_bytes != seen:
                heard, seen = self._clock.monotonic(), protocol.received_bytes
            elif self._clock.monotonic() - heard >= self.endpoint.dead_after_s:
                log.error("ami.peer_silent", silent_s=self.endpoint.dead_after_s)
                return
            with contextlib.suppress(AmiTimeout, AmiRefused, AmiDisconnected):
                await self._manager.send_action({"Action": "Ping"}, timeout_s=self.endpoint.ping_interval_s)

    # ------------------------------------------------------------------------------------------- events

    def _enqueue(self, event: AmiMessage) -> None:
        self._counters.events += 1
        self._put(event)

    def _put(self, item: AmiMessage | LinkChange) -> None:
        if len(self._queue) >= self.endpoint.queue_limit:
            if not isinstance(self._queue.popleft(), LinkChange):
                self._counters.dropped += 1
            self._overflowed = True  # what a dropped LinkChange said is made good when the backlog is gone
        self._queue.append(item)
        self._wake.set()

    async def _consume(self) -> None:
        handled = 0
        while True:
            if self._overflowed:
                self._tell(LinkChange(up=False, error=AmiDisconnected("Events came faster than they were handled.")))
            if not self._queue:
                if self._overflowed:
                    log.error("ami.events_dropped", dropped=self._counters.dropped)
                    self._overflowed = False
                    self._tell(LinkChange(up=bool(self._manager.authenticated), error=self._last_error))
                self._wake.clear()
                await self._wake.wait()
                continue
            item = self._queue.popleft()
            if not isinstance(item, LinkChange):
                self._guarded(self._on_event, item)
            elif not (item.up and self._overflowed):
                self._tell(item)
            handled += 1
            if handled % _EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)

    def _tell(self, change: LinkChange) -> None:
        """Tell the listeners, unless they know: up after up and down after down say nothing new."""
        connection = self._counters.connections if change.up else 0
        refused = isinstance(change.error, AmiLoginRefused)
        if connection == self._told_connection and refused == self._told_refusal:
            return
        self._told_connection = connection
        self._told_refusal = refused
        self._guarded(self._on_link, change)
        self._news.set()

    def _guarded(self, handler: Callable[[T], None], item: T) -> None:
        try:
            handler(item)
        except Exception:  # a bug in a listener must not silence the link
            self._counters.handler_errors += 1
            log.exception("ami.listener_failed")
