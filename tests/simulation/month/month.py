"""Thirty days of contacts, one after the other, in a made-up time that only this module moves.

Several workers with gates and connections of their own take turns. Every transaction has an instant of its own, so the
order of the ledger is the order of its times. What ended between two transactions is written down before the second.
"""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dialer.clock import ManualClock, seeded_random
from dialer.compliance.facts import Purpose
from dialer.compliance.gate import Gate
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AgentId
from dialer.domain.recycle import next_try
from dialer.ports import AttemptClosing, AttemptProgress, Disposition, ReservedAttempt
from dialer.store.attempts import SqlAttemptLog
from dialer.store.campaigns import Campaigns
from dialer.store.contacts import Contacts
from dialer.store.database import Database
from tests.simulation.month.chance import EAGER, Fate, fate
from tests.simulation.month.people import People, Person
from tests.simulation.month.ways import Tally, Ways

WORKERS = 3
_CALLER = "+15005550006"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """``round_s`` seconds between two rounds. In each one a ``share`` of the campaigns dials and asks for ``batch``
    debtors, and ``named`` other things happen."""

    debtors: int
    days: int = 30
    round_s: float = 1800.0
    share: float = 1.0
    batch: int = 10
    named: int = 6
    seed: int = 3
    begins: datetime = datetime(2026, 11, 1, tzinfo=UTC)


Happens = Callable[[datetime], Awaitable[None]]


@dataclass(order=True, slots=True)
class _Coming:
    at: datetime
    order: int
    happens: Happens = field(compare=False)


def campaigns() -> dict[str, tuple[Campaign, ...]]:
    """By desk; each desk's first has all its people, the others share some of them."""
    common: dict[str, Any] = {"id": 0, "caller_id": _CALLER, "retry": EAGER, "max_attempts": 200}
    house = {**common, "packs": ("house",)}
    return {
        "andes": (
            Campaign(name="andes", mode=DialMode.PROGRESSIVE, **common),
            Campaign(name="andes-power", mode=DialMode.POWER, **house),
        ),
        "norte": (
            Campaign(name="norte", mode=DialMode.POWER, country="MX", **house),
            Campaign(name="norte-estricta", country="MX", **{**common, "packs": ("mx-redeco-strict",)}),
            Campaign(name="norte-oculta", country="MX", **{**common, "caller_id": ""}),
        ),
        "sur": (
            Campaign(name="sur", mode=DialMode.POWER, country="CL", **common),
            Campaign(name="sur-vista", mode=DialMode.PREVIEW, country="CL", **common),
        ),
        "states": (
            Campaign(name="states", mode=_fastest(), country="US", language="en", **common),
            Campaign(name="states-preview", mode=DialMode.PREVIEW, country="US", language="en", **house),
            Campaign(name="sales", country="US", language="en", purpose=Purpose.TELEMARKETING, **common),
        ),
        "commonwealth": (
            Campaign(name="commonwealth", mode=_fastest(), country="GB", language="en", **common),
            Campaign(name="commonwealth-house", mode=DialMode.POWER, country="AU", language="en", **house),
        ),
        "": (Campaign(name="everywhere", mode=DialMode.PROGRESSIVE, **common),),
    }


def _fastest() -> DialMode:
    """Predictive where there is a pacer for it: to the ledger it is one more mode."""
    return DialMode("predictive") if "predictive" in set(DialMode) else DialMode.POWER


