"""Each rival's formula on floors worked out by hand."""

from __future__ import annotations

import math

import pytest

from pacing import Info, Pacer, Reason, State
from pacing.rivals.erlang import ErlangPacer, erlang_b, load_that_loses
from pacing.rivals.impact import ImpactPacer
from pacing.rivals.omnidialer import OmniDialerPacer, damping
from pacing.rivals.ratios import AdaptiveRatioPacer, FixedRatioPacer
from pacing.rivals.recent import Hand, RecentCount, RunningMean
from pacing.rivals.vicidial import OverLimit, VicidialPacer, hand_tuned
from pacing.rivals.webitel import WebitelPacer, over_dial


def floor(now: float, *, idle: int = 0, talk: int = 0, wrap: int = 0, ringing: int = 0, waiting: int = 0) -> State:
    return State(
        now=now,
        idle={f"i{n}": 0.0 for n in range(idle)},
        talk={f"t{n}": 0.0 for n in range(talk)},
        wrap={f"w{n}": 0.0 for n in range(wrap)},
        ringing={f"r{n}": 0.0 for n in range(ringing)},
        waiting={f"q{n}": 0.0 for n in range(waiting)},
        lines_free=1000,
        logged_in=idle + talk + wrap,
    )


def calls(pacer: Pacer, state: State) -> int:
    return pacer.decide(state).calls_to_place


def happen(pacer: Pacer, kind: str, times: int, *, t: float = 0.0, value: float | None = None) -> None:
    for n in range(times):
        pacer.on_event(t, kind, f"{kind}{n}", value)


# Ratios.


def test_a_fixed_ratio_does_not_care_how_many_people_are_abandoned() -> None:
    pacer = FixedRatioPacer(2.0)
    pacer.start(Info(target=0.03))
    state = State(now=1.0, idle={"a": 0.0, "b": 0.0}, ringing={"c": 0.0}, lines_free=9, connected=1, abandoned=50)
    assert calls(pacer, state) == 3


def test_the_adaptive_ratio_falls_with_each_person_abandoned_and_rises_with_each_connected() -> None:
    pacer = AdaptiveRatioPacer(first=2.0, gain=0.5, pull=0.0)
    pacer.start(Info(target=0.03, seats=20))
    happen(pacer, "abandon", 1)
    assert pacer.ratio == pytest.approx(2.0 * math.exp(0.5 * (0.03 - 1)))
    before = pacer.ratio
    happen(pacer, "connect", 1)
    assert pacer.ratio == pytest.approx(before * math.exp(0.5 * 0.03))
    happen(pacer, "abandon", 50)
    assert pacer.ratio == 1.0
    assert calls(pacer, floor(1.0, idle=4, ringing=1)) == 3


# VICIdial.


def test_vicidial_counts_agents_in_conversation_and_their_calls() -> None:
    pacer = VicidialPacer()
    pacer.start(Info(seats=100))  # four servers: 20 calls a second
    pacer.level = 1.5
    assert pacer.goal(floor(0.0, idle=4, talk=6, wrap=3)) == 15
    assert VicidialPacer(available_only=True).goal(floor(0.0, idle=4, talk=6)) == 10


def test_vicidial_places_what_is_missing_five_calls_a_second_until_the_next_round() -> None:
    pacer = VicidialPacer()
    pacer.start(Info(seats=25))
    state = floor(0.0, idle=8)
    assert calls(pacer, state) == 0  # the second begins
    assert calls(pacer, floor(1.0, idle=8)) == 5
    assert calls(pacer, floor(2.0, idle=8)) == 3
    assert calls(pacer, floor(2.4, idle=8)) == 0
    assert calls(pacer, floor(2.5, idle=8, ringing=8)) == 0


@pytest.mark.parametrize(
    ("intensity", "idle", "waiting", "level"),
    [(0, 3, 0, 2.6), (-80, 3, 0, 2.12), (0, 0, 1, 1.8), (-80, 0, 1, 1.64), (0, 10, 0, 3.0)],
)
def test_vicidials_level_follows_the_idle_agents(intensity: int, idle: int, waiting: int, level: float) -> None:
    pacer = VicidialPacer(intensity=intensity)
    pacer.start(Info())
    pacer.level = 2.0
    for second in range(16):
        pacer.decide(floor(float(second), idle=idle, talk=10 - idle, waiting=waiting))
    assert pacer.level == pytest.approx(level)


