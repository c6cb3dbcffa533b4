"""Every decision of cases.yaml: the complete set of reasons, what was used, and the next allowed minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from dialer.compliance.facts import (
    Candidate,
    Channel,
    Consent,
    ContactEvent,
    ContactRole,
    Direction,
    Facts,
    LedgerOutcome,
    NumberUse,
    Party,
    QuietTime,
)
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import shipped_packs
from dialer.compliance.rulebook import GateSettings, decide
from dialer.compliance.verdict import Verdict

DOCUMENT = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text("utf-8"))
KNOWN = {
    "title", "who", "with", "packs", "now", "close_guard_s", "events", "consents", "deny", "used", "next",
    "debt_flags", "debtor_flags", "authorised", "quiet", "do_not_call",
}  # fmt: skip


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def candidate_of(case: dict[str, Any]) -> Candidate:
    person = DOCUMENT["people"][case["who"]] | case.get("with", {})
    return Candidate(
        debtor="D1",
        debts=tuple(person.get("debts", ["A1"])),
        number=person["number"],
        country=person["country"],
        subdivision=person.get("subdivision", ""),
        zones=tuple(person["zones"]),
        channel=Channel(person.get("channel", "call")),
        party=Party(person.get("party", "third_party")),
        number_use=NumberUse(person.get("number_use", "")),
        contact_role=ContactRole(person.get("contact_role", "debtor")),
        agent_guaranteed=person.get("agent_guaranteed", False),
        caller_id_withheld=person.get("caller_id_withheld", False),
    )


def facts_of(case: dict[str, Any], candidate: Candidate) -> Facts:
    events = tuple(
        ContactEvent(
            id=f"e{index}",
            at=instant(event["at"]),
            ended_at=instant(event["ended_at"]) if "ended_at" in event else None,
            debtor=event.get("debtor", "D1"),
            debts=tuple(event.get("debts", ["A1"])),
            number=event.get("number", candidate.number),
            outcome=LedgerOutcome(event.get("outcome", "unknown")),
            channel=Channel(event.get("channel", "call")),
            direction=Direction(event.get("direction", "out")),
            in_flight=event.get("in_flight", False),
        )
        for index, event in enumerate(case.get("events", []))
    )
    return Facts(
        events=events,
        do_not_call=case.get("do_not_call", False),
        debtor_flags=frozenset(case.get("debtor_flags", [])),
        debt_flags={debt: frozenset(flags) for debt, flags in case.get("debt_flags", {}).items()},
        consents=tuple(
            Consent(debtor="D1", debt=consent["debt"], at=instant(consent["at"]))
            for consent in case.get("consents", [])
        ),
        authorised_channels=frozenset(map(Channel, case["authorised"])) if "authorised" in case else None,
        quiet_times=tuple(
            QuietTime(days=frozenset(quiet["days"]), from_s=quiet["from_s"], to_s=quiet["to_s"])
            for quiet in case.get("quiet", [])
        ),
    )


def decide_case(case: dict[str, Any], now: datetime) -> Verdict:
    candidate = candidate_of(case)
    packs = [shipped_packs()[pack] for pack in case["packs"]]
    settings = GateSettings(close_guard_s=case.get("close_guard_s", 0))
    return decide(candidate, facts_of(case, candidate), packs, shipped_calendars(), now, settings)


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=[case["title"] for case in DOCUMENT["cases"]])
def test_case(case: dict[str, Any]) -> None:
    assert set(case) <= KNOWN
    verdict = decide_case(case, instant(case["now"]))
    assert sorted(verdict.reasons) == sorted(case.get("deny", []))
    assert verdict.allowed == (not case.get("deny"))
    upcoming = case.get("next")
    assert verdict.next_allowed_at == (instant(upcoming) if upcoming else None)
    for denial in verdict.denials:
        if denial.rule in case.get("used", {}):
            assert [denial.used, denial.maximum, " ".join(denial.events)] == case["used"][denial.rule]


@pytest.mark.parametrize(
    "case", [case for case in DOCUMENT["cases"] if case.get("next")], ids=lambda case: case["title"]
)
def test_the_next_allowed_minute_is_allowed_and_the_one_before_is_not(case: dict[str, Any]) -> None:
    upcoming = instant(case["next"])
    assert decide_case(case, upcoming).allowed
    before = max(instant(case["now"]), upcoming - timedelta(minutes=1))
    assert not decide_case(case, before).allowed


def test_titles_are_sentences_of_their_own() -> None:
    titles = [case["title"] for case in DOCUMENT["cases"]]
    assert len(set(titles)) == len(titles)
