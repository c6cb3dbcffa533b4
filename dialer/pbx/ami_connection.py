"""One logged-in connection to Asterisk's manager interface: how it is opened, asked and closed.

What becomes of it when it is lost is the business of ``dialer.pbx.ami``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from panoramisk.manager import Manager

from dialer.errors import AmiDisconnected, AmiLoginRefused, AmiRefused, AmiTimeout
from dialer.pbx.ami_protocol import AmiHeaders, AmiMessage, PendingAction, SafeProtocol


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiEndpoint:
    """Where Asterisk's manager interface is and how long we are patient with it. Durations in seconds, limits in bytes
    (``receive_limit``, for one message) and events (``queue_limit``)."""

    username: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 5038
    connect_timeout_s: float = 5.0
    login_timeout_s: float = 5.0
    boot_timeout_s: float = 60.0  #: Asterisk takes logins before its modules are loaded
    ping_interval_s: float = 5.0
    dead_after_s: float = 15.0  #: without one byte, pings included
    backoff_first_s: float = 0.5
    backoff_cap_s: float = 30.0
    stable_after_s: float = 10.0  #: a connection that lasted so long starts the back-off anew
    queue_limit: int = 20_000
    receive_limit: int = 1 << 20


class SafeManager(Manager):  # type: ignore[misc]
    """panoramisk's manager with its queue of unanswered actions, its silent login and its timers taken out."""

    def __init__(self, endpoint: AmiEndpoint, on_event: Callable[[AmiMessage], None]) -> None:
        super().__init__(host=endpoint.host, port=endpoint.port)
        self._endpoint = endpoint
        self._on_event = on_event
        self.late = 0

    async def connect(self) -> SafeProtocol:
        """Open a connection, log in and wait until Asterisk has booted.

        Raises AmiLoginRefused, AmiTimeout, AmiDisconnected or OSError, with the connection closed.
        """
        end = self._endpoint
        loop = asyncio.get_running_loop()
        self._boot: asyncio.Future[bool] = loop.create_future()

        def factory() -> SafeProtocol:
            return SafeProtocol(
                on_event=self.dispatch,
                on_late=self._count_late,
                on_lost=self._protocol_lost,
                receive_limit=end.receive_limit,
            )

        async with asyncio.timeout(end.connect_timeout_s):
            _, protocol = await loop.create_connection(factory, end.host, end.port)
        self.protocol = protocol
        try:
            login = {"Action": "Login", "Username": end.username, "Secret": end.secret, "Events": "on"}
            try:
                await self._ask(protocol, login, None, end.login_timeout_s)
            except AmiRefused as exc:
                raise AmiLoginRefused() from exc
            await self._until_booted()
            if protocol.closed:
                raise AmiDisconnected()
        except BaseException:
            protocol.close()
            raise
        self.authenticated = True
        return protocol

    async def _until_booted(self) -> None:
        try:
            async with asyncio.timeout(self._endpoint.boot_timeout_s):
                booted = await self._boot
        except TimeoutError as exc:
            raise AmiTimeout(
                "Asterisk did not say FullyBooted. Wait until it has started, and see that the user in manager.conf "
                "has read = system."
            ) from exc
        if not booted:
            raise AmiDisconnected()

    def dispatch(self, event: AmiMessage) -> None:
        if event["event"] == "FullyBooted" and not self._boot.done():
            self._boot.set_result(True)
        self._on_event(event)

    async def send_action(
        self, action: AmiHeaders, *, complete_event: str | None = None, timeout_s: float
    ) -> list[AmiMessage]:
        if not self.authenticated:
            raise AmiDisconnected(sent=False)
        return await self._ask(self.protocol, action, complete_event, timeout_s)

    async def _ask(
        self, protocol: SafeProtocol, headers: AmiHeaders, complete_event: str | None, timeout_s: float
    ) -> list[AmiMessage]:
        action = PendingAction(headers, complete_event)
        future = protocol.send_action(action)
        try:
            async with asyncio.timeout(timeout_s):
                messages = await future
        except TimeoutError as exc:
            raise AmiTimeout(action=str(headers.get("Action", ""))) from exc
        finally:
            protocol.forget(action)
        if messages and messages[0].get("response") in ("Error", "Fail", "Failure"):
            raise AmiRefused(messages[0].get("message") or None, action=str(headers.get("Action", "")))
        return messages

    def _count_late(self) -> None:
        self.late += 1

    def _protocol_lost(self) -> None:
        self.authenticated = False
        if not self._boot.done():
            self._boot.set_result(False)

    def close(self) -> None:
        self.authenticated = False
        if self.protocol is not None:
            self.protocol.close()
