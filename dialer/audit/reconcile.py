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

from dialer.domain.ids import is_call_id
from dialer.errors import InputError

#: No call lasts longer: an open one that is older, and that the switch never saw, was never originated.
LONGEST_CALL = timedelta(hours=6)

_UNIQUE_ID, _DISPOSITION = 16, 14  # columns of Asterisk's Master.csv
_COLUMNS = 17


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
    """``kind`` is a stable id: call-without-decision, call-after-release, decision-without-call or
    reservation-never-originated. ``release``: the switch's records prove that nothing was originated."""

    kind: str
    call_id: str
    detail: Mapping[str, str] = field(default_factory=dict)
    release: bool = False


def reserved_at(call_id: str) -> datetime:
    """When a call id was made, to the millisecond."""
    return datetime.fromtimestamp(int(call_id.replace("-", "")[:12], 16) / 1000, UTC)


def read_cdr(path: Path) -> dict[str, str]:
    """The calls of ours in a CDR file, with their disposition. Raises InputError where it cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) >= _COLUMNS]
    except OSError as exc:
        raise InputError(
            f"Asterisk's call records in {path} cannot be read ({exc.strerror}). Set CADENCIA_AUDIT__CDR_FILE to its "
            "Master.csv, and give this user the right to read it."
        ) from exc
    return {row[_UNIQUE_ID]: row[_DISPOSITION] for row in rows if is_call_id(row[_UNIQUE_ID])}


def compare(
    cdr: Mapping[str, str],
    log: Iterable[LoggedCall],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    live: Collection[str] = (),
) -> list[Discrepancy]:
    """What does not add up among the calls reserved from ``since`` up to ``until``.

    The records only speak of the time that they cover: nothing is said to be missing that was reserved before the
    first of them or after the last. ``live`` are calls that the switch has right now: their records come later.
    """
    calls = {call.call_id: call for call in log}
    covered = sorted(map(reserved_at, cdr))
    found: list[Discrepancy] = []
    for call_id, disposition in cdr.items():
        call = calls.get(call_id)
        detail = {"disposition": disposition}
        if call is None or not call.decided:
            if since <= reserved_at(call_id) < until:
                found.append(Discrepancy(kind="call-without-decision", call_id=call_id, detail=detail))
        elif call.state == "released":
            found.append(Discrepancy(kind="call-after-release", call_id=call_id, detail=detail))
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


def released(found: Sequence[Discrepancy]) -> list[str]:
    return [each.call_id for each in found if each.release]
