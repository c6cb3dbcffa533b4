"""What is long past and still matters: the first conversation of all, and the first notice."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from dialer.clock import ManualClock
from dialer.compliance.facts import Facts, LedgerOutcome
from dialer.ports import ContactRequest
from dialer.store.contacts import Contacts, PastContact
from dialer.store.database import Database
from dialer.store.facts import _OLD_TALKS
from dialer.store.known_facts import KnownFacts
from dialer.store.questions import gate_query
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, number, rows


async def facts_about(database: Database, campaign_id: int, debtor: int) -> Facts:
    request = ContactRequest(campaign_id=campaign_id, debtor_id=debtor)
    return (await database.read(gate_query, request, NOON)).facts


async def test_of_old_conversations_the_first_about_each_debt_is_told(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), amounts=(100, 200))
    first, second = (row.id for row in await rows(database, "debts"))
    desk = Contacts(database, StubGate(), ManualClock(NOON))
    talk, missed = LedgerOutcome.CONVERSATION, LedgerOutcome.NO_ANSWER

    def past(days: int, outcome: LedgerOutcome, *debts: int) -> PastContact:
        at = NOON - timedelta(days=days)
        return PastContact(debtor_id=debtor, at=at, ended_at=at, outcome=outcome, debts=debts)

    made = await desk.record(
        past(300, missed, first),
        past(200, talk, first),
        past(100, talk, first),
        past(90, talk, second),
        past(80, LedgerOutcome.UNKNOWN, second),
        past(3, missed, first),
    )
    told = {event.id for event in (await facts_about(database, campaign.id, debtor)).events}
    assert told == {made[1], made[3], made[5]}


async def test_a_debt_is_covered_from_the_first_notice_about_it_or_about_everything(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), amounts=(100, 200))
    first, second = (row.id for row in await rows(database, "debts"))
    known = KnownFacts(database, ManualClock(NOON))

    async def notice(days: int, subject: str, **about: int) -> None:
        at = NOON - timedelta(days=days)
        await known.record("notice", subject, {}, source="letter", by="ana", at=at, **about)

    await notice(9, "debt", debt_id=first)
    await notice(7, "debtor", debtor_id=debtor)
    await notice(2, "debt", debt_id=second)
    facts = await facts_about(database, campaign.id, debtor)
    assert facts.notices == {first: NOON - timedelta(days=9), second: NOON - timedelta(days=7)}


async def test_old_conversations_are_found_by_their_own_index(database: Database) -> None:
    def plan(connection: sa.Connection) -> str:
        asked = _OLD_TALKS.compile(connection.engine)
        values = tuple("[1]" if name.startswith("debtors") else "2026" for name in asked.positiontup or ())
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values).all())

    steps = await database.read(plan)
    assert "ix_attempts_talks" in steps
    assert "ix_contacts_talks" in steps
