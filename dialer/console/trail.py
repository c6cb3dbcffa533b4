"""What the console asks of the audit trail, answered from the store and the data folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agent_console import ports_trail as console
from dialer.audit import heads
from dialer.audit.checkpoint import HEADS_FILE
from dialer.audit.export import assemble
from dialer.beside import Beside
from dialer.clock import Clock
from dialer.compliance.gate import Gate
from dialer.errors import InputError
from dialer.keepers.audit_upkeep import delete_files, purge
from dialer.store import holds, incidents, rule_sources
from dialer.store.audit_trail import AuditTrail
from dialer.store.compliance_lists import holds_in_force, incidents_page
from dialer.store.database import Database
from dialer.store.debtor_file import read_debtor_file
from dialer.store.erasing import erase


class ConsoleTrail:
    """Implements ``agent_console.ports_trail.TrailRoom``. ``folder`` is the data folder, ``library`` that of the
    recordings."""

    def __init__(
        self,
        database: Database,
        beside: Beside,
        gate: Gate,
        trail: AuditTrail,
        clock: Clock,
        *,
        folder: Path,
        library: Path,
    ) -> None:
        self._database = database
        self._beside = beside
        self._gate = gate
        self._trail = trail
        self._clock = clock
        self._heads = folder / HEADS_FILE
        self._library = library

    def _trail_of(self, database: Database) -> AuditTrail:
        return AuditTrail(database, self._trail.signer, every=self._trail.every)

    async def file(self, debtor_id: int) -> bytes:
        async def write(database: Database) -> bytes:
            trail, now = self._trail_of(database), self._clock.now()
            await trail.chain()
            await trail.checkpoint(now, whatever_came=True)
            found = await database.read(read_debtor_file, debtor_id)
            return assemble(found, trail.signer, now=now, version=version("cadencia"))

        return await self._beside.ask(write)

    async def verify(self) -> console.TrailCheck:
        async def check(database: Database) -> console.TrailCheck:
            trail = self._trail_of(database)
            keys = await database.read(rule_sources.keys)
            found = await trail.check_whole(keys, _read_heads(self._heads))
            return console.TrailCheck(
                records=found.records,
                erased=found.erased,
                checkpoints=found.checkpoints,
                waiting=await trail.backlog(),
                findings=tuple(found.findings),
            )

        return await self._beside.ask(check)

    async def incidents(self, *, resolved: bool, cursor: str | None, limit: int) -> console.IncidentPage:
        rows, after = await self._database.read(incidents_page, resolved=resolved, cursor=cursor, limit=limit)
        return console.IncidentPage(rows=tuple(_incident(row) for row in rows), next_cursor=after)

    async def resolve(self, incident_id: int, *, by: str, note: str) -> None:
        await self._database.write(incidents.resolve, incident_id, by=by, note=note, at=self._clock.now())

    async def holds(self) -> Sequence[console.HoldView]:
        return [
            console.HoldView(
                id=row.id,
                debtor_id=row.debtor_id,
                reason=row.reason,
                placed_by=row.placed_by,
                placed_at=row.placed_at,
            )
            for row in await self._database.read(holds_in_force)
        ]

    async def place_hold(self, debtor_id: int | None, *, reason: str, by: str) -> None:
        await self._database.write(holds.place_hold, debtor_id, reason=reason, by=by, now=self._clock.now())

    async def lift_hold(self, debtor_id: int | None, *, reason: str, by: str) -> None:
        await self._database.write(holds.lift_hold, debtor_id, reason=reason, by=by, now=self._clock.now())

    async def erase(self, debtor_id: int, *, reason: str, by: str) -> console.ErasureView:
        await self._trail.chain()
        now = self._clock.now()
        done = await self._database.write(erase, self._gate, debtor_id, reason=reason, by=by, now=now)
        await delete_files(self._library, done.files)
        await self._trail.chain()
        return console.ErasureView(
            identity=done.identity,
            recordings=len(done.files),
            calls=done.calls,
            records=done.records,
            kept=tuple(console.KeptView(**asdict(each)) for each in done.kept),
        )

    async def what_would_be_purged(self) -> console.PurgeCount:
        now: datetime = self._clock.now()
        done = await self._beside.ask(
            lambda database: purge(database, self._trail_of(database), self._gate, self._library, now=now, dry_run=True)
        )
        return console.PurgeCount(recordings=done.recordings, calls=done.calls, records=done.records)


def _incident(row: Any) -> console.IncidentView:
    return console.IncidentView(
        id=row.id,
        kind=row.kind,
        ref=row.ref,
        at=row.at,
        detail=row.detail,
        resolved_by=row.resolved_by,
        resolved_at=row.resolved_at,
        note=row.note,
    )


def _read_heads(path: Path) -> list[dict[str, object]]:
    try:
        return heads.read(path)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as exc:
        raise InputError(f"The file {path} is no file of checkpoints.") from exc
