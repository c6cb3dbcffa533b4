"""What the console reads. The PostgreSQL half of the suite runs these very functions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from dialer.clock import ManualClock
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.recycle import Stop, StopReason, TryAgain
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.errors import InputError, UnknownAttempt, UnknownCampaign, UnknownDebtor
from dialer.ports import Disposition
from dialer.store.agents import Agent, Agents
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.outbox import Outbox
from dialer.store.queries import Queries
from dialer.store.recordings import RecordingIndex
from dialer.store.views import AttemptFilter, Recording
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, add_to_campaign, closing, number

MACHINE = AmdVerdict(category=AmdCategory.MACHINE, reason="long-greeting", confidence=0.8, delay_ms=2100)
HUMAN = AmdVerdict(category=AmdCategory.HUMAN, reason="short-greeting", confidence=0.9, delay_ms=600)


async def a_days_work(database: Database) -> Campaign:
    """Five debtors: a conversation, an abandoned call, a machine, one still open, one denied by two rules."""
    campaign = await add_campaign(database)
    for index in range(5):
        await add_debtor(database, campaign, number(index), name=f"Persona {index}", priority=90 - index)
    await Agents(database).save(Agent(id=AgentId("ana"), name="Ana Agente", dial_string="PJSIP/ana"), NOON)
    gate = StubGate(
        lambda query: (
            (("co/window", "house/gap"), NOON + timedelta(hours=9)) if query.candidate.number == number(4) else None
        )
    )
    log = SqlAttemptLog(database, gate, ManualClock(NOON))
    calls = [attempt.call_id for attempt in (await log.reserve(campaign.id, 5, NOON)).attempts]
    answered = NOON + timedelta(seconds=12)
    talk = closing(
        calls[0],
        Outcome.CONVERSATION,
        Stop(reason=StopReason.FINISHED),
        ringing_at=NOON + timedelta(seconds=2),
        answered_at=answered,
        verdict=HUMAN,
        verdict_at=answered,
        agent_id=AgentId("ana"),
        talk_s=61.5,
        verdict_to_bridge_ms=18.0,
        recorded=True,
    )
    again = TryAgain(at=NOON + timedelta(hours=6), next_number=True)
    await log.close(
        [
            talk,
            closing(calls[1], Outcome.ABANDONED, answered_at=answered, verdict=HUMAN, abandoned_message_played=True),
            closing(calls[2], Outcome.MACHINE, again, verdict=MACHINE),
        ]
    )
    await log.dispose(Disposition(call_id=calls[0], agent_id=AgentId("ana"), code="PTP", notes="el viernes"))
    return campaign


async def test_counters_add_up_from_the_log(database: Database) -> None:
    campaign = await a_days_work(database)
    counters = await Queries(database).counters(campaign.id, NOON - timedelta(hours=1))
    assert (counters.attempts, counters.open, counters.answered) == (4, 1, 3)
    assert (counters.people, counters.bridged, counters.abandoned, counters.machines) == (2, 1, 1, 1)
    assert counters.abandonment_rate == 0.5
    assert counters.outcomes == {Outcome.CONVERSATION: 1, Outcome.ABANDONED: 1, Outcome.MACHINE: 1}
    assert counters.verdicts == {AmdCategory.HUMAN: 2, AmdCategory.MACHINE: 1}
    assert counters.denied == {"co/window": 1, "house/gap": 1}
    assert await Queries(database).bridge_delays_ms(campaign.id, NOON) == [18.0]
    later = await Queries(database).counters(campaign.id, NOON + timedelta(seconds=1))
    assert (later.attempts, later.denied, later.abandonment_rate) == (0, {}, 0.0)


async def test_the_backlog_says_where_everybody_is(database: Database) -> None:
    campaign = await a_days_work(database)
    await add_debtor(database, campaign, number(77))
    backlog = await Queries(database).backlog("norte", NOON + timedelta(minutes=30))
    assert (backlog.debtors, backlog.ready, backlog.later) == (6, 1, 3)
    assert (backlog.in_flight, backlog.finished) == (1, 1)
    assert backlog.next_ready_at == NOON + timedelta(hours=1, minutes=1)
    with pytest.raises(UnknownCampaign):
        await Queries(database).backlog("nada", NOON)


async def test_the_log_is_read_in_pages_newest_first(database: Database) -> None:
    campaign = await a_days_work(database)
    queries = Queries(database)
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = await queries.attempts(AttemptFilter(campaign=campaign.name), cursor=cursor, limit=2)
        seen += [row.call_id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 4
    for limit, wrong in ((0, None), (201, None), (5, "not-a-cursor")):
        with pytest.raises(InputError):
            await queries.attempts(AttemptFilter(), cursor=wrong, limit=limit)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (AttemptFilter(outcome=Outcome.MACHINE), {"Persona 2"}),
        (AttemptFilter(agent_id="ana"), {"Persona 0"}),
        (AttemptFilter(number_digits=number(1)[4:]), {"Persona 1"}),
        (AttemptFilter(campaign="sur"), set()),
        (AttemptFilter(campaign="norte", outcome=Outcome.ABANDONED), {"Persona 1"}),
        (AttemptFilter(), {"Persona 0", "Persona 1", "Persona 2", "Persona 3"}),
    ],
)
async def test_the_log_can_be_narrowed(database: Database, wanted: AttemptFilter, names: set[str]) -> None:
    await a_days_work(database)
    page = await Queries(database).attempts(wanted, cursor=None, limit=50)
    assert {row.debtor_name for row in page.rows} == names


async def test_a_number_is_looked_for_by_digits_only(database: Database) -> None:
    with pytest.raises(InputError):
        await Queries(database).attempts(AttemptFilter(number_digits="%"), cursor=None, limit=5)


async def test_one_attempt_is_told_whole(database: Database) -> None:
    campaign = await a_days_work(database)
    queries = Queries(database)
    page = await queries.attempts(AttemptFilter(outcome=Outcome.CONVERSATION), cursor=None, limit=1)
    told = await queries.attempt(page.rows[0].call_id)
    assert told == page.rows[0]
    assert (told.campaign, told.state, told.number) == (campaign.name, "closed", PhoneNumber(number(0)))
    assert (told.agent_id, told.agent_name, told.disposition, told.notes) == ("ana", "Ana Agente", "PTP", "el viernes")
    assert (told.verdict, told.ring_s, told.talk_s, told.verdict_to_bridge_ms) == (HUMAN, 10.0, 61.5, 18.0)
    assert (told.recorded, told.stop_reason, told.next_try_at) == (True, "finished", None)
    assert await queries.attempt("nobody") is None


async def test_a_debtor_is_told_with_numbers_debts_and_calls(database: Database) -> None:
    campaign, other = await add_campaign(database), await add_campaign(database, "sur")
    debtor = await add_debtor(database, campaign, number(1), number(2), amounts=(12_345, 5), document="77")
    await add_to_campaign(database, other, debtor)
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    (first,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.close([closing(first.call_id)])
    (second,) = (await log.reserve(other.id, 1, NOON + timedelta(hours=1))).attempts
    queries = Queries(database)
    told = await queries.debtor(debtor)
    assert (told.name, told.document, told.do_not_call) == ("Ana Prueba", "77", False)
    assert [str(phone.number) for phone in told.phones] == [number(1), number(2)]
    assert [debt.amount for debt in told.debts] == [Decimal("123.45"), Decimal("0.05")]
    assert [attempt.call_id for attempt in told.attempts] == [second.call_id, first.call_id]
    assert [debt.ref for debt in await queries.debts_of_call(first.call_id)] == ["R0", "R1"]
    assert await queries.debts_of_call(second.call_id) == []  # the other campaign collects none of them
    assert await queries.find_debtors(PhoneNumber(number(2))) == [debtor]
    assert told.debts[0].days_past_due(date(2026, 1, 1)) is None
    with pytest.raises(UnknownDebtor):
        await queries.debtor(999)


async def test_a_recording_is_noted_and_found(database: Database) -> None:
    await a_days_work(database)
    page = await Queries(database).attempts(AttemptFilter(), cursor=None, limit=5)
    index = RecordingIndex(database)
    call_id = page.rows[0].call_id
    assert await index.find(call_id) is None
    recording = Recording(
        call_id=call_id, file="2026/11/24/x.wav", size_bytes=123_456, sha256="ab" * 32, duration_s=61.5
    )
    await index.add(recording)
    assert await index.find(call_id) == recording
    with pytest.raises(UnknownAttempt):
        await index.add(Recording(call_id="nobody", file="x", size_bytes=1, sha256="", duration_s=1.0))


async def test_the_outbox_gives_events_in_order_until_they_are_published(database: Database) -> None:
    await a_days_work(database)
    outbox = Outbox(database)
    pending = await outbox.pending()
    assert [event.message.topic for event in pending] == ["norte/call.closed"] * 3
    assert [event.seq for event in pending] == sorted(event.seq for event in pending)
    await outbox.mark_published([pending[0].seq], NOON)
    await outbox.mark_published([], NOON)
    assert [event.seq for event in await outbox.pending(1)] == [pending[1].seq]
    assert await outbox.count_pending() == 2
    assert await outbox.purge(NOON) == 0
    assert await outbox.purge(NOON + timedelta(seconds=1)) == 1
    assert await outbox.count_pending() == 2
