"""The daily work on the audit trail, for the keeper and for the command line: reconciliation and purge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog

from dialer.audit.reconcile import Discrepancy, compare, read_cdr, released, trunk_channels
from dialer.compliance.gate import Gate
from dialer.domain.ids import CallId
from dialer.ports import AttemptLog
from dialer.store import incidents
from dialer.store.audit_log import AuditEntry, append
from dialer.store.audit_trail import AuditTrail
from dialer.store.database import Database
from dialer.store.debtor_file import PURGE
from dialer.store.detector_evidence import forget_audio
from dialer.store.incidents import Incident
from dialer.store.reconciling import logged_calls
from dialer.store.retention import (
    ATTEMPT,
    RECORDING,
    YOUNGEST,
    Judged,
    Retention,
    forget_calls,
    forget_payloads,
    forget_recordings,
)

log = structlog.get_logger(__name__)

_BATCH = 500
KEEP_AUDIO = timedelta(days=90)  #: what the detector kept of greetings lives so long, where no law says
_MARGIN = timedelta(minutes=1)  # an id has the time of its reservation to the millisecond only

#: Calls that the switch has right now.
LiveCalls = Callable[[], Awaitable[Collection[str]]]


async def reconcile(
    database: Database,
    attempts: AttemptLog,
    cdr_file: Path,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    live: Collection[str] = (),
    trunks: Collection[str] = (),
) -> Sequence[Discrepancy]:
    """Compare the calls reserved from ``since`` up to ``until`` with the switch's records, and see to what is wrong:
    each discrepancy is an incident, and a reservation that was never originated is released. ``trunks`` are dial
    strings: a call that left over one of them past the dialer is a discrepancy too. Raises InputError where the records
    cannot be read, StoreError."""
    cdr = await asyncio.to_thread(read_cdr, cdr_file, [trunk_channels(each) for each in trunks])
    logged = await database.read(logged_calls, since - _MARGIN, until + _MARGIN)
    found = compare(cdr, logged, since=since, until=until, now=now, live=live)
    free = [CallId(call_id) for call_id in released(found)]
    if free:
        await attempts.release(free, now)
    new = await database.write(
        incidents.report,
        [Incident(kind=each.kind, ref=each.call_id, at=now, detail=dict(each.detail)) for each in found],
    )
    for incident in new:
        log.error("compliance.incident", kind=incident.kind, call_id=incident.ref, **incident.detail)
    return found


# ------------------------------------------------------------------------------------------------ purge


@dataclass(slots=True)
class Purged:
    """How many recordings, calls (their numbers and notes) and payloads of audit records went, or would go."""

    recordings: int = 0
    calls: int = 0
    records: int = 0

    @property
    def total(self) -> int:
        return self.recordings + self.calls + self.records


async def purge(
    database: Database,
    trail: AuditTrail,
    gate: Gate,
    library: Path,
    *,
    now: datetime,
    audio_age: timedelta = KEEP_AUDIO,
    dry_run: bool = False,
) -> Purged:
    """Delete what the rules have let go and no legal hold keeps, in short transactions; ``library`` is the folder of
    the recordings. What the detector kept of greetings goes when it is older than ``audio_age`` and no rule keeps
    recordings so long. With ``dry_run`` nothing is deleted, only counted. Raises StoreError."""
    done = Purged()
    await trail.chain()
    after = ""
    while calls := await database.read(_old_calls, gate, now, after):
        after = str(calls[-1].key)
        recordings = [call for call in calls if call.may_go(RECORDING)]
        numbers = [str(call.key) for call in calls if call.may_go(ATTEMPT)]
        done.recordings += len(recordings)
        done.calls += len(numbers)
        if not dry_run and (recordings or numbers):
            await delete_files(library, [file for call in recordings for file in call.files])
            await database.write(_forget_calls, [str(call.key) for call in recordings], numbers, now)
    after = ""
    while calls := await database.read(_old_audio, gate, now, after, audio_age):
        after = str(calls[-1].key)
        audio = [call for call in calls if call.decision[RECORDING].allowed and not call.may_go(RECORDING)]
        done.recordings += len(audio)
        if not dry_run and audio:
            await delete_files(library, [call.audio for call in audio if call.audio])
            await database.write(_forget_audio, [str(call.key) for call in audio], now)
    place = 0
    while records := await database.read(_old_records, gate, now, place):
        place = int(records[-1].key)
        seqs = [int(record.key) for record in records if record.may_go(ATTEMPT)]
        done.records += len(seqs)
        if not dry_run and seqs:
            await database.write(forget_payloads, PURGE, seqs, {"records_of": "audit"}, now)
    return done


async def delete_files(library: Path, files: Sequence[str]) -> None:
    """Delete recordings, named as in the log, from their folder. One that is gone already is no error."""
    await asyncio.to_thread(_unlink, library, files)


def _unlink(library: Path, files: Sequence[str]) -> None:
    root = library.resolve()
    for name in files:
        path = (root / name).resolve()
        if path.is_relative_to(root):
            path.unlink(missing_ok=True)


def _old_calls(connection: sa.Connection, gate: Gate, now: datetime, after: str) -> Sequence[Judged]:
    return Retention(connection, gate, now, youngest=YOUNGEST).calls(after, _BATCH)


def _old_audio(connection: sa.Connection, gate: Gate, now: datetime, after: str, age: timedelta) -> Sequence[Judged]:
    return Retention(connection, gate, now, youngest=age).calls(after, _BATCH, with_audio=True)


def _old_records(connection: sa.Connection, gate: Gate, now: datetime, after: int) -> Sequence[Judged]:
    return Retention(connection, gate, now, youngest=YOUNGEST).records(after, _BATCH)


def _forget_audio(connection: sa.Connection, calls: Sequence[str], now: datetime) -> None:
    forget_audio(connection, calls)
    append(connection, [AuditEntry(kind=PURGE, at=now, payload={"audio": list(calls), "records": []})])


def _forget_calls(connection: sa.Connection, recordings: Sequence[str], calls: Sequence[str], now: datetime) -> None:
    forget_recordings(connection, recordings)
    forget_calls(connection, calls)
    told = {"recordings": list(recordings), "calls": list(calls), "records": []}
    append(connection, [AuditEntry(kind=PURGE, at=now, payload=told)])
