"""Compares what was decided with what the switch did: the calls of Asterisk's own records (CDR) against the log.

Pure but for ``read_cdr``. Our calls carry their id as the channel's unique id, and an id begins with the time of its
reservation, so neither side's clock or zone matters.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dialer.domain.ids import call_of_third, is_call_id
from dialer.errors import InputError

#: No call lasts longer: an open one that is older, and that the switch never saw, was never originated.
LONGEST_CALL = timedelta(hours=6)

# Columns of Asterisk's Master.csv.
_CHANNEL, _DESTINATION, _LAST_APP, _START, _DISPOSITION, _UNIQUE_ID = 5, 6, 7, 9, 14, 16
_COLUMNS = 17
_NAMED_BY_ENDPOINT = ("PJSIP", "SIP", "IAX2")
_ORIGINATED = "AppDial2"  # what Asterisk writes for a channel it called itself and that entered no dialplan


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """A row of the attempt log. ``decided``: the trail has a decision that allowed it."""

    call_id: str
    state: str  #: open, closed or released
    reserved_at: datetime
    dialed_at: datetime | None
    decided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """``kind`` is a stable id: call-without-decision, call-past-the-dialer, call-after-release, decision-without-call,
    reservation-never-originated or records-missing. ``call_id`` is the switch's own id where the call is none of ours,
    and the first day where whole days have no records. ``release``: the switch's records prove that nothing was
    originated."""

    kind: str
    call_id: str
    detail: Mapping[str, str] = field(default_factory=dict)
    release: bool = False


def reserved_at(call_id: str) -> datetime:
    """When a call id was made, to the millisecond."""
    return datetime.fromtimestamp(int(call_id.replace("-", "")[:12], 16) / 1000, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCall:
    """A call that left over one of our trunks and that the dialer never placed."""

    switch_id: str
    started: str  #: as the switch writes it, in its own zone
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdCall:
    """A call to somebody whom an agent brought into ``call_id``, or gave it to."""

    switch_id: str
    call_id: str
    started: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRecords:
    """``ours``: the calls with an id of ours, and their disposition. ``thirds``: people outside who were brought into
    one of them."""

    ours: Mapping[str, str]
    thirds: tuple[ThirdCall, ...] = ()
    foreign: tuple[ForeignCall, ...] = ()


def trunk_channels(dial_string: str) -> str:
    """How the channels of a trunk begin that is dialed with ``dial_string``: ``PJSIP/{number}@carrier`` and
    ``PJSIP/carrier/sip:...`` give ``PJSIP/carrier-``. Empty where a trunk's channels cannot be told by their names."""
    technology, _, rest = dial_string.partition("/")
    if technology.upper() not in _NAMED_BY_ENDPOINT:
        return ""
    endpoint = rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest.partition("/")[0]
    return "" if not endpoint or "{" in endpoint else f"{technology}/{endpoint}-"


def read_cdr(path: Path, trunks: Collection[str] = ()) -> SwitchRecords:
    """The calls in a CDR file. ``trunks`` are beginnings of channel names, as ``trunk_channels`` gives them: what left
    over one of them without an id of ours is foreign. Raises InputError where the file cannot be read, or is
    something else."""
    beginnings = tuple(filter(None, trunks))
    ours: dict[str, str] = {}
    foreign: list[ForeignCall] = []
    thirds: dict[str, ThirdCall] = {}
    records = other_lines = 0
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.reader(file):
                if len(row) < _COLUMNS:
                    other_lines += bool(row)
                    continue
                records += 1
                if is_call_id(row[_UNIQUE_ID]):
                    ours[row[_UNIQUE_ID]] = row[_DISPOSITION]
                elif (of := call_of_third(row[_UNIQUE_ID])) is not None:
                    third = ThirdCall(switch_id=row[_UNIQUE_ID], call_id=of, started=row[_START], channel=row[_CHANNEL])
                    thirds.setdefault(third.switch_id, third)
                elif beginnings and (channel := _left_over(row, beginnings)):
                    foreign.append(ForeignCall(switch_id=row[_UNIQUE_ID], started=row[_START], channel=channel))
    except OSError as exc:
        raise InputError(
            f"Asterisk's call records in {path} cannot be read ({exc.strerror}). Set CADENCIA_AUDIT__CDR_FILE to its "
            "Master.csv, and give this user the right to read it."
        ) from exc
    except csv.Error as exc:
        raise InputError(f"{path} is no file of Asterisk's call records ({exc}).") from exc
    if other_lines and not records:
        raise InputError(
            f"{path} has no call records with {_COLUMNS} columns. Name Asterisk's Master.csv, and set loguniqueid = "
            "yes in its cdr.conf: without unique ids no call can be told from another."
        )
    return SwitchRecords(ours=ours, foreign=tuple(foreign), thirds=tuple(thirds.values()))


