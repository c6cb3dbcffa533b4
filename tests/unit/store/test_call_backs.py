"""Promised calls."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.clock import ManualClock
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import Stop, StopReason
from dialer.errors import InputError, UnknownDebtor
from dialer.ports import ContactRequest, Disposition
from dialer.store.attempts import SqlAttemptLog
from dialer.store.call_backs import LEFT_TO_IT, CallBacks
from dialer.store.database import Database
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, closing, number, rows

HOUR = timedelta(hours=1)


async def test_a_promise_is_due_at_its_hour_and_not_before(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    book = CallBacks(database)
    made = await book.promise(campaign.id, debtor, NOON + HOUR, NOON, number=number(1), agent_id=AgentId("ana"))
    assert await book.due(campaign.id, NOON + HOUR - timedelta(seconds=1), 10) == []
    (due,) = await book.due(campaign.id, NOON + HOUR, 10)
    assert (due.id, due.debtor_id, due.number, due.agent_id, due.at) == (made, debtor, number(1), "ana", NOON + HOUR)


async def test_a_debtor_who_was_promised_a_call_is_not_dialed_by_the_list_before_it(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    await CallBacks(database).promise(campaign.id, debtor, NOON + HOUR, NOON)
    (lead,) = await rows(database, "leads")
    assert lead.next_try_at == NOON + HOUR + LEFT_TO_IT
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    assert (await log.reserve(campaign.id, 5, NOON + HOUR)).attempts == ()


async def test_a_newer_promise_takes_the_place_of_the_older_one(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    book = CallBacks(database)
    await book.promise(campaign.id, debtor, NOON, NOON)
    newer = await book.promise(campaign.id, debtor, NOON + HOUR, NOON)
    assert [one.id for one in await book.due(campaign.id, NOON + 2 * HOUR, 10)] == [newer]


async def test_a_kept_promise_is_over_and_one_that_could_not_be_kept_comes_again(database: Database) -> None:
    campaign = await add_campaign(database)
    book = CallBacks(database)
    kept, missed = [
        await book.promise(campaign.id, await add_debtor(database, campaign, number(index)), NOON, NOON)
        for index in range(2)
    ]
    await book.settle(kept, again_at=None)
    await book.settle(missed, again_at=NOON + HOUR)
    await book.settle(kept, again_at=NOON)  # said twice
    assert await book.due(campaign.id, NOON, 10) == []
    assert [one.id for one in await book.due(campaign.id, NOON + HOUR, 10)] == [missed]


async def test_nobody_is_promised_a_call_whom_the_campaign_does_not_have(database: Database) -> None:
    campaign, other = await add_campaign(database), await add_campaign(database, "sur")
    debtor = await add_debtor(database, other, number(1))
    with pytest.raises(UnknownDebtor):
        await CallBacks(database).promise(campaign.id, debtor, NOON, NOON)
    with pytest.raises(InputError):
        await CallBacks(database).promise(other.id, debtor, NOON, NOON, number=number(9))


async def test_a_call_promised_during_a_call_outlives_its_end(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    (call,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await CallBacks(database).promise(campaign.id, debtor, NOON + 72 * HOUR, NOON)
    said = Disposition(call_id=call.call_id, agent_id=AgentId("ana"), code="CALLBACK", notes="", wrap_up_s=0.0)
    await log.dispose(said)
    await log.close([closing(call.call_id, Outcome.CONVERSATION, Stop(reason=StopReason.FINISHED))])
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.next_try_at) == ("ready", NOON + 72 * HOUR + LEFT_TO_IT)


async def test_whoever_rests_rests_on_where_a_call_by_hand_is_given_back(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), next_try_at=NOON + 72 * HOUR)
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    by_hand = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, mode="manual", agent_guaranteed=True)
    answer = await log.reserve_contact(by_hand, NOON)
    assert answer.attempt is not None
    await log.release([answer.attempt.call_id], NOON)
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.next_try_at) == ("ready", NOON + 72 * HOUR)
    assert (await log.reserve(campaign.id, 1, NOON)).attempts == ()


async def test_asked_for_no_call_the_log_says_whether_there_is_anybody(database: Database) -> None:
    campaign = await add_campaign(database)
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    assert (await log.reserve(campaign.id, 0, NOON)).exhausted
    await add_debtor(database, campaign, number(1))
    answer = await log.reserve(campaign.id, 0, NOON)
    assert (answer.attempts, answer.exhausted) == ((), False)
