"""Packs that are handed over: written inside another file, asked whatever the country, and told as canonical JSON."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest

from dialer.compliance.canonical import pack_content
from dialer.compliance.facts import Candidate, Channel, Facts, GateQuery, LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import packs_of_section, parse_pack, shipped_packs
from dialer.compliance.rules import Basis, BroughtInBy, LimitRule, RatioRule, RetainRule, WindowRule
from dialer.compliance.yamlfile import parse
from dialer.errors import InvalidPack, UnknownPack

FILE = """\
packs:
  mine:
    title: "Mine: a pack"
    as_of: "2026-11-22"
    applies: {country: CL, purpose: [collection]}
    rules:
    - {id: window, kind: window, cite: secondary sources; house policy, allow: [{days: [mon, tue], from: "08:00",
          to: "20:00"}], calendar: CL}
    - {id: cap, kind: limit, cite: A. 37 (b), key: [debtor], count: {channel: [call, visit], dir: "any",
      outcomes: "any"}, max: 1, window: {calendar_days: 7}, channels: [call, visit], effective: {from: "2026-01-01"}}
    - {id: retain, kind: retain, cite: c, classes: {recording: {years: 3, from: event}}}
  other:
    title: Other
    as_of: "2026-11-22"
    min_tzdata: "2026b"
    applies: {purpose: [telemarketing]}
    rules:
    - {id: rate, kind: ratio, cite: 'c (3 %)', key: [campaign], numerator: [abandoned], denominator: [all_calls],
      max_below: 0.85, floor: {all_calls_per_day: 100000}, window: {calendar: day}, action: throttle, basis: guidance}
"""
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
COLOMBIAN = Candidate(debtor=1, debts=(), number="+573101234567", country="CO")


def test_packs_in_their_compact_form_rest_on_law_and_wait_for_a_campaign() -> None:
    packs = packs_of_section(parse(FILE, "file.yaml").section("packs"))
    assert list(packs) == ["mine", "other"]
    mine, other = packs.values()
    assert (mine.brought_in_by, mine.title, other.min_tzdata) == (BroughtInBy.CAMPAIGN, "Mine: a pack", "2026b")
    window, cap, retain = mine.rules
    assert isinstance(window, WindowRule)
    assert (window.basis, window.cite) == (Basis.LAW, "secondary sources; house policy")
    assert isinstance(cap, LimitRule)
    assert (cap.channels, cap.count_direction) == ((Channel.CALL, Channel.VISIT), None)
    assert set(cap.count_outcomes) == set(LedgerOutcome) - {LedgerOutcome.RELEASED}
    assert isinstance(retain, RetainRule)
    (rate,) = other.rules
    assert isinstance(rate, RatioRule)
    assert (rate.exclusive, rate.maximum, dict(rate.floor), rate.basis) == (
        True, 0.85, {"all_calls": 100_000}, Basis.GUIDANCE,
    )  # fmt: skip


def test_a_mistake_in_the_compact_form_has_its_line_in_the_file() -> None:
    with pytest.raises(InvalidPack, match=r"cases\.yaml, line 10, rule cap: max must lie between 0 and 10000"):
        packs_of_section(parse(FILE.replace("max: 1,", "max: -1,"), "cases.yaml").section("packs"))
    node = parse(FILE.replace("as_of", "as_off", 1), "cases.yaml").section("packs").node
    with pytest.raises(InvalidPack, match=r"cases\.yaml, line 3: as_of is missing"):
        packs_of_section(node, "cases.yaml")


def test_the_gate_of_given_packs_asks_them_whatever_the_country() -> None:
    gate = Gate.of([shipped_packs()["house"]], shipped_calendars())
    night = GateQuery(candidate=COLOMBIAN, facts=Facts(), now=datetime(2026, 11, 22, 8, tzinfo=UTC))
    verdict = gate.check(night)
    assert verdict.allowed  # neither the country's pack nor the hours of the house
    assert verdict.packs == ("house",)
    chilean = Gate.of([shipped_packs()["cl-ley-21320"]], shipped_calendars()).check(night)
    assert (chilean.allowed, chilean.packs) == (True, ())
    assert chilean.not_applicable == (("cl-ley-21320", "country:CO"),)
    with pytest.raises(UnknownPack):
        gate.check(GateQuery(candidate=COLOMBIAN, facts=Facts(), now=NOON, packs=("co-ley-2300",)))


def test_every_source_is_told_under_the_digest_of_its_bytes() -> None:
    sources = Gate.shipped().sources()
    assert {source.name for source in sources} == {*shipped_packs(), "calendars"}
    for source in sources:
        assert hashlib.sha256(source.content).hexdigest() == source.digest
        assert json.loads(source.content)
    calendars = json.loads(sources[-1].content)
    assert sources[-1].digest == shipped_calendars().digest
    assert set(calendars) == set(shipped_calendars().by_id)


def test_comments_and_order_of_keys_do_not_change_a_digest_and_any_rule_does() -> None:
    text = (
        "id: mine\ntitle: t\nas_of: '2026-11-22'\nbrought_in_by: campaign\napplies: {country: CL}\n"
        "rules: [{id: w, kind: window, cite: c, basis: law, allow: [{days: [mon, tue], from: '08:00', to: '09:00'}]}]\n"
    )
    pack = parse_pack(text, "mine.yaml")
    same = text.replace("days: [mon, tue], from: '08:00'", "from: '08:00', days: [tue, mon]") + "# a comment\n"
    assert parse_pack(same, "mine.yaml").digest == pack.digest
    for old, new in (("09:00", "09:01"), ("law", "policy"), ("CL", "PE"), ("cite: c", "cite: d")):
        assert parse_pack(text.replace(old, new), "mine.yaml").digest != pack.digest


def test_the_canonical_form_says_everything_a_decision_needs() -> None:
    form = json.loads(pack_content(shipped_packs()["ca-on-reg74"]))
    assert form["applies"] == {
        "country": "CA", "subdivision": "CA-ON", "purpose": ["collection"], "party": ["third_party"], "debt_class": [],
    }  # fmt: skip
    window, guard, limit = form["rules"]
    assert window["week"][6] == [[13 * 3600, 17 * 3600]]
    assert (window["week"][7], window["calendar"]) == ([], "CA-ON")
    assert guard["deny_if"] == "written_notice_younger_than_days:6"
    assert (limit["key"], limit["max"], limit["counts_after_first"]) == (["debtor", "creditor"], 3, "conversation")
    assert limit["count"]["outcomes"] == ["conversation", "message_left", "delivered", "unknown"]
    assert limit["window"] == {"calendar_days": 7}
    assert limit["include_candidate"] is True
