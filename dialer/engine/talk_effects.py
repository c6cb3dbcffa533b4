"""What a core wants done with a call in hand."""

from __future__ import annotations

from dialer.domain.ids import CallId, LegId
from dialer.ports import Notice, PlaceThird
from dialer.values import dataclass


@dataclass(frozen=True, slots=True)
class Hold:
    call_id: CallId


@dataclass(frozen=True, slots=True)
class CallThird:
    third: PlaceThird


@dataclass(frozen=True, slots=True)
class Consult:
    """Hold included."""

    call_id: CallId
    leg_id: LegId
    target: LegId


@dataclass(frozen=True, slots=True)
class Confer:
    call_id: CallId
    legs: tuple[LegId, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Out of whatever conversation the leg is in."""

    leg_id: LegId


@dataclass(frozen=True, slots=True)
class Press:
    call_id: CallId
    digits: str


@dataclass(frozen=True, slots=True)
class Mute:
    leg_id: LegId
    muted: bool


@dataclass(frozen=True, slots=True)
class Announce:
    call_id: CallId
    notice: Notice
    language: str


TalkEffect = Hold | CallThird | Consult | Confer | Part | Press | Mute | Announce
