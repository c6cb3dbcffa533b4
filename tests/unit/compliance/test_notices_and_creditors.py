"""Ontario: the written notice first, and contacts counted creditor by creditor once there was a conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialer.compliance.explain import explain
from dialer.compliance.facts import Candidate, Channel, ContactEvent, Direction, Facts, LedgerOutcome
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import shipped_packs
from dialer.compliance.rulebook import decide
from dialer.compliance.verdict import Verdict

ONTARIAN = Candidate(
    debtor=1,
    debts=(10,),
    creditors=("ACME",),
    number="+14165550101",
    country="CA",
    subdivision="CA-ON",
    zones=("America/Toronto",),
)
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # Tuesday noon in Toronto
SIX_DAYS = datetime(2026, 11, 18, 20, tzinfo=UTC)


def ask(facts: Facts, candidate: Candidate = ONTARIAN, now: datetime = NOON) -> Verdict:
    return decide(candidate, facts, [shipped_packs()["ca-on-reg74"]], shipped_calendars(), now)


def event(days_ago: float, outcome: LedgerOutcome, creditor: str = "ACME", **more: object) -> ContactEvent:
    made = ContactEvent(
        id=f"e{days_ago}", at=NOON - timedelta(days=days_ago), debtor=1, debts=(10,), creditors=(creditor,),
        number=ONTARIAN.number, outcome=outcome,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_the_sixth_date_after_the_notice_is_the_first_that_will_do() -> None:
    assert ask(Facts(notices={10: SIX_DAYS})).allowed
    younger = ask(Facts(notices={10: SIX_DAYS + timedelta(days=1)}))
    assert younger.reasons == ("ca-on-reg74/notice-6-days",)
    assert younger.next_allowed_at == datetime(2026, 11, 25, 12, tzinfo=UTC)  # when the day's window opens
    assert younger.denials[0].next_allowed_at == datetime(2026, 11, 25, 5, tzinfo=UTC)  # local midnight


def test_in_two_zones_the_later_midnight_counts() -> None:
    both = replace(ONTARIAN, zones=("America/Toronto", "America/Winnipeg"))
    sent = datetime(2026, 11, 19, 5, 30, tzinfo=UTC)  # the 19th in Toronto, the 18th in Winnipeg
    assert ask(Facts(notices={10: sent}), both).reasons == ("ca-on-reg74/notice-6-days",)
    assert ask(Facts(notices={10: sent - timedelta(hours=1)}), both).allowed


def test_a_notice_that_was_not_sent_has_no_date_and_one_nobody_keeps_count_of_does_not_deny() -> None:
    missing = ask(Facts(notices={10: None}))
    assert (missing.reasons, missing.next_allowed_at) == (("ca-on-reg74/notice-6-days",), None)
    assert explain(missing, "en")[0].startswith("The written notice that must come first has not been sent.")
    assert ask(Facts()).allowed
    assert ask(Facts(notices={11: None})).allowed
    assert not ask(Facts(notices={10: SIX_DAYS, 11: None}), replace(ONTARIAN, debts=(10, 11))).allowed
    assert not ask(Facts(notices={11: None}), replace(ONTARIAN, debts=())).allowed


def test_a_young_notice_says_when() -> None:
    sentence = explain(ask(Facts(notices={10: NOON})), "es")[0]
    assert "se puede a partir del lunes 30 de noviembre de 2026 a las 00:00" in sentence


MESSAGES = tuple(event(days, LedgerOutcome.MESSAGE_LEFT) for days in (3, 2, 1))


def test_the_rule_sleeps_until_there_was_a_conversation() -> None:
    assert ask(Facts(events=MESSAGES)).allowed
    woken = (event(4, LedgerOutcome.CONVERSATION), *MESSAGES)
    denied = ask(Facts(events=woken))
    assert denied.reasons == ("ca-on-reg74/contact-3-in-7",)
    assert (denied.denials[0].used, denied.denials[0].events) == (3, ("e3", "e2", "e1"))
    assert denied.next_allowed_at == datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_the_first_conversation_is_not_counted_and_a_second_is() -> None:
    first, second = event(6, LedgerOutcome.CONVERSATION), event(4, LedgerOutcome.CONVERSATION)
    assert ask(Facts(events=(first, *MESSAGES[:2]))).allowed
    assert not ask(Facts(events=(first, second, *MESSAGES[:2]))).allowed


@pytest.mark.parametrize(
    "first",
    [
        event(400, LedgerOutcome.CONVERSATION),
        event(5, LedgerOutcome.CONVERSATION, direction=Direction.IN),
        event(5, LedgerOutcome.CONVERSATION, channel=Channel.VISIT, number=""),
        event(5, LedgerOutcome.UNKNOWN, direction=Direction.IN),
    ],
)
def test_any_conversation_wakes_it_however_old_and_whoever_began(first: ContactEvent) -> None:
    assert ask(Facts(events=(first, *MESSAGES))).reasons == ("ca-on-reg74/contact-3-in-7",)


def test_what_came_before_the_first_conversation_is_not_counted() -> None:
    assert ask(Facts(events=(*MESSAGES, event(0.5, LedgerOutcome.CONVERSATION)))).allowed


def test_each_creditor_is_counted_by_itself() -> None:
    talk = event(4, LedgerOutcome.CONVERSATION, "OTHER")
    assert ask(Facts(events=(talk, *MESSAGES))).allowed
    other = tuple(replace(each, creditors=("OTHER",), id=f"o{each.id}") for each in MESSAGES)
    assert ask(Facts(events=(talk, *other))).allowed
    both = replace(ONTARIAN, creditors=("ACME", "OTHER"))
    denied = ask(Facts(events=(talk, *other)), both)
    assert denied.reasons == ("ca-on-reg74/contact-3-in-7",)
    assert denied.denials[0].used == 3


def test_an_event_or_a_candidate_of_no_creditor_in_particular_counts_for_all() -> None:
    woken = (event(4, LedgerOutcome.CONVERSATION), *(replace(each, creditors=()) for each in MESSAGES))
    assert not ask(Facts(events=woken)).allowed
    assert not ask(Facts(events=woken), replace(ONTARIAN, creditors=())).allowed


def test_busy_calls_and_those_of_others_do_not_count() -> None:
    woken = (event(4, LedgerOutcome.CONVERSATION), *MESSAGES[:2])
    assert ask(Facts(events=(*woken, event(0.5, LedgerOutcome.BUSY)))).allowed
    assert ask(Facts(events=(*woken, event(0.5, LedgerOutcome.MESSAGE_LEFT, debtor=2)))).allowed
