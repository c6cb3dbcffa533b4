"""What agents' desks keep, and whom an agent finds. Runs on PostgreSQL too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.clock import ManualClock
from dialer.domain.ids import AgentId
from dialer.errors import InputError
from dialer.ports import Disposition
from dialer.store import pauses
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.desk import DRAFTS_KEPT, Desks, forget_drafts
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, number, rows

CALL, OTHER = "0190a0b0-0000-7000-8000-000000000001", "0190a0b0-0000-7000-8000-000000000002"


# ------------------------------------------------------------------------------------------ drafts


async def test_a_draft_is_replaced_by_that_of_the_next_call_and_dropped_once_it_is_written(database: Database) -> None:
    desks = Desks(database)
    assert await desks.keep_draft("ana", CALL, {"notes": "Pag"}, NOON) == 1
    assert await desks.keep_draft("ana", CALL, {"notes": "Paga"}, NOON) == 2
    assert await desks.keep_draft("beto", CALL, {"notes": "de Beto"}, NOON) == 1
    assert await desks.draft("ana", CALL) == (2, {"notes": "Paga"})
    assert await desks.keep_draft("ana", OTHER, {"notes": "otra"}, NOON) == 1
    assert await desks.draft("ana", CALL) is None
    await desks.drop_draft("ana", CALL)
    assert await desks.draft("ana", OTHER) == (1, {"notes": "otra"})
    await desks.drop_draft("ana", OTHER)
    assert [row.agent_id for row in await rows(database, "desk_drafts")] == ["beto"]


async def test_a_draft_that_nobody_came_back_to_goes_after_a_day(database: Database) -> None:
    desks = Desks(database)
    await desks.keep_draft("ana", CALL, {"notes": "algo"}, NOON)
    await desks.keep_draft("beto", OTHER, {}, NOON + DRAFTS_KEPT + timedelta(seconds=1))
    assert await desks.draft("ana", CALL) is None


async def test_the_drafts_of_calls_to_a_debtor_go_with_them(database: Database) -> None:
    campaign = await add_campaign(database)
    first, _ = await add_debtor(database, campaign, number(1)), await add_debtor(database, campaign, number(2))
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    reserved = (await log.reserve(campaign.id, 2, NOON)).attempts
    calls = {attempt.debtor_id: attempt.call_id for attempt in reserved}
    desks = Desks(database)
    for index, call in enumerate(calls.values()):
        await desks.keep_draft(f"agent{index}", call, {"notes": "x"}, NOON)
    await database.write(forget_drafts, first)
    assert [row.call_id for row in await rows(database, "desk_drafts")] == [
        call for debtor, call in calls.items() if debtor != first
    ]


# ------------------------------------------------------------------------------------------ searching


async def test_a_debtor_is_found_by_document_reference_number_or_parts_of_the_name(database: Database) -> None:
    norte, sur = await add_campaign(database), await add_campaign(database, "sur")
    who = {"name": "María Fernanda Ospina", "document": "79504471", "external_ref": "CC-10492"}
    maria = await add_debtor(database, norte, number(1), number(11), **who)
    await add_debtor(database, sur, number(2), name="María del Sur", document="123456")
    desks = Desks(database)
    for text in ("79504471", "CC-10492", "fernanda osp", "  ospina ", "0000001", "+57 310 000 0001", "310-0000011"):
        found = await desks.search(["norte"], text)
        assert [(one.debtor_id, one.campaign) for one in found] == [(maria, "norte")], text
    assert [phone.e164 for phone in (await desks.search(["norte"], "ospina"))[0].phones] == [number(1), number(11)]
    assert len(await desks.search(["norte", "sur"], "mar")) == 2
    for text in ("María del Sur", "123456", "Pedro", "00001", "%%%", "100%"):
        assert await desks.search(["norte"], text) == [], text
    with pytest.raises(InputError):
        await desks.search(["norte"], " a ")


async def test_a_debtor_is_found_by_id_in_the_campaigns_that_are_named_only(database: Database) -> None:
    norte = await add_campaign(database)
    debtor = await add_debtor(database, norte, number(1))
    desks = Desks(database)
    found = await desks.found(["sur", "norte"], debtor)
    assert found is not None
    assert await desks.number(debtor, found.phones[0].id) == number(1)
    assert await desks.found(["sur"], debtor) is None
    with pytest.raises(InputError):
        await desks.number(debtor, found.phones[0].id + 1)


# ------------------------------------------------------------------------------------------ breaks


async def test_breaks_are_added_up_by_agent_and_reason(database: Database) -> None:
    campaign = await add_campaign(database)

    async def took(agent: str, reason: str, begin: int, end: int | None) -> None:
        await database.write(pauses.begin, "norte", agent, reason, NOON + timedelta(minutes=begin))
        if end is not None:
            await database.write(pauses.end, "norte", agent, NOON + timedelta(minutes=end))

    await took("ana", "lunch", 0, 30)
    await took("ana", "break", 40, 45)
    await took("ana", "lunch", 50, None)
    await took("ana", "break", 55, 60)  # the lunch ended with it
    await took("beto", "lunch", 58, None)
    found = await pauses.totals(database, campaign.id, NOON, NOON + timedelta(hours=1))
    assert [(one.agent_id, one.reason, one.count, one.seconds) for one in found] == [
        ("ana", "break", 2, 600.0),
        ("ana", "lunch", 2, 2100.0),
        ("beto", "lunch", 1, 120.0),
    ]
    await database.write(pauses.end_all)
    later = await pauses.totals(database, campaign.id, NOON, NOON + timedelta(hours=9))
    assert later[-1].seconds == 0.0


# ------------------------------------------------------------------------------------------ a word said twice


@pytest.mark.parametrize("code", ["DISPUTE", "DECEASED", "CONSENT_REVOKED", "DO_NOT_CALL", "WRONG_PERSON"])
async def test_a_word_that_is_said_twice_binds_once(database: Database, code: str) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), amounts=(1, 2))
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    word = Disposition(call_id=attempt.call_id, agent_id=AgentId("ana"), code=code, notes="lo dijo")
    await log.dispose(word)

    async def all_there() -> list[int]:
        tables = ("known_facts", "do_not_call", "audit_records")
        return [len(await rows(database, table)) for table in tables]

    once = await all_there()
    await log.dispose(word)
    assert await all_there() == once
    await log.dispose(Disposition(call_id=attempt.call_id, agent_id=AgentId("ana"), code=code, notes="y lo repitió"))
    facts, stopped, records = await all_there()
    assert (facts, stopped, records) == (once[0], once[1], once[2] + 1)
