"""Facts said apart from what they are of, and expectations in other words than ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dialer.errors import InvalidCaseFile
from tests.unit.casebook.test_reading import NO_LUNCH, NOON, NOT_AT_WORK, a_case, denied, run

LAWYER = denied("us-reg-f/attorney")
NIGHT = {"given": {"now": "2026-11-24T08:00:00Z"}}
TALK = {"at": "2026-11-18T04:58:00Z", "dir": "in", "debtor": "D", "debts": ["A"], "outcome": "conversation"}


@pytest.mark.parametrize(
    "more",
    [
        {"given": {"flags": [{"debt": "A", "flag": "attorney"}]}, **LAWYER},
        {"given": {"flags": [{"target": "A", "flag": "attorney", "at": "2026-11-20T15:00:00Z"}]}, **LAWYER},
        {"given": {"flags": [{"debt": "A", "flag": "attorney", "at": "2026-11-25T15:00:00Z"}]}},
        {"given": {"flags": [{"debt": "B", "flag": "attorney"}]}},
        {"debtor": {"flags": ["attorney"]}, **LAWYER},
        {"debt": {"flags": ["bankruptcy"]}, **denied("us-reg-f/bankruptcy")},
        {"number": {"use": "work", "flags": ["employer_bars"]}, **NOT_AT_WORK},
        {"number": {"use": "work"}, "debtor": {"flags": ["employer_forbids_calls"]}, **NOT_AT_WORK},
        {"given": {"prefs": [{"debtor": "D", "days": ["tue"], "from": "12:00", "to": "13:00"}]}, **NO_LUNCH},
        {"given": {"prefs": [{"debtor": "E", "days": ["tue"], "from": "12:00", "to": "13:00"}]}},
        {**NIGHT, "debt": {"party": "first_party"}},
        {**NIGHT, "debtor": {"party": "first_party"}},
        {**NIGHT, "debt": {"party": "third_party"}, **denied("us-reg-f/window")},
        {"given": {"history": [{**TALK, "ends_at": "2026-11-18T05:03:00Z"}]}, **denied("us-reg-f/cooloff-7d")},
        {"given": {"history": [{**TALK, "ends_at": "2026-11-18T04:59:00Z"}]}},
        {
            "given": {
                "history": [{**TALK, "at": "2026-11-24T13:00:00Z"}],
                "consents": [{"debtor": "D", "debt": "A", "day1": "2026-11-18"}],
            },
        },
    ],
)  # fmt: skip
def test_a_fact_that_stands_apart_is_understood(tmp_path: Path, more: dict[str, Any]) -> None:
    result = run(tmp_path, a_case(**more))[0]
    assert result.passed, (result.error, result.expected, result.got)
    assert not result.ignored


def a_call_to(country: str, zone: str, pack: str, **more: Any) -> dict[str, Any]:
    place = {"country": country, "subdivision": more.pop("subdivision", ""), "address_tz": zone}
    number = {"tz": [zone], **more.pop("number", {})}
    return a_case(packs=[pack], debtor={**place, **more.pop("debtor", {})}, number=number, **more)


@pytest.mark.parametrize(
    "more",
    [
        {"number": {"contact": {"role": "reference"}}},
        {"number": {"owner_role": "reference"}},
        {"number": {"use": "reference"}},
        {"number": {"owners": [{"debtor": "D", "role": "relative"}]}},
        {"given": {"contacts": [{"number": "+16465550121", "role": "reference"}]}},
    ],
)
def test_who_answers_a_number_goes_by_many_names(tmp_path: Path, more: dict[str, Any]) -> None:
    case = a_call_to("MX", "America/Mexico_City", "mx-redeco", **more, **denied("mx-redeco/third-party"))
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


@pytest.mark.parametrize(
    ("campaign", "hidden"),
    [
        ({"id": "K", "cli": None}, True),
        ({"id": "K", "cli_presentation": "restricted"}, True),
        ({"id": "K", "cli": {"number": "+525550000000", "presented": False}}, True),
        ({"id": "K", "cli_presented": False}, True),
        ({"id": "K", "flags": ["cli_withheld"]}, True),
        ({"id": "K", "cli": "+525550000000"}, False),
        ({"id": "K", "cli_presented": True}, False),
        ({"id": "K"}, False),
    ],
)
def test_a_campaign_says_whether_it_hides_its_number(tmp_path: Path, campaign: dict[str, Any], hidden: bool) -> None:
    expect = denied("mx-redeco/hidden-cli") if hidden else {}
    case = a_call_to("MX", "America/Mexico_City", "mx-redeco", given={"campaign": campaign}, **expect)
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


@pytest.mark.parametrize(
    "said",
    [{"D": ["sms"]}, [{"debtor": "D", "channels": ["sms", "email"]}], [{"debtor": "D", "channel": "sms"}], ["sms"]],
)
def test_authorised_channels_may_be_listed_by_debtor(tmp_path: Path, said: Any) -> None:
    reason = denied("co-ley-2300/channel-not-authorised")
    case = a_call_to("CO", "America/Bogota", "co-ley-2300", given={"authorised_channels": said}, **reason)
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"given": {"notices": [{"creditor": "Bank", "at": "2026-11-19"}]}}, "deny"),
        ({"given": {"notices": [{"creditor": "Other", "at": "2026-11-19"}]}}, "allow"),
        ({"given": {"notices": [{"debtor": "D", "on": "2026-11-19"}]}}, "deny"),
        ({"given": {"notices": [{"debt": "A", "sent": "2026-11-18"}]}}, "allow"),
        ({"debtor": {"written_notice_at": "2026-11-19"}}, "deny"),
        ({"debtor": {"written_notice_at": "2026-11-19"}, "debt": {"written_notice_at": "2026-10-01"}}, "allow"),
    ],
)
def test_a_notice_is_of_the_debts_it_names_of_a_creditor_or_of_a_debtor(
    tmp_path: Path, more: dict[str, Any], expected: str
) -> None:
    case = a_call_to("CA", "America/Toronto", "ca-on-reg74", subdivision="CA-ON", **more)
    case["expect"] = {"decision": expected}
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


def test_a_flag_set_between_reservation_and_dialing_stops_the_call_whatever_names_its_subject(tmp_path: Path) -> None:
    cases = []
    for about in ({"debt": "A"}, {"target": "A"}, {"id": "A"}):
        case = a_case(type="sequence")
        candidate = case.pop("candidate")
        case["steps"] = [
            {"op": "reserve", "id": "R", "at": NOON, "candidate": candidate, "expect": {"decision": "allow"}},
            {"op": "set_flag", "flag": "cease_written", "at": NOON, **about},
            {"op": "originate", "id": "R", "at": "2026-11-24T17:00:05Z", **denied("us-reg-f/cease")},
        ]
        cases.append(case)
    assert [(each.passed, each.error) for each in run(tmp_path, *cases)] == [(True, "")] * 3


def a_rate(rule: str, expect: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"id": "X", "type": "ratio", "packs": [rule.partition("/")[0]], "rule": rule, "given": given,
            "expect": expect}  # fmt: skip


UK, US = "uk-ofcom/abandon-3pct", "us-tsr/abandon-3pct"
LONDON = {"now": "2026-11-24T15:00:00Z", "tz": "Europe/London"}
DAYS = {"2026-11-23": {"conversation": 50, "abandoned": 50}, "2026-11-24": {"conversation": 98, "abandoned": 2}}
CALLS = [
    {"at": "2026-11-23T15:00:00Z", "outcome": "abandoned", "count": 50},
    {"at": "2026-11-24T10:00:00Z", "outcome": "conversation", "count": 98},
    {"at": "2026-11-24T11:00:00Z", "outcome": "abandoned", "count": 2},
]
TWO_OF_100 = {"rate": 0.02, "breach": False, "headroom": 1, "overdial": True}
HALVED = {"rate": 0.52 / 2, "breach": True, "headroom": 0, "overdial": False}


@pytest.mark.parametrize(
    "case",
    [
        a_rate(UK, TWO_OF_100, **LONDON, days=DAYS),
        a_rate(UK, TWO_OF_100, **LONDON, days=[{"date": day, **counts} for day, counts in DAYS.items()]),
        a_rate(UK, TWO_OF_100, **LONDON, history=CALLS),
        a_rate(US, HALVED, **LONDON, days=DAYS, campaign={"id": "K", "started": "2026-11-01"}),
        a_rate(US, TWO_OF_100, **LONDON, days=DAYS, campaign_started="2026-10-25"),  # whose second stretch began today
        # an estimate up to one is a share of the machines, above it a number of calls
        a_rate(UK, {"rate": 0.03}, counts={"conversation": 194, "abandoned": 4, "machine": 100},
               amd_false_positive_rate=0.02),
        a_rate(UK, {"rate": 0.03}, counts={"conversation": 194, "abandoned": 4, "machine": 100,
                                           "amd_false_positive_estimate": 2}),
        a_rate(UK, {"rate": None, "headroom": 0}, counts={"machine": 4}),
        a_rate(US, {"rate": 0.0303, "breach": True}, counts={"conversation": 96, "abandoned": 3}),
    ],
)  # fmt: skip
def test_a_rate_may_be_counted_from_days_or_calls_and_from_an_estimate(tmp_path: Path, case: dict[str, Any]) -> None:
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


def test_a_rate_is_compared_to_four_decimals_and_no_less(tmp_path: Path) -> None:
    counts = {"conversation": 9_695, "abandoned": 305}
    cases = [a_rate(US, {"rate": rate}, counts=counts) for rate in (0.0305, 0.03, 0.0306, None)]
    assert [result.passed for result in run(tmp_path, *cases)] == [True, False, False, False]


LINE = {"answered_s": 0.0, "greeting_start_s": 0.2, "greeting_end_s": 1.5, "ring_s": 18.0}
CUT = {"answered_s": None, "ring_s": 12.0}


@pytest.mark.parametrize(
    ("given", "expect", "passes"),
    [
        ({**LINE, "amd": "machine"}, {"outcome": "machine", "violations": []}, True),
        ({**LINE, "answered_by": "machine"}, {"outcome": "machine"}, True),
        ({**LINE, "amd": "machine", "actual": "person"}, {"outcome": "abandoned"}, True),
        ({**LINE, "amd": "person"}, {"outcome": "abandoned"}, True),
        ({**LINE, "hangup_s": 1.0}, {"outcome": "hung_up"}, True),
        (CUT, {"outcome": "ring_too_short", "reasons": ["us-tsr/conduct"]}, True),
        (CUT, {"outcome": "no_answer", "violations": ["ring_min_s"]}, True),
        ({**CUT, "ring_s": 15.0}, {"outcome": "ring_too_short"}, False),
        (CUT, {"outcome": "abandoned"}, False),
    ],
)
def test_what_a_call_was_goes_by_many_names(
    tmp_path: Path, given: dict[str, Any], expect: dict[str, Any], passes: bool
) -> None:
    case = {"id": "X", "type": "classify", "packs": ["us-tsr"], "given": given, "expect": expect}
    assert run(tmp_path, case)[0].passed is passes


def test_the_last_activity_may_be_said_of_the_debt(tmp_path: Path) -> None:
    case = {
        "id": "X", "type": "purge", "packs": ["us-reg-f"],
        "given": {
            "now": "2029-11-24T15:00:00Z", "tz": "America/New_York",
            "record": {"cls": "attempt", "at": "2026-11-24T15:00:00Z"},
            "debt": {"id": "A", "last_activity": "2027-06-01"},
        },
        "expect": {"decision": "deny", "reasons": ["us-reg-f/retain"], "purge_from": "2030-06-01"},
    }  # fmt: skip
    assert run(tmp_path, case)[0].passed


def test_a_decision_without_a_candidate_and_an_empty_case_fail(tmp_path: Path) -> None:
    lost = a_case()
    del lost["candidate"]
    moved = a_case()
    moved["given"]["candidate"] = moved.pop("candidate")
    results = run(tmp_path, lost, None, moved)
    assert ["candidate is missing" in results[0].error, "empty" in results[1].error] == [True, True]
    assert results[2].passed


def test_a_file_of_no_cases_is_an_error_and_no_success(tmp_path: Path) -> None:
    with pytest.raises(InvalidCaseFile, match="no list of cases"):
        run(tmp_path)


def test_when_the_answer_is_allowed_nothing_is_waited_for(tmp_path: Path) -> None:
    said = [{"decision": "allow", "next_allowed_at": when} for when in (NOON, None)]
    denied_too = {"decision": "deny", "next_allowed_at": NOON}
    results = run(tmp_path, *(a_case(expect=each) for each in (*said, denied_too)))
    assert [each.differs for each in results] == [(), (), ("decision", "next_allowed_at")]


@pytest.mark.parametrize(
    ("prefs", "until"),
    [
        ({"no_calls_before": "13:00"}, "2026-11-24T18:00:00Z"),
        ({"no_calls_after": "09:00"}, "2026-11-25T13:00:00Z"),
        ([{"label": "night shift", "days": ["tue"], "from": "09:00", "to": "17:00"}], "2026-11-24T22:00:00Z"),
        ([{"days": ["tue"], "place": "anywhere"}], "2026-11-25T13:00:00Z"),
    ],
)
def test_hours_are_read_whatever_they_are_called(tmp_path: Path, prefs: Any, until: str) -> None:
    case = a_case(debtor={"prefs": prefs}, expect={**NO_LUNCH["expect"], "next_allowed_at": until})
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


def test_a_preference_that_says_no_time_of_the_week_is_an_error_and_not_the_whole_week(tmp_path: Path) -> None:
    result = run(tmp_path, a_case(debtor={"prefs": [{"forbid": {"date": "2026-11-24"}}]}, **NO_LUNCH))[0]
    assert "says no time of the week" in result.error


def test_a_flag_that_was_lifted_holds_no_more(tmp_path: Path) -> None:
    lifted = {"debt": {"flags": [{"flag": "attorney", "from": "2026-08-01", "until": "2026-10-01"}]}}
    holds = {"debt": {"flags": [{"flag": "attorney", "from": "2026-08-01", "until": "2026-12-01"}]}, **LAWYER}
    of_number = {"number": {"flags": [{"flag": "stop_calls_by_debtor", "lifted_at": "2026-10-01"}]}}
    assert [each.passed for each in run(tmp_path, a_case(**lifted), a_case(**holds), a_case(**of_number))] == [True] * 3


@pytest.mark.parametrize(("release", "stale"), [("2026.1", True), ("2026.2", False), ("2026b", False)])
def test_zone_data_may_be_named_as_its_package_is(tmp_path: Path, release: str, stale: bool) -> None:
    expect = denied("engine/tzdata-stale") if stale else {}
    given = {"now": "2026-11-24T20:00:00Z", "tzdata": release}
    case = a_call_to("CA", "America/Vancouver", "ca-bc", subdivision="CA-BC", given=given, **expect)
    assert run(tmp_path, case)[0].passed


@pytest.mark.parametrize(
    ("consents", "allows"),
    [
        ([{"debtor": "D", "kind": "channel", "channel": "call"}], True),
        ([{"debtor": "D", "channels": ["sms", "email"]}], False),
        ([{"debtor": "D", "channels": ["sms", "call"]}, {"channel": "call", "revoked": True}], False),
        ([{"debtor": "D", "debt": "A", "kind": "direct_prior", "channel": "sms", "at": "2026-11-20"}], True),
    ],
)
def test_consent_to_a_channel_authorises_it_and_no_other(tmp_path: Path, consents: Any, allows: bool) -> None:
    expect = {} if allows else denied("co-ley-2300/channel-not-authorised")
    case = a_call_to("CO", "America/Bogota", "co-ley-2300", given={"consents": consents}, **expect)
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


def test_which_loser_is_told_what_may_depend_on_the_order_but_not_what_the_losers_are_told(tmp_path: Path) -> None:
    case = a_case(type="race", packs=["us-reg-f"])
    other = "+16465550122"
    case["given"]["numbers"].append({"e164": other, "tz": ["America/New_York"], "owners": ["D"], "use": "home"})
    candidate = case.pop("candidate")
    numbers = [candidate["number"], other, candidate["number"], other, other]
    case["concurrent"] = [{"worker": f"w{at}", "candidate": {**candidate, "number": e164}}
                          for at, e164 in enumerate(numbers)]  # fmt: skip
    case["expect"] = {"allowed": 1, "denied": 4, "denied_reasons": ["engine/number-in-flight", "us-reg-f/cooloff-7d"]}
    alone = {**case, "concurrent": case["concurrent"][:3]}  # two of one number, one of another: the order decides
    results = run(tmp_path, case, alone)
    assert [each.passed for each in results] == [True, False]
    assert "depends_on_order" in results[1].differs
