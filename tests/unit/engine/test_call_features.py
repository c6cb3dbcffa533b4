from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialer.domain.ids import CallId
from dialer.domain.outcome import Outcome
from dialer.engine.dialing import features
from tests.support.memory_log import attempt_for

NOON = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
ATTEMPT = attempt_for(1, CallId("c1"))


@pytest.mark.parametrize(
    ("attempts", "tries", "history"),
    [
        (0, {}, "first-call"),
        (2, {Outcome.NO_ANSWER: 1, Outcome.BUSY: 1}, "no-answer-before"),
        (2, {Outcome.NO_ANSWER: 1, Outcome.MACHINE: 1}, "machine-before"),
        (3, {Outcome.MACHINE: 2, Outcome.CONVERSATION: 1}, "person-before"),
        (1, {Outcome.ABANDONED: 1}, "person-before"),
    ],
)
def test_how_the_debtors_earlier_calls_went_is_told(attempts: int, tries: Mapping[Outcome, int], history: str) -> None:
    known = features(replace(ATTEMPT, attempts=attempts, tries_by_outcome=dict(tries)), NOON)
    assert known["history"] == history


def test_the_hour_is_that_of_the_debtors_own_zone() -> None:
    assert features(replace(ATTEMPT, time_zone="America/Bogota"), NOON)["hour"] == "7"
    assert features(replace(ATTEMPT, time_zone="Europe/Madrid"), NOON)["hour"] == "13"
    later = NOON + timedelta(minutes=30)
    assert features(replace(ATTEMPT, time_zone="America/Bogota"), later)["hour"] == "8"


@pytest.mark.parametrize("unknown", ["", "Nowhere/Atlantis"])
def test_without_a_zone_of_their_own_the_hour_of_the_world_stands_for_it_and_is_not_mixed_up(unknown: str) -> None:
    assert features(replace(ATTEMPT, time_zone=unknown), NOON)["hour"] == "12-utc"


def test_the_lists_segment_is_told_where_there_is_one() -> None:
    assert "segment" not in features(ATTEMPT, NOON)
    assert features(replace(ATTEMPT, segment="mora-90"), NOON)["segment"] == "mora-90"
