"""The account: every rule of every active pack, with what it counted and how much is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dialer.compliance.account import Account, RuleAccount
from dialer.compliance.facts import (
    Candidate,
    Channel,
    Consent,
    ContactEvent,
    Facts,
    GateQuery,
    LedgerOutcome,
    Override,
    Party,
)
from dialer.compliance.gate import Gate

GATE = Gate.shipped()
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
AMERICAN = Candidate(debtor=1, debts=(10,), number="+12125550101", country="US", subdivision="US-NY")
CALLS = tuple(
    ContactEvent(
        id=f"e{days}", at=NOON - timedelta(days=days), debtor=1, debts=(10,), number=AMERICAN.number,
        outcome=LedgerOutcome.NO_ANSWER,
    )
    for days in (1, 2, 3)
)  # fmt: skip
QUERY = GateQuery(candidate=AMERICAN, facts=Facts(events=CALLS), now=NOON, packs=("house",))


def line(account: Account, rule: str) -> RuleAccount:
    return next(line for line in account.rules if line.rule == rule)


def test_every_rule_of_every_active_pack_has_its_line() -> None:
    account = GATE.account(QUERY)
    active = GATE.active_packs(AMERICAN, ("house",))
    assert [line.rule for line in account.rules] == [rule.id for pack in active for rule in pack.rules]
    assert account.verdict == GATE.check(QUERY)


def test_open_hours_say_how_long_and_limits_how_many() -> None:
    account = GATE.account(QUERY)
    window = line(account, "us-reg-f/window")
    assert (window.ok, window.closes_in_s, window.kind) == (True, 9 * 3600, "window")
    cap = line(account, "us-reg-f/cap-7in7")
    assert (cap.ok, cap.used, cap.maximum, cap.calls_left) == (True, 3, 7, 4)
    assert cap.events == ("e3", "e2", "e1")
    assert cap.source.startswith("https://")
    rest = line(account, "house/gap-2h")
    assert (rest.ok, rest.used, rest.calls_left, rest.basis) == (True, 0, None, "policy")


def test_what_does_not_concern_the_contact_says_why() -> None:
    account = GATE.account(QUERY)
    assert (line(account, "us-fl-tsa/window").ok, line(account, "us-fl-tsa/window").why) == (None, "subdivision:US-NY")
    assert line(account, "us-tsr/conduct").why == "kind:oblige"
    assert line(account, "us-tsr/abandon-3pct").why == "kind:ratio"
    assert line(account, "us-reg-f/retain").why == "kind:retain"
    first_party = GATE.account(replace(QUERY, candidate=replace(AMERICAN, party=Party.FIRST_PARTY)))
    assert line(first_party, "us-reg-f/window").why == "party:first_party"
    assert ("us-reg-f", "party:first_party") in first_party.verdict.not_applicable


def test_a_denial_carries_its_count_and_its_date() -> None:
    talk = replace(CALLS[0], id="talk", outcome=LedgerOutcome.CONVERSATION)
    account = GATE.account(replace(QUERY, facts=Facts(events=(talk,), do_not_call=True)))
    assert (account.rules[0].rule, account.rules[0].ok) == ("engine/do-not-call", False)
    cooloff = line(account, "us-reg-f/cooloff-7d")
    assert (cooloff.ok, cooloff.used, cooloff.maximum, cooloff.events) == (False, 1, 0, ("talk",))
    assert cooloff.next_allowed_at == datetime(2026, 11, 30, 5, tzinfo=UTC)


def test_an_exception_that_was_used_is_named() -> None:
    talk = replace(CALLS[0], id="talk", outcome=LedgerOutcome.CONVERSATION)
    consent = Consent(debtor=1, debt=10, at=NOON - timedelta(days=1))
    account = GATE.account(replace(QUERY, facts=Facts(events=(talk,), consents=(consent,))))
    cooloff = line(account, "us-reg-f/cooloff-7d")
    assert (cooloff.ok, cooloff.why, cooloff.used) == (True, "unless:direct_prior_consent_7d", 1)
    assert line(account, "us-reg-f/cap-7in7").why == ""
    briton = Candidate(debtor=1, debts=(), number="+442071234567", country="GB", agent_guaranteed=True)
    british = GATE.account(GateQuery(candidate=briton, facts=Facts(), now=NOON))
    assert line(british, "uk-ofcom/redial-after-abandon-72h").why == "unless:agent_guaranteed"


def test_a_rule_that_was_set_aside_is_marked() -> None:
    call = replace(CALLS[0], at=NOON - timedelta(hours=1))
    facts = Facts(events=(call,), overrides=(Override(id="o", rule="house/gap-2h"),))
    account = GATE.account(replace(QUERY, facts=facts))
    assert account.verdict.allowed
    gap = line(account, "house/gap-2h")
    assert (gap.ok, gap.overridden) == (False, True)


def test_hours_are_not_said_to_be_open_where_nobody_knows_what_time_it_is() -> None:
    visit = Candidate(debtor=1, debts=(10,), number="", country="CO", channel=Channel.VISIT)

    account = GATE.account(GateQuery(candidate=visit, facts=Facts(), now=NOON))

    assert account.verdict.reasons == ("engine/tz-unresolved",)
    hours = line(account, "co-ley-2300/window")
    assert (hours.ok, hours.why) == (None, "zone:")
