"""Eight processes reserve at once over a few debtors with shared numbers and several debts. Nobody passes a cap.

The caps are counted anew from the rows, in plain words, by code that shares nothing with the gate. A reservation that
is open counts for every cap, as the law of the ledger says; which came first is told by the order of the audit trail.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dialer.compliance.zones import zone
from dialer.domain.campaign import Campaign
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from tests.support.postgres import PostgresServer
from tests.support.racing import BATCH, START
from tests.support.store import add_debtor, rows

WORKERS = 8
STEPS = 530
ASKED = 10_000
_ROOT = Path(__file__).parents[2]
_AT_MOST_S = 300  # they hang
_NEVER_CONNECTED = ("busy", "unallocated", "congestion", "failed")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/race.sqlite"
        return
    server = PostgresServer()
    try:
        yield server.create_database("race")
    finally:
        server.stop()


async def set_up(url: str) -> None:
    """Six debtors in New York and six in Santiago. Each has three numbers, the last shared with the next."""
    database = Database(url)
    await database.migrate()
    campaign = Campaign(id=0, name="race", country="US", language="en", packs=("house",))
    campaign = await Campaigns(database).create(campaign, START)
    homes = (
        ("US", "America/New_York", "+1212555{:04d}"),
        ("CL", "America/Santiago", "+569611{:05d}"),
    )
    for country, home, number in homes:
        for index in range(6):
            own = [number.format(100 + 2 * index + other) for other in range(2)]
            shared = number.format(190 + index // 2)
            await add_debtor(
                database,
                campaign,
                *own,
                shared,
                name=f"{country}{index}",
                country=country,
                time_zone=home,
                next_try_at=START,
                amounts=(1, 2, 3)[: 2 + index % 2],
            )
    await database.close()


async def race(url: str) -> Counter[str]:
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.racing", url, str(seed), str(STEPS),
            cwd=_ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )
        for seed in range(WORKERS)
    ]  # fmt: skip
    told: Counter[str] = Counter()
    try:
        async with asyncio.timeout(_AT_MOST_S):
            for worker in workers:
                said, complaints = await worker.communicate()
                assert worker.returncode == 0, complaints.decode()
                told.update(json.loads(said))
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
    return told


@dataclass
class Made:
    """A contact as the rows have it, and how far the replay has come with it."""

    id: str
    debtor: int
    debts: set[int]
    number: str
    channel: str
    mode: str
    at: datetime
    zone: Any
    outcome: str | None = None
    ended_at: datetime | None = None
    state: str = "open"

    def could_be(self, *outcomes: str) -> bool:
        return self.state == "open" or (self.state == "closed" and self.outcome in outcomes)

    @property
    def is_counted_attempt(self) -> bool:
        return self.state == "open" or (self.state == "closed" and self.outcome not in _NEVER_CONNECTED)

    @property
    def day(self) -> date:
        """A conversation is dated by its end."""
        ended = self.state == "closed" and self.outcome == "conversation" and self.ended_at
        return (ended or self.at).astimezone(self.zone).date()


@dataclass
class Ledger:
    """The contacts so far, and what was found wrong with them."""

    made: list[Made] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def count(self, new: Made, days: int, which: Callable[[Made], bool]) -> int:
        since = new.at.astimezone(new.zone).date() - timedelta(days=days - 1)
        return sum(1 for each in self.made if each.day >= since and which(each))

    def expect(self, new: Made, rule: str, count: int, room: int) -> None:
        if count > room:
            self.wrong.append(f"{rule}: {count} before {new.id}, at most {room}")

    def reserve(self, new: Made) -> None:
        calls = [each for each in self.made if each.channel == "call"]
        if new.channel == "call":
            self._judge_call(new, calls)
        elif new.zone.key == "America/Santiago":
            messages = self.count(new, 7, lambda each: self._is_message(each, new))
            self.expect(new, "cl other-2-per-week", messages, 1)
            self.expect(new, "cl other-gap-2d", self.count(new, 2, lambda each: self._is_message(each, new)), 0)
        self.made.append(new)

    def _judge_call(self, new: Made, calls: list[Made]) -> None:
        on_number = [each for each in calls if each.number == new.number and each.state != "released"]
        self.expect(new, "one call to a number", sum(each.state == "open" for each in on_number), 0)
        self.expect(new, "house number-3-per-day", self.count(new, 1, lambda each: each in on_number), 2)
        rested = [each for each in on_number if each.at > new.at - timedelta(hours=2)]
        self.expect(new, "house gap-2h", len(rested), 0)
        own = [each for each in calls if each.debtor == new.debtor]
        if new.mode != "api":
            self.expect(new, "one call to a person", sum(each.state == "open" for each in own), 0)
        if new.zone.key == "America/Santiago":
            talks = self.count(new, 7, lambda each: each in own and each.could_be("conversation"))
            self.expect(new, "cl call-visit-1-per-week", talks, 0)
            return
        for debt in new.debts:
            about = [each for each in own if debt in each.debts]
            attempts = self.count(new, 7, lambda each, about=about: each in about and each.is_counted_attempt)
            self.expect(new, "us cap-7in7", attempts, 6)
            talks = self.count(new, 7, lambda each, about=about: each in about and each.could_be("conversation"))
            self.expect(new, "us cooloff-7d", talks, 0)

    @staticmethod
    def _is_message(each: Made, new: Made) -> bool:
        return each.channel != "call" and each.debtor == new.debtor and each.could_be("delivered")


async def contacts_of(database: Database) -> dict[str, Made]:
    """Every reservation there ever was, straight from its row."""
    homes = {row.id: zone(row.time_zone) for row in await rows(database, "debtors")}
    about: dict[str, set[int]] = defaultdict(set)
    for row in await rows(database, "attempt_debts"):
        about[row.call_id].add(row.debt_id)
    for row in await rows(database, "contact_debts"):
        about[row.contact_id].add(row.debt_id)
    calls = {
        row.call_id: Made(
            id=row.call_id,
            debtor=row.debtor_id,
            debts=about[row.call_id],
            number=row.number,
            channel="call",
            mode=row.mode,
            at=row.reserved_at,
            zone=homes[row.debtor_id],
            outcome=row.outcome,
            ended_at=row.ended_at,
        )
        for row in await rows(database, "attempts")
    }
    messages = {
        row.id: Made(
            id=row.id,
            debtor=row.debtor_id,
            debts=about[row.id],
            number=row.number,
            channel=row.channel,
            mode=row.mode,
            at=row.at,
            zone=homes[row.debtor_id],
            outcome=row.outcome,
            ended_at=row.ended_at,
        )
        for row in await rows(database, "contacts")
    }
    return calls | messages


async def replay(database: Database) -> tuple[Ledger, dict[str, Made]]:
    """Every reservation judged by what was there before it. A decision writes its audit record after it read the
    ledger, and an ending before it is committed, so the records' order never puts an ending later than who saw it."""
    made = await contacts_of(database)
    ledger = Ledger()
    for record in await rows(database, "audit_records"):
        if not record.ref or record.ref not in made:
            continue
        contact = made[record.ref]
        match record.kind:
            case "decision" if contact not in ledger.made:
                ledger.reserve(contact)
            case "outcome":
                contact.state = "closed"
            case "release":
                contact.state = "released"
    return ledger, made


