"""The console's view of the installation: quick figures, the doctor's examination, what Asterisk says of trunks."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import sqlalchemy as sa

from agent_console.ports_health import (
    CheckView,
    Examination,
    HealthNow,
    Language,
    RegistrationView,
    TrunksNow,
)
from dialer.clock import Clock
from dialer.doctor.examination import bounded, examine
from dialer.doctor.finding import Finding
from dialer.doctor.telephone import Registration, examine_trunks
from dialer.doctor.words import words
from dialer.settings import Settings
from dialer.store.database import Database
from dialer.store.outbox import Outbox

FRESH_S = 10.0  # so long an answer serves everybody who asks

T = TypeVar("T")


class ConsoleHealth:
    """Implements ``agent_console.ports_health.HealthRoom``. One examination at a time, however many ask."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, *, version: str) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._version = version
        self._up_since = clock.now()
        self._examined = _Shared[list[Finding]](clock)
        self._trunks = _Shared[tuple[list[Finding], list[Registration]]](clock)

    async def now(self) -> HealthNow:
        began = self._clock.monotonic()
        await self._database.read(lambda connection: connection.execute(sa.text("SELECT 1")).scalar())
        answered_ms = (self._clock.monotonic() - began) * 1000
        disk = await asyncio.to_thread(shutil.disk_usage, self._settings.data_dir)
        return HealthNow(
            at=self._clock.now(),
            up_since=self._up_since,
            version=self._version,
            database=self._settings.effective_database_url.partition("+")[0].partition(":")[0],
            database_ms=round(answered_ms, 2),
            outbox_waiting=await Outbox(self._database).count_pending(),
            disk_free_bytes=disk.free,
            disk_total_bytes=disk.total,
        )

    async def examine(self, language: Language) -> Examination:
        findings = await self._examined.answer(lambda: examine(self._settings, self._clock))
        return Examination(
            at=self._clock.now(), verdict=words(language).verdict(findings), checks=_views(findings, language)
        )

    async def trunks(self, language: Language) -> TrunksNow:
        findings, registrations = await self._trunks.answer(self._ask_trunks)
        return TrunksNow(
            at=self._clock.now(),
            checks=_views(findings, language),
            registrations=tuple(
                RegistrationView(name=each.name, server=each.server, status=each.status) for each in registrations
            ),
        )

    async def _ask_trunks(self) -> tuple[list[Finding], list[Registration]]:
        registrations: list[Registration] = []

        async def check() -> Sequence[Finding]:
            findings, found = await examine_trunks(self._settings, self._clock)
            registrations.extend(found)
            return findings

        return list(await bounded("trunks", check)), registrations


class _Shared(Generic[T]):
    """An answer that takes time to find, found once for all who ask within FRESH_S."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._known: tuple[float, T] | None = None

    async def answer(self, find: Callable[[], Awaitable[T]]) -> T:
        async with self._lock:
            if self._known is None or self._clock.monotonic() - self._known[0] > FRESH_S:
                self._known = (self._clock.monotonic(), await find())
            return self._known[1]


def _views(findings: Sequence[Finding], language: Language) -> tuple[CheckView, ...]:
    said = words(language)
    return tuple(
        CheckView(
            check=each.check,
            status=each.grade.value,
            title=said.title(each),
            found=said.says(each),
            mend=said.cure(each),
        )
        for each in findings
    )
