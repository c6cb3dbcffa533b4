"""Other people's case files say the same things in other words: all of them are understood, or told of."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from dialer.casebook.cases import Case, CaseResult, Unreadable
from dialer.casebook.preferences import quiet_times
from dialer.casebook.reading import read_case_file
from dialer.casebook.running import run_cases
from dialer.casebook.stages import FileStage
from dialer.compliance.facts import QuietTime
from dialer.errors import InvalidCaseFile

WEEK = frozenset(range(7))
NOON = "2026-11-24T17:00:00Z"  # a Tuesday, noon in New York
TUESDAY = 1


def hours(value: str) -> int:
    hour, minute = value.split(":")
    return int(hour) * 3600 + int(minute) * 60


def a_case(**more: Any) -> dict[str, Any]:
    """A call at noon that nothing forbids. ``more`` replaces keys of the case, or of its ``given``, ``debtor``,
    ``debt``, ``number``."""
    case: dict[str, Any] = {
        "id": "X",
        "type": "decision",
        "packs": ["us-reg-f"],
        "given": {
            "now": NOON,
            "debtors": [{"id": "D", "country": "US", "subdivision": "US-NY", "address_tz": "America/New_York"}],
            "debts": [{"id": "A", "debtor": "D", "creditor": "Bank"}],
            "numbers": [{"e164": "+16465550121", "tz": ["America/New_York"], "owners": ["D"], "use": "personal"}],
        },
        "candidate": {"channel": "call", "debtor": "D", "debts": ["A"], "number": "+16465550121"},
        "expect": {"decision": "allow", "reasons": []},
    }
    case = copy.deepcopy(case)
    for key, value in more.items():
        match key:
            case "given":
                case["given"] |= value
            case "debtor" | "debt" | "number":
                case["given"][f"{key}s"][0] |= value
            case _:
                case[key] = value
    return case


def run(folder: Path, *cases: Any, **top: Any) -> list[CaseResult]:
    path = folder / "cases.yaml"
    path.write_text(yaml.safe_dump({"cases": list(cases), **top}), "utf-8")
    file = read_case_file(path)
    return asyncio.run(run_cases(file, FileStage(folder)))


def denied(*reasons: str) -> dict[str, Any]:
    return {"expect": {"decision": "deny", "reasons": list(reasons)}}


NO_LUNCH = denied("us-reg-f/inconvenient")
NOT_AT_WORK = denied("us-reg-f/workplace-barred")


@pytest.mark.parametrize(
    "more",
    [
        # times not to be called
        {"debtor": {"prefs": {"no_calls": [{"days": ["tue"], "from": "12:00", "to": "13:00"}]}}, **NO_LUNCH},
        {"debtor": {"inconvenient_times": [{"start": "12:00", "end": "12:30"}]}, **NO_LUNCH},
        {"debtor": {"quiet": "tue 12:00-13:00"}, **NO_LUNCH},
        {"debtor": {"preferences": {"forbid": {"days": "mon-fri", "from": "9:00", "to": "17:00"}}}, **NO_LUNCH},
        {"debtor": {"prefs": {"only": [{"days": ["sat"]}]}}, **NO_LUNCH},
        {"debtor": {"prefs": {"allow": {"days": "weekend"}}}, **NO_LUNCH},
        {"debtor": {"prefs": {"not_before": "15:00"}}, **NO_LUNCH},
        {"debtor": {"prefs": {"not_after": "12:00"}}, **NO_LUNCH},
        {"debtor": {"convenient": {"after": "17:00"}}, **NO_LUNCH},
        {"debtor": {"no_contact": {"tue": ["11:00", "13:00"]}}, **NO_LUNCH},
        {"debtor": {"inconvenient": [{"days": ["mon"], "from": "22:00", "to": "12:30"}]}, **NO_LUNCH},
        {"debtor": {"debtor_pref_forbids_now": True}, **NO_LUNCH},
        {"given": {"debtor_pref_forbids_now": True}, **NO_LUNCH},
        {"debtor": {"prefs": {"only": [{"days": ["tue"], "from": "12:00", "to": "12:30"}]}}},
        {"debtor": {"prefs": [{"kind": "forbid", "days": ["wed"]}]}},
        {"debtor": {"prefs": [{"days": ["tue"], "from": "12:00", "to": "13:00", "allow": False}]}, **NO_LUNCH},
        {"debtor": {"prefs": [{"days": ["tue"], "from": "12:00", "to": "13:00", "allow": True}]}},
        {"debtor": {"prefs": [{"days": ["wed"], "from": "12:00", "to": "13:00", "allow": True}]}, **NO_LUNCH},
        # flags
        {"debt": {"flags": ["attorney"]}, **denied("us-reg-f/attorney")},
        {"debt": {"flags": {"attorney": True, "cease_written": False}}, **denied("us-reg-f/attorney")},
        {"debt": {"attorney": True}, **denied("us-reg-f/attorney")},
        {"debt": {"flags": [{"flag": "attorney", "at": "2026-11-20T12:00:00Z"}]}, **denied("us-reg-f/attorney")},
        {"debt": {"flags": [{"flag": "attorney", "at": "2026-11-25T12:00:00Z"}]}},
        {"debt": {"flags": "cease, disputed"}, **denied("us-reg-f/cease", "us-reg-f/dispute")},
        {"debtor": {"bankruptcy": True}, **denied("us-reg-f/bankruptcy")},
        {"number": {"flags": ["stop_calls_by_debtor"]}, **denied("us-reg-f/medium-optout")},
        {"given": {"debt_flags": {"A": ["attorney"]}}, **denied("us-reg-f/attorney")},
        {"given": {"debtor_flags": {"D": "bankruptcy"}}, **denied("us-reg-f/bankruptcy")},
        {"given": {"number_flags": {"+16465550121": ["stop_calls"]}}, **denied("us-reg-f/medium-optout")},
        {"packs": ["us-tcpa"], "given": {"dnc": ["+16465550121"]}, **denied("us-tcpa/dnc-internal")},
        # the employer
        {"debtor": {"employer_bars": True}, "number": {"use": "work"}, **NOT_AT_WORK},
        {"debtor": {"employer": {"bars_calls": True}}, "number": {"use": "work"}, **NOT_AT_WORK},
        {"debtor": {"flags": ["employer_bars_calls"]}, "number": {"use": "work"}, **NOT_AT_WORK},
        {"number": {"use": "work", "employer_bars_calls": True}, **NOT_AT_WORK},
        {"debtor": {"employer": "Acme Inc."}, "number": {"use": "work"}},
        # scope
        {"given": {"now": "2026-11-24T08:00:00Z", "party": "first_party"}},
        {"given": {"now": "2026-11-24T08:00:00Z", "campaign": {"purpose": "telemarketing"}}},
        {"given": {"now": "2026-11-24T08:00:00Z"}, "debt": {"debt_class": "commercial"}},
        {"given": {"now": "2026-11-24T08:00:00Z", "debt_class": "commercial"}},
        # settings
        {"given": {"now": "2026-11-25T01:59:30Z", "settings": {"close_guard_s": 60}}, **denied("us-reg-f/window")},
        {"given": {"now": "2026-11-25T01:59:30Z"}, "settings": {"close_guard_s": 60}, **denied("us-reg-f/window")},
        # events
        {
            "given": {
                "history": [
                    {"start": "2026-11-23T15:00:00Z", "direction": "inbound", "debtor": "D", "debt": "A",
                     "outcome": "conversation"}
                ]
            },
            **denied("us-reg-f/cooloff-7d"),
        },
        {
            "given": {
                "history": [
                    {"at": "2026-11-24T16:59:00Z", "number": "+16465550121", "state": "ringing", "debts": ["B"]}
                ]
            },
            **denied("engine/number-in-flight"),
        },
        # consent
        {
            "given": {
                "history": [{"at": "2026-11-23T15:00:00Z", "debtor": "D", "debts": ["A"], "outcome": "conversation"}],
                "consents": {"debtor": "D", "debts": ["A"], "at": "2026-11-23", "kind": "direct_prior"},
            },
        },
        {
            "given": {
                "history": [{"at": "2026-11-23T15:00:00Z", "debtor": "D", "debts": ["A"], "outcome": "conversation"}]
            },
            "debt": {"direct_prior_consent_at": "2026-11-23T15:05:00Z"},
        },
        # zones
        {"number": {"tz": "Etc/Unknown"}, "debtor": {"address_tz": None}, **denied("engine/tz-unresolved")},
    ],
)  # fmt: skip
def test_a_fact_in_other_words_is_understood(tmp_path: Path, more: dict[str, Any]) -> None:
    result = run(tmp_path, a_case(**more))[0]
    assert result.passed, (result.error, result.expected, result.got)
    assert not set(result.ignored) - {"given.debtors[0].employer"}


COLOMBIAN = {
    "packs": ["co-ley-2300"],
    "debtor": {"country": "CO", "subdivision": "", "address_tz": "America/Bogota"},
    "number": {"tz": ["America/Bogota"]},
}


@pytest.mark.parametrize(
    "key",
    ["authorised_channels", "authorized_channels", "channels_authorised", "consented_channels", "allowed_channels"],
)
def test_authorised_channels_go_by_many_names(tmp_path: Path, key: str) -> None:
    reason = denied("co-ley-2300/channel-not-authorised")
    on_debtor = a_case(**{**COLOMBIAN, "debtor": {**COLOMBIAN["debtor"], key: ["sms"]}, **reason})
    on_given = a_case(**{**COLOMBIAN, "given": {key: {"sms": True, "call": False}}, **reason})
    unsaid = a_case(**{**COLOMBIAN, "debtor": {**COLOMBIAN["debtor"], key: None}})
    assert [result.passed for result in run(tmp_path, on_debtor, on_given, unsaid)] == [True, True, True]


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"cli": "withheld"}, "candidate"),
        ({"cli_withheld": True}, "candidate"),
        ({"caller_id": "anonymous"}, "candidate"),
        ({"campaign": {"cli_withheld": True}}, "candidate"),
        ({"campaign": {"cli": "withheld"}}, "given"),
        ({"campaign_cli_withheld": True}, "given"),
    ],
)
def test_a_hidden_number_goes_by_many_names(tmp_path: Path, said: dict[str, Any], where: str) -> None:
    case = a_case(
        packs=["mx-redeco"],
        debtor={"country": "MX", "subdivision": "", "address_tz": "America/Mexico_City"},
        number={"tz": ["America/Mexico_City"]},
        **denied("mx-redeco/hidden-cli"),
    )
    case[where] |= said
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        ({"written_notice_at": "2026-11-18"}, "allow"),
        ({"notice_sent_on": "2026-11-19"}, "deny"),
        ({"written_notice": {"sent_at": "2026-11-19T15:00:00Z"}}, "deny"),
        ({"notice_date": None}, "deny"),
        ({"written_notice_sent": False}, "deny"),
        ({}, "allow"),
    ],
)
def test_a_written_notice_goes_by_many_names(tmp_path: Path, notice: dict[str, Any], expected: str) -> None:
    case = a_case(
        packs=["ca-on-reg74"],
        debtor={"country": "CA", "subdivision": "CA-ON", "address_tz": "America/Toronto"},
        number={"tz": ["America/Toronto"]},
        debt=notice,
        expect={"decision": expected},
    )
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)


def test_a_list_of_notices_beside_the_debts_is_read(tmp_path: Path) -> None:
    case = a_case(
        packs=["ca-on-reg74"],
        debtor={"country": "CA", "subdivision": "CA-ON", "address_tz": "America/Toronto"},
        number={"tz": ["America/Toronto"]},
        given={"notices": [{"debt": "A", "sent_at": "2026-11-19T15:00:00Z"}]},
        **denied("ca-on-reg74/notice-6-days"),
    )
    assert run(tmp_path, case)[0].passed


@pytest.mark.parametrize(
    "found", [{"result": "never_originated"}, {"never_originated": True}, {"cdr": "never_originated"}]
)
def test_a_switch_that_knows_of_no_call_releases_it_in_any_words(tmp_path: Path, found: dict[str, Any]) -> None:
    case = a_case(type="sequence")
    candidate = case.pop("candidate")
    allow = {"decision": "allow"}
    case["steps"] = [
        {"op": "reserve", "id": "A", "at": NOON, "candidate": candidate, "expect": allow},
        {"op": "lease_expired", "id": "A", "at": NOON},
        {"op": "reserve", "id": "B", "at": NOON, "candidate": candidate, "expect": {"decision": "deny"}},
        {"op": "reconcile", "id": "A", "at": NOON, **found},
        {"op": "reserve", "id": "C", "at": NOON, "candidate": candidate, "expect": allow},
    ]
    result = run(tmp_path, case)[0]
    assert result.passed, (result.error, result.got)
    assert not result.ignored


@pytest.mark.parametrize(
    "said", [{"tzdata": "2025b"}, {"settings": {"tz_db": "2025b"}}, {"clock": {"tz_version": "2025b"}}]
)
def test_old_zone_data_goes_by_many_names(tmp_path: Path, said: dict[str, Any]) -> None:
    case = a_case(
        packs=["ca-bc"],
        debtor={"country": "CA", "subdivision": "CA-BC", "address_tz": "America/Vancouver"},
        number={"tz": ["America/Vancouver"]},
        given={"now": "2026-11-24T20:00:00Z", **said},
        **denied("engine/tzdata-stale"),
    )
    assert run(tmp_path, case)[0].passed


def test_what_nobody_understands_is_listed_and_the_case_runs_without_it(tmp_path: Path) -> None:
    case = a_case(given={"moon": "full"}, debtor={"shoe_size": 43})
    case["candidate"]["mood"] = "good"
    case["expect"]["surprise"] = "none"
    result = run(tmp_path, case)[0]
    assert result.passed
    assert set(result.ignored) == {"given.moon", "given.debtors[0].shoe_size", "candidate.mood", "expect.surprise"}


def test_an_expectation_of_which_nothing_can_be_compared_fails(tmp_path: Path) -> None:
    assert not run(tmp_path, a_case(expect={"surprise": "none"}))[0].passed
    assert not run(tmp_path, a_case(expect={}))[0].passed


def test_a_wrong_expectation_fails_and_says_in_what(tmp_path: Path) -> None:
    wrong = a_case(expect={"decision": "deny", "reasons": ["us-reg-f/window"], "next_allowed_at": NOON})
    result = run(tmp_path, wrong)[0]
    assert not result.passed
    assert set(result.differs) == {"decision", "reasons", "next_allowed_at"}


def test_bad_cases_fail_with_their_error_and_stop_no_other(tmp_path: Path) -> None:
    results = run(
        tmp_path,
        {"id": "TYPE", "type": "poem"},
        "not even a mapping",
        a_case(id="TIME", given={"now": "yesterday"}),
        a_case(id="PACK", packs=["us-reg-z"]),
        a_case(id="OUTCOME", given={"history": [{"at": NOON, "outcome": "eaten"}]}),
        a_case(id="RULE", type="ratio", rule="us-reg-f/none", given={"counts": {"abandoned": 1}}),
        {"id": "STEP", "type": "sequence", "packs": ["us-reg-f"], "given": {"now": NOON},
         "steps": [{"op": "outcome", "id": "R1", "at": NOON, "outcome": "busy"}]},
        a_case(id="GOOD"),
    )  # fmt: skip
    assert [result.id for result in results if result.error] == [
        "TYPE", "case 2", "TIME", "PACK", "OUTCOME", "RULE", "STEP",
    ]  # fmt: skip
    assert [result.id for result in results if result.passed] == ["GOOD"]
    assert "us-reg-z" in results[3].error
    assert "yesterday" in results[2].error


def test_a_file_may_bring_packs_and_calendars_and_is_told_where_they_differ_from_ours(tmp_path: Path) -> None:
    rules = [
        {"id": "window", "kind": "window", "cite": "a law", "calendar": "CO",
         "allow": [{"days": ["tue"], "from": "12:00", "to": "12:30"}]}
    ]  # fmt: skip
    packs = {
        "us-reg-f": {"title": "narrow", "as_of": "2026-11-22", "applies": {"country": "US"}, "rules": rules},
        "broken": {"title": "broken", "applies": {"country": "US"}, "rules": [{"id": "x", "kind": "riddle"}]},
    }
    late = a_case(id="LATE", given={"now": "2026-11-24T17:30:00Z"})
    late["expect"] = {"decision": "deny", "reasons": ["us-reg-f/window"], "next_allowed_at": "2026-12-08T17:00:00Z"}
    bad = a_case(id="BAD", packs=["broken"])
    path = tmp_path / "cases.yaml"
    top = {"packs": packs, "calendars": {"CO": ["2026-12-01"]}, "cases": [late, bad]}
    path.write_text(yaml.safe_dump(top), "utf-8")
    file = read_case_file(path)
    results = asyncio.run(run_cases(file, FileStage(tmp_path)))
    assert results[0].passed, (results[0].error, results[0].got)
    assert "riddle" in results[1].error
    assert any("us-reg-f" in remark and "window" in remark for remark in file.remarks)
    assert any("calendar CO" in remark for remark in file.remarks)


@pytest.mark.parametrize("text", ["a: [", "just words", "cases: 7", "packs: {}"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidCaseFile):
        read_case_file(path)
    with pytest.raises(InvalidCaseFile):
        read_case_file(tmp_path / "nothing.yaml")


def test_plain_times_and_countries_are_not_taken_for_numbers_and_truths(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(
        "cases:\n- id: N\n  packs: [us-reg-f]\n  given: {now: 2026-11-24T17:00:00Z, debtors: [{id: O, country: NO, "
        "address_tz: Europe/Oslo, prefs: {forbid: [{from: 12:30, to: 13:00}]}}]}\n"
        "  candidate: {debtor: O}\n  expect: {decision: allow}\n",
        "utf-8",
    )
    case = read_case_file(path).cases[0]
    assert isinstance(case, Case)
    assert case.world.debtors["O"].country == "NO"
    assert case.world.debtors["O"].quiet == (QuietTime(days=WEEK, from_s=hours("12:30"), to_s=hours("13:00")),)


def test_a_night_is_two_quiet_times_and_the_second_is_the_morning_after() -> None:
    found = quiet_times({"days": ["sun"], "from": "22:00", "to": "06:00"}, "quiet", "x")
    assert found == (
        QuietTime(days=frozenset({6}), from_s=hours("22:00"), to_s=86_400),
        QuietTime(days=frozenset({0}), from_s=0, to_s=hours("06:00")),
    )


def test_only_leaves_the_rest_of_the_week_quiet() -> None:
    found = quiet_times([{"days": ["tue"], "from": "10:00", "to": "12:00"}], "only", "x")
    assert sum((each.to_s - each.from_s) * len(each.days) for each in found) == 7 * 86_400 - 2 * 3600
    assert not any(TUESDAY in each.days and each.from_s <= hours("11:00") < each.to_s for each in found)


def test_an_unreadable_case_keeps_its_id_and_its_expectation(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(
        yaml.safe_dump([{"id": "U", "type": "decision", "given": 7, "expect": {"decision": "deny"}}]), "utf-8"
    )
    case = read_case_file(path).cases[0]
    assert isinstance(case, Unreadable)
    assert (case.id, case.expect) == ("U", {"decision": "deny"})
