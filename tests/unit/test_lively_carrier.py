"""The carrier of ``bench_agreement``: what its numbers say, before any of them is dialed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from dialer.domain.phone import PhoneNumber
from pacing.scenario import Scenario
from tests.support.lively_carrier import PERSON, RING_UNIT_MS, lively_carrier, lively_numbers

SCENARIO = replace(Scenario(), drift=0.0)
LONGEST_SCENARIO = 64 * 1024  # bytes; SIPp reads no more


def test_numbers_are_different_valid_and_share_out_as_the_scenario_says() -> None:
    numbers = lively_numbers(SCENARIO, 3000, seed=1)
    assert len(set(numbers)) == 3000
    assert all(PhoneNumber.parse(f"+{number}").e164 == f"+{number}" for number in numbers[:200])
    people = [number for number in numbers if int(number[4]) == PERSON]
    assert len(people) / 3000 == pytest.approx(SCENARIO.answer_rate, abs=0.03)
    rings_s = [int(number[5:8]) * RING_UNIT_MS / 1000 for number in people]
    assert max(rings_s) <= SCENARIO.ring_timeout
    assert sum(rings_s) / len(rings_s) == pytest.approx(SCENARIO.person_ring.mean, abs=1.0)


def test_each_wait_names_the_label_it_leads_to_and_the_whole_is_short_enough_for_sipp(tmp_path: Path) -> None:
    text = lively_carrier(tmp_path)
    assert len(text.encode()) < LONGEST_SCENARIO
    scenario = ET.fromstring(text)
    labels = {label.attrib["id"] for label in scenario.iter("label")}
    named = {each.attrib[key] for each in scenario.iter() for key in ("next", "ontimeout") if key in each.attrib}
    assert named <= labels
    assert (tmp_path / "person.ulaw").stat().st_size > 8000