async def test_no_cap_is_passed_by_eight_processes_at_once(place: str) -> None:
    await set_up(place)
    told = await race(place)
    assert told["asked"] >= ASKED
    assert told["asked"] == told["allowed"] + told["refused"]
    database = Database(place)
    try:
        ledger, made = await replay(database)
        assert ledger.wrong == []
        assert len(made) == len(ledger.made) == told["allowed"]
        assert told["allowed"] > 300
        assert told["refused"] > 1000
        states = Counter(each.state for each in made.values())
        stored = [*await rows(database, "attempts"), *await rows(database, "contacts")]
        assert states == Counter(row.state for row in stored)
        assert {each.channel for each in made.values()} == {"call", "sms", "whatsapp"}
        assert {each.mode for each in made.values()} == {"api", "manual", "progressive"}
    finally:
        await database.close()


def test_the_count_finds_what_is_planted() -> None:
    """The judge of the race is no stranger to a breach."""
    new_york = zone("America/New_York")

    def call(minute: int, debts: set[int], **more: Any) -> Made:
        at = START + timedelta(minutes=minute)
        named: dict[str, Any] = {
            "debtor": 1,
            "number": f"+1212555{minute:04d}",
            "channel": "call",
            "mode": "api",
            **more,
        }
        return Made(id=str(minute), debts=debts, at=at, zone=new_york, **named)

    ledger = Ledger()
    for minute in range(8):
        ledger.reserve(call(minute, {1}))
        ledger.made[-1].state, ledger.made[-1].outcome = "closed", "no_answer"
    assert ledger.wrong == ["us cap-7in7: 7 before 7, at most 6"]
    ledger = Ledger()
    ledger.reserve(call(0, {1, 2}))
    ledger.reserve(call(1, {2, 3}, mode="manual"))
    ledger.reserve(call(2, {4}, number="+12125550000"))
    assert [each.partition(":")[0] for each in ledger.wrong] == [
        "one call to a person",
        "us cooloff-7d",
        "one call to a number",
        "house gap-2h",
    ]
    assert BATCH > 1