@pytest.mark.parametrize(
    ("method", "level"), [(OverLimit.HARD_LIMIT, 1.0), (OverLimit.AVERAGE, 1.2), (OverLimit.TAPERED, 1.2)]
)
def test_vicidials_level_when_today_is_over_the_limit(method: OverLimit, level: float) -> None:
    pacer = VicidialPacer(method=method)
    pacer.start(Info(target=0.03, t_end=5 * 3600.0 + 15))  # 500 hundredths of an hour left: half
    happen(pacer, "dial", 51)
    happen(pacer, "connect", 9)
    happen(pacer, "abandon", 1)
    pacer.level = 2.0
    for second in range(16):
        pacer.decide(floor(float(second), idle=2, talk=8))
    assert pacer.level == pytest.approx(level)


def test_vicidials_level_is_halved_where_a_minute_lost_half_its_calls() -> None:
    pacer = VicidialPacer()
    pacer.start(Info(target=0.03))
    happen(pacer, "dial", 21)
    happen(pacer, "abandon", 11)
    pacer.level = 2.4
    for second in range(16):
        pacer.decide(floor(float(second), talk=10))
    assert pacer.level == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("seats", "answer_rate", "ceiling"), [(2, 0.3, 0.55 / 0.3), (20, 0.3, 2.2), (100, 0.15, 9.0), (2, 0.9, 1.0)]
)
def test_vicidial_is_tuned_by_hand_to_the_floor_and_the_list(seats: int, answer_rate: float, ceiling: float) -> None:
    pacer = hand_tuned(seats, answer_rate)
    pacer.start(Info(seats=seats))
    for second in range(900):
        pacer.decide(floor(float(second), idle=seats))
    assert pacer.level == pytest.approx(ceiling)


# Erlang.


def test_erlangs_formula() -> None:
    assert erlang_b(1, 1.0) == pytest.approx(0.5)
    assert erlang_b(2, 1.0) == pytest.approx(0.2)
    assert erlang_b(10, 5.0) == pytest.approx(0.0184, abs=1e-4)
    assert load_that_loses(2, 0.2) == pytest.approx(1.0)


def test_erlang_places_calls_evenly_at_its_rate() -> None:
    pacer = ErlangPacer()
    pacer.start(Info(target=0.2, prior_answer_rate=0.5, prior_talk=80.0, prior_wrap=20.0))
    assert pacer.rate(2) == pytest.approx(1.0 / (0.5 * 100.0))
    placed = [calls(pacer, floor(float(second), idle=1, talk=1)) for second in range(120)]
    assert sum(placed) == 2
    assert max(placed) == 1
    assert calls(pacer, floor(1000.0)) == 0  # nobody at work


# Webitel.


def test_webitels_lines_for_each_agent() -> None:
    said = {"tried": 400, "people": 100, "agents": 5, "most": 3.0}
    assert over_dial(abandoned=2, aim=3.0, **said) == pytest.approx(4.4)
    assert over_dial(abandoned=3, aim=3.0, **said) == 1.0
    assert over_dial(abandoned=2, aim=1.0, **said) == pytest.approx(4 * 1 * 110 / 3 / 100)
    assert over_dial(abandoned=2, aim=2.0, **said) == pytest.approx(4 * 1.099)
    assert over_dial(tried=40, people=0, abandoned=0, agents=5, most=3.0, aim=3.0) == pytest.approx(7 * 1.3)


def test_webitel_is_progressive_until_it_has_seen_fifty_calls_and_looks_each_half_minute() -> None:
    pacer = WebitelPacer()
    pacer.start(Info(target=0.03))
    happen(pacer, "dial", 49)
    happen(pacer, "live", 20)
    assert calls(pacer, floor(0.0, idle=3)) == 3
    happen(pacer, "dial", 11)
    assert calls(pacer, floor(29.0, idle=3)) == 3
    assert calls(pacer, floor(30.0, idle=3, ringing=2)) == math.floor(3 * 3 * 1.3) - 2


