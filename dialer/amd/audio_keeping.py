"""The beginnings of a random share of the calls that are listened to, held until it is known whether they may be kept.

Whether a call's audio may be kept is a question of its campaign, of the law and of what the call came to be, so it is
asked when the call is over; until then the audio is only in memory. ``dialer/detector_audio.py`` asks.
"""

from __future__ import annotations

import io
import wave
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from dialer.amd.features import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ
from dialer.domain.events import CallAnswered, TelephonyEvent
from dialer.domain.verdict import AmdCategory

KEPT_S: Final = 10.0
_MOST_BYTES: Final = int(KEPT_S * 1000 / FRAME_MS) * FRAME_BYTES
#: The audio of an answer may come before the news of it: so much of what was heard before is kept with it.
_BEFORE_BYTES: Final = 25 * FRAME_BYTES
_MOST_CALLS: Final = 500  # 80 MB; those that wait for their end, and those whose end got lost
_LEAST_BYTES: Final = 10 * FRAME_BYTES


class MediaLink(Protocol):
    def close(self) -> None: ...


class MediaHandler(Protocol):
    """Who listens to a call's audio: see ``dialer.pbx.audiosocket``."""

    def connected(self, link: MediaLink) -> None: ...

    def audio(self, pcm: bytes) -> None: ...

    def dtmf(self, digit: str) -> None: ...

    def disconnected(self, link: MediaLink) -> None: ...


def may_keep(*, record: bool, announces: bool, law_announces: bool, category: str | None) -> bool:
    """Whether the beginning of a call may be kept.

    Nobody has been told of a recording while they greet. So nothing is kept of a campaign that does not record, nor of
    a call whose law wants the recording announced. Where it is only the campaign that announces it, what may be a
    person is not kept: that leaves what the detector took for a machine, which is where its worst errors are.
    """
    if not record or law_announces:
        return False
    return not announces or category in (AmdCategory.MACHINE, AmdCategory.ANNOUNCEMENT, AmdCategory.FAX)


@dataclass(slots=True)
class KeepingCounters:
    begun: int = 0  #: calls of the share
    crowded_out: int = 0  #: given up for newer ones


class _Kept:
    """One call's audio so far."""

    __slots__ = ("answered", "pcm")

    def __init__(self) -> None:
        self.pcm = bytearray()
        self.answered = False

    def hear(self, pcm: bytes) -> None:
        if not self.answered:
            self.pcm += pcm
            del self.pcm[:-_BEFORE_BYTES]
        elif (room := _MOST_BYTES - len(self.pcm)) > 0:
            self.pcm += pcm[:room]


class AudioShare:
    """``share`` of the calls, 0 to 1. Which ones, their ids' own randomness decides, so that a call whose audio begins
    anew is in or out as before. All methods are called from the event loop and return at once."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self.counters = KeepingCounters()

    def listening(self, on_connect: Callable[[str], MediaHandler | None]) -> Callable[[str], MediaHandler | None]:
        """``on_connect``, whose handlers are overheard where the call is one of the share."""

        def connect(call_id: str) -> MediaHandler | None:
            handler = on_connect(call_id)
            if handler is None or not is_of_share(call_id, self._share):
                return handler
            return _Overheard(handler, self._keeping(call_id))

        return connect

    def on_event(self, event: TelephonyEvent) -> None:
        """For the telephone system's events: a call's audio is kept from its answer on, which mostly comes first."""
        if isinstance(event, CallAnswered) and is_of_share(event.call_id, self._share):
            self._keeping(event.call_id).answered = True

    def take(self, call_id: str) -> bytes | None:
        """What was heard of a call that is over, and forget it: signed 16-bit mono at 8 kHz, at most ten seconds from
        the answer on. None where the call is not of the share, was not answered, or hardly heard."""
        kept = self._kept.pop(call_id, None)
        if kept is None or not kept.answered or len(kept.pcm) < _LEAST_BYTES:
            return None
        return bytes(kept.pcm)

    def _keeping(self, call_id: str) -> _Kept:
        kept = self._kept.get(call_id)
        if kept is None:
            kept = self._kept[call_id] = _Kept()
            self.counters.begun += 1
            if len(self._kept) > _MOST_CALLS:
                self._kept.popitem(last=False)
                self.counters.crowded_out += 1
        return kept


def is_of_share(call_id: str, share: float) -> bool:
    """Whether a random share of all calls, 0 to 1, has this one in it."""
    return int(call_id[-12:], 16) < share * 2**48  # the last 48 bits of a call id are random


class _Overheard:
    """A handler that does what another does, and keeps what it hears."""

    def __init__(self, handler: MediaHandler, kept: _Kept) -> None:
        self._handler = handler
        self._kept = kept

    def connected(self, link: MediaLink) -> None:
        self._handler.connected(link)

    def audio(self, pcm: bytes) -> None:
        self._kept.hear(pcm)
        self._handler.audio(pcm)

    def dtmf(self, digit: str) -> None:
        self._handler.dtmf(digit)

    def disconnected(self, link: MediaLink) -> None:
        self._handler.disconnected(link)


def wav_of(pcm: bytes) -> bytes:
    """The audio as a WAV file, which every browser plays."""
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE_HZ)
        out.writeframes(pcm)
    return made.getvalue()


def seconds_of(pcm: bytes) -> float:
    return len(pcm) / 2 / SAMPLE_RATE_HZ
