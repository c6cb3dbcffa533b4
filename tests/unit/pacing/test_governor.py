from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from pacing import Conditions, Decision, Governor, Info, Reason, State, TrunkHealth
from pacing.power import PowerPacer
from pacing.progressive import ProgressivePacer


class Eager:
    """Wants the same number of calls whatever happens, and would give up any ringing call."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.heard: list[str] = []

    def start(self, info: Info) -> None:
        self.heard.append("start")

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        self.heard.append(kind)

    def decide(self, state: State) -> Decision:
        return Decision(calls_to_place=self.calls, reason=Reason.RATIO)

    def cancel(self, state: State) -> Collection[str]:
        return [*state.ringing, "no-such-call"]


def floor(
    now: float = 100.0, *, idle: int = 2, lines_free: int = 50, ringing: Mapping[str, float] | None = None
) -> State:
    return State(
        now=now,
        idle={f"agent-{n}": 0.0 for n in range(idle)},
        talk={"busy": 0.0},
        ringing=ringing or {},
        lines_free=lines_free,
        logged_in=idle + 1,
    )


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        (Conditions(draining=True), Reason.DRAINING),
        (Conditions(link_up=False), Reason.LINK_DOWN),
        (Conditions(trunk_up=False), Reason.TRUNK_DOWN),
    ],
)
def test_a_hard_stop_places_nothing_and_says_why(conditions: Conditions, reason: Reason) -> None:
    decision = Governor(Eager(9), ramp_s=0).decide(floor(), conditions)
    assert (decision.calls_to_place, decision.reason) == (0, reason)


@pytest.mark.parametrize(
    "state",
    [
        State(now=1.0, lines_free=9),
        State(now=1.0, lines_free=9, logged_in=3),
        State(now=1.0, idle={"a": 0.0}, lines_free=9),
    ],
    ids=["nobody signed in", "all on a break", "idle but none counted as signed in"],
)
def test_nothing_is_placed_without_an_agent_at_work(state: State) -> None:
    decision = Governor(Eager(9), ramp_s=0).decide(state)
    assert (decision.calls_to_place, decision.reason) == (0, Reason.NO_AGENT)


def test_a_decision_within_every_limit_passes_unchanged() -> None:
    decision = Governor(ProgressivePacer()).decide(floor(idle=2))
    assert (decision.calls_to_place, decision.reason) == (2, Reason.IDLE_AGENTS)


def test_never_more_than_the_free_lines() -> None:
    decision = Governor(Eager(9), ramp_s=0).decide(floor(lines_free=4))
    assert (decision.calls_to_place, decision.reason) == (4, Reason.LINES)


def test_no_free_line_is_its_own_reason() -> None:
    decision = Governor(Eager(9), ramp_s=0).decide(floor(lines_free=0))
    assert (decision.calls_to_place, decision.reason) == (0, Reason.NO_LINE_FREE)


def test_a_pacer_that_answers_with_a_negative_number_places_nothing() -> None:
    assert Governor(Eager(-5), ramp_s=0).decide(floor()).calls_to_place == 0


def test_never_more_than_the_trunk_lets_through() -> None:
    governor = Governor(Eager(9), ramp_s=0)
    decision = governor.decide(floor(), Conditions(trunk_available=3))
    assert (decision.calls_to_place, decision.reason) == (3, Reason.CALLS_PER_SECOND)


def test_a_trunk_that_refuses_calls_is_named_as_the_reason() -> None:
    governor = Governor(Eager(9), ramp_s=0)
    decision = governor.decide(floor(), Conditions(trunk_available=1, trunk_health=TrunkHealth.PROBING))
    assert (decision.calls_to_place, decision.reason) == (1, Reason.TRUNK_REFUSES)


def test_never_more_than_the_calls_a_second_in_any_second() -> None:
    governor = Governor(Eager(9), calls_per_second=8, ramp_s=0)
    placed = [governor.decide(floor(now=100 + tick / 4)).calls_to_place for tick in range(8)]
    assert sum(placed[:4]) <= 8
    assert sum(placed[4:]) <= 8
    assert sum(placed) >= 14


def test_a_start_lets_in_little_by_little_what_goes_beyond_one_call_an_idle_agent() -> None:
    governor = Governor(PowerPacer(5.0), ramp_s=30)
    first = governor.decide(floor(now=100, idle=10))
    assert (first.calls_to_place, first.reason) == (10, Reason.RAMP)
    halfway = governor.decide(floor(now=115, idle=10))
    assert (halfway.calls_to_place, halfway.reason) == (30, Reason.RAMP)
    after = governor.decide(floor(now=130, idle=10))
    assert (after.calls_to_place, after.reason) == (50, Reason.RATIO)


def test_deciding_often_during_the_ramp_does_not_dial_more() -> None:
    governor = Governor(PowerPacer(5.0), ramp_s=30)
    out: dict[str, float] = {}
    for tick in range(60):
        now = 100 + tick / 4
        for n in range(governor.decide(floor(now=now, idle=10, lines_free=99 - len(out), ringing=out)).calls_to_place):
            out[f"{tick}-{n}"] = now
    assert len(out) == 10 + int(40 * (59 / 4) / 30)


def test_the_ramp_begins_again_after_a_hard_stop() -> None:
    governor = Governor(PowerPacer(5.0), ramp_s=30)
    governor.decide(floor(now=100, idle=10))
    governor.decide(floor(now=200, idle=10), Conditions(link_up=False))
    assert governor.decide(floor(now=201, idle=10)).reason is Reason.RAMP


def test_only_calls_that_rang_long_enough_are_given_up() -> None:
    governor = Governor(Eager(0))
    governor.start(Info(min_ring=15))
    assert governor.cancel(floor(now=100, ringing={"old": 85.0, "young": 85.1})) == ["old"]


def test_a_pacer_that_cannot_give_up_calls_gives_up_none() -> None:
    assert list(Governor(ProgressivePacer()).cancel(floor(ringing={"old": 0.0}))) == []


def test_start_and_events_reach_the_pacer() -> None:
    pacer = Eager(0)
    governor = Governor(pacer)
    governor.start(Info())
    governor.on_event(1.0, "login", "agent-0")
    assert pacer.heard == ["start", "login"]


def test_without_headroom_under_the_law_there_is_one_call_for_each_idle_agent_and_no_more() -> None:
    governor = Governor(Eager(9), ramp_s=0)
    none_left = Conditions(overdial=False)
    decision = governor.decide(floor(idle=3, ringing={"a": 99.0}), none_left)
    assert (decision.calls_to_place, decision.reason) == (2, Reason.NO_HEADROOM)
    assert governor.decide(floor(idle=1, ringing={"a": 99.0, "b": 99.0}), none_left).calls_to_place == 0
    assert governor.decide(floor(idle=3), Conditions()).calls_to_place == 9


class Standing(Eager):
    """An eager pacer whose answer stands until it hears that it was cut."""

    def __init__(self, calls: int) -> None:
        super().__init__(calls)
        self.cuts = 0

    def stands(self, now: float) -> bool:
        return not self.cuts

    def held_back(self) -> None:
        self.cuts += 1


def test_a_pacer_hears_that_it_was_held_back_and_only_then() -> None:
    pacer = Standing(3)
    governor = Governor(pacer, ramp_s=0)
    assert governor.stands(100.0)
    governor.decide(floor(idle=5), Conditions(trunk_available=3))
    assert (pacer.cuts, governor.stands(100.0)) == (0, True)
    decision = governor.decide(floor(idle=5), Conditions(trunk_available=2))
    assert (decision.calls_to_place, pacer.cuts, governor.stands(100.0)) == (2, 1, False)
    assert not Governor(Eager(3)).stands(100.0)