class Month:
    """``run`` fills a new database at ``path`` and returns what was done; the ledger is in the file."""

    def __init__(self, path: Path, size: Size, progress: Callable[[str], None] = lambda line: None) -> None:
        self._size = size
        self._progress = progress
        self._random = seeded_random(size.seed)
        self._database = Database(f"sqlite:///{path}")
        self._clock = ManualClock(size.begins)
        self._now = size.begins
        self._coming: list[_Coming] = []
        self._order = 0
        self._closings: list[AttemptClosing] = []
        self._dispositions: list[Disposition] = []
        self._campaigns: dict[int, Campaign] = {}
        self.tally = Tally()

    async def run(self) -> Tally:
        await self._database.migrate()
        people = await self._fill()
        gates = [Gate.shipped() for _ in range(WORKERS)]
        entropy = self._random.randbytes
        self._workers = [SqlAttemptLog(self._database, gate, self._clock, entropy=entropy) for gate in gates]
        desk = Contacts(self._database, gates[0], self._clock, entropy=entropy)
        ways = Ways(self, self._random, self._database, self._clock, desk, people, self.tally)
        await ways.what_was_before(self._size.begins)
        rounds = int(self._size.days * 86_400 / self._size.round_s)
        for index in range(rounds):
            # Every other round begins on the very second: hours open and close there.
            jitter = self._random.uniform(0, self._size.round_s / 2) if index % 2 else 0.0
            begins = self._size.begins + timedelta(seconds=index * self._size.round_s + jitter)
            self._now = max(self._now, begins)
            await self._campaigns_dial()
            for _ in range(self._size.named):
                await ways.something()
            if (index + 1) * 30 // rounds > index * 30 // rounds:
                self._progress(f"{self._now:%d %b %H:%M}: {self.tally.line()}")
        self._now += timedelta(days=3)
        await self.instant()
        await self._database.close()
        return self.tally

    async def _fill(self) -> list[Person]:
        desks: dict[str, tuple[int, ...]] = {}
        for desk, settings in campaigns().items():
            made = [await Campaigns(self._database).create(each, self._now) for each in settings]
            desks[desk] = tuple(each.id for each in made)
            self._campaigns.update({each.id: each for each in made})
        people = People(self._random, desks, desks.pop(""))
        for rows in people.draw(self._size.debtors, self._size.begins):
            await self._database.write(_insert, rows)
        return people.people

    # ------------------------------------------------------------------------------------ time

    async def instant(self) -> datetime:
        """The instant of the next transaction, with everything written down that happened before it."""
        self._now += timedelta(milliseconds=self._random.randrange(2, 40))
        while self._coming and self._coming[0].at < self._now:
            coming = heapq.heappop(self._coming)
            self._set_clock(coming.at)
            await coming.happens(coming.at)
        await self._write_down()
        self._set_clock(self._now)
        return self._now

    def later(self, at: datetime, happens: Happens) -> None:
        self._order += 1
        heapq.heappush(self._coming, _Coming(at, self._order, happens))

    def _set_clock(self, at: datetime) -> None:
        self._clock.advance((at - self._clock.now()).total_seconds())

    async def _write_down(self) -> None:
        await self.log.close(self._closings)
        for disposition in self._dispositions:
            await self.log.dispose(disposition)
        self._closings, self._dispositions = [], []

    @property
    def log(self) -> SqlAttemptLog:
        """That of whichever worker's turn it is."""
        return self._random.choice(self._workers)

    # ------------------------------------------------------------------------------------ calls

    async def _campaigns_dial(self) -> None:
        for campaign in self._campaigns.values():
            if self._random.random() >= self._size.share:
                continue
            now = await self.instant()
            reservation = await self.log.reserve(campaign.id, self._size.batch, now)
            self.tally.denied[str(campaign.mode)] += len(reservation.denials)
            self.tally.reserved[str(campaign.mode)] += len(reservation.attempts)
            for attempt in reservation.attempts:
                if campaign.mode is DialMode.PREVIEW:
                    self.preview(attempt, now)
                else:
                    self.dial(attempt, now)

    def preview(self, attempt: ReservedAttempt, now: datetime) -> None:
        """An agent looks at the debtor first, and skips some; the law is asked again before the phone rings."""

        async def looked(at: datetime) -> None:
            await self._write_down()
            if self._random.random() < 0.2:
                await self.log.release([attempt.call_id], at)
            elif await self.log.recheck(attempt.call_id, at):
                self.tally.denied["recheck"] += 1
            else:
                self.tally.reserved["recheck"] += 1
                await self.log.progress([AttemptProgress(call_id=attempt.call_id, dialed_at=at)])
                self.dial(attempt, at)

        # Some look for very long, past the closing of the hours.
        long = 7200 if self._random.random() < 0.05 else 60
        self.later(now + timedelta(seconds=self._random.uniform(1, long)), looked)

    def dial(self, attempt: ReservedAttempt, at: datetime) -> None:
        drawn = fate(self._random)
        self.later(at + drawn.after, lambda ended_at: self._end(attempt, drawn, ended_at))

    async def _end(self, attempt: ReservedAttempt, drawn: Fate, ended_at: datetime) -> None:
        self.tally.ended[str(drawn.outcome or "released")] += 1
        if drawn.outcome is None:
            await self.log.release([attempt.call_id], ended_at)
            return
        campaign = self._campaigns[attempt.campaign_id]
        retry = next_try(
            drawn.outcome,
            tries_of_outcome=attempt.tries_by_outcome.get(drawn.outcome, 0) + 1,
            attempts=attempt.attempts + 1,
            max_attempts=campaign.max_attempts,
            ended_at=ended_at,
            rules=campaign.retry,
        )
        closing = AttemptClosing(call_id=attempt.call_id, outcome=drawn.outcome, ended_at=ended_at, retry=retry)
        self._closings.append(closing)
        if drawn.disposition:
            agent = AgentId("ana")
            self._dispositions.append(Disposition(call_id=attempt.call_id, agent_id=agent, code=drawn.disposition))


def _insert(connection: sa.Connection, rows: dict[sa.Table, list[dict[str, Any]]]) -> None:
    for table, values in rows.items():
        if values:
            connection.execute(table.insert(), values)
