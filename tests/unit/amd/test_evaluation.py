"""Shares with honest intervals, and which error is which."""

from __future__ import annotations

import math

import pytest

from dialer.amd.evaluation import LABELS, Heard, evaluate, is_right, share, spread
from dialer.amd.offline import label_of
from dialer.domain.review import Label
from dialer.domain.verdict import AmdCategory, AmdVerdict

HUMAN, MACHINE, UNKNOWN = AmdCategory.HUMAN, AmdCategory.MACHINE, AmdCategory.UNKNOWN


def heard(label: str, verdict: AmdCategory | None, **more: int) -> Heard:
    return Heard(name="x", label=label, verdict=verdict, **more)


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29, each to four places.
    for count, total, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = share(count, total)
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert share(1, 29).low == pytest.approx(0.0061, abs=5e-5)


def test_an_interval_holds_its_share_and_nothing_is_known_of_no_calls() -> None:
    for total in range(1, 40):
        for count in range(total + 1):
            found = share(count, total)
            assert 0 <= found.low <= count / total <= found.high <= 1
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)


def test_the_two_errors_are_counted_apart() -> None:
    found = evaluate(
        [
            heard("human", HUMAN, silence_ms=480, speech_ms=600),
            heard("human", HUMAN, silence_ms=900, speech_ms=2000),
            heard("human", MACHINE),
            heard("human", UNKNOWN),
            heard("human", None),
            heard("machine", MACHINE, delay_ms=3000),
            heard("machine", HUMAN),
            heard("announcement", AmdCategory.ANNOUNCEMENT, delay_ms=1000),
            heard("unclear", MACHINE),
        ]
    )
    assert found.calls == 8
    assert (found.people_lost.count, found.people_lost.total) == (1, 5)
    assert (found.machines_passed.count, found.machines_passed.total) == (1, 3)
    assert (found.undecided.count, found.undecided.total) == (2, 8)
    assert (found.false_positives.count, found.false_positives.total) == (1, 3)
    assert (found.right.count, found.right.total) == (4, 8)
    assert (found.silence.p50, found.silence.p90) == (480, 900)
    assert (found.silence_short.count, found.silence_short.p50) == (1, 480)
    assert (found.machine_delay.p50, found.machine_delay.p90) == (1000, 3000)
    assert found.table["human"] == {"human": 2, "machine": 1, "none": 1, "unknown": 1}


def test_the_table_counts_every_call_once() -> None:
    calls = [heard(label, verdict) for label in LABELS for verdict in [*AmdCategory, None]]
    found = evaluate(calls)
    assert sum(sum(row.values()) for row in found.table.values()) == len(calls)


def test_everything_that_a_reviewer_can_say_is_a_label() -> None:
    assert {str(label) for label in Label} - {"unclear"} <= set(LABELS)


def test_a_label_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(ValueError, match="'voicemail' is no label"):
        evaluate([heard("voicemail", MACHINE)])


def test_right_means_what_labelled_sets_mean_by_it() -> None:
    for category in AmdCategory:
        verdict = AmdVerdict(category=category, reason="time-limit", confidence=0.5, delay_ms=0)
        label = label_of(verdict)
        if label in LABELS:
            assert is_right(heard(label, category)), (label, category)


def test_half_and_nine_of_ten_are_values_that_were_measured() -> None:
    assert (spread([5]).p50, spread([5]).p90) == (5, 5)
    assert (spread(range(1, 11)).p50, spread(range(1, 11)).p90) == (5, 9)
    assert (spread([]).count, spread([None]).p50) == (0, None)
    assert math.isfinite(share(3, 4).high)
