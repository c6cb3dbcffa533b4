"""Packs of the house's own: they add to the shipped ones, in every place that asks which packs there are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialer.cli import app
from dialer.compliance.gate import Gate
from dialer.compliance.loader import packs_in_force, shipped_packs
from dialer.doctor import house
from dialer.errors import InvalidPack, UnknownPack

SIESTA = """
id: siesta
title: "Nobody is called at siesta"
as_of: "2026-11-22"
brought_in_by: campaign
applies: {purpose: [collection]}
rules:
  - id: one-a-week
    kind: limit
    cite: house
    basis: policy
    key: [debtor]
    count: {channel: call, dir: out, outcomes: any}
    max: 1
    window: {calendar_days: 7}
"""

CASES = """
cases:
- id: SIESTA-1
  type: decision
  packs: [siesta]
  given:
    debtors: [{id: ANA, country: CO, address_tz: America/Bogota}]
    debts: [{id: CO-1, debtor: ANA, creditor: Banco Uno}]
    numbers: [{e164: "+573101234567", tz: [America/Bogota], owners: [ANA], use: personal}]
    now: "2026-11-25T15:00:00Z"
    history: [{at: "2026-11-23T15:00:00Z", channel: call, dir: out, debtor: ANA, debts: [CO-1], outcome: no_answer,
               number: "+573101234567"}]
  candidate: {channel: call, debtor: ANA, debts: [CO-1], number: "+573101234567"}
  expect: {decision: deny, reasons: [siesta/one-a-week]}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "siesta.yaml").write_text(SIESTA, encoding="utf-8")
    return folder


def test_they_stand_beside_the_shipped_ones(own: Path) -> None:
    packs = packs_in_force(own)

    assert packs.keys() == shipped_packs().keys() | {"siesta"}
    assert Gate.standing(own).pack("siesta").title == "Nobody is called at siesta"


@pytest.mark.parametrize("folder", [None, Path("nowhere")])
def test_without_a_folder_there_are_the_shipped_ones(folder: Path | None) -> None:
    assert packs_in_force(folder) == shipped_packs()


def test_none_takes_the_place_of_a_law(own: Path) -> None:
    (own / "siesta.yaml").rename(own / "co-ley-2300.yaml")
    (own / "co-ley-2300.yaml").write_text(SIESTA.replace("id: siesta", "id: co-ley-2300"), encoding="utf-8")

    with pytest.raises(InvalidPack, match=r"co-ley-2300\.yaml.*Give yours another id"):
        packs_in_force(own)


def test_a_mistake_names_file_line_and_rule(own: Path) -> None:
    (own / "siesta.yaml").write_text(SIESTA.replace("max: 1", "max: one"), encoding="utf-8")

    with pytest.raises(InvalidPack, match=r"packs/siesta\.yaml, line 14, rule one-a-week"):
        packs_in_force(own)
    (finding,) = house.rules(date(2026, 11, 1), own)
    assert finding.case == "rule-packs.unusable"


def test_a_campaign_may_choose_one_and_a_case_file_ask_it(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(own.parent))
    made = CliRunner().invoke(app, ["campaign", "create", "norte", "--country", "CO", "--pack", "siesta"])
    assert made.exit_code == 0, made.output
    cases = own.parent / "cases.yaml"
    cases.write_text(CASES, encoding="utf-8")

    tested = CliRunner().invoke(app, ["compliance", "test", str(cases), "--json"])

    assert tested.exit_code == 0, tested.output


def test_one_that_is_not_there_is_named_with_those_that_are(own: Path) -> None:
    with pytest.raises(UnknownPack, match=r"no rule pack nap.*siesta"):
        Gate.standing(own).pack("nap")
