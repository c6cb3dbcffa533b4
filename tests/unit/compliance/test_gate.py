"""The door: which packs come in, what they oblige to, and what no pack can switch off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialer.compliance.facts import (
    Candidate,
    Channel,
    ContactEvent,
    Facts,
    GateQuery,
    LedgerOutcome,
    Party,
    Purpose,
    QuietTime,
)
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.ledger import ledger_outcome
from dialer.compliance.loader import parse_pack
from dialer.compliance.obligations import merge
from dialer.compliance.rulebook import GateSettings, decide
from dialer.compliance.verdict import DeadlineFrom, Obligations
from dialer.domain.outcome import Outcome
from dialer.errors import ComplianceError, UnknownPack

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # a Tuesday; noon in Bogota and New York
GATE = Gate.shipped()
COLOMBIAN = Candidate(debtor=1, debts=(10,), number="+573101234567", country="CO")
AMERICAN = Candidate(debtor=2, debts=(20,), number="+12125550101", country="US", subdivision="US-NY")
AMERICAN_PACKS = [
    "us-fl-tsa", "us-ma-940cmr", "us-ok-otsa", "us-reg-f-messages", "us-reg-f", "us-tcpa", "us-tsr", "us-wa-rcw",
]  # fmt: skip
BRITON = Candidate(debtor=3, debts=(30,), number="+442071234567", country="GB")


def active(candidate: Candidate, *chosen: str) -> list[str]:
    return [pack.id for pack in GATE.active_packs(candidate, chosen)]


def test_the_country_of_the_debtor_brings_its_packs_in() -> None:
    assert active(COLOMBIAN) == ["co-ley-2300"]
    assert active(AMERICAN) == AMERICAN_PACKS


def test_a_campaign_adds_packs_and_cannot_take_the_country_s_away() -> None:
    assert active(COLOMBIAN, "house", "pe-29571") == ["co-ley-2300", "house", "pe-29571"]


def test_where_the_country_sets_no_hours_the_house_does() -> None:
    assert active(BRITON) == ["house-hours", "uk-ofcom"]
    assert active(replace(BRITON, country="ES")) == ["house-hours"]
    assert active(replace(BRITON, country="ES"), "mx-redeco") == ["house-hours", "mx-redeco"]
    assert active(replace(AMERICAN, party=Party.FIRST_PARTY)) == ["house-hours", *AMERICAN_PACKS]
    brazilian = replace(COLOMBIAN, country="BR", subdivision="BR-RJ")
    assert "house-hours" not in active(brazilian)
    assert "house-hours" in active(replace(brazilian, subdivision="BR-BA"))


def test_nobody_is_called_at_night_in_a_country_without_a_pack() -> None:
    spaniard = Candidate(debtor=4, debts=(), number="+34911234567", country="ES")
    verdict = GATE.check(GateQuery(candidate=spaniard, facts=Facts(), now=datetime(2026, 11, 24, 2, tzinfo=UTC)))
    assert verdict.reasons == ("house-hours/window",)
    assert verdict.next_allowed_at == datetime(2026, 11, 24, 7, tzinfo=UTC)


def test_a_message_rings_at_night_too() -> None:
    """The hours of Mexico's rules are for calls; a text that wakes the debtor is the house's business."""
    mexican = Candidate(debtor=5, debts=(), number="+525512345678", country="MX", channel=Channel.SMS)
    night = datetime(2026, 11, 24, 9, tzinfo=UTC)

    verdict = GATE.check(GateQuery(candidate=mexican, facts=Facts(), now=night))

    assert verdict.reasons == ("house-hours/window",)
    assert GATE.check(GateQuery(candidate=replace(mexican, channel=Channel.EMAIL), facts=Facts(), now=night)).allowed


def test_a_pack_that_does_not_exist_is_an_error_that_lists_those_that_do() -> None:
    with pytest.raises(UnknownPack, match=r"no rule pack co-ley-2301\. There are: .*co-ley-2300"):
        GATE.check(GateQuery(candidate=COLOMBIAN, facts=Facts(), now=NOON, packs=("co-ley-2301",)))


def test_the_gate_finds_the_zones_of_the_number_and_adds_the_address() -> None:
    candidate = replace(AMERICAN, address_zone="America/Los_Angeles")
    early = GateQuery(candidate=candidate, facts=Facts(), now=datetime(2026, 11, 24, 13, tzinfo=UTC))
    verdict = GATE.check(early)
    assert verdict.zones == ("America/New_York", "America/Los_Angeles")
    assert verdict.reasons == ("us-reg-f/window",)
    assert GATE.check(replace(early, candidate=AMERICAN)).allowed


def test_a_number_that_no_plan_knows_is_denied_without_an_address() -> None:
    candidate = replace(COLOMBIAN, number="+447700900123")
    verdict = GATE.check(GateQuery(candidate=candidate, facts=Facts(), now=NOON))
    assert verdict.reasons == ("engine/tz-unresolved",)
    located = replace(candidate, address_zone="America/Bogota")
    assert GATE.check(GateQuery(candidate=located, facts=Facts(), now=NOON)).allowed


def test_time_zone_data_that_a_pack_finds_too_old_denies() -> None:
    text = (
        "id: mine\ntitle: t\nas_of: '2026-11-22'\nbrought_in_by: campaign\nmin_tzdata: '2026b'\napplies: {}\n"
        "rules: [{id: lawyer, kind: guard, cite: c, basis: law, deny_if: 'debt_flag:attorney'}]\n"
    )
    pack = parse_pack(text, "packs/mine.yaml")
    candidate = replace(COLOMBIAN, zones=("America/Bogota",))
    stale, fresh = GateSettings(tz_version="2025b"), GateSettings(tz_version="2026b")
    denied = decide(candidate, Facts(), [pack], shipped_calendars(), NOON, stale)
    assert denied.reasons == ("engine/tzdata-stale",)
    assert denied.next_allowed_at is None
    assert decide(candidate, Facts(), [pack], shipped_calendars(), NOON, fresh).allowed


def test_a_pack_whose_calendar_is_missing_is_an_error_and_no_open_door() -> None:
    text = (
        "id: mine\ntitle: t\nas_of: '2026-11-22'\nbrought_in_by: campaign\napplies: {}\n"
        "rules: [{id: w, kind: window, cite: c, basis: law, calendar: ZZ, "
        "allow: [{days: [mon], from: '08:00', to: '09:00'}]}]\n"
    )
    with pytest.raises(ComplianceError, match="no holiday calendar ZZ"):
        decide(COLOMBIAN, Facts(), [parse_pack(text, "packs/mine.yaml")], shipped_calendars(), NOON)


def test_a_limit_that_leaves_no_room_for_the_candidate_itself_has_no_date() -> None:
    text = (
        "id: mine\ntitle: t\nas_of: '2026-11-22'\nbrought_in_by: campaign\napplies: {}\n"
        "rules: [{id: never, kind: limit, cite: c, basis: policy, key: [number], max: 0, window: {calendar_days: 1}, "
        "count: {channel: call, dir: out, outcomes: any}}]\n"
    )
    pack = parse_pack(text, "packs/mine.yaml")
    candidate = replace(COLOMBIAN, zones=("America/Bogota",))
    verdict = decide(candidate, Facts(), [pack], shipped_calendars(), NOON)
    assert verdict.reasons == ("mine/never",)
    assert (verdict.denials[0].used, verdict.denials[0].maximum, verdict.next_allowed_at) == (0, 0, None)
    assert decide(replace(candidate, number=""), Facts(), [pack], shipped_calendars(), NOON).allowed


def test_the_verdict_names_the_data_it_rests_on() -> None:
    verdict = GATE.check(GateQuery(candidate=COLOMBIAN, facts=Facts(), now=NOON))
    assert verdict.packs == ("co-ley-2300",)
    assert verdict.basis.startswith("packs:")
    assert f"calendars:{shipped_calendars().digest[:16]}" in verdict.basis
    more = GATE.check(GateQuery(candidate=COLOMBIAN, facts=Facts(), now=NOON, packs=("house",)))
    assert more.basis != verdict.basis


def test_calls_to_americans_ring_and_connect_as_the_rules_of_conduct_ask() -> None:
    verdict = GATE.check(GateQuery(candidate=AMERICAN, facts=Facts(), now=NOON))
    assert verdict.obligations == Obligations(
        ring_min_s=15.0,
        connect_deadline_s=2.0,
        deadline_from=DeadlineFrom.GREETING_END,
        drop_messages=("us-limited-content",),
        caller_id=("truthful_callable",),
    )
    assert GATE.check(GateQuery(candidate=COLOMBIAN, facts=Facts(), now=NOON)).obligations == Obligations()


def test_obligations_merge_by_the_stricter_value() -> None:
    one = Obligations(
        ring_min_s=15, connect_deadline_s=3, deadline_from=DeadlineFrom.GREETING_END, announcements=("b",)
    )
    other = Obligations(
        ring_min_s=20,
        connect_deadline_s=2,
        deadline_from=DeadlineFrom.GREETING_START,
        announcements=("a", "b"),
        drop_messages=("m",),
    )
    strict = Obligations(
        ring_min_s=20,
        connect_deadline_s=2,
        deadline_from=DeadlineFrom.GREETING_START,
        announcements=("a", "b"),
        drop_messages=("m",),
    )
    assert merge([one, other]) == merge([other, one]) == strict
    assert merge([]) == Obligations()
    assert merge([one, Obligations()]) == one


def test_the_pacer_is_told_the_rates_to_keep_under() -> None:
    (american,) = GATE.ratio_rules(AMERICAN)
    (british,) = GATE.ratio_rules(BRITON)
    assert (american.id, american.maximum, american.window_days) == ("us-tsr/abandon-3pct", 0.03, 30)
    assert (british.id, british.target) == ("uk-ofcom/abandon-3pct", 0.02)
    assert GATE.ratio_rules(COLOMBIAN) == ()


def test_a_candidate_without_debts_is_held_to_every_debt_of_the_debtor() -> None:
    talk = ContactEvent(
        id="e", at=NOON - timedelta(days=1), debtor=2, debts=(21,), number="", outcome=LedgerOutcome.CONVERSATION
    )
    query = GateQuery(candidate=AMERICAN, facts=Facts(events=(talk,)), now=NOON)
    assert GATE.check(query).allowed
    verdict = GATE.check(replace(query, candidate=replace(AMERICAN, debts=())))
    assert verdict.reasons == ("us-reg-f/cooloff-7d",)


def test_an_event_from_a_worker_whose_clock_runs_ahead_counts() -> None:
    ahead = ContactEvent(
        id="e", at=NOON + timedelta(seconds=5), debtor=9, debts=(), number=COLOMBIAN.number, outcome=LedgerOutcome.BUSY
    )
    verdict = GATE.check(GateQuery(candidate=COLOMBIAN, facts=Facts(events=(ahead,)), now=NOON, packs=("house",)))
    assert verdict.reasons == ("house/gap-2h",)


def test_every_purpose_and_channel_respects_the_stop_list() -> None:
    for channel in Channel:
        for purpose in Purpose:
            candidate = replace(COLOMBIAN, channel=channel, purpose=purpose)
            verdict = GATE.check(GateQuery(candidate=candidate, facts=Facts(do_not_call=True), now=NOON))
            assert "engine/do-not-call" in verdict.reasons


@pytest.mark.parametrize(
    ("outcome", "counts_as"),
    [
        (Outcome.CONVERSATION, LedgerOutcome.CONVERSATION),
        (Outcome.ABANDONED, LedgerOutcome.ABANDONED),
        (Outcome.HUNG_UP_EARLY, LedgerOutcome.NO_ANSWER),
        (Outcome.FAX, LedgerOutcome.MACHINE),
        (Outcome.REJECTED, LedgerOutcome.NO_ANSWER),
        (Outcome.CANCELLED, LedgerOutcome.NO_ANSWER),
        (Outcome.LOST, LedgerOutcome.UNKNOWN),
        (Outcome.FAILED, LedgerOutcome.FAILED),
    ],
)
def test_an_outcome_counts_as(outcome: Outcome, counts_as: LedgerOutcome) -> None:
    assert ledger_outcome(outcome) is counts_as


def test_every_outcome_of_the_dialer_has_its_word_in_the_ledger() -> None:
    assert all(ledger_outcome(outcome) in LedgerOutcome for outcome in Outcome)


def test_settings_and_quiet_times_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="close_guard_s"):
        GateSettings(close_guard_s=-1)
    for days, from_s, to_s in (({7}, 0, 60), ({1}, 60, 60), ({1}, 0, 86_401)):
        with pytest.raises(ValueError, match="quiet time"):
            QuietTime(days=frozenset(days), from_s=from_s, to_s=to_s)
