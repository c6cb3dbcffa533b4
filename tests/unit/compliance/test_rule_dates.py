"""Rules that begin and end: they bind in between, the next allowed minute knows, and an end is an alarm."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dialer.compliance.alarms import Alarm, AlarmKind
from dialer.compliance.facts import Candidate, ContactRole, Facts, GateQuery
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import parse_pack
from dialer.compliance.verdict import Verdict
from dialer.errors import InvalidPack

HEAD = "id: mine\ntitle: t\nas_of: '2026-11-22'\nbrought_in_by: campaign\napplies: {}\nrules:\n"
NOBODY = (
    "  - {id: nobody, kind: guard, cite: c, basis: law, deny_if: 'contact_role:debtor', "
    "effective: {from: '2026-12-01', until: '2026-12-10'}}\n"
)
BOGOTANO = Candidate(debtor=1, debts=(10,), number="+573101234567", country="CO", zones=("America/Bogota",))
#: The dates of a rule begin at UTC+14 and end at UTC-12.
BEGINS, ENDS = datetime(2026, 11, 30, 10, tzinfo=UTC), datetime(2026, 12, 11, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ask(text: str, now: datetime) -> Verdict:
    gate = Gate.of([parse_pack(HEAD + text, "mine.yaml")], shipped_calendars())
    return gate.check(GateQuery(candidate=BOGOTANO, facts=Facts(), now=now))


def test_a_rule_binds_from_its_first_date_to_its_last_wherever_the_debtor_is() -> None:
    assert ask(NOBODY, BEGINS - SECOND).allowed
    assert not ask(NOBODY, BEGINS).allowed
    assert not ask(NOBODY, ENDS - SECOND).allowed
    assert ask(NOBODY, ENDS).allowed


def test_the_end_of_a_rule_is_the_next_allowed_minute() -> None:
    denied = ask(NOBODY, BEGINS)
    assert denied.denials[0].next_allowed_at is None  # by itself it knows no date
    assert denied.next_allowed_at == ENDS


def test_an_end_that_finds_the_window_closed_waits_for_its_opening() -> None:
    window = "  - {id: w, kind: window, cite: c, basis: law, allow: [{days: [mon], from: '09:00', to: '10:00'}]}\n"
    assert ask(NOBODY + window, BEGINS + timedelta(days=1)).next_allowed_at == datetime(2026, 12, 14, 14, tzinfo=UTC)


def test_a_rule_that_comes_into_force_may_shut_what_was_to_open() -> None:
    window = "  - {id: w, kind: window, cite: c, basis: law, allow: [{days: [wed], from: '09:00', to: '10:00'}]}\n"
    denied = ask(NOBODY + window, BEGINS - SECOND)  # the next Wednesday is the second of December
    assert denied.reasons == ("mine/w",)
    assert denied.next_allowed_at == datetime(2026, 12, 16, 14, tzinfo=UTC)


def test_an_allowed_contact_holds_until_the_rule_begins() -> None:
    assert ask(NOBODY, BEGINS - timedelta(hours=5)).holds_until == BEGINS
    assert ask(NOBODY, BEGINS - timedelta(hours=25)).holds_until is None
    window = "  - {id: w, kind: window, cite: c, basis: law, allow: [{days: [mon], from: '01:00', to: '23:00'}]}\n"
    reference = NOBODY.replace("contact_role:debtor", f"contact_role:{ContactRole.REFERENCE}")
    monday_evening = datetime(2026, 12, 1, 4, tzinfo=UTC)
    assert ask(reference + window, BEGINS - timedelta(hours=1)).holds_until == monday_evening


def test_dates_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidPack, match="line 7, rule nobody: from must not be later than until"):
        parse_pack(HEAD + NOBODY.replace("2026-12-10", "2026-11-10"), "mine.yaml")


def test_what_ended_what_is_in_doubt_and_what_nobody_checked_are_alarms() -> None:
    doubt = NOBODY.replace("id: nobody", "id: doubt").replace("effective: {from: '2026-12-01', until: '2026-12-10'}",
                                                              "review_by: '2026-12-01'")  # fmt: skip
    gate = Gate.of([parse_pack(HEAD + NOBODY + doubt, "mine.yaml")], shipped_calendars())
    assert gate.alarms(datetime(2026, 12, 1, 12, tzinfo=UTC)) == ()
    expired = Alarm(AlarmKind.EXPIRED, "mine/nobody", date(2026, 12, 10))
    review = Alarm(AlarmKind.REVIEW, "mine/doubt", date(2026, 12, 1))
    assert gate.alarms(ENDS - SECOND) == (review,)
    assert gate.alarms(ENDS) == (expired, review)
    stale = Alarm(AlarmKind.STALE, "mine", date(2026, 11, 22))
    assert gate.alarms(datetime(2027, 11, 21, 12, tzinfo=UTC)) == (expired, review)
    assert gate.alarms(datetime(2027, 11, 22, 12, tzinfo=UTC)) == (stale, expired, review)
    assert stale in gate.alarms(datetime(2027, 1, 22, 12, tzinfo=UTC), stale_after_months=2)


def test_the_measure_of_anatel_goes_on_binding_with_an_alarm() -> None:
    alarms = Gate.shipped().alarms(datetime(2026, 11, 24, tzinfo=UTC))
    assert alarms == (Alarm(AlarmKind.REVIEW, "br-anatel/short-calls", date(2026, 5, 31)),)
    brazilian = Candidate(debtor=1, debts=(), number="+5511987654321", country="BR", subdivision="BR-SP")
    rules = Gate.shipped().ratio_rules(brazilian, now=datetime(2026, 11, 24, tzinfo=UTC))
    assert [rule.id for rule in rules] == ["br-anatel/short-calls"]
