"""The catalogues: complete in both languages, and with words for everything the project can say."""

from __future__ import annotations

import json
import re

import pytest

from agent_console.pages import STATIC
from agent_console.ports import STANDARD_DISPOSITIONS
from agent_console.problems import STATUS_OF
from dialer import errors
from dialer.amd.classifier import Reason as AmdReason
from dialer.compliance.conduct import Breach
from dialer.compliance.facts import Channel
from dialer.compliance.rules import Basis
from dialer.compliance.yamlfile import parse
from dialer.domain.agent import AgentState
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import StopReason
from dialer.domain.review import Label
from dialer.domain.verdict import AmdCategory
from dialer.store.dispositions import FLAGS
from dialer.store.funnel import Place
from pacing.decision import Reason

SPANISH: dict[str, str] = json.loads((STATIC / "i18n/es.json").read_text("utf-8"))
ENGLISH: dict[str, str] = json.loads((STATIC / "i18n/en.json").read_text("utf-8"))
SCRIPTS = {path.name: path.read_text("utf-8") for path in sorted((STATIC / "js").glob("*.js"))}


def test_both_languages_have_the_same_keys() -> None:
    assert SPANISH.keys() == ENGLISH.keys()


def test_no_text_is_empty_and_holes_are_the_same_in_both() -> None:
    for key, spanish in SPANISH.items():
        assert spanish.strip(), key
        assert ENGLISH[key].strip(), key
        assert set(re.findall(r"\{\w+\}", spanish)) == set(re.findall(r"\{\w+\}", ENGLISH[key])), key


def test_plurals_come_in_pairs() -> None:
    ones = {key.removesuffix(".one") for key in SPANISH if key.endswith(".one")}
    others = {key.removesuffix(".other") for key in SPANISH if key.endswith(".other")}
    assert ones == others


def every_problem() -> set[str]:
    """What the console answers by itself. Errors of other rooms come with their own text."""
    return {kind.code for kind, _ in STATUS_OF} | {kind.code for kind in errors.ConsoleError.__subclasses__()}


def every_rule() -> set[str]:
    rules = set()
    for path in sorted((STATIC.parent.parent / "dialer/compliance/packs").glob("*.yaml")):
        rules |= set(re.findall(r"\bid: ([a-z0-9-]+)", path.read_text("utf-8").partition("rules:")[2]))
        assert parse(path.read_text("utf-8"), path.name).text("id") == path.stem
        rules -= SETTINGS_OF_THE_CALL
    return rules


#: Rules that never refuse a debtor: they rule the conduct of a call, the pace of a campaign, or what is kept.
SETTINGS_OF_THE_CALL = {"conduct", "abandon-3pct", "retain"}


@pytest.mark.parametrize(
    ("group", "ids"),
    [
        ("problem", every_problem()),
        ("rule", every_rule()),
        ("pack", {path.stem for path in (STATIC.parent.parent / "dialer/compliance/packs").glob("*.yaml")}),
        ("reason", {str(one) for one in Reason}),
        ("amd", {str(one) for one in AmdReason}),
        ("label", {str(one) for one in Label}),
        ("outcome", {str(one) for one in Outcome}),
        ("verdict", {str(one) for one in AmdCategory}),
        ("agent", {str(one) for one in AgentState}),
        ("desk.state", {str(one) for one in AgentState}),
        ("desk.hint", {str(one) for one in AgentState}),
        ("campaign", {str(one) for one in CampaignState}),
        ("mode", {str(one) for one in DialMode}),
        ("stop", {str(one) for one in StopReason}),
        ("disposition", set(STANDARD_DISPOSITIONS)),
        ("fact", {flag.name for flag in FLAGS.values()}),
        ("place", {str(one) for one in Place}),
        ("basis", {str(one) for one in Basis}),
        ("channel", {str(one) for one in Channel}),
        ("breach", {str(one) for one in Breach}),
    ],
)
def test_everything_the_project_can_say_has_words(group: str, ids: set[str]) -> None:
    assert ids
    assert {one for one in ids if f"{group}.{one}" not in SPANISH} == set()


def test_every_key_that_a_page_asks_for_is_there() -> None:
    asked = {(name, key) for name, text in SCRIPTS.items() for key in re.findall(r"\bt\('([a-z0-9_.-]+)'", text)}
    assert len(asked) > 100
    there = SPANISH.keys() | {key.rpartition(".")[0] for key in SPANISH if key.endswith(".one")}
    assert {(name, key) for name, key in asked if key not in there} == set()
