"""What the house does for a self-service call is in the store afterwards, and binds the gate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dialer.clock import ManualClock, entropy
from dialer.compliance.facts import LedgerOutcome
from dialer.domain.campaign import Campaign
from dialer.domain.ids import new_call_id
from dialer.domain.outcome import Outcome
from dialer.domain.promise import Instalment, Proposal
from dialer.ports import ServiceMode
from dialer.self_service.facts import ServedCaller, born, call_facts, file_of, people_of, slots_for, zone_of
from dialer.self_service.house import StoreHouse
from dialer.store import self_service
from dialer.store.attempts import SqlAttemptLog
from dialer.store.compliance_tables import call_backs, contacts, known_facts
from dialer.store.database import Database
from dialer.store.facts import load_known
from dialer.store.promise_tables import promises
from dialer.store.self_service import ServedPerson, read_person
from dialer.store.tables import attempts, debtors, do_not_call, outbox, phones
from ivr_flows.actions import RequestCallBack, SavePromise, SendMessage
from ivr_flows.facts import IdentityMethod, PersonFact
from ivr_flows.inputs import NOT_ALLOWED, IdentityResult, Refused, Saved, Sent
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, closing, number

LAST = IdentityMethod.DOCUMENT_LAST
TODAY = date(2026, 11, 24)


class Room:
    """A debtor with a debt, and the house of a call with them."""

    def __init__(self, database: Database, campaign: Campaign) -> None:
        self.database = database
        self.campaign = campaign
        self.clock = ManualClock(NOON)
        self.gate = StubGate()

    async def add(self, *numbers: str, **columns: Any) -> ServedPerson:
        debtor = await add_debtor(self.database, self.campaign, *numbers, **{"document": "10.203.111", **columns})
        return await self.person(debtor)

    async def person(self, debtor: int) -> ServedPerson:
        found = await self.database.read(read_person, debtor, self.campaign.id)
        assert found is not None
        return found

    def house(
        self, *people: ServedPerson, mode: ServiceMode = ServiceMode.AGENTLESS, call_id: str = ""
    ) -> tuple[StoreHouse, ServedCaller]:
        caller = ServedCaller(
            call_id=call_id or new_call_id(NOON, entropy(10)),
            mode=mode,
            number=number(1),
            flow="self-service",
            people=people,
        )
        return StoreHouse(caller, self.database, self.gate, self.clock, entropy), caller

    async def rows(self, table: sa.Table) -> Sequence[Any]:
        return await self.database.read(lambda connection: connection.execute(sa.select(table)).all())


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    database = Database(f"sqlite:///{tmp_path / 'house.sqlite'}")
    await database.migrate()
    yield Room(database, await add_campaign(database, creditor="Aurora"))
    await database.close()


async def test_the_last_digits_of_the_document_identify_and_bring_the_debts(room: Room) -> None:
    house, caller = room.house(await room.add(number(1)))

    wrong = await house.check({LAST: "0000"})
    right = await house.check({LAST: "3111"})

    assert (wrong.result, wrong.file) == (IdentityResult.FAILED, None)
    assert right.file is not None
    assert [debt.balance_minor for debt in right.file.debts] == [120_000_00]
    assert caller.who is not None


async def test_of_several_who_share_a_number_the_document_finds_the_one(room: Room) -> None:
    ana = await room.add(number(1), name="Ana", identity="a")
    eva = await room.add(number(1), name="Eva", identity="e", document="555 9999")
    found = await room.database.read(people_of, number=number(1))
    house, caller = room.house(*found, mode=ServiceMode.INBOUND)

    assert {each.debtor_id for each in found} == {ana.debtor_id, eva.debtor_id}
    assert caller.only is None
    await house.check({LAST: "9999"})
    assert caller.only is not None
    assert caller.only.name == "Eva"


async def test_two_who_fit_are_nobody(room: Room) -> None:
    twins = [await room.add(number(1), identity=each) for each in "ab"]
    house, _ = room.house(*twins)

    assert (await house.check({LAST: "3111"})).result is IdentityResult.FAILED


async def test_a_stranger_is_found_by_the_whole_document(room: Room) -> None:
    await room.add(number(1))
    house, caller = room.house(mode=ServiceMode.INBOUND)

    assert (await house.check({IdentityMethod.DOCUMENT: "10203112"})).result is IdentityResult.FAILED
    assert (await house.check({IdentityMethod.DOCUMENT: "10203111"})).result is IdentityResult.PASSED
    assert caller.who is not None


async def test_a_lock_holds_whatever_is_answered(room: Room) -> None:
    person = await room.add(number(1))
    house, _ = room.house(person)
    await house.lock()
    locked = await room.person(person.debtor_id)
    house, _ = room.house(locked)

    assert locked.locked
    assert (await house.check({LAST: "3111"})).result is IdentityResult.LOCKED


async def test_a_code_goes_out_as_an_event_and_opens_once(room: Room) -> None:
    house, _ = room.house(await room.add(number(1)))

    assert await house.send_code() == Sent()
    (event,) = await room.rows(outbox)
    code = event.payload["values"]["code"]

    assert (event.topic, event.payload["number"], len(code)) == ("norte/message.requested", number(1), 6)
    assert (await house.check({IdentityMethod.CODE: code})).result is IdentityResult.PASSED
    assert (await house.check({IdentityMethod.CODE: code})).result is IdentityResult.FAILED


def promise(person: ServedPerson, call_id: str) -> SavePromise:
    due = Instalment(due_on=TODAY + timedelta(days=3), amount_minor=120_000_00)
    debt = str(person.debts[0].id)
    return SavePromise(key=f"{call_id}:{debt}", debt=debt, proposal=Proposal(instalments=(due,)))


async def test_a_promise_is_saved_once_however_often_it_is_asked(room: Room) -> None:
    person = await room.add(number(1))
    house, caller = room.house(person)
    wanted = promise(person, caller.call_id)

    assert await house.save_promise(wanted) == Refused("not-identified")
    await house.check({LAST: "3111"})
    first, again = await house.save_promise(wanted), await house.save_promise(wanted)

    assert isinstance(first, Saved)
    assert first == again
    (saved,) = await room.rows(promises)
    assert (saved.channel, saved.captured_by, saved.call_id) == ("ivr", "ivr:self-service", caller.call_id)
    assert (await room.person(person.debtor_id)).debts[0].promised is not None
    pending = file_of(await room.person(person.debtor_id)).debts[0].pending
    assert pending is not None
    assert pending.reference == first.reference


async def test_what_cannot_be_promised_is_refused(room: Room) -> None:
    person = await room.add(number(1))
    house, caller = room.house(person)
    await house.check({LAST: "3111"})
    far = Instalment(due_on=TODAY + timedelta(days=300), amount_minor=120_000_00)
    wanted = replace(promise(person, caller.call_id), proposal=Proposal(instalments=(far,)))

    assert await house.save_promise(wanted) == Refused("promise-refused")
    assert await room.rows(promises) == []


async def test_a_wrong_number_is_never_dialed_again_for_this_debtor(room: Room) -> None:
    person = await room.add(number(1), number(2))
    house, _ = room.house(person)
    await house.record_fact(PersonFact.WRONG_NUMBER)

    assert {row.e164: row.state for row in await room.rows(phones)} == {number(1): "bad", number(2): "ok"}
    (fact,) = await room.rows(known_facts)
    assert (fact.subject, fact.number, fact.value) == ("number", number(1), {"flag": "wrong_number"})


async def test_whoever_is_said_to_have_died_is_on_the_stop_list_but_not_the_number(room: Room) -> None:
    person = await room.add(number(1))
    house, _ = room.house(person)
    await house.record_fact(PersonFact.DECEASED)

    assert [(row.number, row.debtor_id) for row in await room.rows(do_not_call)] == [(None, person.debtor_id)]
    assert [row.value["flag"] for row in await room.rows(known_facts)] == ["deceased"]


@pytest.mark.parametrize(("scope", "people"), [("number", 0), ("person", 1)])
async def test_no_more_calls_to_the_number_or_to_the_person(room: Room, scope: str, people: int) -> None:
    house, _ = room.house(await room.add(number(1)))
    await house.opt_out(scope)
    await house.opt_out(scope)
    stopped = await room.rows(do_not_call)

    assert [row.number for row in stopped if row.number] == [number(1)]
    assert len([row for row in stopped if row.debtor_id]) == people


async def test_a_call_back_is_promised_at_a_time_that_the_rules_allow(room: Room) -> None:
    person = await room.add(number(1))
    house, _ = room.house(person)
    slots = await room.database.read(slots_for, person, room.gate, NOON, "")

    assert [(slot.on, slot.part.value) for slot in slots] == [
        (TODAY, "afternoon"), (TODAY, "evening"), (TODAY + timedelta(days=1), "morning"),
    ]  # fmt: skip
    assert await house.call_back(RequestCallBack(key="k", slot=slots[2].id)) == Saved("", "k")
    (row,) = await room.rows(call_backs)
    assert row.at.astimezone(zone_of(person)).hour == 10


async def test_a_message_is_asked_for_with_its_key(room: Room) -> None:
    person = await room.add(number(1))
    house, _ = room.house(person)
    wanted = SendMessage(key="k", template="payment_link", channel="sms", debt=str(person.debts[0].id))

    assert await house.send_message(wanted) == Refused("not-identified")
    await house.check({LAST: "3111"})
    assert await house.send_message(wanted) == Sent()
    (event,) = await room.rows(outbox)
    assert (event.payload["key"], event.payload["template"]) == ("k", "payment_link")
    (row,) = await room.rows(contacts)
    assert (row.id, row.channel, row.direction, row.mode) == (event.payload["contact_id"], "sms", "out", "ivr")
    assert (row.state, row.outcome) == ("closed", "delivered")
    assert room.gate.asked[-1].candidate.channel == "sms"


async def test_a_message_that_the_rules_do_not_allow_is_not_sent(room: Room) -> None:
    person = await room.add(number(1))
    room.gate = StubGate(deny=lambda query: (("co/one-a-day",), None) if query.candidate.channel == "sms" else None)
    house, _ = room.house(person)
    await house.check({LAST: "3111"})
    wanted = SendMessage(key="k", template="payment_link", channel="sms", debt=str(person.debts[0].id))

    assert await house.send_message(wanted) == Refused(NOT_ALLOWED)
    assert await house.send_code() == Refused(NOT_ALLOWED)
    assert [await room.rows(table) for table in (outbox, contacts)] == [[], []]


async def test_an_inbound_call_is_in_the_ledger_from_its_beginning_and_a_talk_once_identified(room: Room) -> None:
    person = await room.add(number(1))
    house, caller = room.house(person, mode=ServiceMode.INBOUND)
    await house.call_began(person)
    (open_contact,) = await room.rows(contacts)
    await house.check({LAST: "3111"})
    room.clock.advance(60)
    await house.call_over()
    (row,) = await room.rows(contacts)

    assert (open_contact.state, open_contact.id) == ("open", caller.call_id)
    assert (row.state, row.direction, row.outcome) == ("closed", "in", "conversation")


async def test_an_inbound_call_without_an_identity_spoke_with_nobody(room: Room) -> None:
    person = await room.add(number(1))
    house, _ = room.house(person, mode=ServiceMode.INBOUND)
    await house.call_began(person)
    await house.call_over()

    assert [row.outcome for row in await room.rows(contacts)] == ["no_answer"]


@pytest.mark.parametrize(
    ("fact", "disposition"), [(PersonFact.WRONG_NUMBER, "WRONG_PERSON"), (PersonFact.KNOWS_DEBTOR, "THIRD_PARTY")]
)
@pytest.mark.parametrize("mode", [ServiceMode.INBOUND, ServiceMode.AGENTLESS])
async def test_a_number_where_somebody_else_speaks_is_not_dialed_any_more_whoever_called(
    room: Room, fact: PersonFact, disposition: str, mode: ServiceMode
) -> None:
    person = await room.add(number(1), number(2))
    house, _ = room.house(person, mode=mode)
    if mode is ServiceMode.INBOUND:
        await house.call_began(person)
    await house.record_fact(fact)
    await house.call_over()

    assert {row.e164: row.state for row in await room.rows(phones)} == {number(1): "bad", number(2): "ok"}
    talks = [(row.disposition, row.outcome, row.agent_id) for row in await room.rows(contacts)]
    assert talks == ([(disposition, "third_party", None)] if mode is ServiceMode.INBOUND else [])


async def test_who_is_said_on_an_inbound_call_to_have_died_is_not_called_any_more(room: Room) -> None:
    person = await room.add(number(1))
    house, _ = room.house(person, mode=ServiceMode.INBOUND)
    await house.call_began(person)
    await house.record_fact(PersonFact.DECEASED)
    await house.call_over()

    assert [row.debtor_id for row in await room.rows(do_not_call)] == [person.debtor_id]
    assert [row.disposition for row in await room.rows(contacts)] == ["THIRD_PARTY"]


@pytest.mark.parametrize("promises_too", [True, False])
async def test_an_inbound_call_keeps_what_came_of_it(room: Room, promises_too: bool) -> None:
    person = await room.add(number(1))
    house, caller = room.house(person, mode=ServiceMode.INBOUND)
    await house.call_began(person)
    await house.check({LAST: "3111"})
    if promises_too:
        assert isinstance(await house.save_promise(promise(person, caller.call_id)), Saved)
    await house.call_over()

    assert [row.disposition for row in await room.rows(contacts)] == ["PTP" if promises_too else "SELF_SERVICE"]


async def test_an_overflow_call_is_abandoned_in_the_log_and_a_conversation_for_the_cool_offs(room: Room) -> None:
    person = await room.add(number(1))
    log = SqlAttemptLog(room.database, room.gate, room.clock)
    reservation = await log.reserve(room.campaign.id, 1, NOON)
    (attempt,) = reservation.attempts
    house, _ = room.house(person, mode=ServiceMode.OVERFLOW, call_id=attempt.call_id)
    await house.check({LAST: "3111"})
    await log.close([closing(attempt.call_id, Outcome.ABANDONED)])

    (row,) = await room.rows(attempts)
    known = await room.database.read(load_known, room.campaign.id, [person.debtor_id], [number(1)], NOON, {})
    events = known.facts(person.debtor_id, number(1), [], do_not_call=False).events

    assert (row.outcome, row.disposition) == ("abandoned", self_service.SERVED_ITSELF)
    assert [event.outcome for event in events] == [LedgerOutcome.CONVERSATION]


@pytest.mark.parametrize(
    ("country", "custom", "expected"),
    [
        ("CO", {"fecha_nacimiento": "04/05/1980"}, date(1980, 5, 4)),
        ("US", {"DOB": "04/05/1980"}, date(1980, 4, 5)),
        ("CO", {"Fecha de nacimiento": "1980-05-04"}, date(1980, 5, 4)),
        ("CO", {"fecha_nacimiento": "mayo"}, None),
        ("CO", {}, None),
    ],
)
async def test_a_birth_date_is_read_from_the_lead_file(
    room: Room, country: str, custom: dict[str, str], expected: date | None
) -> None:
    person = await room.add(number(1), country=country, custom=custom)

    assert born(person) == expected


async def test_people_are_asked_for_what_is_known_of_them(room: Room) -> None:
    def asked(*people: ServedPerson, campaign: Campaign = room.campaign) -> tuple[IdentityMethod, ...]:
        _, caller = room.house(*people)
        facts = call_facts(
            caller, campaign=campaign, language="es", country="CO", callback="1", now=NOON,
            zone=zone_of(people[0]) if people else zone_of(with_document), agents=True,
        )  # fmt: skip
        return facts.identity

    with_document = await room.add(number(1))
    without = await room.add(number(2), document="", custom={"dob": "1980-05-04"})
    nothing = await room.add(number(3), document="")
    both = replace(room.campaign, ivr_identity=("document_last", "code"))

    assert asked(with_document) == (IdentityMethod.DOCUMENT_LAST,)
    assert asked(without) == (IdentityMethod.BIRTH_DATE,)
    assert asked(nothing) == (IdentityMethod.CODE,)
    assert asked() == (IdentityMethod.DOCUMENT,)
    assert asked(with_document, campaign=both) == (IdentityMethod.DOCUMENT_LAST, IdentityMethod.CODE)
    assert (await room.rows(debtors))[0].id == with_document.debtor_id
