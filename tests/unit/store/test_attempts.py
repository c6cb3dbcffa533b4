"""The log of attempts. The PostgreSQL half of the suite runs these very functions."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from dialer.clock import ManualClock
from dialer.compliance.facts import LedgerOutcome, NumberUse
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.recycle import Stop, StopReason, TryAgain
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.errors import InputError, UnknownAttempt, UnknownCampaign
from dialer.ports import AttemptProgress, Disposition, ReservedAttempt, TalkNote
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.outbox import Outbox
from dialer.store.queries import Queries
from tests.support.store import (
    NOON,
    StubGate,
    add_campaign,
    add_debtor,
    add_to_campaign,
    closing,
    counting,
    number,
    rows,
)

HUMAN = AmdVerdict(
    category=AmdCategory.HUMAN, reason="short-greeting", confidence=0.9, delay_ms=640, evidence={"words": ["aló"]}
)


def make_log(database: Database, gate: StubGate | None = None) -> SqlAttemptLog:
    return SqlAttemptLog(database, gate or StubGate(), ManualClock(NOON))


async def reserve_one(log: SqlAttemptLog, campaign_id: int) -> ReservedAttempt:
    (attempt,) = (await log.reserve(campaign_id, 1, NOON)).attempts
    return attempt


# ----------------------------------------------------------------------------------------- reserve


async def test_a_reservation_is_in_the_log_with_everything_the_call_needs(database: Database) -> None:
    campaign = await add_campaign(database, language="en")
    debtor = await add_debtor(database, campaign, number(1), name="Ana Ruiz", amounts=(100, 250))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    assert attempt.number == PhoneNumber(number(1))
    assert (attempt.debtor_id, attempt.display_name, attempt.language) == (debtor, "Ana Ruiz", "en")
    assert (attempt.attempts, attempt.tries_by_outcome, attempt.ring_minimum_s) == (0, {}, 15.0)
    assert len(attempt.debt_ids) == 2
    (opened,) = await log.open_attempts(campaign.id)
    assert opened.attempt == attempt
    assert opened.reserved_at == NOON
    assert (opened.dialed_at, opened.answered_at, opened.verdict, opened.bridged_at) == (None, None, None, None)


async def test_a_reservation_tells_the_lists_segment_and_where_the_debtor_lives(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), custom={"segment": "mora-90"}, time_zone="America/Bogota")
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    assert (attempt.segment, attempt.time_zone) == ("mora-90", "America/Bogota")
    (opened,) = await log.open_attempts(campaign.id)
    assert opened.attempt == attempt


async def test_higher_priority_goes_first_and_then_whoever_waits_longest(database: Database) -> None:
    campaign = await add_campaign(database)
    for index, (priority, hours) in enumerate([(10, 5), (80, 1), (80, 3), (40, 9)]):
        due = NOON - timedelta(hours=hours)
        await add_debtor(database, campaign, number(index), priority=priority, next_try_at=due)
    reserved = (await make_log(database).reserve(campaign.id, 3, NOON)).attempts
    assert [str(attempt.number) for attempt in reserved] == [number(2), number(1), number(3)]


async def test_a_debtor_whose_time_has_not_come_is_not_reserved(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), next_try_at=NOON + timedelta(seconds=1))
    reservation = await make_log(database).reserve(campaign.id, 5, NOON)
    assert reservation.attempts == ()
    assert not reservation.exhausted


async def test_a_campaign_is_exhausted_when_nobody_can_be_dialed_again_today(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), next_try_at=NOON + timedelta(hours=12, seconds=1))
    log = make_log(database)
    assert (await log.reserve(campaign.id, 5, NOON)).exhausted  # midnight in Bogota is twelve hours away
    await add_debtor(database, campaign, number(2))
    reservation = await log.reserve(campaign.id, 5, NOON)
    assert len(reservation.attempts) == 1
    assert not reservation.exhausted
    assert not (await log.reserve(campaign.id, 5, NOON)).exhausted  # the one in flight may come back
    await log.close([closing(reservation.attempts[0].call_id, retry=Stop(reason=StopReason.FINISHED))])
    assert (await log.reserve(campaign.id, 5, NOON)).exhausted


async def test_one_person_in_two_campaigns_is_called_by_one_at_a_time(database: Database) -> None:
    first, second = await add_campaign(database), await add_campaign(database, "sur")
    debtor = await add_debtor(database, first, number(1), number(2))
    await add_to_campaign(database, second, debtor)
    log = make_log(database)
    attempt = await reserve_one(log, first.id)
    assert (await log.reserve(second.id, 5, NOON)).attempts == ()
    await log.close([closing(attempt.call_id)])
    later = NOON + timedelta(minutes=2)
    assert len((await log.reserve(second.id, 5, later)).attempts) == 1


async def test_two_people_who_share_a_number_are_not_called_at_once(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), name="Ana")
    await add_debtor(database, campaign, number(1), name="Luis")
    gate = StubGate()
    log = make_log(database, gate)
    reserved = (await log.reserve(campaign.id, 5, NOON)).attempts
    assert len(reserved) == 1
    assert (await log.reserve(campaign.id, 5, NOON + timedelta(minutes=1))).attempts == ()
    await log.close([closing(reserved[0].call_id)])
    (other,) = (await log.reserve(campaign.id, 5, NOON + timedelta(minutes=2))).attempts
    assert other.debtor_id != reserved[0].debtor_id
    (seen,) = gate.asked[-1].facts.events
    assert (seen.debtor, seen.number, seen.outcome) == (reserved[0].debtor_id, number(1), LedgerOutcome.NO_ANSWER)


async def test_a_campaign_concerns_only_the_debts_it_imported(database: Database) -> None:
    first, second = await add_campaign(database), await add_campaign(database, "sur")
    debtor = await add_debtor(database, first, number(1))
    await add_to_campaign(database, second, debtor)
    assert (await reserve_one(make_log(database), second.id)).debt_ids == ()


async def test_many_workers_at_once_never_reserve_a_debtor_twice(database: Database) -> None:
    campaign = await add_campaign(database)
    for index in range(30):
        await add_debtor(database, campaign, number(index))
    log = make_log(database)
    reservations = await asyncio.gather(*(log.reserve(campaign.id, 5, NOON) for _ in range(10)))
    taken = [attempt.debtor_id for reservation in reservations for attempt in reservation.attempts]
    assert len(taken) == len(set(taken)) == 30


async def test_an_unknown_campaign_is_refused(database: Database) -> None:
    with pytest.raises(UnknownCampaign):
        await make_log(database).reserve(12345, 1, NOON)


# ----------------------------------------------------------------------------------------- the gate


async def test_a_denial_is_written_down_and_the_debtor_rests_until_it_ends(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    tomorrow = NOON + timedelta(hours=20)
    gate = StubGate(lambda query: (("co-ley-2300/window", "house/gap-2h"), tomorrow))
    log = make_log(database, gate)
    reservation = await log.reserve(campaign.id, 5, NOON)
    assert reservation.attempts == ()
    (denial,) = reservation.denials
    assert (denial.debtor_id, denial.next_allowed_at) == (debtor, tomorrow)
    (written,) = await rows(database, "denials")
    assert (written.debtor_id, written.number, written.at) == (debtor, number(1), NOON)
    assert written.reasons == ["co-ley-2300/window", "house/gap-2h"]
    assert written.next_allowed_at == tomorrow
    assert (await log.reserve(campaign.id, 5, tomorrow - timedelta(seconds=1))).denials == ()
    assert len((await log.reserve(campaign.id, 5, tomorrow)).denials) == 1


async def test_a_denial_without_a_date_is_asked_about_again_after_a_day(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database, StubGate(lambda query: (("us-reg-f/cease",), None)))
    assert len((await log.reserve(campaign.id, 5, NOON)).denials) == 1
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.next_try_at) == ("ready", NOON + timedelta(hours=24))


async def test_those_behind_a_row_of_denied_debtors_are_reached_in_the_same_call(database: Database) -> None:
    campaign = await add_campaign(database)
    for index in range(60):
        await add_debtor(database, campaign, number(index), next_try_at=NOON - timedelta(hours=100 - index))
    gate = StubGate(
        lambda query: None if query.candidate.number >= number(55) else (("house/window",), NOON + timedelta(hours=1))
    )
    reservation = await make_log(database, gate).reserve(campaign.id, 3, NOON)
    assert [str(attempt.number) for attempt in reservation.attempts] == [number(55), number(56), number(57)]
    assert len(reservation.denials) == 55


async def test_the_gate_is_told_of_the_debtors_past_and_of_who_they_are(database: Database) -> None:
    campaign = await add_campaign(database, packs=("us-reg-f",))
    debtor = await add_debtor(
        database, campaign, number(1), country="US", subdivision="US-NY", time_zone="America/New_York", language="en"
    )
    gate = StubGate()
    log = make_log(database, gate)
    first = await reserve_one(log, campaign.id)
    await log.close([closing(first.call_id, Outcome.MACHINE, dialed_at=NOON + timedelta(seconds=2))])
    released = (await log.reserve(campaign.id, 1, NOON + timedelta(hours=2))).attempts[0]
    await log.release([released.call_id], NOON + timedelta(hours=2))
    await log.reserve(campaign.id, 1, NOON + timedelta(hours=3))
    query = gate.asked[-1]
    assert query.packs == ("us-reg-f",)
    candidate = query.candidate
    assert (candidate.debtor, candidate.debts, candidate.number) == (debtor, first.debt_ids, number(1))
    assert (candidate.country, candidate.subdivision, candidate.address_zone) == ("US", "US-NY", "America/New_York")
    assert (candidate.language, candidate.number_use) == ("en", NumberUse.UNKNOWN)
    (event,) = query.facts.events  # the released one is not among them
    assert (event.id, event.at) == (first.call_id, NOON + timedelta(seconds=2))
    assert (event.outcome, event.debts, event.in_flight) == (LedgerOutcome.MACHINE, first.debt_ids, False)


async def test_what_the_gate_asks_of_the_ringing_reaches_the_attempt(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database, StubGate(ring_min_s=20.0))
    assert (await reserve_one(log, campaign.id)).ring_minimum_s == 20.0
    (opened,) = await log.open_attempts(campaign.id)
    assert opened.attempt.ring_minimum_s == 20.0


# ----------------------------------------------------------------------------------------- close


async def test_closing_writes_the_attempt_the_next_try_and_the_event_together(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), external_ref="C-17")
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    again = TryAgain(at=NOON + timedelta(hours=4), next_number=False)
    await log.close([closing(attempt.call_id, Outcome.BUSY, again, cause=17, cause_text="User busy")])
    (row,) = await rows(database, "attempts")
    assert (row.state, row.outcome, row.cause, row.cause_text) == ("closed", "busy", 17, "User busy")
    assert row.ended_at == NOON + timedelta(minutes=1)
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.attempts, lead.tries_by_outcome) == ("ready", 1, {"busy": 1})
    assert (lead.last_outcome, lead.next_try_at) == ("busy", NOON + timedelta(hours=4))
    (event,) = await Outbox(database).pending()
    assert event.message.topic == "norte/call.closed"
    payload = event.message.payload
    assert (payload["call_id"], payload["debtor_id"], payload["external_ref"]) == (attempt.call_id, debtor, "C-17")
    assert (payload["campaign"], payload["v"], payload["outcome"]) == ("norte", 1, "busy")
    assert (payload["at"], payload["next_try_at"]) == ("2026-11-24T17:01:00.000Z", "2026-11-24T21:00:00.000Z")
    assert number(1) not in str(payload)
    assert await log.open_attempts(campaign.id) == []


async def test_closing_twice_changes_nothing(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    first = closing(attempt.call_id, Outcome.BUSY)
    second = closing(attempt.call_id, Outcome.CONVERSATION, Stop(reason=StopReason.FINISHED))
    await log.close([first, second])
    before = await rows(database, "attempts"), await rows(database, "leads")
    await log.close([second])
    assert (await rows(database, "attempts"), await rows(database, "leads")) == before
    assert before[0][0].outcome == "busy"
    assert await Outbox(database).count_pending() == 1


async def test_the_history_of_a_debtor_comes_with_the_next_attempt(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    at = NOON
    for outcome in (Outcome.BUSY, Outcome.BUSY, Outcome.NO_ANSWER):
        (attempt,) = (await log.reserve(campaign.id, 1, at)).attempts
        at += timedelta(hours=1)
        await log.close([closing(attempt.call_id, outcome, TryAgain(at=at, next_number=False), ended_at=at)])
    (attempt,) = (await log.reserve(campaign.id, 1, at)).attempts
    assert (attempt.attempts, attempt.tries_by_outcome) == (3, {Outcome.BUSY: 2, Outcome.NO_ANSWER: 1})


async def test_the_next_number_is_taken_in_turn_and_then_the_first_again(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), number(2), number(3))
    log = make_log(database)
    dialed = []
    for _ in range(4):
        attempt = await reserve_one(log, campaign.id)
        dialed.append(str(attempt.number))
        await log.close([closing(attempt.call_id, retry=TryAgain(at=NOON, next_number=True))])
    assert dialed == [number(1), number(2), number(3), number(1)]


async def test_a_number_that_does_not_exist_is_never_dialed_again(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), number(2))
    log = make_log(database)
    bad = TryAgain(at=NOON, next_number=True, bad_number=True)
    dialed = []
    for _ in range(2):
        attempt = await reserve_one(log, campaign.id)
        dialed.append(str(attempt.number))
        await log.close([closing(attempt.call_id, Outcome.UNALLOCATED, bad)])
    assert dialed == [number(1), number(2)]
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.stop_reason) == ("stopped", "no-number-left")
    assert (await log.reserve(campaign.id, 1, NOON)).exhausted


@pytest.mark.parametrize(("reason", "state"), [(StopReason.FINISHED, "done"), (StopReason.MAX_ATTEMPTS, "stopped")])
async def test_a_debtor_who_is_finished_or_stopped_is_not_dialed_again(
    database: Database, reason: StopReason, state: str
) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    await log.close([closing(attempt.call_id, Outcome.CONVERSATION, Stop(reason=reason))])
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.stop_reason) == (state, str(reason))
    assert (await log.reserve(campaign.id, 1, NOON + timedelta(days=9))).attempts == ()


async def test_a_debtor_without_any_number_is_stopped(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign)
    reservation = await make_log(database).reserve(campaign.id, 1, NOON)
    assert (reservation.attempts, reservation.exhausted) == ((), True)
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.stop_reason) == ("stopped", "no-number-left")


# ----------------------------------------------------------------------------------------- progress, release


async def test_milestones_survive_and_the_closing_keeps_them(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    dialed, answered, bridged = (NOON + timedelta(seconds=s) for s in (1, 9, 11))
    await log.progress([AttemptProgress(call_id=attempt.call_id, dialed_at=dialed)])
    await log.progress([AttemptProgress(call_id=attempt.call_id, answered_at=answered, verdict=HUMAN)])
    await log.progress([AttemptProgress(call_id=attempt.call_id, bridged_at=bridged, agent_id=AgentId("ana"))])
    (opened,) = await log.open_attempts(campaign.id)
    assert (opened.dialed_at, opened.answered_at, opened.bridged_at) == (dialed, answered, bridged)
    assert (opened.verdict, opened.agent_id) == (HUMAN, "ana")
    await log.close([closing(attempt.call_id, Outcome.CONVERSATION, talk_s=42.5)])
    (row,) = await rows(database, "attempts")
    assert (row.dialed_at, row.answered_at, row.bridged_at) == (dialed, answered, bridged)
    assert (row.amd_category, row.amd_evidence, row.agent_id, row.talk_s) == ("human", {"words": ["aló"]}, "ana", 42.5)
    await log.progress([AttemptProgress(call_id=attempt.call_id, dialed_at=NOON + timedelta(days=1))])
    assert (await rows(database, "attempts"))[0].dialed_at == dialed


async def test_an_attempt_without_a_verdict_has_none_in_the_log(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    await log.progress([AttemptProgress(call_id=attempt.call_id, dialed_at=NOON)])
    await log.close([closing(attempt.call_id)])
    (row,) = await rows(database, "attempts")
    assert (row.amd_category, row.amd_evidence, row.agent_id, row.bridged_at) == (None, None, None, None)


async def test_a_released_reservation_makes_the_debtor_ready_and_counts_for_nothing(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    await log.release([attempt.call_id], NOON)
    assert await log.open_attempts(campaign.id) == []
    (row,) = await rows(database, "attempts")
    assert row.state == "released"
    again = await reserve_one(log, campaign.id)
    assert again.call_id != attempt.call_id
    assert again.attempts == 0
    await log.release([attempt.call_id], NOON)  # a second time: nothing happens to the new attempt
    assert [opened.attempt for opened in await log.open_attempts(campaign.id)] == [again]


async def test_a_closed_attempt_cannot_be_released(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    await log.close([closing(attempt.call_id)])
    await log.release([attempt.call_id], NOON)
    assert [row.state for row in await rows(database, "attempts")] == ["closed"]


# ----------------------------------------------------------------------------------------- dispositions


async def talk(
    log: SqlAttemptLog,
    campaign_id: int,
    code: str,
    *,
    before_close: bool,
    retry: Stop = Stop(reason=StopReason.FINISHED),  # noqa: B008 - frozen
) -> ReservedAttempt:
    """A conversation with a disposition, which an agent may give before or after the call is closed."""
    attempt = await reserve_one(log, campaign_id)
    word = Disposition(call_id=attempt.call_id, agent_id=AgentId("ana"), code=code, notes="dijo algo", wrap_up_s=12.0)
    end = closing(attempt.call_id, Outcome.CONVERSATION, retry)
    if before_close:
        await log.dispose(word)
        await log.close([end])
    else:
        await log.close([end])
        await log.dispose(word)
    return attempt


@pytest.mark.parametrize("before_close", [True, False])
@pytest.mark.parametrize(
    ("code", "state", "stop_reason"),
    [
        ("PTP", "done", "done"),
        ("ptp", "done", "done"),
        ("CALLBACK", "ready", ""),
        ("CALLBK", "ready", ""),
        ("DO_NOT_CALL", "done", "do-not-call"),
        ("DNC", "done", "do-not-call"),
        ("WRONG_PERSON", "ready", ""),
    ],
)
async def test_a_disposition_decides_what_becomes_of_the_debtor(
    database: Database, code: str, state: str, stop_reason: str, before_close: bool
) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), number(2))
    log = make_log(database)
    attempt = await talk(log, campaign.id, code, before_close=before_close)
    (row,) = await rows(database, "attempts")
    assert (row.disposition, row.notes, row.wrap_up_s, row.agent_id) == (code.upper(), "dijo algo", 12.0, "ana")
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.stop_reason) == (state, stop_reason)
    if state == "ready":
        assert lead.next_try_at == NOON + timedelta(days=1, minutes=1)
    bad = [phone.e164 for phone in await rows(database, "phones") if phone.state == "bad"]
    assert bad == ([str(attempt.number)] if code == "WRONG_PERSON" else [])


@pytest.mark.parametrize("before_close", [True, False])
async def test_a_call_back_does_not_lift_the_limit_of_attempts(database: Database, before_close: bool) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    stop = Stop(reason=StopReason.MAX_ATTEMPTS)
    await talk(log, campaign.id, "CALLBACK", before_close=before_close, retry=stop)
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.stop_reason) == ("stopped", "max-attempts")


@pytest.mark.parametrize("before_close", [True, False])
async def test_a_debtor_whose_only_number_is_wrong_is_stopped(database: Database, before_close: bool) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    await talk(log, campaign.id, "WRONG_PERSON", before_close=before_close)
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.stop_reason) == ("stopped", "no-number-left")


@pytest.mark.parametrize("before_close", [True, False])
async def test_who_asks_not_to_be_called_is_stopped_on_every_way(database: Database, before_close: bool) -> None:
    campaign, other = await add_campaign(database), await add_campaign(database, "sur")
    debtor = await add_debtor(database, campaign, number(1), number(2))
    await add_to_campaign(database, other, debtor)
    same_phone = await add_debtor(database, other, number(1), name="Luis")
    gate = StubGate(lambda query: (("engine/do-not-call",), None) if query.facts.do_not_call else None)
    log = make_log(database, gate)
    await talk(log, campaign.id, "DO_NOT_CALL", before_close=before_close)
    stops = await rows(database, "do_not_call")
    assert [(stop.number, stop.debtor_id) for stop in stops] == [(number(1), None), (None, debtor)]
    assert all("ana" in stop.source and stop.at == NOON for stop in stops)
    reservation = await log.reserve(other.id, 5, NOON + timedelta(hours=1))
    assert reservation.attempts == ()
    assert [denial.debtor_id for denial in reservation.denials] == [debtor]
    assert [lead.state for lead in await rows(database, "leads", debtor_id=same_phone)] == ["stopped"]


async def test_a_number_on_the_stop_list_is_passed_over_for_another_of_the_debtor(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), name="Ana")
    log = make_log(database, StubGate(lambda query: (("x/stop",), None) if query.facts.do_not_call else None))
    await talk(log, campaign.id, "DNC", before_close=False)
    await add_debtor(database, campaign, number(1), number(2), name="Luis")  # imported after the stop
    assert str((await reserve_one(log, campaign.id)).number) == number(2)


async def test_an_unknown_disposition_or_call_is_refused(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    with pytest.raises(InputError, match="PTTP"):
        await log.dispose(Disposition(call_id=attempt.call_id, agent_id=AgentId("ana"), code="PTTP"))
    with pytest.raises(UnknownAttempt):
        await log.dispose(Disposition(call_id=CallId("nobody"), agent_id=AgentId("ana"), code="PTP"))
    assert (await rows(database, "attempts"))[0].disposition is None


# ----------------------------------------------------------------------------------------- batches


async def test_a_batch_of_calls_costs_a_constant_number_of_statements(database: Database) -> None:
    campaign = await add_campaign(database)
    for index in range(60):
        await add_debtor(database, campaign, number(index), number(1000 + index))
    log = make_log(database)
    counted: list[tuple[int, int]] = []
    for size in (5, 50):
        with counting() as statements:
            reserved = (await log.reserve(campaign.id, size, NOON)).attempts
        reserving = len(statements)
        with counting() as statements:
            await log.close([closing(attempt.call_id) for attempt in reserved])
        counted.append((reserving, len(statements)))
        assert len(reserved) == size
    assert counted[0] == counted[1]


async def test_what_was_done_in_a_conversation_is_kept_and_on_the_trail(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database)
    attempt = await reserve_one(log, campaign.id)
    talk = (
        TalkNote(at=NOON, what="joined", agent_id=AgentId("ana")),
        TalkNote(at=NOON, what="handed-over", agent_id=AgentId("ana"), other="luis"),
    )
    await log.close([closing(attempt.call_id, Outcome.CONVERSATION, agent_id=AgentId("luis"), talk=talk)])
    (row,) = await rows(database, "attempts")
    assert [(each["what"], each["agent"], each["other"]) for each in row.talk] == [
        ("joined", "ana", ""),
        ("handed-over", "ana", "luis"),
    ]
    view = await Queries(database).attempt(attempt.call_id)
    assert view is not None
    assert view.talk == talk
    (outcome,) = await rows(database, "audit_records", kind="outcome")
    assert b'"handed-over"' in bytes(outcome.payload)
