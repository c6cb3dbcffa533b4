"""What binds the gate: known facts, words of agents, old calls that never ended, overrides. Runs on PostgreSQL too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dialer.clock import ManualClock
from dialer.compliance.facts import (
    Channel,
    Consent,
    ContactRole,
    Facts,
    LedgerOutcome,
    NumberUse,
    Override,
    Party,
    Purpose,
    QuietTime,
)
from dialer.compliance.loader import shipped_packs
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import Stop, StopReason
from dialer.errors import InputError, SamePerson, UnknownDebtor
from dialer.ports import ContactRequest, Disposition
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.known_facts import KnownFacts
from dialer.store.overrides import Overrides
from dialer.store.questions import gate_query
from dialer.store.tables import attempts, debts, phones
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, closing, number, rows

LATER = NOON + timedelta(hours=3)


def make_log(database: Database) -> SqlAttemptLog:
    return SqlAttemptLog(database, StubGate(), ManualClock(NOON))


async def facts_of(database: Database, campaign: Campaign, debtor: int, at: Any = NOON) -> Facts:
    request = ContactRequest(campaign_id=campaign.id, debtor_id=debtor)
    return (await database.read(gate_query, request, at)).facts


async def debts_of(database: Database, debtor: int) -> list[int]:
    return [row.id for row in await rows(database, "debts", debtor_id=debtor)]


# ----------------------------------------------------------------------------------------- known facts


async def test_every_kind_of_fact_reaches_the_gate(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), amounts=(1, 2))
    other = await add_debtor(database, campaign, number(2), name="Luis")
    first, second = await debts_of(database, debtor)
    known = KnownFacts(database, ManualClock(NOON))
    said = {"source": "letter", "by": "eva"}
    yesterday = NOON - timedelta(days=1)
    await known.record("flag", "debtor", {"flag": "bankruptcy"}, debtor_id=debtor, **said)
    await known.record("flag", "debt", {"flag": "attorney"}, debt_id=first, **said)
    await known.record("flag", "number", {"flag": "consent_revoked"}, number=number(1), **said)
    await known.record("consent", "debt", {}, debt_id=second, at=yesterday, **said)
    await known.record("consent", "debtor", {}, debtor_id=debtor, at=NOON, **said)
    await known.record("quiet_time", "debtor", {"days": [0, 1], "from_s": 0, "to_s": 36_000}, debtor_id=debtor, **said)
    await known.record("channels", "debtor", {"channels": ["call", "sms"]}, debtor_id=debtor, **said)
    await known.record("notice", "debt", {}, debt_id=first, at=yesterday, **said)
    await known.record("notice", "debt", {"sent": False}, debt_id=second, **said)
    facts = await facts_of(database, campaign, debtor)
    assert facts.debtor_flags == {"bankruptcy"}
    assert facts.debt_flags == {first: {"attorney"}}
    assert facts.number_flags == {"consent_revoked"}
    assert set(facts.consents) == {
        Consent(debtor=debtor, debt=second, at=yesterday),
        Consent(debtor=debtor, debt=first, at=NOON),
        Consent(debtor=debtor, debt=second, at=NOON),
    }
    assert facts.quiet_times == (QuietTime(days=frozenset({0, 1}), from_s=0, to_s=36_000),)
    assert facts.authorised_channels == {Channel.CALL, Channel.SMS}
    assert facts.notices == {first: yesterday, second: None}
    (untouched,) = await debts_of(database, other)
    assert await facts_of(database, campaign, other) == Facts(notices={untouched: None})
    assert len(await rows(database, "audit_records", kind="fact")) == 9


async def test_a_fact_holds_from_its_date_until_it_is_ended(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    clock = ManualClock(NOON)
    known = KnownFacts(database, clock)
    fact = await known.record(
        "flag",
        "debtor",
        {"flag": "bankruptcy"},
        debtor_id=debtor,
        source="court",
        by="eva",
        at=NOON + timedelta(hours=1),
    )
    assert (await facts_of(database, campaign, debtor)).debtor_flags == frozenset()
    assert (await facts_of(database, campaign, debtor, LATER)).debtor_flags == {"bankruptcy"}
    clock.advance(2 * 3600)
    await known.end(fact, "luz")
    assert (await facts_of(database, campaign, debtor, LATER)).debtor_flags == frozenset()
    (kept,) = await known.of_debtor(debtor)
    assert (kept.ended_by, kept.ended_at, kept.recorded_by) == ("luz", NOON + timedelta(hours=2), "eva")
    with pytest.raises(InputError):
        await known.end(fact, "luz")
    assert len(await rows(database, "audit_records", kind="fact-ended")) == 1


async def test_a_new_register_of_channels_takes_the_place_of_the_old_one(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    known = KnownFacts(database, ManualClock(NOON))
    for channels in (["call", "sms"], []):
        await known.record("channels", "debtor", {"channels": channels}, debtor_id=debtor, source="form", by="eva")
    assert (await facts_of(database, campaign, debtor)).authorised_channels == frozenset()
    assert [fact.ended_at for fact in await known.of_debtor(debtor)] == [NOON, None]


async def test_a_register_of_channels_holds_until_the_next_one_does(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    known = KnownFacts(database, ManualClock(NOON))
    told: dict[str, Any] = {"debtor_id": debtor, "source": "form", "by": "eva"}
    tomorrow = NOON + timedelta(days=1)
    await known.record("channels", "debtor", {"channels": ["sms"]}, **told)
    await known.record("channels", "debtor", {"channels": ["call"]}, at=tomorrow, **told)

    assert (await facts_of(database, campaign, debtor)).authorised_channels == {Channel.SMS}
    assert (await facts_of(database, campaign, debtor, tomorrow)).authorised_channels == {Channel.CALL}


async def test_the_first_notice_counts(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    (debt,) = await debts_of(database, debtor)
    known = KnownFacts(database, ManualClock(NOON))
    for days in (3, 9, 5):
        at = NOON - timedelta(days=days)
        await known.record("notice", "debt", {}, debt_id=debt, at=at, source="letter", by="eva")
    assert (await facts_of(database, campaign, debtor)).notices == {debt: NOON - timedelta(days=9)}


@pytest.mark.parametrize(
    ("kind", "subject", "value"),
    [
        ("rumour", "debtor", {}),
        ("flag", "debtor", {"flag": "Not A Flag"}),
        ("flag", "debtor", {}),
        ("flag", "nobody", {"flag": "attorney"}),
        ("consent", "number", {}),
        ("quiet_time", "debtor", {"days": [7], "from_s": 0, "to_s": 10}),
        ("quiet_time", "debtor", {"days": [1], "from_s": 10, "to_s": 10}),
        ("channels", "debtor", {"channels": ["telepathy"]}),
        ("notice", "debt", {"sent": "yes"}),
    ],
)
async def test_a_fact_that_means_nothing_is_refused(
    database: Database, kind: str, subject: str, value: dict[str, Any]
) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    (debt,) = await debts_of(database, debtor)
    known = KnownFacts(database, ManualClock(NOON))
    with pytest.raises(InputError):
        await known.record(kind, subject, value, debtor_id=debtor, debt_id=debt, number=number(1), source="x", by="eva")
    assert await known.of_debtor(debtor) == []


async def test_nobodys_fact_is_refused(database: Database) -> None:
    known = KnownFacts(database, ManualClock(NOON))
    with pytest.raises(UnknownDebtor):
        await known.record("flag", "debtor", {"flag": "attorney"}, debtor_id=77, source="x", by="eva")
    with pytest.raises(UnknownDebtor):
        await known.record("flag", "debt", {"flag": "attorney"}, debt_id=77, source="x", by="eva")


# ----------------------------------------------------------------------------------------- what agents say


@pytest.mark.parametrize(
    ("code", "where", "flag"),
    [
        ("DISPUTE", "debt", "disputed_unverified"),
        ("ATTORNEY", "debt", "attorney"),
        ("cease", "debt", "cease_written"),
        ("MORATORIUM", "debt", "moratorium"),
        ("BANKRUPTCY", "debtor", "bankruptcy"),
        ("DECEASED", "debtor", "deceased"),
        ("EMPLOYER_BARS", "debtor", "employer_bars_calls"),
        ("CONSENT_REVOKED", "number", "consent_revoked"),
    ],
)
async def test_a_disposition_that_means_something_to_the_law_is_a_fact(
    database: Database, code: str, where: str, flag: str
) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), number(2), amounts=(1, 2))
    owed = await debts_of(database, debtor)
    log = make_log(database)
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.close([closing(attempt.call_id, Outcome.CONVERSATION, Stop(reason=StopReason.FINISHED))])
    await log.dispose(Disposition(call_id=attempt.call_id, agent_id=AgentId("ana"), code=code))
    facts = await facts_of(database, campaign, debtor)
    assert facts.debtor_flags == ({flag} if where == "debtor" else set())
    assert facts.debt_flags == ({debt: {flag} for debt in owed} if where == "debt" else {})
    on_number = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, number=number(1))
    expected = {flag} if where == "number" else set()
    assert (await database.read(gate_query, on_number, NOON)).facts.number_flags == expected
    assert facts.do_not_call is (code == "DECEASED")
    recorded = await rows(database, "known_facts")
    assert all(attempt.call_id in fact.source and fact.recorded_by == "ana" for fact in recorded)
    assert len(await rows(database, "audit_records", kind="disposition")) == 1


async def test_a_talk_with_somebody_else_is_no_talk_with_the_debtor(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    log = make_log(database)
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.close([closing(attempt.call_id, Outcome.CONVERSATION)])
    (event,) = (await facts_of(database, campaign, debtor)).events
    assert event.outcome is LedgerOutcome.CONVERSATION
    await log.dispose(Disposition(call_id=attempt.call_id, agent_id=AgentId("ana"), code="THIRD_PARTY"))
    (event,) = (await facts_of(database, campaign, debtor)).events
    assert event.outcome is LedgerOutcome.THIRD_PARTY


# ----------------------------------------------------------------------------------------- the candidate


async def test_the_candidate_says_what_is_known_of_number_debts_and_campaign(database: Database) -> None:
    campaign = await add_campaign(database, purpose=Purpose.TELEMARKETING, party=Party.FIRST_PARTY)
    debtor = await add_debtor(database, campaign, number(1), amounts=(1, 2))
    first, second = await debts_of(database, debtor)
    change_phone = phones.update().values(kind="work", contact_role="guarantor")
    change_debts = debts.update().where(debts.c.id == second).values(creditor="Otro")
    commercial = debts.update().values(debt_class="commercial")
    for statement in (change_phone, change_debts, commercial):
        await database.write(sa.Connection.execute, statement)
    request = ContactRequest(campaign_id=campaign.id, debtor_id=debtor, mode="ivr")
    candidate = (await database.read(gate_query, request, NOON)).candidate
    assert (candidate.number_use, candidate.contact_role) == (NumberUse.WORK, ContactRole.GUARANTOR)
    assert (candidate.purpose, candidate.party) == (Purpose.TELEMARKETING, Party.FIRST_PARTY)
    assert (candidate.debts, candidate.creditors) == ((first, second), ("Banco", "Otro"))
    assert (candidate.debt_class, candidate.mode) == ("commercial", "ivr")
    one_is_consumer = debts.update().where(debts.c.id == first).values(debt_class="consumer")
    await database.write(sa.Connection.execute, one_is_consumer)
    assert (await database.read(gate_query, request, NOON)).candidate.debt_class == "consumer"


async def test_a_call_that_never_ended_counts_whatever_its_age(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1), number(2))
    neighbour = await add_debtor(database, campaign, number(2), name="Luis")
    log = make_log(database)
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    long_ago = attempts.update().values(reserved_at=NOON - timedelta(days=400), number=number(2))
    await database.write(sa.Connection.execute, long_ago)
    for whom in (debtor, neighbour):
        (event,) = (await facts_of(database, campaign, whom)).events
        assert (event.id, event.in_flight) == (attempt.call_id, True)
    await log.close([closing(attempt.call_id)])
    assert (await facts_of(database, campaign, debtor)).events == ()


async def test_a_contact_that_began_before_the_longest_period_and_ended_within_it_is_seen(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    log = make_log(database)
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.close([closing(attempt.call_id, Outcome.CONVERSATION)])
    assert len((await facts_of(database, campaign, debtor, NOON + timedelta(days=31, hours=1))).events) == 1


# ----------------------------------------------------------------------------------------- overrides


def make_overrides(database: Database, clock: ManualClock) -> Overrides:
    return Overrides(database, shipped_packs(), clock)


async def test_an_override_holds_once_a_second_person_agreed_and_until_it_is_revoked(database: Database) -> None:
    campaign, elsewhere = await add_campaign(database), await add_campaign(database, "sur")
    debtor = await add_debtor(database, campaign, number(1))
    other = await add_debtor(database, elsewhere, number(2), name="Luis")
    clock = ManualClock(NOON)
    overrides = make_overrides(database, clock)
    asked = await overrides.ask(
        "house/gap-2h",
        reason="asked to be called at once",
        from_at=NOON + timedelta(hours=1),
        until_at=NOON + timedelta(hours=5),
        by="eva",
        campaign_id=campaign.id,
    )
    assert (await facts_of(database, campaign, debtor, LATER)).overrides == ()
    for same in ("eva", " Éva ", "EVA", "e\u200bva"):
        with pytest.raises(SamePerson):
            await overrides.approve(asked, same)
    await overrides.approve(asked, "luz")
    in_force = (Override(id=str(asked), rule="house/gap-2h"),)
    for at, expected in ((NOON, ()), (LATER, in_force), (NOON + timedelta(hours=5), ())):
        assert (await facts_of(database, campaign, debtor, at)).overrides == expected
    assert (await facts_of(database, elsewhere, other, LATER)).overrides == ()
    with pytest.raises(InputError, match="luz"):
        await overrides.approve(asked, "ada")
    clock.advance(2 * 3600)
    await overrides.revoke(asked, "ada")
    assert (await facts_of(database, campaign, debtor, LATER)).overrides == ()
    with pytest.raises(InputError, match="ada"):
        await overrides.revoke(asked, "ada")
    (kept,) = await overrides.since(NOON)
    assert (kept.asked_by, kept.approved_by, kept.revoked_by) == ("eva", "luz", "ada")
    assert not kept.is_in_force(LATER)
    told = [row.kind for row in await rows(database, "audit_records")]
    assert told == ["override-asked", "override-approved", "override-revoked"]


async def test_an_override_for_one_debtor_is_not_for_another(database: Database) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(1))
    other = await add_debtor(database, campaign, number(2), name="Luis")
    overrides = make_overrides(database, ManualClock(NOON))
    asked = await overrides.ask("house/gap-2h", reason="x", from_at=NOON, until_at=LATER, by="eva", debtor_id=debtor)
    await overrides.approve(asked, "luz")
    assert len((await facts_of(database, campaign, debtor)).overrides) == 1
    assert (await facts_of(database, campaign, other)).overrides == ()


async def test_the_law_cannot_be_set_aside(database: Database) -> None:
    overrides = make_overrides(database, ManualClock(NOON))
    with pytest.raises(InputError, match="rests on law"):
        await overrides.ask("us-reg-f/attorney", reason="x", from_at=NOON, until_at=LATER, by="eva")
    for unknown in ("house/nothing", "nothing/at-all", "engine/do-not-call"):
        with pytest.raises(InputError, match="no rule"):
            await overrides.ask(unknown, reason="x", from_at=NOON, until_at=LATER, by="eva")


@pytest.mark.parametrize(
    "change",
    [
        {"reason": " "},
        {"by": ""},
        {"until_at": NOON},
        {"from_at": NOON - timedelta(hours=2), "until_at": NOON - timedelta(hours=1)},
        {"until_at": NOON + timedelta(days=32)},
        {"debtor_id": 404},
        {"campaign_id": 404},
    ],
)
async def test_an_override_without_reason_person_end_or_subject_is_refused(
    database: Database, change: dict[str, Any]
) -> None:
    overrides = make_overrides(database, ManualClock(NOON))
    asked: dict[str, Any] = {"reason": "x", "from_at": NOON, "until_at": LATER, "by": "eva", **change}
    with pytest.raises(InputError):
        await overrides.ask("house/gap-2h", **asked)
    assert await overrides.since(NOON) == []


async def test_an_override_that_is_over_or_unknown_cannot_be_approved(database: Database) -> None:
    clock = ManualClock(NOON)
    overrides = make_overrides(database, clock)
    asked = await overrides.ask("house/gap-2h", reason="x", from_at=NOON, until_at=LATER, by="eva")
    clock.advance(4 * 3600)
    for wanted in (asked, 404):
        with pytest.raises(InputError):
            await overrides.approve(wanted, "luz")
