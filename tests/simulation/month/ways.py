"""Every way to a contact but a campaign's own dialing: calls asked for by name, messages, people who call us; and all
that is found out about people meanwhile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 - the type; the generator is seeded in dialer/clock.py
from typing import Any, Protocol

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.compliance.facts import Channel, Direction, LedgerOutcome
from dialer.compliance.loader import shipped_packs
from dialer.errors import InputError
from dialer.ports import ContactRequest, ReservedAttempt
from dialer.store.attempts import SqlAttemptLog
from dialer.store.contacts import Contacts, PastContact
from dialer.store.database import Database
from dialer.store.known_facts import KnownFacts
from dialer.store.overrides import Overrides
from dialer.store.statements import insert_unless_there
from dialer.store.tables import do_not_call
from tests.simulation.month.people import Person

_MESSAGES = (Channel.SMS, Channel.EMAIL, Channel.WHATSAPP, Channel.LETTER, Channel.VISIT)
_SENT = (LedgerOutcome.DELIVERED, LedgerOutcome.DELIVERED, LedgerOutcome.DELIVERED, LedgerOutcome.FAILED)
_TALKED = (LedgerOutcome.CONVERSATION, LedgerOutcome.CONVERSATION, LedgerOutcome.NO_ANSWER, LedgerOutcome.THIRD_PARTY)
_FLAGS = (
    ("debt", "cease_written"), ("debt", "attorney"), ("debt", "disputed_unverified"), ("debt", "moratorium"),
    ("debtor", "bankruptcy"), ("debtor", "employer_bars_calls"), ("number", "stop_calls_by_debtor"),
    ("number", "consent_revoked"), ("number", "dnc_internal"),
)  # fmt: skip
_HOUSE_RULES = ("house/gap-2h", "house/number-3-per-day", "house-hours/window", "ar-caba/window")
#: One person in so many is busy with us all month: they are chosen for every second thing that happens.
_KEEN = 12


@dataclass(slots=True)
class Tally:
    """What was done, counted."""

    reserved: Counter[str] = field(default_factory=Counter)  #: by way to the contact
    denied: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    ended: Counter[str] = field(default_factory=Counter)  #: our calls, by outcome
    happened: Counter[str] = field(default_factory=Counter)  #: everything else

    def line(self) -> str:
        return f"{self.reserved.total()} contacts allowed, {self.denied.total()} denied"


class Floor(Protocol):
    """What the month lends: instants, the logs of the workers, and calls that run their course."""

    async def instant(self) -> datetime: ...

    def later(self, at: datetime, happens: Any) -> None: ...

    @property
    def log(self) -> SqlAttemptLog: ...

    def preview(self, attempt: ReservedAttempt, now: datetime) -> None: ...

    def dial(self, attempt: ReservedAttempt, at: datetime) -> None: ...


class Ways:
    def __init__(
        self,
        floor: Floor,
        random: Random,
        database: Database,
        clock: Clock,
        desk: Contacts,
        people: list[Person],
        tally: Tally,
    ) -> None:
        self._floor, self._random, self._database, self._clock = floor, random, database, clock
        self._desk, self._people, self._tally = desk, people, tally
        self._known = KnownFacts(database, clock)
        self._overrides = Overrides(database, shipped_packs(), clock)
        self._facts: list[int] = []
        self._keen = people[:: max(1, _KEEN)]

    async def what_was_before(self, begins: datetime) -> None:
        """What an earlier system did, and what was known of people, when the month began."""
        past: list[PastContact] = []
        for person in self._people:
            if self._random.random() < 0.3:
                past += [self._past(person, begins) for _ in range(self._random.randrange(1, 6))]
            if len(past) > 5000:
                await self._desk.record(*past)
                past = []
        await self._desk.record(*past)
        for person in self._people:
            if self._random.random() < 0.25 or person.place.country == "CA":
                await self._note(person, begins - timedelta(days=self._random.uniform(0, 12)))

    def _past(self, person: Person, begins: datetime) -> PastContact:
        """Within the last month mostly; some long before it, which wake rules that sleep until a first talk."""
        random = self._random
        days = random.uniform(0.1, 30) if random.random() < 0.8 else random.uniform(31, 120)
        at = begins - timedelta(days=days)
        inbound = random.random() < 0.25
        channel = Channel.CALL if inbound or random.random() < 0.6 else random.choice(_MESSAGES)
        return PastContact(
            debtor_id=person.id,
            at=at,
            ended_at=at + timedelta(seconds=random.uniform(1, 900)),
            channel=channel,
            direction=Direction.IN if inbound else Direction.OUT,
            outcome=random.choice(_TALKED if channel is Channel.CALL else _SENT),
            number=random.choice(person.numbers),
            debts=self._some(person.debts) if random.random() < 0.8 else (),
            source="earlier system",
        )

    # ------------------------------------------------------------------------------------ what happens

    async def something(self) -> None:
        """One thing, to somebody."""
        people = self._keen if self._random.random() < 0.5 else self._people
        person = self._random.choice(people)
        now = await self._floor.instant()
        odds = {
            self._ask_for_a_call: 40.0,
            self._send: 30.0,
            self._they_call: 8.0,
            self._find_out: 10.0,
            self._forget: 4.0,
            self._stop: 0.5,
            self._set_aside: 0.3,
        }
        happens = self._random.choices(list(odds), weights=list(odds.values()))[0]
        await happens(person, now)

    async def _ask_for_a_call(self, person: Person, now: datetime) -> None:
        """By an agent's hand, as a call-back, over the API, or because the person asked the self-service for it."""
        random = self._random
        mode = random.choice(("manual", "callback", "api", "ivr"))
        request = ContactRequest(
            campaign_id=random.choice(person.campaigns),
            debtor_id=person.id,
            number=random.choice((None, *person.numbers)),
            debts=None if random.random() < 0.6 else self._some(person.debts),
            mode=mode,
            agent_guaranteed=mode in ("manual", "callback"),
            one_call_per_person=random.random() < 0.7,
        )
        try:
            answer = await self._floor.log.reserve_contact(request, now)
        except InputError:  # all their numbers turned out to be bad
            assert request.number is None
            return
        self._count(mode, denied=answer.denial is not None, busy=answer.busy)
        if answer.attempt is not None and mode == "manual":
            self._floor.preview(answer.attempt, now)
        elif answer.attempt is not None:
            self._floor.dial(answer.attempt, now)

    async def _send(self, person: Person, now: datetime) -> None:
        random = self._random
        channel = random.choice(_MESSAGES)
        on_phone = channel in (Channel.SMS, Channel.WHATSAPP)
        answer = await self._desk.reserve(
            ContactRequest(
                campaign_id=random.choice(person.campaigns),
                debtor_id=person.id,
                number=random.choice(person.numbers) if on_phone else f"p{person.id}@example.org",
                debts=None if random.random() < 0.6 else self._some(person.debts),
                channel=str(channel),
                mode="api",
            ),
            now,
        )
        self._count(str(channel), denied=answer.denial is not None, busy=answer.busy)
        if answer.contact_id is None:
            return
        contact_id = answer.contact_id
        if random.random() < 0.05:
            self._floor.later(now + self._within(60), lambda at: self._desk.release(contact_id, at))
            return
        outcome = random.choice(_TALKED if channel is Channel.VISIT else _SENT)
        # A letter is on its way for days, and counts all the while.
        slow = 3 * 86_400 if channel is Channel.LETTER else 900
        self._floor.later(now + self._within(slow), lambda at: self._desk.finish(contact_id, outcome, at))

    async def _they_call(self, person: Person, now: datetime) -> None:
        debts = self._some(person.debts) if self._random.random() < 0.7 else ()
        call = PastContact(debtor_id=person.id, at=now, number=self._random.choice(person.numbers), debts=debts)
        (contact_id,) = await self._desk.record(call)
        outcome = self._random.choice(_TALKED)
        self._floor.later(now + self._within(1800), lambda at: self._desk.finish(contact_id, outcome, at))
        self._tally.happened["inbound"] += 1

    async def _find_out(self, person: Person, now: datetime) -> None:
        await self._note(person, now - self._within(3 * 86_400) if self._random.random() < 0.3 else now)

    async def _note(self, person: Person, at: datetime) -> None:
        """A fact, mostly one that the law of their country asks for."""
        random = self._random
        about: dict[str, Any] = {"debtor_id": person.id}
        subject, value = "debtor", {}
        country = person.place.country
        likely = {"CA": "notice", "CO": "channels", "GB": "quiet_time", "US": random.choice(("consent", "quiet_time"))}
        kind = likely.get(country, "flag") if random.random() < 0.85 else "flag"
        match kind:
            case "flag":
                subject, flag = random.choice(_FLAGS)
                about = self._about(person, subject)
                value = {"flag": flag}
            case "quiet_time":
                begins = random.randrange(7, 20) * 3600
                days = random.sample(range(7), random.randrange(1, 6))
                value = {"days": sorted(days), "from_s": begins, "to_s": begins + random.randrange(1, 5) * 1800}
            case "channels":
                value = {"channels": [str(each) for each in Channel if random.random() < 0.7]}
            case _:
                subject = random.choice(("debt", "debt", "debt", "debtor"))
                about = self._about(person, subject)
        fact = await self._known.record(kind, subject, value, source="a letter", by="ana", at=at, **about)
        self._facts.append(fact)
        self._tally.happened[kind] += 1

    def _about(self, person: Person, subject: str) -> dict[str, Any]:
        match subject:
            case "debt":
                return {"debt_id": self._random.choice(person.debts)}
            case "number":
                return {"number": self._random.choice(person.numbers)}
            case _:
                return {"debtor_id": person.id}

    async def _forget(self, person: Person, now: datetime) -> None:
        """Some fact does not hold any more."""
        if self._facts:
            place = self._random.randrange(len(self._facts))
            self._facts[place], self._facts[-1] = self._facts[-1], self._facts[place]
            fact = self._facts.pop()
            ended = {each.id for each in await self._ended_facts(fact)}
            if not ended:
                await self._known.end(fact, "bea")
                self._tally.happened["fact ended"] += 1

    async def _ended_facts(self, fact: int) -> list[Any]:
        """A register of channels is ended by the next one."""
        statement = sa.text("SELECT id FROM known_facts WHERE id = :fact AND ended_at IS NOT NULL")
        return await self._database.read(lambda connection: list(connection.execute(statement, {"fact": fact})))

    async def _stop(self, person: Person, now: datetime) -> None:
        """On the stop list, as an import brings it."""
        subject = self._random.choice(({"debtor_id": person.id}, {"number": self._random.choice(person.numbers)}))
        row = {"debtor_id": None, "number": None, "source": "registry", "at": now, **subject}
        await self._database.write(
            lambda connection: connection.execute(insert_unless_there(connection, do_not_call, row))
        )
        self._tally.happened["stopped"] += 1

    async def _set_aside(self, person: Person, now: datetime) -> None:
        """A rule of the house, for a day or two, by two people; some are revoked."""
        whom = self._random.choice(({"debtor_id": person.id}, {"campaign_id": person.campaigns[0]}))
        rule, until_at = self._random.choice(_HOUSE_RULES), now + self._within(2 * 86_400)
        override = await self._overrides.ask(
            rule, reason="agreed with the person", from_at=now, until_at=until_at + timedelta(hours=1), by="ana", **whom
        )
        self._tally.happened["override"] += 1
        if self._random.random() < 0.8:
            await self._floor.instant()
            await self._overrides.approve(override, "bea")
            if self._random.random() < 0.3:
                await self._floor.instant()
                await self._overrides.revoke(override, "carl")

    # ------------------------------------------------------------------------------------ small things

    def _count(self, way: str, *, denied: bool, busy: bool) -> None:
        if busy:
            self._tally.busy += 1
        else:
            (self._tally.denied if denied else self._tally.reserved)[way] += 1

    def _some(self, debts: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(self._random.sample(debts, self._random.randrange(1, len(debts) + 1)))

    def _within(self, seconds: float) -> timedelta:
        return timedelta(seconds=self._random.uniform(1, seconds))
