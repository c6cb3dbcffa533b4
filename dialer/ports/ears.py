"""A supervisor's ear on an agent's telephone."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NewType, Protocol

from dialer.domain.ids import LegId
from dialer.values import dataclass

EarId = NewType("EarId", str)  #: channel id of the supervisor's telephone: ``ear-<uuid>``


class EarMode(StrEnum):
    LISTEN = "listen"  #: nobody hears the supervisor
    WHISPER = "whisper"  #: the agent does; the person on the call does not
    BARGE = "barge"  #: both do


@dataclass(frozen=True, slots=True)
class EarOpened:
    ear_id: EarId


@dataclass(frozen=True, slots=True)
class EarClosed:
    """Its telephone did not answer, hung up, or the agent's has gone."""

    ear_id: EarId


EarNews = EarOpened | EarClosed


class Ears(Protocol):
    """Raises AmiDisconnected while the link is down, AmiRefused where a channel is not there, AmiTimeout."""

    def subscribe(self, sink: Callable[[EarNews], None]) -> None:
        """Exactly one ``EarClosed`` follows an ``open`` that did not raise, after at most one ``EarOpened``."""
        ...

    async def open(self, ear_id: EarId, leg_id: LegId, dial_string: str, mode: EarMode) -> None:
        """Call the supervisor's telephone; once it is answered it hears what the agent's hears, and what it says."""
        ...

    async def change(self, ear_id: EarId, mode: EarMode) -> None: ...

    async def close(self, ear_id: EarId) -> None:
        """Closing one that is not there is no error."""
        ...
