"""The wire of Asterisk's manager interface: panoramisk's protocol, made safe.

Three promises that the library does not make: no answered or unanswered action is ever sent twice, nothing that comes
in can close the link by raising, and nothing that goes out can carry a second action inside a value.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import structlog
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from dialer.errors import AmiDisconnected, AmiHeaderInvalid

log = structlog.get_logger(__name__)

#: One response or event. Header names are lower case, for Asterisk itself writes ``Uniqueid`` here and ``UniqueID``
#: there; the values of a repeated header are joined with a newline.
AmiMessage = Mapping[str, str]

#: What may be sent: a header's value, or several values for a header that is to be repeated (``Variable``).
AmiHeaders = Mapping[str, str | Sequence[str]]

_END = b"\r\n\r\n"
_GREETING = "Asterisk Call Manager/"
_LONGEST_LINE = (
    1022  # bytes without the line end: Asterisk discards an action with a line over 1,024 (manager.c, inbuf)
)
_MOST_LINES = 128  # AST_MAX_MANHEADERS
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: the kernel forgets what it has not delivered
_FORBIDDEN = frozenset("\r\n\0")


def checked_headers(headers: AmiHeaders) -> AmiHeaders:
    """``headers`` as they are, or AmiHeaderInvalid where Asterisk could read a name or value as something else."""
    lines = 0
    for name, value in headers.items():
        if not name or ":" in name or not name.isascii() or not name.isprintable() or " " in name:
            raise AmiHeaderInvalid(f"The header name {name!r} cannot be sent to Asterisk.")
        for text in (value,) if isinstance(value, str) else value:
            lines += 1
            if not _FORBIDDEN.isdisjoint(text):
                raise AmiHeaderInvalid(f"The value of {name} has a line break in it and was not sent to Asterisk.")
            try:
                size = len(name) + 2 + len(text.encode())
            except UnicodeEncodeError as exc:
                raise AmiHeaderInvalid(f"The value of {name} is not text.") from exc
            if size > _LONGEST_LINE:
                raise AmiHeaderInvalid(f"The value of {name} is too long for Asterisk (1,024 bytes a line).")
    if lines >= _MOST_LINES - 1:  # one more goes on the ActionID
        raise AmiHeaderInvalid("An action for Asterisk has at most 128 headers.")
    return headers


def parse_message(block: bytes) -> dict[str, str]:
    """Read one message, without its closing empty line. Lines without a colon are left out.

    Decoding waits until the message is whole, so a character split over two TCP segments stays whole.
    """
    message: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        name = name.strip().lower()
        value = value.removeprefix(" ")
        message[name] = f"{message[name]}\n{value}" if name in message else value
    return message


class PendingAction(Action):  # type: ignore[misc]
    """An action on its way. Its future gets ``[response]``, or ``[response, *entries]`` for an action whose answer is
    a list that ends with the event ``complete_event``."""

    def __init__(self, headers: AmiHeaders, complete_event: str | None = None) -> None:
        super().__init__(dict(checked_headers(headers)))
        self.complete_event = complete_event.lower() if complete_event else None

    def add(self, message: AmiMessage) -> bool:
        """Take an answer; True when nothing more will come."""
        event = message.get("event", "").lower()
        if event and self.complete_event is None:
            return False
        if event == self.complete_event:
            self._finish()
            return True
        self.responses.append(message)
        if event or (self.complete_event and message.get("response") == "Success"):
            return False
        self._finish()
        return True

    def _finish(self) -> None:
        if not self.future.done():
            self.future.set_result(self.responses)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class SafeProtocol(AMIProtocol):  # type: ignore[misc]
    """The bytes of one connection.

    ``on_event`` gets every event that is not an entry of a requested list; ``on_late`` is called for an answer that
    nobody waits for any longer; ``on_lost`` once, after every unanswered action has failed with AmiDisconnected.
    ``receive_limit`` bounds one message and what may wait to be sent, each in bytes.
    """

    transport: asyncio.Transport
    responses: dict[str, PendingAction]
    closed: bool
    version: str | None

    def __init__(
        self,
        *,
        on_event: Callable[[AmiMessage], None],
        on_late: Callable[[], None],
        on_lost: Callable[[], None],
        receive_limit: int,
    ) -> None:
        self._on_event = on_event
        self._on_late = on_late
        self._on_lost = on_lost
        self._receive_limit = receive_limit
        self._buffer = bytearray()
        self._greeted = False
        self.encoding = "utf-8"  # read by the library's send()
        self.lost = asyncio.Event()
        self.received_bytes = 0

    @property
    def pending(self) -> int:
        """Entries kept for unanswered actions."""
        return len(self.responses)

    def send_action(self, action: PendingAction) -> asyncio.Future[list[AmiMessage]]:
        if self.closed:
            raise AmiDisconnected(sent=False)
        if self.transport.get_write_buffer_size() > self._receive_limit:
            # The peer reads nothing: more would only pile up here.
            self.close()
            raise AmiDisconnected(sent=False)
        return cast("asyncio.Future[list[AmiMessage]]", self.send(action))

    def forget(self, action: PendingAction) -> None:
        self.responses.pop(action.id, None)

    def data_received(self, data: bytes) -> None:
        self.received_bytes += len(data)
        # Only the tail can hold the separator's beginning; to search the whole again costs O(n²) on long messages.
        start = max(0, len(self._buffer) - len(_END))
        self._buffer += data
        if self._buffer.find(_END, start) >= 0:
            *blocks, rest = bytes(self._buffer).split(_END)
            self._buffer = bytearray(rest)
            for block in blocks:
                if self.closed:
                    return
                self._take(block)
        if len(self._buffer) > self._receive_limit:
            log.error("ami.message_oversized", received=len(self._buffer), limit=self._receive_limit)
            self.close()

    def _take(self, block: bytes) -> None:
        try:
            message = parse_message(block)
            if not self._greeted:
                self._greeted = True
                self._read_greeting(block)
            self.handle_message(message)
        except Exception:  # one bad message must never cost the link
            log.exception("ami.message_failed")

    def _read_greeting(self, block: bytes) -> None:
        first = block.partition(b"\r\n")[0].decode("utf-8", "replace")
        if first.startswith(_GREETING):
            self.version = first.removeprefix(_GREETING).strip()

    def handle_message(self, message: AmiMessage) -> None:
        action = self.responses.get(message.get("actionid", ""))
        is_event = "event" in message
        if action is not None and (not is_event or action.complete_event is not None):
            if action.add(message):
                self.forget(action)
        elif is_event:
            self._on_event(message)
            if message["event"] == "Shutdown":
                self.close()
        elif "response" in message:
            self._on_late()

    def connection_lost(self, exc: Exception | None) -> None:
        self.close()

    def close(self) -> None:
        """End the connection now. Nothing that is unanswered will be sent again by anybody, the kernel included: after
        an outage of the network it would still deliver a call that nobody knows of any more."""
        if self.closed:
            return
        self.closed = True
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()
        actions, self.responses = list(self.responses.values()), {}
        for action in actions:
            action.fail(AmiDisconnected(sent=True))
        self.lost.set()
        self._on_lost()
