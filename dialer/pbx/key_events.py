"""Who is told which keys. Asterisk tells of every key of every channel, whatever the channel is doing and however the
key came: as an event, as a tone, in a SIP message. That it ended is told twice of a key that has to wait for the one
before it; that it began is told once, but not of keys in SIP messages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

KEYS: Final = frozenset("0123456789*#")
#: Nobody presses one key twice within this time: a key and the pause behind it take 80 ms at least (ITU-T Q.24). It
#: serves only where no beginnings are told, for a busy Asterisk reads keys late, and then one right after the other.
_SAME_PRESS_S: Final = 0.075


@dataclass(slots=True)
class _Listener:
    heard: Callable[[str], None]
    last: str = ""
    last_at: float = -math.inf
    begins: bool = False  #: beginnings are told of this channel
    begun: bool = False  #: one was, since the last end


class KeyEvents:
    def __init__(self) -> None:
        self._listeners: dict[str, _Listener] = {}

    def hear(self, call_id: str, heard: Callable[[str], None] | None) -> None:
        """Tell ``heard`` of each key of this call from now on; None: nobody."""
        if heard is None:
            self._listeners.pop(call_id, None)
        else:
            self._listeners[call_id] = _Listener(heard)

    def take(self, event: Mapping[str, str], arrived: float) -> None:
        """A ``DTMFBegin`` or ``DTMFEnd`` under our own id of its channel, and when it came (seconds of any clock)."""
        listener = self._listeners.get(event.get("uniqueid", ""))
        key = event.get("digit", "")
        if listener is None or key not in KEYS or event.get("direction") == "Sent":
            return
        if event.get("event") == "DTMFBegin":
            listener.begins = listener.begun = True
            return
        at = _seconds(event.get("timestamp", ""), arrived)
        new = listener.begun if listener.begins else not 0 <= at - listener.last_at < _SAME_PRESS_S
        if new or key != listener.last:
            listener.heard(key)
        listener.last, listener.last_at, listener.begun = key, at, False


def _seconds(text: str, otherwise: float) -> float:
    """Asterisk's own time, where it says so."""
    try:
        return float(text)
    except ValueError:
        return otherwise
