"""An agent's word about somebody who called us binds as one about a call of ours does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from dialer.clock import ManualClock
from dialer.console.reads import ConsoleReads
from dialer.domain.ids import AgentId, CallId
from dialer.errors import UnknownAttempt
from dialer.ports import Disposition
from dialer.store.attempts import SqlAttemptLog
from dialer.store.compliance_tables import audit_records
from dialer.store.contacts import Contacts, PastContact
from dialer.store.database import Database
from dialer.store.queries import Queries
from dialer.store.tables import debtors, do_not_call, leads, phones
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, number

CALL = CallId("01a20ddb-3a50-7148-a2aa-e7c536b120dc")


class Room:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
        self.debtor = 0

    async def called_us(self) -> None:
        campaign = await add_campaign(self.database)
        self.debtor = await add_debtor(self.database, campaign, number(1))
        talk = PastContact(
            id=CALL, debtor_id=self.debtor, at=NOON, number=number(1), campaign_id=campaign.id, source="ivr"
        )
        await Contacts(self.database, StubGate(), ManualClock(NOON)).record(talk)

    async def say(self, code: str, call: CallId = CALL) -> None:
        await self.log.dispose(Disposition(call_id=call, agent_id=AgentId("ana"), code=code, notes="nos llamó"))

    async def all(self, *columns: sa.Column[object]) -> list[tuple[object, ...]]:
        rows = await self.database.read(lambda connection: connection.execute(sa.select(*columns)).all())
        return [tuple(row) for row in rows]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    database = Database(f"sqlite:///{tmp_path / 'words.sqlite'}")
    await database.migrate()
    room = Room(database)
    await room.called_us()
    yield room
    await database.close()


async def test_it_stands_on_the_trail(room: Room) -> None:
    await room.say("PTP")

    words = [
        payload
        for kind, payload in await room.all(audit_records.c.kind, audit_records.c.payload)
        if kind == "disposition"
    ]
    assert len(words) == 1
    assert await room.all(leads.c.state) == [("done",)]


async def test_who_wants_no_more_calls_gets_none(room: Room) -> None:
    await room.say("DNC")

    assert {(row[0], row[1]) for row in await room.all(do_not_call.c.number, do_not_call.c.debtor_id)} == {
        (number(1), None), (None, room.debtor),
    }  # fmt: skip
    assert await room.all(phones.c.state) == [("do_not_call",)]


async def test_it_stands_with_the_call_in_what_agents_are_shown_of_the_debtor(room: Room) -> None:
    await room.say("PTP")
    await room.say("CALLBACK")
    await room.say("CALLBACK")

    (call,) = (await Queries(room.database).debtor(room.debtor)).came_in
    assert (call.call_id, call.disposition, call.notes, call.agent_id) == (CALL, "CALLBACK", "nos llamó", "ana")
    other = "01a20ddb-3a50-7148-a2aa-e7c536b120dd"
    later = PastContact(id=other, debtor_id=room.debtor, at=NOON, number=number(1), source="ivr")
    await Contacts(room.database, StubGate(), ManualClock(NOON)).record(later)
    card = await ConsoleReads(room.database).debtor_card(other, NOON)
    assert card is not None
    assert [(each.came_in, each.disposition) for each in card.history] == [(True, "CALLBACK")]


async def test_a_wrong_number_that_calls_us_is_not_dialed_any_more(room: Room) -> None:
    await room.say("WRONG_PERSON")

    assert await room.all(phones.c.state) == [("bad",)]


async def test_who_wants_to_be_called_back_stays_in_the_campaign(room: Room) -> None:
    await room.say("CALLBACK")

    assert await room.all(leads.c.state) == [("ready",)]


async def test_a_call_that_nobody_knows_has_no_word(room: Room) -> None:
    with pytest.raises(UnknownAttempt):
        await room.say("PTP", CallId("nobody"))
    assert len(await room.all(debtors.c.id)) == 1
