from __future__ import annotations

import pytest

from pacing import Conditions, Decision, Governor, Info, Reason, State, TrunkHealth


class Wants:
    """Always wants ten calls out for each idle agent."""

    def start(self, info: Info) -> None: ...

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None: ...

    def decide(self, state: State) -> Decision:
        return Decision(calls_to_place=10 * len(state.idle) - len(state.ringing), reason=Reason.RATIO)


def floor(now: float, *, idle: int = 4, busy: int = 0, ringing: int = 1) -> State:
    return State(
        now=now,
        idle={f"i{n}": 0.0 for n in range(idle)},
        talk={f"t{n}": 0.0 for n in range(busy)},
        ringing={f"r{n}": 0.0 for n in range(ringing)},
        lines_free=500,
        logged_in=idle + busy,
    )


def warm(*, agents: int = 4) -> Governor:
    governor = Governor(Wants())
    for second in range(100):
        governor.decide(floor(float(second), idle=agents))
    assert governor.decide(floor(100.0, idle=agents)).reason is Reason.RATIO
    return governor


def held_back(governor: Governor, state: State, conditions: Conditions | None = None) -> bool:
    decision = governor.decide(state, conditions or Conditions())
    surely = max(0, len(state.idle) - len(state.ringing))
    assert decision.calls_to_place >= surely or decision.reason is not Reason.RAMP
    return decision.calls_to_place == surely and decision.reason is Reason.RAMP


def test_it_grows_to_what_is_wanted_in_half_a_minute() -> None:
    governor = Governor(Wants())
    let_in = [governor.decide(floor(float(second))).calls_to_place for second in range(0, 31, 5)]
    assert let_in[0] == 3
    assert let_in == sorted(let_in)
    assert let_in[-1] == 39


def test_a_minute_without_a_call_is_a_new_beginning() -> None:
    governor = warm()
    assert not held_back(governor, floor(130.0, ringing=0))
    assert not held_back(governor, floor(159.0, ringing=0))
    assert held_back(governor, floor(160.0, ringing=0))


def test_a_carrier_that_takes_calls_again_gets_them_little_by_little() -> None:
    governor = warm()
    assert not held_back(governor, floor(101.0), Conditions(trunk_health=TrunkHealth.SLOWED))
    assert held_back(governor, floor(102.0))


@pytest.mark.parametrize(("before", "after"), [(4, 7), (10, 7), (10, 15), (20, 14)])
def test_many_agents_who_come_or_go_at_once_are_a_shock(before: int, after: int) -> None:
    governor = warm(agents=before)
    assert held_back(governor, floor(101.0, idle=after))


@pytest.mark.parametrize(("before", "after"), [(4, 6), (4, 2), (10, 8), (10, 14), (20, 15)])
def test_a_few_are_not(before: int, after: int) -> None:
    governor = warm(agents=before)
    assert not held_back(governor, floor(101.0, idle=after))


def test_agents_who_come_back_from_lunch_one_by_one_are_no_shock() -> None:
    governor = warm(agents=10)
    for minute in range(10):
        assert not held_back(governor, floor(160.0 + 60.0 * minute, idle=10 + minute))


def test_another_pacer_begins_little_by_little() -> None:
    governor = warm()
    governor.use(Wants())
    assert held_back(governor, floor(101.0))
