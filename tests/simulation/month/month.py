"""Thirty days of contacts, one after the other, in a made-up time that only this module moves.

Several workers with gates and connections of their own take turns. Every transaction has an instant of its own, so the
order of the ledger is the order of its times. What ended between two transactions is written down before the second.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
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
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import next_try
from dialer.ports import AttemptClosing, AttemptProgress, Disposition, ReservedAttempt
from dialer.store.attempts import SqlAttemptLog
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from tests.simulation.month.chance import EAGER, Fate, fate
from tests.simulation.month.people import People, Person

WORKERS = 3
_CALLER = "+15005550006"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """``round_s`` between two rounds of all campaigns, in each of which a campaign asks for ``batch`` debtors and
    ``named`` people are asked about by name."""

    debtors: int
    days: int = 30
    round_s: float = 1800.0
    batch: int = 10
    named: int = 6
    seed: int = 3
    begins: datetime = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(slots=True)
class Tally:
    """What was done."""

    reserved: Counter[str] = field(default_factory=Counter)  #: by way of dialing
    denied: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)  #: by outcome


@dataclass(order=True, slots=True)
class _Ending:
    at: datetime
    order: int
    finish: Callable[[datetime], Any] = field(compare=False)


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
            Campaign(name="norte-estricta", country="MX", **{**common, "packs": ()}),
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
        self._endings: list[_Ending] = []
        self._order = 0
        self._closings: list[AttemptClosing] = []
        self._dispositions: list[Disposition] = []
        self._campaigns: dict[int, Campaign] = {}
        self._people: list[Person] = []
        self.tally = Tally()

    async def run(self) -> Tally:
        await self._database.migrate()
        await self._fill()
        self._workers = [
            SqlAttemptLog(self._database, Gate.shipped(), self._clock, entropy=self._random.randbytes)
            for _ in range(WORKERS)
        ]
        rounds = int(self._size.days * 86_400 / self._size.round_s)
        for index in range(rounds):
            # Every other round begins on the very second: hours open and close there.
            jitter = self._random.uniform(0, self._size.round_s / 2) if index % 2 else 0.0
            begins = self._size.begins + timedelta(seconds=index * self._size.round_s + jitter)
            self._now = max(self._now + timedelta(milliseconds=3), begins)
            await self._round(index)
            if index * 30 % rounds < 30:
                self._progress(self._line(index, rounds))
        self._now += timedelta(days=3)
        await self._flush()
        await self._database.close()
        return self.tally

    def _line(self, index: int, rounds: int) -> str:
        done = self.tally
        return (
            f"{self._now:%d %b %H:%M} round {index + 1}/{rounds}: {done.reserved.total()} reserved, "
            f"{done.denied.total()} denied"
        )

    async def _fill(self) -> None:
        desks: dict[str, tuple[int, ...]] = {}
        for desk, settings in campaigns().items():
            made = [await Campaigns(self._database).create(each, self._now) for each in settings]
            desks[desk] = tuple(each.id for each in made)
            self._campaigns.update({each.id: each for each in made})
        people = People(self._random, desks, desks.pop(""))
        for rows in people.draw(self._size.debtors, self._size.begins):
            await self._database.write(_insert, rows)
        self._people = people.people

    # ------------------------------------------------------------------------------------ time

    async def _instant(self) -> datetime:
        """The instant of the next transaction, with everything written down that ended before it."""
        self._now += timedelta(milliseconds=self._random.randrange(2, 40))
        await self._flush()
        return self._now

    async def _flush(self) -> None:
        self._clock.advance(max(0.0, (self._now - timedelta(milliseconds=1) - self._clock.now()).total_seconds()))
        while self._endings and self._endings[0].at < self._clock.now():
            ending = heapq.heappop(self._endings)
            told = ending.finish(ending.at)
            if told is not None:
                await told
        await self._log().close(self._closings)
        for disposition in self._dispositions:
            await self._log().dispose(disposition)
        self._closings, self._dispositions = [], []

    def _at(self, when: datetime, finish: Callable[[datetime], Any]) -> None:
        self._order += 1
        heapq.heappush(self._endings, _Ending(when, self._order, finish))

    def _log(self) -> SqlAttemptLog:
        return self._random.choice(self._workers)

    # ------------------------------------------------------------------------------------ a round

    async def _round(self, index: int) -> None:
        for campaign in self._campaigns.values():
            now = await self._instant()
            reservation = await self._log().reserve(campaign.id, self._size.batch, now)
            self.tally.denied["batch"] += len(reservation.denials)
            for attempt in reservation.attempts:
                self.tally.reserved[str(campaign.mode)] += 1
                if campaign.mode is DialMode.PREVIEW:
                    self._at(now + timedelta(seconds=self._random.uniform(1, 60)), self._preview(attempt))
                else:
                    await self._dial(attempt, now)

    def _preview(self, attempt: ReservedAttempt) -> Callable[[datetime], Any]:
        """The agent looks at the debtor first, and skips some."""

        async def looked(at: datetime) -> None:
            if self._random.random() < 0.2:
                await self._log().release([attempt.call_id], at)
            else:
                await self._dial(attempt, at)

        return looked

    async def _dial(self, attempt: ReservedAttempt, at: datetime) -> None:
        drawn = fate(self._random)
        if drawn.outcome in (Outcome.LOST, None):
            await self._log().progress([AttemptProgress(call_id=attempt.call_id, dialed_at=at)])
        self._at(at + drawn.after, lambda ended_at: self._end(attempt, drawn, at, ended_at))

    def _end(self, attempt: ReservedAttempt, drawn: Fate, dialed_at: datetime, ended_at: datetime) -> Any:
        self.tally.ended[str(drawn.outcome or "released")] += 1
        if drawn.outcome is None:
            return self._log().release([attempt.call_id], ended_at)
        campaign = self._campaigns[attempt.campaign_id]
        tries = attempt.tries_by_outcome.get(drawn.outcome, 0) + 1
        retry = next_try(
            drawn.outcome,
            tries_of_outcome=tries,
            attempts=attempt.attempts + 1,
            max_attempts=campaign.max_attempts,
            ended_at=ended_at,
            rules=campaign.retry,
        )
        self._closings.append(
            AttemptClosing(
                call_id=attempt.call_id, outcome=drawn.outcome, ended_at=ended_at, retry=retry, dialed_at=dialed_at
            )
        )
        if drawn.disposition:
            self._dispositions.append(
                Disposition(call_id=attempt.call_id, agent_id=AgentId("a1"), code=drawn.disposition)
            )
        return None


def _insert(connection: sa.Connection, rows: dict[sa.Table, list[dict[str, Any]]]) -> None:
    for table, values in rows.items():
        if values:
            connection.execute(table.insert(), values)
