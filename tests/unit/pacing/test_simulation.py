from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest

from pacing import Decision, Info, Reason, State
from pacing.leads import Leads
from pacing.measures import after_shock, back_under_s, peak_cumulative, worst_hour
from pacing.power import PowerPacer
from pacing.progressive import ProgressivePacer
from pacing.scenario import Scenario, Segment, Step, shocks
from pacing.simulation import Simulation, simulate

HALF_DAY = Scenario(agents=10, hours=4.0)


class Listener(ProgressivePacer):
    """Dials as progressive does and keeps what it was told."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, str, str]] = []
        self.asked: list[float] = []

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        self.heard.append((t, kind, ident))

    def decide(self, state: State) -> Decision:
        assert not set(state.idle) & (set(state.talk) | set(state.wrap))
        assert state.logged_in == len(state.idle) + len(state.talk) + len(state.wrap)
        assert list(state.idle.values()) == sorted(state.idle.values())
        self.asked.append(state.now)
        return super().decide(state)


def test_progressive_keeps_the_agents_as_busy_as_the_arithmetic_of_waiting_says() -> None:
    # An agent waits for the rings of one call after another until a person answers; nothing else.
    day = simulate(Scenario(agents=20, drift=0.0), ProgressivePacer(), seed=3)
    assert day.utilisation == pytest.approx(0.718, abs=0.015)
    assert day.abandonment < 0.002
    assert day.dials_per_person == pytest.approx(1 / 0.297, rel=0.04)


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    days = [simulate(HALF_DAY, PowerPacer(1.5), seed=seed) for seed in (7, 7, 8)]
    assert days[0] == days[1] != days[2]


def test_two_pacers_meet_the_same_people() -> None:
    first, second = (list(islice(Leads(HALF_DAY, 5), 5000)) for _ in range(2))
    assert first == second


def test_a_pacer_hears_every_call_end_once_and_is_asked_as_often_as_agreed() -> None:
    pacer = Listener()
    simulation = Simulation(replace(HALF_DAY, hours=1.0), pacer, seed=1)
    simulation.run()
    kinds = Counter(kind for _, kind, _ in pacer.heard)
    ends = sum(kinds[kind] for kind in ("noanswer", "busy", "failed", "machine", "connect", "abandon"))
    out = len(simulation._calls)
    assert kinds["dial"] == ends + out
    assert [t for t, _, _ in pacer.heard] == sorted(t for t, _, _ in pacer.heard)
    gaps = [later - earlier for earlier, later in zip(pacer.asked, pacer.asked[1:], strict=False)]
    assert min(gaps) >= 0.2 - 1e-9
    assert max(gaps) <= 1.0 + 1e-9


def test_a_decision_is_cut_to_the_free_lines() -> None:
    class Greedy(ProgressivePacer):
        def decide(self, state: State) -> Decision:
            assert state.outstanding + len(state.talk) <= HALF_DAY.lines
            return Decision(calls_to_place=10_000, reason=Reason.RATIO)

    day = simulate(replace(HALF_DAY, hours=0.5), Greedy(), seed=1)
    assert day.abandonment > 0.3


def test_only_calls_that_rang_long_enough_can_be_hung_up() -> None:
    class Hasty(ProgressivePacer):
        def cancel(self, state: State) -> list[str]:
            return list(state.ringing)

    simulation = Simulation(replace(HALF_DAY, hours=0.5), Hasty(), seed=1)
    simulation.run()
    assert simulation.tally.cancelled > 20
    assert all(lead[2] <= HALF_DAY.ring_timeout for lead in simulation._calls.values())


def test_while_the_trunk_is_down_every_call_is_refused() -> None:
    pacer = Listener()
    Simulation(replace(HALF_DAY, hours=0.5, trunk_down=(Step(start=600, end=900),)), pacer, seed=1).run()
    refused = [t for t, kind, _ in pacer.heard if kind == "congestion"]
    assert 600 < min(refused) < max(refused) < 901
    assert not [t for t, kind, _ in pacer.heard if kind == "answer" and 630 < t < 900]


def test_agents_who_go_home_do_not_come_back() -> None:
    pacer = Listener()
    scenario = replace(HALF_DAY, hours=2.0, agents_leave=Step(start=1800, share=0.3))
    Simulation(scenario, pacer, seed=1).run()
    left_for_good = {ident for _, kind, ident in pacer.heard if kind == "leave"} - {
        ident for t, kind, ident in pacer.heard if kind == "login" and t > 1800
    }
    assert len(left_for_good) >= 3


def test_a_list_sorted_by_segment_keeps_its_share_of_each() -> None:
    segments = (Segment(share=0.5, factor=1.5), Segment(share=0.5, factor=0.5))
    leads = list(islice(Leads(replace(HALF_DAY, segments=segments, segment_run=200), 3), 8192))
    factors = [lead.segment_factor for lead in leads]
    assert sum(factors) / len(factors) == pytest.approx(1.0, abs=0.35)
    assert len(set(factors[:200])) == 1
    assert len(set(factors)) == 2


def test_the_shocks_happen_at_the_third_hour() -> None:
    days = shocks(20)
    doubled = days["rate-doubles"]
    before, after = (doubled.answer_rate_at(t, 0.0) for t in (3 * 3600 - 1, 3 * 3600 + 1))
    assert after == pytest.approx(2 * before, rel=0.01)
    assert days["talk-halves"].talk_factor_at(4 * 3600) == 0.5


def test_the_worst_hour_is_found_wherever_it_lies() -> None:
    connected = [60.0 * minute for minute in range(480)]
    abandoned = [7200.0 + minute * 60 for minute in range(6)]
    assert worst_hour(connected, abandoned, 28800.0) == pytest.approx(6 / 66)


def test_an_hour_with_few_people_says_nothing() -> None:
    assert math.isnan(worst_hour([1.0] * 10, [2.0] * 10, 3600.0))


def test_the_peak_is_the_highest_rate_so_far_after_a_hundred_people() -> None:
    connected = [float(n) for n in range(1, 100)]
    assert peak_cumulative(connected, [200.0, 201.0]) == pytest.approx(2 / 101)
    assert peak_cumulative(connected, [0.0]) == pytest.approx(1 / 100)
    assert math.isnan(peak_cumulative([1.0] * 50, []))


def test_info_tells_the_pacer_what_the_scenario_is() -> None:
    class Curious(ProgressivePacer):
        info = Info()

        def start(self, info: Info) -> None:
            self.info = info

    pacer = Curious()
    simulate(replace(HALF_DAY, hours=0.1, target=0.01), pacer, seed=1)
    assert (pacer.info.target, pacer.info.seats, pacer.info.t_end) == (0.01, 10, 360.0)


def test_after_a_shock_people_are_counted_by_minutes_in_which_anybody_answers() -> None:
    # Two minutes, an outage of an hour, then a person every ten seconds of whom the first six find nobody.
    before = [10.0 * n for n in range(12)]
    after = [3720.0 + 10.0 * n for n in range(60)]
    people, lost = after_shock(before + after[6:], after[:6], shock_at=60.0)
    assert len(people) == len(lost) == 12
    assert sum(people) == 6 + 60
    assert lost[0] == 6
    assert sum(lost[1:]) == 0
    assert after_shock(before, after, shock_at=math.inf) == ((), ())


def test_a_shock_is_over_with_the_first_five_minutes_of_all_days_at_or_under_the_target() -> None:
    day = simulate(replace(HALF_DAY, hours=0.5), ProgressivePacer(), seed=1)
    hard = replace(day, shock_people=(50, 50, 50), shock_abandoned=(9, 4, 1))
    mild = replace(day, shock_people=(50, 50, 50), shock_abandoned=(1, 1, 1))
    assert back_under_s([hard], 0.03) == 600.0
    assert back_under_s([hard, *[mild] * 10], 0.03) == 300.0
    assert back_under_s([replace(hard, shock_abandoned=(9, 9, 9))], 0.03) == math.inf
    assert math.isnan(back_under_s([day], 0.03))


def test_a_person_counts_as_abandoned_and_a_machine_that_was_let_through_does_not() -> None:
    floor = replace(HALF_DAY, hours=1.0, answer_rate=0.01, machine_passed=1.0, agents=2)
    simulation = Simulation(floor, PowerPacer(10.0), seed=1)
    simulation.run()
    assert simulation.tally.machines_abandoned > 0
    assert simulation._abandoned == len(simulation.tally.abandoned_at)
