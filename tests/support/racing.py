"""One of several workers that fight over a few debtors: ``python -m tests.support.racing URL SEED STEPS``.

Each step asks for something at an instant of its own clock, which moves ten minutes a step within office hours; ends
what it began in some random way, now and then not at all, as a worker that dies. Prints what it asked and was told.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

from dialer.clock import ManualClock, seeded_random
from dialer.compliance.facts import LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import TryAgain
from dialer.errors import InputError
from dialer.ports import AttemptClosing, AttemptProgress, ContactAnswer, ContactRequest, Disposition, ReservedAttempt
from dialer.store.attempts import SqlAttemptLog
from dialer.store.campaigns import Campaigns
from dialer.store.contacts import Contacts
from dialer.store.database import Database
from dialer.store.tables import debtors, debts, phones
from tests.support.store import rows

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # a Monday: nine in New York, eleven in Santiago
STEPS_A_DAY = 48
BATCH = 10
MOST_OPEN = 3

_ENDINGS = (
    *(3 * [Outcome.NO_ANSWER]),
    *(3 * [Outcome.BUSY]),
    Outcome.UNALLOCATED,
    Outcome.MACHINE,
    Outcome.ABANDONED,
    Outcome.CONVERSATION,
)


def instant(step: int) -> datetime:
    day, slot = divmod(step, STEPS_A_DAY)
    return START + timedelta(days=day, minutes=10 * slot)


class Worker:
    """``seed`` decides everything it does."""

    def __init__(self, database: Database, seed: int) -> None:
        self._database = database
        self._random = seeded_random(seed)
        gate, clock = Gate.shipped(), ManualClock(START)
        self._log = SqlAttemptLog(database, gate, clock, caller_id="+12125550000")
        self._contacts = Contacts(database, gate, clock, caller_id="+12125550000")
        self._calls: list[CallId] = []
        self._dialed: set[CallId] = set()
        self._messages: list[str] = []
        self.told: Counter[str] = Counter()

    async def run(self, steps: int) -> None:
        self._campaign = (await Campaigns(self._database).get("race")).id
        self._debtors = [row.id for row in await rows(self._database, debtors.name)]
        self._numbers: dict[int, list[str]] = {debtor: [] for debtor in self._debtors}
        for row in await rows(self._database, phones.name):
            self._numbers[row.debtor_id].append(row.e164)
        self._debts: dict[int, list[int]] = {debtor: [] for debtor in self._debtors}
        for row in await rows(self._database, debts.name):
            self._debts[row.debtor_id].append(row.id)
        for step in range(steps):
            await self._step(instant(step))

    async def _step(self, now: datetime) -> None:
        match self._random.choices(("call", "batch", "message", "recheck"), (60, 18, 16, 6))[0]:
            case "call":
                await self._call(now)
            case "batch":
                await self._batch(now)
            case "message":
                await self._message(now)
            case "recheck" if waiting := [call for call in self._calls if call not in self._dialed]:
                if await self._log.recheck(waiting[0], now) is not None:
                    self._calls.remove(waiting[0])
                self.told["rechecked"] += 1
            case _:
                pass
        while len(self._calls) + len(self._messages) > self._random.randrange(MOST_OPEN + 1):
            await self._end(now + timedelta(minutes=1))

    def _request(self, channel: str) -> ContactRequest:
        chance = self._random
        debtor = chance.choice(self._debtors)
        owed = self._debts[debtor]
        about = None if chance.random() < 0.5 else tuple(chance.sample(owed, chance.randint(1, len(owed))))
        loose = chance.random() < 0.5
        return ContactRequest(
            campaign_id=self._campaign,
            debtor_id=debtor,
            number=None if chance.random() < 0.2 else chance.choice(self._numbers[debtor]),
            debts=about,
            channel=channel,
            mode="api" if loose else "manual",
            one_call_per_person=not loose,
        )

    async def _call(self, now: datetime) -> None:
        answer = await self._log.reserve_contact(self._request("call"), now)
        self._count(answer)
        if answer.attempt is not None:
            await self._begun(answer.attempt, now)

    async def _batch(self, now: datetime) -> None:
        reservation = await self._log.reserve(self._campaign, BATCH, now)
        self.told["asked"] += BATCH
        self.told["allowed"] += len(reservation.attempts)
        self.told["refused"] += BATCH - len(reservation.attempts)  # denied, busy or nobody due
        for attempt in reservation.attempts:
            await self._begun(attempt, now)

    async def _message(self, now: datetime) -> None:
        channel = self._random.choice(("sms", "whatsapp"))
        try:
            answer = await self._contacts.reserve(self._request(channel), now)
        except InputError:  # no number left
            answer = ContactAnswer(busy=True)
        self._count(answer)
        if answer.contact_id is not None:
            self._messages.append(answer.contact_id)

    def _count(self, answer: ContactAnswer) -> None:
        self.told["asked"] += 1
        self.told["allowed" if answer.attempt or answer.contact_id else "refused"] += 1

    async def _begun(self, attempt: ReservedAttempt, now: datetime) -> None:
        if self._random.random() < 0.02:
            return  # a worker died: nobody ever ends it
        self._calls.append(attempt.call_id)
        if self._random.random() < 0.3:
            await self._log.progress([AttemptProgress(call_id=attempt.call_id, dialed_at=now)])
            self._dialed.add(attempt.call_id)

    async def _end(self, now: datetime) -> None:
        if self._messages and (not self._calls or self._random.random() < 0.5):
            contact, sent = self._messages.pop(0), self._random.random()
            if sent < 0.2:
                await self._contacts.release(contact, now)
            else:
                outcome = LedgerOutcome.DELIVERED if sent < 0.8 else LedgerOutcome.FAILED
                await self._contacts.finish(contact, outcome, now)
            return
        call_id = self._calls.pop(0)
        if self._random.random() < 0.15:
            await self._log.release([call_id], now)
            return
        outcome = self._random.choice(_ENDINGS)
        again = TryAgain(at=now, next_number=self._random.random() < 0.5)
        await self._log.close([AttemptClosing(call_id=call_id, outcome=outcome, ended_at=now, retry=again)])
        if outcome is Outcome.CONVERSATION:
            await self._log.dispose(Disposition(call_id=call_id, agent_id=AgentId("ana"), code="CALLBACK"))


async def race(url: str, seed: int, steps: int) -> dict[str, int]:
    database = Database(url, wait_s=60)
    try:
        worker = Worker(database, seed)
        await worker.run(steps)
        return dict(worker.told)
    finally:
        await database.close()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(race(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
