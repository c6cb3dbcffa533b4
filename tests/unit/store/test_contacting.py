"""Contacts asked for by name, the check before dialing, and contacts of other channels. Runs on PostgreSQL too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from dialer.clock import ManualClock
from dialer.compliance.facts import Channel, Direction, GateQuery, LedgerOutcome
from dialer.compliance.record import query_from_record
from dialer.domain.campaign import DialMode
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import Stop, StopReason, TryAgain
from dialer.errors import InputError, UnknownAttempt, UnknownCampaign, UnknownDebtor
from dialer.ports import AttemptProgress, ContactAnswer, ContactRequest, Disposition
from dialer.store.attempts import SqlAttemptLog
from dialer.store.contacts import Contacts, PastContact
from dialer.store.database import Database
from dialer.store.questions import gate_query
from tests.support.store import (
    NOON,
    StubGate,
    add_campaign,
    add_debtor,
    add_to_campaign,
    closing,
    number,
    rows,
)


def make_log(database: Database, gate: StubGate | None = None, **more: Any) -> SqlAttemptLog:
    return SqlAttemptLog(database, gate or StubGate(), ManualClock(NOON), **more)


def make_contacts(database: Database, gate: StubGate | None = None) -> Contacts:
    return Contacts(database, gate or StubGate(), ManualClock(NOON))


async def payloads(database: Database, kind: str) -> list[dict[str, Any]]:
    return [orjson.loads(row.payload) for row in await rows(database, "audit_records", kind=kind)]


def busy_number(query: GateQuery) -> tuple[tuple[str, ...], None] | None:
    return (("engine/number-in-flight",), None) if any(event.in_flight for event in query.facts.events) else None


# ----------------------------------------------------------------------------------------- named calls


async def test_a_manual_call_is_reserved_as_any_other(database: Database) -> None:
    campaign = await add_campaign(database, packs=("house",))
    debtor = await add_debtor(database, campaign, number(1), number(2), name="Ana Ruiz", amounts=(100, 250))
    gate = StubGate()
    log = make_log(database, gate)
    answer = await log.reserve_contact(ContactRequest(campaign_id=campaign.id, debtor_id=debtor), NOON)
    attempt = answer.attempt
    assert attempt is not None
    assert (str(attempt.number), attempt.mode, attempt.display_name) == (number(1), "manual", "Ana Ruiz")
    assert (attempt.debtor_id, attempt.reserved_at, len(attempt.debt_ids)) == (debtor, NOON, 2)
    (row,) = await rows(database, "attempts")
    assert (row.state, row.mode, row.call_id) == ("open", "manual", attempt.call_id)
    (lead,) = await rows(database, "leads")
    assert lead.state == "in_flight"
    (opened,) = await log.open_attempts(campaign.id)
    assert opened.attempt == attempt
    (decision,) = await payloads(database, "decision")
    assert query_from_record(decision) == gate.asked[-1]
    assert (await rows(database, "audit_records"))[0].ref == attempt.call_id


async def test_the_number_and_the_debts_can_be_named(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), number(2), amounts=(100, 250))
    debts = [row.id for row in await rows(database, "debts")]
    request = ContactRequest(
        campaign_id=campaign.id, debtor_id=debtor, number=number(2), debts=(debts[1],), mode="callback"
    )
    answer = await make_log(database).reserve_contact(request, NOON)
    assert answer.attempt is not None
    assert (str(answer.attempt.number), answer.attempt.debt_ids) == (number(2), (debts[1],))


async def test_a_denied_manual_call_is_written_down_and_leaves_the_campaign_alone(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    until = NOON + timedelta(hours=20)
    log = make_log(database, StubGate(lambda query: (("co-ley-2300/window",), until)))
    answer = await log.reserve_contact(ContactRequest(campaign_id=campaign.id, debtor_id=debtor), NOON)
    assert answer.denial is not None
    assert (answer.attempt, answer.busy) == (None, False)
    assert (answer.denial.reasons, answer.denial.next_allowed_at) == (("co-ley-2300/window",), until)
    (denial,) = await rows(database, "denials")
    assert (denial.debtor_id, denial.number, denial.reasons) == (debtor, number(1), ["co-ley-2300/window"])
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.next_try_at) == ("ready", NOON - timedelta(days=1))
    (decision,) = await payloads(database, "decision")
    assert decision["allowed"] is False


async def test_while_a_call_to_the_person_is_out_another_is_busy_unless_the_caller_leaves_it_to_the_law(
    database: Database,
) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), number(2))
    log = make_log(database)
    await log.reserve(campaign.id, 1, NOON)
    request = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, number=number(2))
    assert await log.reserve_contact(request, NOON) == ContactAnswer(busy=True)
    assert len(await rows(database, "attempts")) == 1
    loose = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, number=number(2), one_call_per_person=False)
    assert (await log.reserve_contact(loose, NOON)).attempt is not None
    assert len(await log.open_attempts(campaign.id)) == 2


async def test_the_gates_reasons_win_over_a_busy_line(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    log = make_log(database, StubGate(busy_number))
    await log.reserve(campaign.id, 1, NOON)
    answer = await log.reserve_contact(ContactRequest(campaign_id=campaign.id, debtor_id=debtor), NOON)
    assert answer.denial is not None
    assert answer.denial.reasons == ("engine/number-in-flight",)


async def test_whom_the_campaign_does_not_know_cannot_be_called_in_it(database: Database) -> None:
    campaign, other = await add_campaign(database), await add_campaign(database, "sur")
    debtor = await add_debtor(database, campaign, number(1))
    stranger = await add_debtor(database, other, number(2), name="Luis")
    (foreign_debt,) = (row.id for row in await rows(database, "debts", debtor_id=stranger))
    log = make_log(database)
    for request, error in (
        (ContactRequest(campaign_id=999, debtor_id=debtor), UnknownCampaign),
        (ContactRequest(campaign_id=campaign.id, debtor_id=999), UnknownDebtor),
        (ContactRequest(campaign_id=campaign.id, debtor_id=stranger), InputError),
        (ContactRequest(campaign_id=campaign.id, debtor_id=debtor, number=number(2)), InputError),
        (ContactRequest(campaign_id=campaign.id, debtor_id=debtor, debts=(foreign_debt,)), InputError),
        (ContactRequest(campaign_id=campaign.id, debtor_id=debtor, channel="telepathy"), InputError),
    ):
        with pytest.raises(error):
            await log.reserve_contact(request, NOON)
    assert await rows(database, "attempts") == []


async def test_a_debtor_without_a_usable_number_says_so(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign)
    with pytest.raises(InputError, match="no usable number"):
        await make_log(database).reserve_contact(ContactRequest(campaign_id=campaign.id, debtor_id=debtor), NOON)


async def test_a_manual_call_that_nobody_answers_does_not_bring_back_a_finished_debtor(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    log = make_log(database)
    (first,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.close([closing(first.call_id, Outcome.CONVERSATION, Stop(reason=StopReason.FINISHED))])
    answer = await log.reserve_contact(ContactRequest(campaign_id=campaign.id, debtor_id=debtor), NOON)
    assert answer.attempt is not None
    (lead,) = await rows(database, "leads")
    assert lead.state == "done"
    await log.close([closing(answer.attempt.call_id, Outcome.NO_ANSWER)])
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.stop_reason, lead.attempts) == ("done", "finished", 2)


async def test_of_two_calls_at_once_the_later_try_counts(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), number(2))
    log = make_log(database)
    (first,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    loose = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, number=number(2), one_call_per_person=False)
    second = (await log.reserve_contact(loose, NOON)).attempt
    assert second is not None
    late, early = NOON + timedelta(hours=9), NOON + timedelta(hours=3)
    await log.close([closing(first.call_id, retry=TryAgain(at=late, next_number=False))])
    await log.close([closing(second.call_id, retry=TryAgain(at=early, next_number=False))])
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.next_try_at, lead.attempts) == ("ready", late, 2)


async def test_whether_an_agent_is_held_reaches_the_gate(database: Database) -> None:
    plain, preview = await add_campaign(database), await add_campaign(database, "sur", mode=DialMode.PREVIEW)
    debtor = await add_debtor(database, plain, number(1))
    await add_debtor(database, preview, number(2), name="Luis")
    gate = StubGate()
    log = make_log(database, gate)
    request = ContactRequest(campaign_id=plain.id, debtor_id=debtor, agent_guaranteed=True)
    reserved = (await log.reserve_contact(request, NOON)).attempt
    assert reserved is not None
    await log.recheck(reserved.call_id, NOON)
    await log.reserve(preview.id, 1, NOON)
    assert [query.candidate.agent_guaranteed for query in gate.asked] == [True, True, True]


async def test_a_hidden_caller_id_is_one_that_neither_campaign_nor_trunk_has(database: Database) -> None:
    campaign, own = await add_campaign(database), await add_campaign(database, "sur", caller_id="+576011234567")
    first = await add_debtor(database, campaign, number(1))
    second = await add_debtor(database, own, number(2), name="Luis")
    for trunk, expected in (("", [True, False]), ("+576010000000", [False, False])):
        gate = StubGate(lambda query: (("x/no",), None))
        log = make_log(database, gate, caller_id=trunk)
        await log.reserve_contact(ContactRequest(campaign_id=campaign.id, debtor_id=first), NOON)
        await log.reserve_contact(ContactRequest(campaign_id=own.id, debtor_id=second), NOON)
        assert [query.candidate.caller_id_withheld for query in gate.asked] == expected


async def test_the_question_of_a_batch_and_of_a_named_call_are_the_same(database: Database) -> None:
    campaign = await add_campaign(database, packs=("house",))
    debtor = await add_debtor(database, campaign, number(1), amounts=(100, 250))
    gate = StubGate()
    log = make_log(database, gate)
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.close([closing(attempt.call_id)])
    later = NOON + timedelta(hours=2)
    request = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, mode="progressive")
    asked = await database.read(gate_query, request, later)
    await log.reserve(campaign.id, 1, later)
    assert gate.asked[-1] == asked


# ----------------------------------------------------------------------------------------- the check before dialing


async def test_a_reserved_call_that_is_still_lawful_may_be_dialed(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    gate = StubGate(busy_number)
    log = make_log(database, gate)
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    assert await log.recheck(attempt.call_id, NOON + timedelta(minutes=5)) is None  # its own reservation is left out
    assert gate.asked[-1].candidate == gate.asked[0].candidate
    assert [row.state for row in await rows(database, "attempts")] == ["open"]


async def test_a_reserved_call_that_is_not_lawful_any_more_is_taken_back(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    until = NOON + timedelta(hours=20)
    log = make_log(database, StubGate(lambda query: (("x/window",), until) if query.now > NOON else None))
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    later = NOON + timedelta(minutes=5)
    denial = await log.recheck(attempt.call_id, later)
    assert denial is not None
    assert (denial.debtor_id, denial.reasons, denial.next_allowed_at) == (debtor, ("x/window",), until)
    (row,) = await rows(database, "attempts")
    assert (row.state, row.ended_at) == ("released", later)
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.next_try_at) == ("ready", until)
    assert [row.at for row in await rows(database, "denials")] == [later]
    told = [(row.kind, row.ref) for row in await rows(database, "audit_records")]
    assert told == [("decision", attempt.call_id), ("decision", attempt.call_id), ("release", attempt.call_id)]


async def test_who_asks_not_to_be_called_is_not_dialed_though_reserved(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1), name="Ana")
    await add_debtor(database, campaign, number(1), name="Luis")
    log = make_log(database, StubGate(lambda query: (("x/stop",), None) if query.facts.do_not_call else None))
    (talking,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.progress([AttemptProgress(call_id=talking.call_id, dialed_at=NOON)])
    await log.close([closing(talking.call_id, Outcome.CONVERSATION, Stop(reason=StopReason.FINISHED))])
    (waiting,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    assert waiting.debtor_id != talking.debtor_id
    await log.dispose(Disposition(call_id=talking.call_id, agent_id=AgentId("ana"), code="DNC"))
    denial = await log.recheck(waiting.call_id, NOON)
    assert denial is not None
    assert denial.reasons == ("x/stop",)


async def test_only_a_call_that_waits_can_be_asked_about_again(database: Database) -> None:
    campaign = await add_campaign(database)
    await add_debtor(database, campaign, number(1))
    log = make_log(database, StubGate(lambda query: (("x/no",), None) if query.now > NOON else None))
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.progress([AttemptProgress(call_id=attempt.call_id, dialed_at=NOON)])
    for unknown in (attempt.call_id, CallId("nobody")):
        with pytest.raises(UnknownAttempt):
            await log.recheck(unknown, NOON + timedelta(seconds=1))
    assert [row.state for row in await rows(database, "attempts")] == ["open"]


# ----------------------------------------------------------------------------------------- other channels


async def test_a_message_needs_leave_and_counts_until_it_is_done_with(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    gate = StubGate()
    contacts = make_contacts(database, gate)
    request = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, channel="sms", mode="api", source="sms gateway")
    answer = await contacts.reserve(request, NOON)
    assert answer.contact_id is not None
    assert (gate.asked[-1].candidate.channel, gate.asked[-1].candidate.number) == (Channel.SMS, number(1))
    (debt,) = (row.id for row in await rows(database, "debts"))
    seen = await database.read(gate_query, request, NOON)
    (event,) = seen.facts.events
    assert (event.id, event.channel, event.direction) == (answer.contact_id, Channel.SMS, Direction.OUT)
    assert (event.in_flight, event.debts, event.creditors) == (True, (debt,), ("Banco",))
    await contacts.finish(answer.contact_id, LedgerOutcome.DELIVERED, NOON + timedelta(seconds=3))
    (event,) = (await database.read(gate_query, request, NOON)).facts.events
    assert (event.in_flight, event.outcome) == (False, LedgerOutcome.DELIVERED)
    with pytest.raises(UnknownAttempt):
        await contacts.finish(answer.contact_id, LedgerOutcome.FAILED, NOON)
    assert [row.kind for row in await rows(database, "audit_records")] == ["decision", "outcome"]


async def test_a_message_that_was_never_sent_counts_for_nothing(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    contacts = make_contacts(database)
    request = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, channel="email", number="ana@example.com")
    answer = await contacts.reserve(request, NOON)
    assert answer.contact_id is not None
    await contacts.release(answer.contact_id, NOON)
    assert (await database.read(gate_query, request, NOON)).facts.events == ()
    assert [row.kind for row in await rows(database, "audit_records")] == ["decision", "release"]
    with pytest.raises(UnknownAttempt):
        await contacts.release(answer.contact_id, NOON)
    with pytest.raises(InputError):
        await contacts.finish(answer.contact_id, LedgerOutcome.RELEASED, NOON)


async def test_a_message_in_flight_does_not_keep_the_campaign_from_calling(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    await make_contacts(database).reserve(
        ContactRequest(campaign_id=campaign.id, debtor_id=debtor, channel="whatsapp"), NOON
    )
    assert len((await make_log(database).reserve(campaign.id, 1, NOON)).attempts) == 1


async def test_a_debtor_who_is_calling_us_is_not_called(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    contacts, log = make_contacts(database), make_log(database)
    (inbound,) = await contacts.record(PastContact(debtor_id=debtor, at=NOON, number=number(1), source="IVR"))
    assert (await log.reserve(campaign.id, 1, NOON)).attempts == ()
    request = ContactRequest(campaign_id=campaign.id, debtor_id=debtor)
    assert (await log.reserve_contact(request, NOON)).busy
    await contacts.finish(inbound, LedgerOutcome.CONVERSATION, NOON + timedelta(minutes=4))
    (event,) = (await database.read(gate_query, request, NOON)).facts.events
    assert (event.direction, event.outcome, event.ended_at) == (
        Direction.IN,
        LedgerOutcome.CONVERSATION,
        NOON + timedelta(minutes=4),
    )
    assert len((await log.reserve(campaign.id, 1, NOON + timedelta(minutes=5))).attempts) == 1


async def test_the_history_of_an_earlier_system_counts(database: Database) -> None:
    campaign, other = await add_campaign(database), await add_campaign(database, "sur")
    debtor = await add_debtor(database, campaign, number(1), amounts=(100, 250))
    neighbour = await add_debtor(database, other, number(1), name="Luis")
    debts = [row.id for row in await rows(database, "debts", debtor_id=debtor)]
    past = [
        PastContact(
            debtor_id=whom,
            at=NOON - timedelta(days=days),
            ended_at=NOON - timedelta(days=days),
            direction=Direction.OUT,
            outcome=LedgerOutcome.NO_ANSWER,
            number=number(1),
            debts=about,
            source="old dialer",
        )
        for whom, days, about in ((debtor, 3, (debts[1],)), (neighbour, 5, ()), (debtor, 40, ()))
    ]
    ids = await make_contacts(database).record(*past)
    request = ContactRequest(campaign_id=campaign.id, debtor_id=debtor)
    events = (await database.read(gate_query, request, NOON)).facts.events
    assert {(event.id, event.debtor, event.debts) for event in events} == {
        (ids[0], debtor, (debts[1],)),
        (ids[1], neighbour, ()),
    }
    await add_to_campaign(database, other, debtor)
    assert len(await rows(database, "audit_records", kind="contact")) == 3


async def test_a_contact_that_ended_before_it_began_is_refused(database: Database) -> None:
    contacts = make_contacts(database)
    assert await contacts.record() == ()
    for wrong in (
        PastContact(debtor_id=1, at=NOON, ended_at=NOON),
        PastContact(debtor_id=1, at=NOON, ended_at=NOON - timedelta(1), outcome=LedgerOutcome.CONVERSATION),
        PastContact(debtor_id=1, at=NOON, outcome=LedgerOutcome.RELEASED),
    ):
        with pytest.raises(InputError):
            await contacts.record(wrong)
