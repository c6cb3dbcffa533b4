"""Packs: what ships is complete, and every mistake names its file, line and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.compliance.facts import HISTORY, Channel, LedgerOutcome
from dialer.compliance.loader import load_packs, parse_pack, shipped_packs
from dialer.compliance.rules import BroughtInBy, LimitRule, PeriodKind, RatioRule, RatioWindow, Unless, WindowRule
from dialer.errors import InvalidPack

GOOD = """\
id: mine
title: A pack of one's own
as_of: "2026-11-22"
brought_in_by: campaign
applies: {country: CO}
rules:
  - id: window
    kind: window
    cite: house
    basis: policy
    allow:
      - {days: [mon, tue], from: "09:00", to: "24:00"}
  - id: cap
    kind: limit
    cite: house
    basis: policy
    key: [debtor, debt]
    count: {channel: call, dir: any, outcomes: [conversation]}
    max: 2
    window: {calendar_days: 7}
  - {id: lawyer, kind: guard, cite: house, basis: policy, deny_if: "debt_flag:attorney"}
"""


def test_the_packs_that_ship() -> None:
    assert set(shipped_packs()) == {
        "us-reg-f", "us-reg-f-messages", "us-tsr", "us-tcpa", "us-fl-tsa", "us-ok-otsa", "us-ma-940cmr", "us-wa-rcw",
        "uk-ofcom",
        "co-ley-2300", "mx-redeco", "mx-redeco-strict", "cl-ley-21320", "pe-29571", "ec-lodc-49", "ar-caba",
        "br-sp-15426", "br-rj-7868", "br-es-10626", "br-am-306", "br-al-7782", "br-anatel", "au-rg96", "ca-on-reg74",
        "ca-bc", "ca-ab-cdrpr", "ca-qc-opc", "ca-crtc", "house", "house-hours", "house-recording",
    }  # fmt: skip


def test_what_the_house_sets_itself_waits_for_a_campaign_and_the_law_does_not() -> None:
    chosen = {pack.id for pack in shipped_packs().values() if pack.brought_in_by is BroughtInBy.CAMPAIGN}
    assert chosen == {"house", "house-recording", "mx-redeco-strict"}
    assert shipped_packs()["house-hours"].brought_in_by is BroughtInBy.NO_HOURS


def test_every_shipped_rule_says_where_it_comes_from() -> None:
    rules = [rule for pack in shipped_packs().values() for rule in pack.rules]
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.cite and rule.as_of >= "2026-11-22" for rule in rules)


def test_no_shipped_limit_looks_further_back_than_the_history_that_is_loaded() -> None:
    for pack in shipped_packs().values():
        for rule in pack.rules:
            if isinstance(rule, LimitRule) and rule.period.kind is PeriodKind.CALENDAR_DAYS:
                assert rule.period.length < HISTORY.days


def test_a_good_pack_is_read_as_written() -> None:
    pack = parse_pack(GOOD, "packs/mine.yaml")
    window, cap, _ = pack.rules
    assert isinstance(window, WindowRule)
    assert window.id == "mine/window"
    assert window.week[0] == ((9 * 3600, 24 * 3600),)
    assert window.week[2] == window.week[7] == ()
    assert window.channels == (Channel.CALL,)
    assert isinstance(cap, LimitRule)
    assert (cap.per_debtor, cap.per_debt, cap.per_number) == (True, True, False)
    assert cap.count_direction is None
    assert cap.count_outcomes == (LedgerOutcome.CONVERSATION, LedgerOutcome.UNKNOWN)
    assert cap.include_candidate


def test_the_cap_of_regulation_f_leaves_out_what_never_connected() -> None:
    rule = next(rule for rule in shipped_packs()["us-reg-f"].rules if rule.id == "us-reg-f/cap-7in7")
    assert isinstance(rule, LimitRule)
    assert set(LedgerOutcome) - set(rule.count_outcomes) == {
        LedgerOutcome.BUSY, LedgerOutcome.UNALLOCATED, LedgerOutcome.CONGESTION, LedgerOutcome.FAILED,
        LedgerOutcome.RELEASED,
    }  # fmt: skip
    assert rule.unless is Unless.PRIOR_CONSENT


def test_the_british_ceiling_has_a_lower_target() -> None:
    rule = next(rule for rule in shipped_packs()["uk-ofcom"].rules if isinstance(rule, RatioRule))
    assert (rule.maximum, rule.target, rule.window) == (0.03, 0.02, RatioWindow.DAY)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('from: "09:00"', "from: 9:00", 'line 12, rule window: from must be a time from "00:00" to "24:00"'),
        ('to: "24:00"', 'to: "24:30"', 'line 12, rule window: to must be a time from "00:00" to "24:00"'),
        ('to: "24:00"', 'to: "08:00"', "line 12, rule window: from must be earlier than to"),
        ("days: [mon, tue]", "days: [mon, tuesday]", "line 12, rule window: a day is one of mon, tue"),
        ("kind: window", "kind: windows", "line 8, rule window: kind must be one of window, limit, guard"),
        ("    max: 2\n", "", "line 13, rule cap: max is missing"),
        ("max: 2", "max: two", "line 19, rule cap: max must be a number"),
        ("max: 2", "max: 2.5", "line 19, rule cap: max must be a whole number"),
        ("max: 2", "max: -1", "line 19, rule cap: max must lie between 0 and 10000"),
        ("max: 2", "max: 2\n    maximum: 2", "line 20, rule cap: maximum is not known here"),
        ("max: 2", "max: 2\n    max: 3", "line 20: max is given twice"),
        ("calendar_days: 7", "calendar_days: 70", "line 20, rule cap: calendar_days must lie between 1 and 31"),
        ("calendar_days: 7", "calendar: year", "line 20, rule cap: calendar must be week or month"),
        ("key: [debtor, debt]", "key: [debtor, loan]", "line 17, rule cap: key must be debtor, debt, creditor or"),
        ("dir: any", "dir: both", "line 18, rule cap: dir must be out or in, not both"),
        ("outcomes: [conversation]", "outcomes: conversation", "line 18, rule cap: outcomes must be any, a list"),
        ("outcomes: [conversation]", "outcomes: [talk]", "line 18, rule cap: outcomes must be busy, unallocated"),
        ("debt_flag:attorney", "debt_mark:attorney", "line 21, rule lawyer: deny_if knows debt_flag, debtor_flag"),
        ("debt_flag:attorney", "debt_flag", "line 21, rule lawyer: write deny_if as debt_flag:something"),
        ("debt_flag:attorney", "contact_role:aunt", "line 21, rule lawyer: the role must be one of debtor, codebtor"),
        ("id: lawyer", "id: cap", "line 21, rule cap: there are two rules mine/cap"),
        ("country: CO", "country: NO", "line 5: country must be a text; put it in quotes"),
        ("country: CO", "contry: CO", "line 5: contry is not known here; use country, subdivision"),
        ("brought_in_by: campaign", "brought_in_by: magic", "line 4: brought_in_by must be debtor-country, campaign"),
        ('as_of: "2026-11-22"', "as_of: yesterday", "line 3: as_of must be a date"),
        ("id: mine", "id: yours", "line 1: the file of pack yours must be named yours.yaml"),
        ("basis: policy\n    allow", "basis: rumour\n    allow", "line 10, rule window: basis must be law, guidance"),
        ("rules:\n", "rules: [\n", "this is not YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_line_and_rule(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidPack) as raised:
        parse_pack(GOOD.replace(old, new, 1), "packs/mine.yaml")
    assert raised.value.message.startswith("packs/mine.yaml, line ")
    assert message in raised.value.message


def test_a_pack_that_countries_bring_in_must_name_its_country() -> None:
    text = GOOD.replace("brought_in_by: campaign", "brought_in_by: debtor-country").replace("{country: CO}", "{}")
    with pytest.raises(InvalidPack, match="line 5: country is missing"):
        parse_pack(text, "packs/mine.yaml")


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("# nothing yet\n")
    with pytest.raises(InvalidPack, match=r"packs/mine\.yaml: the file is empty"):
        load_packs(tmp_path)


def test_a_folder_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("not a pack")
    packs = load_packs(tmp_path)
    assert list(packs) == ["mine"]
    assert len(packs["mine"].digest) == 64