def _left_over(row: Sequence[str], beginnings: tuple[str, ...]) -> str:
    """The trunk's channel on which the call went out; empty where it came in, or has nothing to do with a trunk."""
    if row[_DESTINATION].startswith(beginnings):
        return row[_DESTINATION]
    if row[_CHANNEL].startswith(beginnings) and row[_LAST_APP] == _ORIGINATED:
        return row[_CHANNEL]
    return ""


def compare(
    records: SwitchRecords,
    log: Iterable[LoggedCall],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    live: Collection[str] = (),
) -> list[Discrepancy]:
    """What does not add up among the calls reserved from ``since`` up to ``until``.

    The records only speak of the time that they cover: no call is said to be missing that was reserved before the
    first of them or after the last. Where there is none at all of this time and calls were dialed, that is told, once.
    ``live`` are calls that the switch has right now: their records come later.
    A foreign call is told whenever it was: the switch's clock is not ours.
    """
    cdr = records.ours
    calls = {call.call_id: call for call in log}
    covered = sorted(map(reserved_at, cdr))
    found = [
        Discrepancy(
            kind="call-past-the-dialer",
            call_id=call.switch_id,
            detail={"started": call.started, "channel": call.channel},
        )
        for call in records.foreign
    ]
    found += [_not_brought_in(third) for third in records.thirds if not _brought_in(third, calls, live)]
    for call_id, disposition in cdr.items():
        call = calls.get(call_id)
        detail = {"disposition": disposition}
        if call is None or not call.decided:
            if since <= reserved_at(call_id) < until:
                found.append(Discrepancy(kind="call-without-decision", call_id=call_id, detail=detail))
        elif call.state == "released":
            found.append(Discrepancy(kind="call-after-release", call_id=call_id, detail=detail))
    found += _unrecorded(calls.values(), covered, since, until)
    for call in calls.values():
        if call.call_id in cdr or call.call_id in live or call.state == "released":
            continue
        if not covered or not covered[0] <= call.reserved_at <= covered[-1]:
            continue
        detail = {"state": call.state, "reserved_at": call.reserved_at.isoformat()}
        if call.state == "closed" and call.dialed_at is not None:
            found.append(Discrepancy(kind="decision-without-call", call_id=call.call_id, detail=detail))
        elif call.state == "open" and now - call.reserved_at >= LONGEST_CALL:
            found.append(
                Discrepancy(kind="reservation-never-originated", call_id=call.call_id, detail=detail, release=True)
            )
    return sorted(found, key=lambda each: (each.call_id, each.kind))


def _brought_in(third: ThirdCall, calls: Mapping[str, LoggedCall], live: Collection[str]) -> bool:
    """Somebody outside belongs to a call that was decided on and answered; else it was a call on its own."""
    call = calls.get(third.call_id)
    return third.call_id in live or (call is not None and call.decided and call.state != "released")


def _not_brought_in(third: ThirdCall) -> Discrepancy:
    return Discrepancy(
        kind="call-past-the-dialer",
        call_id=third.switch_id,
        detail={"started": third.started, "channel": third.channel},
    )


def _unrecorded(
    calls: Iterable[LoggedCall], covered: Sequence[datetime], since: datetime, until: datetime
) -> list[Discrepancy]:
    """Calls were dialed and closed, and the switch has not one record of that time: no proof either way."""
    dialed = [
        call
        for call in calls
        if call.state == "closed" and call.dialed_at is not None and since <= call.reserved_at < until
    ]
    if not dialed or any(since <= at < until for at in covered):
        return []
    detail = {"calls": str(len(dialed)), "since": since.isoformat(), "until": until.isoformat()}
    return [Discrepancy(kind="records-missing", call_id=f"{since:%Y-%m-%d}", detail=detail)]


def released(found: Sequence[Discrepancy]) -> list[str]:
    return [each.call_id for each in found if each.release]
