"""Keeps the audit trail of a running station: chains what was written, signs checkpoints, and once a day compares the
log with the switch's records and deletes what no law keeps any longer.

What goes wrong here is logged and counted, and never stops the dialing: every decision is in the database already,
with the call it is about, and is chained as soon as that works again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from dialer.audit import heads
from dialer.audit.canonical import instant
from dialer.audit.checkpoint import HEADS_FILE, load_signer
from dialer.audit.ruleset import rule_set
from dialer.clock import Clock
from dialer.compliance.gate import Gate
from dialer.keepers.audit_upkeep import KEEP_AUDIO, LiveCalls, purge, reconcile
from dialer.ports import AttemptLog
from dialer.settings import AuditSettings
from dialer.store import incidents
from dialer.store.audit_trail import AuditTrail
from dialer.store.database import Database

log = structlog.get_logger(__name__)

SEQUENCE_EVERY_S = 1.0
UPKEEP = "upkeep"  # kind and ref of the record that says until when the daily work is done
_FURTHEST_BACK = timedelta(days=31)


@dataclass(slots=True)
class AuditCounts:
    """``waiting`` records are not chained yet; ``open_incidents`` nobody has resolved; ``failures`` count since the
    start."""

    waiting: int = 0
    open_incidents: int = 0
    failures: int = 0


class AuditKeeper:
    """``folder`` is the data folder: the signing key and the file of heads are there. ``live`` tells which calls the
    switch has right now, ``cdr_file`` is where it records them unless the settings say otherwise, ``trunks`` are the
    dial strings of the ways out. Raises ConfigurationError for a damaged key."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        folder: Path,
        recordings: Path,
        settings: AuditSettings,
        gate: Gate,
        attempts: AttemptLog,
        live: LiveCalls,
        cdr_file: Path | None = None,
        trunks: Collection[str] = (),
        audio_age: timedelta = KEEP_AUDIO,
    ) -> None:
        self.trail = AuditTrail(
            database,
            load_signer(folder),
            size=settings.checkpoint_records,
            every=timedelta(seconds=settings.checkpoint_every_s),
        )
        self.counts = AuditCounts()
        self._database = database
        self._clock = clock
        self._heads = folder / HEADS_FILE
        self._recordings = recordings
        self._settings = settings
        self._gate = gate
        self._attempts = attempts
        self._live = live
        self._cdr_file = settings.cdr_file or cdr_file
        self._trunks = trunks
        self._audio_age = audio_age
        self._done_until = self._tried_until = _midnight(clock.now())

    async def start(self, *, close_guard_s: int, version: str) -> None:
        """Say in the trail which rules decide from now on, and bring the file of heads up to date."""
        now = self._clock.now()
        rules = rule_set(self._gate.sources(), close_guard_s=close_guard_s, signer=self.trail.signer, version=version)
        await self.trail.begin(rules, now)
        await self._write_heads()
        last = await self.trail.last_note(UPKEEP)
        if last is not None:
            self._done_until = self._tried_until = datetime.fromisoformat(last["until"])

    async def run(self) -> None:
        """For ever; the keeper's owner cancels it and then calls ``close``."""
        while True:
            await asyncio.sleep(SEQUENCE_EVERY_S)
            await self._guarded(self._sequence, "sequence")
            if self._upkeep_is_due():
                await self._guarded(self._upkeep, "upkeep")

    async def close(self) -> None:
        """Chain and sign the rest."""
        await self._guarded(self.trail.chain, "sequence")
        await self._guarded(self._sign_rest, "checkpoint")

    async def _guarded(self, work: Callable[[], Awaitable[object]], what: str) -> None:
        try:
            await work()
        except Exception:  # whatever it is, calls go on; the next round tries again
            self.counts.failures += 1
            log.exception("audit.failed", work=what, failures=self.counts.failures)

    async def _sequence(self) -> None:
        await self.trail.chain()
        if await self.trail.checkpoint(self._clock.now()):
            await self._write_heads()
        self.counts.waiting = await self.trail.backlog()
        self.counts.open_incidents = await self._database.read(incidents.count_unresolved)

    async def _sign_rest(self) -> None:
        await self.trail.checkpoint(self._clock.now(), whatever_came=True)
        await self._write_heads()

    async def _write_heads(self) -> None:
        number = await asyncio.to_thread(heads.last_number, self._heads)
        while found := await self.trail.checkpoints_after(number):
            lines = [self.trail.published(checkpoint) for checkpoint in found]
            await asyncio.to_thread(heads.append, self._heads, lines)
            number = found[-1].number

    # ------------------------------------------------------------------------------------- once a day

    def _upkeep_is_due(self) -> bool:
        now = self._clock.now()
        return _midnight(now) > self._tried_until and now.hour >= self._settings.upkeep_hour

    async def _upkeep(self) -> None:
        """Everything up to the last midnight, UTC, since the last time that it went well: days on which the engine
        did not run are made up for."""
        now = self._clock.now()
        until = self._tried_until = _midnight(now)
        since = max(self._done_until, until - _FURTHEST_BACK)
        purged = discrepancies = 0
        if self._settings.purge_daily:
            done = await purge(
                self._database, self.trail, self._gate, self._recordings, now=now, audio_age=self._audio_age
            )
            purged = done.total
        if self._cdr_file is not None:
            found = await reconcile(
                self._database,
                self._attempts,
                self._cdr_file,
                since=since,
                until=until,
                now=now,
                live=await self._live(),
                trunks=self._trunks,
            )
            discrepancies = len(found)
        told = {"since": instant(since), "until": instant(until), "discrepancies": discrepancies, "purged": purged}
        await self.trail.note(UPKEEP, told, now, ref=UPKEEP)
        self._done_until = until
        log.info("audit.upkeep_done", **told)


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
