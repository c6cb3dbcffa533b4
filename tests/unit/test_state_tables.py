"""Every pair of state and signal is in its table, or is ignored on purpose."""

from __future__ import annotations

import itertools

import pytest

from dialer.domain import agent, call, talk
from dialer.domain.agent import AgentSignal, AgentState
from dialer.domain.call import CallSignal, CallState
from dialer.domain.talk import TalkSignal, TalkState

# What a signal is good for. A pair outside is late, doubled or crossing, and changes nothing.
CALL_SIGNALS_ACT_IN = {
    CallSignal.PLACE: {CallState.RESERVED},
    CallSignal.RING: {CallState.DIALING},
    CallSignal.EARLY_MEDIA: {CallState.DIALING, CallState.RINGING},
    CallSignal.ANSWER: {CallState.DIALING, CallState.RINGING, CallState.EARLY},
    CallSignal.PERSON: {CallState.DETECTING},
    CallSignal.LISTEN: {CallState.DETECTING, CallState.TALKING},  # talking: the second look heard a machine
    CallSignal.CONNECT: {CallState.WAITING, CallState.SELF_SERVICE},
    CallSignal.BRIDGED: {CallState.BRIDGING},
    CallSignal.BRIDGE_FAILED: {CallState.BRIDGING},
    CallSignal.SERVE: {CallState.WAITING, CallState.TALKING},  # talking: an agent sends them to the flow
    CallSignal.HAND_OVER: {CallState.TALKING},
    CallSignal.GIVE_MESSAGE: {CallState.DETECTING, CallState.WAITING, CallState.SELF_SERVICE, CallState.LISTENING},
    CallSignal.DISMISS: set(CallState) - {CallState.RESERVED, CallState.ENDING, CallState.CLOSED},
    CallSignal.END: set(CallState) - {CallState.CLOSED},
}


@pytest.mark.parametrize(("state", "signal"), list(itertools.product(CallState, CallSignal)))
def test_a_call_reacts_to_a_signal_only_where_it_means_something(state: CallState, signal: CallSignal) -> None:
    assert (call.next_state(state, signal) is not None) == (state in CALL_SIGNALS_ACT_IN[signal])


_ELSEWHERE = {TalkState.REACHING, TalkState.CONSULTING, TalkState.CONFERENCE, TalkState.HANDING}
TALK_SIGNALS_ACT_IN = {
    TalkSignal.HOLD: {TalkState.JOINED},
    TalkSignal.RESUME: {TalkState.HELD},
    TalkSignal.LOST: {TalkState.JOINED},
    TalkSignal.CONSULT: {TalkState.JOINED, TalkState.HELD},
    TalkSignal.REACHED: {TalkState.REACHING},
    TalkSignal.CONFER: {TalkState.CONSULTING},
    TalkSignal.HAND: set(TalkState) - {TalkState.HANDING},
    TalkSignal.HANDED: {TalkState.HANDING},
    TalkSignal.RETURN: _ELSEWHERE,
}


@pytest.mark.parametrize(("state", "signal"), list(itertools.product(TalkState, TalkSignal)))
def test_a_talk_reacts_to_a_signal_only_where_it_means_something(state: TalkState, signal: TalkSignal) -> None:
    assert (talk.next_state(state, signal) is not None) == (state in TALK_SIGNALS_ACT_IN[signal])


@pytest.mark.parametrize("state", sorted(_ELSEWHERE))
def test_whoever_is_consulted_or_handed_over_can_come_back_to_the_agent(state: TalkState) -> None:
    assert talk.next_state(state, TalkSignal.RETURN) is TalkState.JOINED


def test_a_closed_call_stays_closed() -> None:
    assert all(call.next_state(CallState.CLOSED, signal) is None for signal in CallSignal)


@pytest.mark.parametrize("state", list(CallState))
def test_every_call_can_end_from_wherever_it_is(state: CallState) -> None:
    reached, frontier = {state}, {state}
    while frontier:
        frontier = {
            following
            for one, signal in itertools.product(frontier, CallSignal)
            if (following := call.next_state(one, signal)) and following not in reached
        }
        reached |= frontier
    assert CallState.CLOSED in reached


@pytest.mark.parametrize("state", [state for state in AgentState if state is not AgentState.OFFLINE])
def test_a_phone_that_drops_takes_its_agent_offline_from_every_state(state: AgentState) -> None:
    assert agent.next_state(state, AgentSignal.LEG_DOWN) is AgentState.OFFLINE


@pytest.mark.parametrize("state", sorted(agent.DEFERRED_IN))
def test_nobody_leaves_in_the_middle_of_a_call(state: AgentState) -> None:
    assert agent.next_state(state, AgentSignal.PAUSE) is None


def test_only_an_agent_who_is_ready_or_previews_can_be_given_a_call() -> None:
    takers = {state for state in AgentState if agent.next_state(state, AgentSignal.RESERVE) is AgentState.RESERVED}
    assert takers == {AgentState.READY, AgentState.PREVIEW}
