"""The checker finds what is planted: a checker that finds nothing proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.crimes import CRIMES, Plant, counts, facts, hours
from tests.support.brute_force.law import LAWS
from tests.support.planted_ledger import Planted

#: Each of them enters its crimes in the list when it is read.
KINDS = (hours, counts, facts)


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    return Planted(tmp_path / "ledger.db")


@pytest.mark.parametrize(("rule", "plant"), CRIMES, ids=[f"{rule}-{index}" for index, (rule, _) in enumerate(CRIMES)])
def test_each_crime_is_found_and_nothing_else(planted: Planted, rule: str, plant: Plant) -> None:
    plant(planted)
    found = planted.findings()
    assert [(finding.kind, finding.rules) for finding in found] == [("violation", (rule,))], found


def test_every_law_has_its_crime() -> None:
    assert {rule for rule, _ in CRIMES} == set(LAWS)


# --------------------------------------------------------------------------------------------- denials


@pytest.mark.parametrize(
    ("until", "finding"),
    [
        ("2026-11-25T13:00:00Z", None),
        ("2026-11-25T12:59:00Z", "wrong-date"),
        ("2026-11-25T13:01:00Z", "wrong-date"),
        ("2026-11-25T13:00:30Z", "wrong-date"),
        (None, "wrong-date"),
    ],
)
def test_a_date_that_is_a_minute_off_is_found(planted: Planted, until: str | None, finding: str | None) -> None:
    planted.person("US")
    planted.denial("2026-11-25T02:00:00Z", "us-reg-f/window", until=until)
    assert [each.kind for each in planted.findings()] == ([] if finding is None else [finding])


def test_a_date_for_what_no_date_lifts_is_found(planted: Planted) -> None:
    planted.person("US")
    planted.fact("flag", "debt", {"flag": "attorney"})
    planted.denial("2026-11-24T17:00:00Z", "us-reg-f/attorney")
    planted.denial("2026-11-24T17:05:00Z", "us-reg-f/attorney", until="2026-11-25T13:00:00Z")
    assert [each.kind for each in planted.findings()] == ["wrong-date"]


def test_a_reason_that_does_not_hold_is_found(planted: Planted) -> None:
    planted.person("US")
    planted.denial("2026-11-24T17:00:00Z", "us-reg-f/cap-7in7", until="2026-11-25T13:00:00Z")
    (finding,) = planted.findings()
    assert (finding.kind, finding.rules) == ("wrong-denial", ("us-reg-f/cap-7in7",))


def test_a_reason_that_holds_and_is_not_named_is_found(planted: Planted) -> None:
    planted.person("US")
    planted.fact("flag", "debt", {"flag": "attorney"})
    planted.denial("2026-11-25T02:00:00Z", "us-reg-f/window", until="2026-11-25T13:00:00Z")
    (finding,) = planted.findings()
    assert (finding.kind, finding.rules) == ("missing-reason", ("us-reg-f/attorney",))


def test_a_call_that_the_audit_trail_lacks_is_found(planted: Planted) -> None:
    planted.person("US")
    planted.record(planted.call("2026-11-24T17:00:00Z"), "2026-11-24T17:00:00Z")
    lacking = planted.call("2026-11-25T17:00:00Z")
    (finding,) = planted.findings()
    assert (finding.kind, finding.decision.id) == ("unrecorded", lacking)
