"""A case as it was read, and what came of running it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from dialer.casebook.worlds import CandidateSaid, ConsentSaid, EventSaid, Flag, World
from dialer.compliance.facts import LedgerOutcome
from dialer.compliance.holiday import Calendars
from dialer.compliance.rules import Pack


class CaseType(StrEnum):
    DECISION = "decision"
    SEQUENCE = "sequence"
    RACE = "race"
    RATIO = "ratio"
    CLASSIFY = "classify"
    PURGE = "purge"


class Op(StrEnum):
    """What a step of a sequence does."""

    RESERVE = "reserve"  #: ask the gate, and write what it allows as under way
    ORIGINATE = "originate"  #: ask again about a reservation that is about to be dialed
    OUTCOME = "outcome"  #: it ended
    LEASE_EXPIRED = "lease_expired"  #: its worker is gone: it counts on
    RECONCILE = "reconcile"  #: the switch's own record says what became of it
    RELEASE = "release"  #: it was certainly never dialed
    EVENT = "event"  #: something happened besides: an inbound call, a letter
    CONSENT = "consent"
    FLAG = "flag"
    UNFLAG = "unflag"
    PURGE = "purge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``ref`` is the id of the reservation it makes or speaks of. ``flag`` is of ``subject`` (debtor, debt or number)
    ``key``. ``originated`` of a reconciliation: None where the switch's record does not say."""

    op: Op
    at: datetime
    ref: str = ""
    candidate: CandidateSaid | None = None
    outcome: LedgerOutcome | None = None
    originated: bool | None = None
    ended_at: datetime | None = None
    event: EventSaid | None = None
    consents: tuple[ConsentSaid, ...] = ()
    flag: Flag | None = None
    subject: str = ""
    key: str = ""
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What concerns the types: decision ``candidate``; sequence ``steps``; race ``requests``; ratio ``rule`` and
    ``given``; classify and purge ``given``, as it was written. ``ignored`` are the facts nobody understood."""

    id: str
    type: CaseType
    title: str
    world: World
    packs: tuple[str, ...]
    expect: Mapping[str, Any]
    given: Mapping[str, Any]
    candidate: CandidateSaid | None = None
    steps: tuple[Step, ...] = ()
    requests: tuple[CandidateSaid, ...] = ()
    rule: str = ""
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A case that could not be read: it fails with this error."""

    id: str
    type: str
    title: str
    error: str
    expect: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """``packs`` are those of the file where it has any, else the shipped ones; ``calendars`` likewise. ``broken`` are
    packs of the file that cannot be used, with the reason. ``remarks`` say how the file's data differs from ours."""

    path: str
    packs: Mapping[str, Pack]
    calendars: Calendars
    cases: tuple[Case | Unreadable, ...]
    broken: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """``got`` and ``expected`` are plain data. ``differs`` names the keys in which they differ."""

    id: str
    type: str
    title: str
    passed: bool
    got: Any = None
    expected: Any = None
    differs: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    error: str = ""
