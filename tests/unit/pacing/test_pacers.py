from __future__ import annotations

import pytest

from pacing import PACERS, Info, Pacer, Reason, State, pacer_for
from pacing.power import PowerPacer
from pacing.preview import PreviewPacer
from pacing.progressive import ProgressivePacer
from pacing.snapshot import abandonment_rate


def idle(count: int, since: float = 0.0) -> dict[str, float]:
    return {f"agent-{n}": since for n in range(count)}


def ringing(count: int) -> dict[str, float]:
    return {f"call-{n}": 0.0 for n in range(count)}


def test_progressive_places_one_call_for_each_idle_agent() -> None:
    decision = ProgressivePacer().decide(State(now=1.0, idle=idle(3), lines_free=50))
    assert (decision.calls_to_place, decision.reason) == (3, Reason.IDLE_AGENTS)


def test_progressive_takes_off_every_call_that_may_still_need_an_agent() -> None:
    state = State(now=9.0, idle=idle(5), ringing=ringing(2), amd={"a": (8.0, 4.0)}, waiting={"w": 8.5}, lines_free=50)
    assert ProgressivePacer().decide(state).calls_to_place == 1


def test_progressive_waits_while_enough_calls_are_out() -> None:
    decision = ProgressivePacer().decide(State(now=9.0, idle=idle(2), ringing=ringing(3), lines_free=50))
    assert (decision.calls_to_place, decision.reason) == (0, Reason.ENOUGH_OUT)


def test_progressive_says_that_no_agent_is_idle() -> None:
    decision = ProgressivePacer().decide(State(now=9.0, talk={"a": 1.0}, lines_free=50))
    assert (decision.calls_to_place, decision.reason) == (0, Reason.NO_IDLE_AGENT)


def test_preview_never_places_by_itself() -> None:
    decision = PreviewPacer().decide(State(now=1.0, idle=idle(10), lines_free=50))
    assert (decision.calls_to_place, decision.reason) == (0, Reason.AGENTS_CHOOSE)


def test_power_keeps_its_ratio_of_lines() -> None:
    decision = PowerPacer(3.0).decide(State(now=1.0, idle=idle(4), ringing=ringing(2), lines_free=50))
    assert (decision.calls_to_place, decision.reason) == (10, Reason.RATIO)


def test_power_keeps_a_broken_ratio_on_average_for_agents_who_become_idle_one_at_a_time() -> None:
    pacer = PowerPacer(1.5)
    placed = [
        pacer.decide(State(now=t, idle={"only": t}, lines_free=50)).calls_to_place for t in (0.0, 100.0, 200.0, 300.0)
    ]
    assert placed == [1, 2, 1, 2]


def test_power_does_not_dial_more_by_being_asked_often() -> None:
    pacer = PowerPacer(1.5)
    answers = [pacer.decide(State(now=t / 4, idle=idle(3), lines_free=50)).calls_to_place for t in range(20)]
    assert set(answers) == {4}


def test_power_falls_to_one_line_while_too_many_are_abandoned_and_says_so() -> None:
    pacer = PowerPacer(3.0)
    pacer.start(Info(target=0.03))
    decision = pacer.decide(State(now=1.0, idle=idle(4), connected=96, abandoned=4, lines_free=50))
    assert (decision.calls_to_place, decision.reason) == (4, Reason.RATIO_CUT)


def test_power_returns_to_its_ratio_once_the_rate_is_within_the_target() -> None:
    pacer = PowerPacer(3.0)
    pacer.start(Info(target=0.03))
    decision = pacer.decide(State(now=1.0, idle=idle(4), connected=97, abandoned=3, lines_free=50))
    assert (decision.calls_to_place, decision.reason) == (12, Reason.RATIO)


@pytest.mark.parametrize("ratio", [0.0, 0.99, 10.01, float("nan")])
def test_power_refuses_a_ratio_outside_one_to_ten(ratio: float) -> None:
    with pytest.raises(ValueError, match=r"between 1\.0 and 10\.0"):
        PowerPacer(ratio)


def test_machines_that_reached_an_agent_do_not_dilute_the_abandonment_rate() -> None:
    assert abandonment_rate(State(now=0.0, connected=100, machine_to_agent=50, abandoned=50)) == 0.5


def test_the_abandonment_rate_is_zero_before_anybody_answered() -> None:
    assert abandonment_rate(State(now=0.0)) == 0.0


@pytest.mark.parametrize("mode", PACERS)
def test_every_mode_of_the_catalogue_makes_a_working_pacer(mode: str) -> None:
    pacer: Pacer = pacer_for(mode, ratio=2.0)
    pacer.start(Info())
    pacer.on_event(0.0, "login", "agent-0")
    assert pacer.decide(State(now=0.0, idle=idle(1), lines_free=9)).calls_to_place in (0, 1, 2)


def test_a_mode_that_is_not_in_the_catalogue_is_an_error_that_names_those_that_are() -> None:
    with pytest.raises(ValueError, match="preview, progressive, power"):
        pacer_for("astrological")
