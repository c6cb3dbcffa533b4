"""The laws of composition, on random people, histories, packs and instants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dialer.compliance.facts import (
    Candidate,
    Channel,
    Consent,
    ContactEvent,
    ContactRole,
    Direction,
    Facts,
    GateQuery,
    LedgerOutcome,
    QuietTime,
)
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import load_packs, shipped_packs
from dialer.compliance.rulebook import decide
from dialer.compliance.rules import Pack
from dialer.compliance.verdict import Verdict
from dialer.compliance.zones import zone

GATE = Gate.shipped()
AGAIN = load_packs(resources.files("dialer.compliance") / "packs")
COUNTRIES = {
    "US": (("+12125550101", "+13105550101"), ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu")),
    "CO": (("+573101234567", "+576012345678"), ("America/Bogota", "America/New_York")),
    "CL": (("+56221234567", "+56612212345"), ("America/Santiago", "America/Punta_Arenas", "Pacific/Easter")),
    "GB": (("+442071234567", "+441312345678"), ("Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe")),
    "EC": (("+593991234567", "+59322123456"), ("America/Guayaquil", "Pacific/Galapagos")),
}  # fmt: skip
#: The machine may be busy: no example is judged by its time.
LAW = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
DEBTORS, DEBTS = ("D1", "D2"), ("A1", "A2")

#: Whole seconds from 2026 to 2029.
instants = st.integers(1_767_225_600, 1_890_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
pack_lists = st.lists(st.sampled_from(sorted(shipped_packs())), unique=True, min_size=1)
countries = st.sampled_from(sorted(COUNTRIES))


@st.composite
def events(draw: st.DrawFn, now: datetime, country: str, *, in_flight: bool = True) -> tuple[ContactEvent, ...]:
    found = []
    for index in range(draw(st.integers(0, 12))):
        at = now - timedelta(seconds=draw(st.integers(0, 14 * 86_400)))
        found.append(
            ContactEvent(
                id=f"e{index}",
                at=at,
                ended_at=draw(st.none() | st.just(min(now, at + timedelta(minutes=draw(st.integers(0, 90)))))),
                debtor=draw(st.sampled_from(DEBTORS)),
                debts=tuple(draw(st.lists(st.sampled_from(DEBTS), unique=True))),
                number=draw(st.sampled_from(COUNTRIES[country][0])),
                outcome=draw(st.sampled_from(LedgerOutcome)),
                channel=draw(st.sampled_from((Channel.CALL, Channel.CALL, Channel.WHATSAPP, Channel.VISIT))),
                direction=draw(st.sampled_from(Direction)),
                in_flight=in_flight and draw(st.integers(0, 9)) == 0,
            )
        )
    return tuple(found)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Candidate, Facts, datetime]:
    country, now = draw(countries), draw(instants)
    numbers, zones = COUNTRIES[country]
    candidate = Candidate(
        debtor="D1",
        debts=tuple(draw(st.lists(st.sampled_from(DEBTS), unique=True))),
        number=draw(st.sampled_from(numbers)),
        country=country,
        zones=tuple(draw(st.lists(st.sampled_from(zones), unique=True, min_size=1))),
        channel=draw(st.sampled_from((Channel.CALL, Channel.CALL, Channel.SMS))),
        contact_role=draw(st.sampled_from((*[ContactRole.DEBTOR] * 4, ContactRole.REFERENCE))),
        agent_guaranteed=draw(st.booleans()),
    )
    quiet = QuietTime(days=frozenset({0, 2, 6}), from_s=9 * 3600, to_s=draw(st.integers(10, 24)) * 3600)
    facts = Facts(
        events=draw(events(now, country)),
        do_not_call=draw(st.integers(0, 9)) == 0,
        consents=tuple(
            Consent(debtor="D1", debt=debt, at=now - timedelta(hours=draw(st.integers(0, 240))))
            for debt in draw(st.lists(st.sampled_from(DEBTS), max_size=1))
        ),
        quiet_times=(quiet,) if draw(st.booleans()) else (),
    )
    return candidate, facts, now


def ask(question: tuple[Candidate, Facts, datetime], packs: list[str]) -> Verdict:
    candidate, facts, now = question
    return decide(candidate, facts, packs_of(packs), shipped_calendars(), now)


def packs_of(ids: list[str]) -> list[Pack]:
    return [shipped_packs()[pack] for pack in ids]


@LAW
@given(questions(), pack_lists)
def test_law_1_the_reasons_are_those_of_every_pack_together(
    question: tuple[Candidate, Facts, datetime], packs: list[str]
) -> None:
    together = ask(question, packs)
    alone = [ask(question, [pack]) for pack in packs]
    assert set(together.reasons) == {reason for verdict in alone for reason in verdict.reasons}
    assert together.allowed == all(verdict.allowed for verdict in alone)
    if together.next_allowed_at is not None:
        assert all(
            verdict.next_allowed_at is not None and verdict.next_allowed_at <= together.next_allowed_at
            for verdict in alone
            if not verdict.allowed
        )


@LAW
@given(questions(), pack_lists, pack_lists)
def test_law_2_another_pack_only_tightens(
    question: tuple[Candidate, Facts, datetime], packs: list[str], more: list[str]
) -> None:
    fewer = ask(question, packs)
    all_of_them = ask(question, list(dict.fromkeys([*packs, *more])))
    assert set(fewer.reasons) <= set(all_of_them.reasons)


@LAW
@given(questions(), st.just([]) | pack_lists, pack_lists)
def test_law_2_choosing_a_pack_for_a_campaign_only_tightens(
    question: tuple[Candidate, Facts, datetime], chosen: list[str], more: list[str]
) -> None:
    candidate, facts, now = question
    fewer = GATE.check(GateQuery(candidate=candidate, facts=facts, now=now, packs=tuple(chosen)))
    everything = tuple(dict.fromkeys([*chosen, *more]))
    tighter = GATE.check(GateQuery(candidate=candidate, facts=facts, now=now, packs=everything))
    assert set(fewer.reasons) <= set(tighter.reasons)
    assert fewer.obligations.ring_min_s <= tighter.obligations.ring_min_s


@LAW
@given(questions(), pack_lists, st.data())
def test_law_4_a_zone_more_only_tightens(
    question: tuple[Candidate, Facts, datetime], packs: list[str], data: st.DataObject
) -> None:
    candidate, facts, now = question
    more = data.draw(st.lists(st.sampled_from(COUNTRIES[candidate.country][1]), min_size=1))
    wider = replace(candidate, zones=tuple(dict.fromkeys([*candidate.zones, *more])))
    assert set(ask(question, packs).reasons) <= set(ask((wider, facts, now), packs).reasons)


@LAW
@given(questions(), pack_lists)
def test_law_4_no_zone_at_all_denies(question: tuple[Candidate, Facts, datetime], packs: list[str]) -> None:
    candidate, facts, now = question
    verdict = ask((replace(candidate, zones=()), facts, now), packs)
    assert "engine/tz-unresolved" in verdict.reasons
    assert verdict.next_allowed_at is None


@LAW
@given(questions(), pack_lists, st.data())
def test_law_5_a_call_in_flight_denies_all_that_it_could_deny_once_it_is_over(
    question: tuple[Candidate, Facts, datetime], packs: list[str], data: st.DataObject
) -> None:
    candidate, facts, now = question
    started = now - timedelta(seconds=data.draw(st.integers(0, 3000)))
    for name in candidate.zones:
        assume(started.astimezone(zone(name)).date() == now.astimezone(zone(name)).date())
    flying = ContactEvent(
        id="flying",
        at=started,
        debtor=data.draw(st.sampled_from(DEBTORS)),
        debts=tuple(data.draw(st.lists(st.sampled_from(DEBTS), unique=True))),
        number=data.draw(st.sampled_from(COUNTRIES[candidate.country][0])),
        in_flight=True,
    )
    outcome = data.draw(st.sampled_from(LedgerOutcome))
    landed = replace(flying, in_flight=False, outcome=outcome, ended_at=data.draw(st.sampled_from((started, now))))
    before = ask((candidate, replace(facts, events=(*facts.events, flying)), now), packs)
    after = ask((candidate, replace(facts, events=(*facts.events, landed)), now), packs)
    assert set(after.reasons) <= set(before.reasons)
    without = ask((candidate, facts, now), packs)
    if outcome is LedgerOutcome.RELEASED:
        assert after.reasons == without.reasons


@LAW
@given(questions(), pack_lists, st.data())
def test_law_6_the_same_facts_in_any_order_give_the_same_verdict(
    question: tuple[Candidate, Facts, datetime], packs: list[str], data: st.DataObject
) -> None:
    candidate, facts, now = question
    shuffled = data.draw(st.permutations(facts.events))
    assert ask(question, packs) == ask((candidate, replace(facts, events=tuple(shuffled)), now), packs)


@LAW
@given(questions(), pack_lists)
def test_law_6_packs_loaded_again_give_the_same_verdict(
    question: tuple[Candidate, Facts, datetime], packs: list[str]
) -> None:
    candidate, facts, now = question
    verdict = decide(candidate, facts, [AGAIN[pack] for pack in packs], shipped_calendars(), now)
    assert verdict == ask(question, packs)


@LAW
@given(questions(), pack_lists, st.data())
def test_law_7_the_next_allowed_minute_is_the_first(
    question: tuple[Candidate, Facts, datetime], packs: list[str], data: st.DataObject
) -> None:
    candidate, facts, now = question
    verdict = ask(question, packs)
    if verdict.allowed:
        assert verdict.next_allowed_at is None
        return
    if (upcoming := verdict.next_allowed_at) is None:
        later = now + timedelta(minutes=data.draw(st.integers(0, 60 * 24 * 60)))
        assert not ask((candidate, facts, later), packs).allowed
        return
    assert upcoming >= now
    assert (upcoming.second, upcoming.microsecond) == (0, 0)
    assert ask((candidate, facts, upcoming), packs).allowed
    waiting = int((upcoming - now).total_seconds() // 60)
    for _ in range(5):
        earlier = upcoming - timedelta(minutes=1 + data.draw(st.integers(0, max(0, waiting - 1))))
        if earlier >= now:
            assert not ask((candidate, facts, earlier), packs).allowed