# Impact Dialing.


def test_impact_keeps_one_line_an_agent_while_it_knows_little() -> None:
    pacer = ImpactPacer()
    pacer.start(Info())
    happen(pacer, "noanswer", 49)
    assert calls(pacer, floor(0.0, idle=4, talk=6, ringing=1)) == 3


def test_impact_chooses_a_ratio_that_its_rehearsal_allows() -> None:
    def chosen(target: float) -> float:
        pacer = ImpactPacer()
        pacer.start(Info(target=target))
        happen(pacer, "live", 25)
        happen(pacer, "noanswer", 75)
        happen(pacer, "talk_end", 30, value=60.0)
        pacer.decide(floor(1.0, idle=4, talk=26))
        return pacer.best

    assert chosen(0.0) == 1.0
    assert chosen(1.0) > chosen(0.03) >= 1.0
    assert chosen(0.03) == chosen(0.03)


def test_impact_dials_less_while_too_many_were_abandoned() -> None:
    pacer = ImpactPacer()
    pacer.start(Info(target=0.03))
    pacer.decide(floor(0.0))
    pacer.best = 4.0
    good = State(now=1.0, idle={"a": 0.0, "b": 0.0}, connected=99, abandoned=1)
    bad = State(now=1.0, idle={"a": 0.0, "b": 0.0}, connected=9, abandoned=1)
    assert (calls(pacer, good), calls(pacer, bad)) == (8, 6)
    assert pacer.decide(bad).reason is Reason.RATIO_CUT


# OMniDialer.


def test_omnidialers_damping() -> None:
    assert damping(0.01, 0.03) == 1.0
    assert damping(0.0225, 0.03) == pytest.approx(0.6)
    assert damping(0.03, 0.03) == 0.2


def test_omnidialers_formula() -> None:
    pacer = OmniDialerPacer(calls_per_second=None)
    pacer.start(Info(target=0.03, prior_talk=120.0, prior_wrap=20.0))
    happen(pacer, "connect", 50)
    pacer.on_event(0.0, "live", "c", 12.0)  # one call seen, and a person answered: p is 1
    state = floor(60.0, idle=2, talk=3, wrap=1, ringing=1)
    free = 3 * (1 - math.exp(-20 / 60)) + (1 - math.exp(-20 / 1))
    assert pacer.expected_free(state) == pytest.approx(free)
    assert calls(pacer, state) == math.floor(2 + free - 1)


def test_omnidialer_falls_back_to_progressive_after_five_seconds_over_the_limit() -> None:
    pacer = OmniDialerPacer(calls_per_second=None)
    pacer.start(Info(target=0.03))
    happen(pacer, "live", 100)
    happen(pacer, "connect", 60)
    happen(pacer, "abandon", 5)
    placed = [calls(pacer, floor(float(second), idle=10, talk=40)) for second in range(6)]
    assert placed[:4] == [math.floor((10 + 40 * (1 - math.exp(-20 / (120.0 - s)))) * 0.2) for s in range(4)]
    assert placed[4:] == [10, 10]


# What they remember.


def test_a_recent_count_forgets_what_is_older_than_its_span() -> None:
    count = RecentCount(60.0)
    for second in range(0, 120, 10):
        count.add(float(second))
    assert count.at(119.0) == 6
    assert count.at(1000.0) == 0


def test_a_running_mean_begins_with_the_first_value() -> None:
    mean = RunningMean(0.1, 5.0)
    mean.add(10.0)
    mean.add(20.0)
    assert mean.value == pytest.approx(11.0)


def test_a_hand_is_no_faster_than_its_rate_after_a_long_rest() -> None:
    hand = Hand(3.0)
    hand.take(0.0, 9)
    assert [hand.take(100.0, 9), hand.take(100.0, 9), hand.take(100.5, 9), hand.take(90.0, 9)] == [3, 0, 1, 0]
