"""A self-service call from its line's side: what is played, what is done for it, and what becomes of a hang-up."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest

from dialer.ivr.call import SelfServiceCall
from ivr_flows.actions import Outcome, SavePromise
from ivr_flows.facts import AnsweredBy, PersonFact
from ivr_flows.inputs import AgentAnswered, NoAgent, QueuePosition
from ivr_flows.loader import load
from ivr_flows.play.player import Player
from tests.support.fake_line import GONE, FakeHouse, FakeLine, FakeQueue, Keys
from tests.support.self_service import CALL, person

YES_AND_DOCUMENT = ["1", *"1234"]
PROMISE = ["1", "1", *"2711"]  # a date of payment, all of it, the 27th of November
PLAYER = Player(load("self-service"))


class Walk:
    def __init__(self, keys: list[str], queue: FakeQueue | None = None) -> None:
        self.line = FakeLine(keys)
        self.house = FakeHouse(person())
        self.queue = queue or FakeQueue()
        self.call = SelfServiceCall(PLAYER, CALL, house=self.house, queue=self.queue, mouth=Keys())

    async def serve(self) -> Walk:
        await self.call.serve(self.line)
        return self

    @property
    def promises(self) -> list[SavePromise]:
        return [each for each in self.house.done if isinstance(each, SavePromise)]


async def test_a_promise_is_made_once_and_the_call_ends_with_a_farewell() -> None:
    walk = await Walk([*YES_AND_DOCUMENT, *PROMISE, "1", "3", "2"]).serve()

    assert len(walk.promises) == 1
    assert (walk.line.heard[0], walk.line.heard[-1]) == ("greeting", "farewell")
    assert walk.line.hung_up
    assert [end.outcome for end in walk.house.ends] == [Outcome.COMPLETED]


@pytest.mark.parametrize("said", range(len([*YES_AND_DOCUMENT, *PROMISE]) + 1))
async def test_who_hangs_up_before_confirming_leaves_no_promise(said: int) -> None:
    keys = [*YES_AND_DOCUMENT, *PROMISE][:said]
    walk = await Walk([*keys, GONE]).serve()

    assert walk.promises == []
    assert [end.outcome for end in walk.house.ends] == [Outcome.HUNG_UP]


async def test_who_hangs_up_right_after_confirming_has_promised() -> None:
    walk = await Walk([*YES_AND_DOCUMENT, *PROMISE, "1", GONE]).serve()

    assert len(walk.promises) == 1
    (end,) = walk.house.ends
    assert end.promises == (walk.promises[0].key,)


async def test_somebody_else_is_noted_before_anything_else_is_said() -> None:
    walk = await Walk(["2", "1"]).serve()

    assert walk.house.done == [PersonFact.WRONG_NUMBER]
    assert "third_party_thanks" in walk.line.heard


async def test_three_wrong_documents_lock_the_debtor() -> None:
    walk = await Walk(["1", *"0000", *"0001", *"0002"], FakeQueue(deque([AgentAnswered()]))).serve()

    assert walk.house.done == ["locked"]
    assert not any(heard.startswith("balance") for heard in walk.line.heard)


async def test_the_place_in_line_is_told_and_one_calls_back_later() -> None:
    walk = await Walk([*YES_AND_DOCUMENT, "0", "1"], FakeQueue(deque([QueuePosition(2)]))).serve()

    assert walk.queue.asked
    assert "queue_position" in walk.line.heard
    assert walk.queue.left == 1
    assert "call_back_noted" in walk.line.heard


async def test_an_agent_who_takes_the_channel_ends_the_flow() -> None:
    walk = await Walk([*YES_AND_DOCUMENT, "0", GONE], FakeQueue(last=AgentAnswered())).serve()

    assert [end.outcome for end in walk.house.ends] == [Outcome.AGENT]


async def test_a_call_that_comes_back_from_a_failed_bridge_goes_on_with_its_flow() -> None:
    walk = await Walk([*YES_AND_DOCUMENT, "0", GONE], FakeQueue(last=NoAgent())).serve()

    assert not walk.call.over
    again = FakeLine([])
    await walk.call.serve(again)

    assert again.heard[0] == "no_agent"
    assert [end.outcome for end in walk.house.ends] == [Outcome.COMPLETED]


async def test_a_call_that_never_comes_back_is_over() -> None:
    walk = await Walk([*YES_AND_DOCUMENT, "0", GONE], FakeQueue(last=NoAgent())).serve()

    await walk.call.abandon()
    await walk.call.abandon()

    assert [end.outcome for end in walk.house.ends] == [Outcome.HUNG_UP]


async def test_a_machine_hears_the_limited_message_alone() -> None:
    line, house = FakeLine([]), FakeHouse(person())
    facts = replace(CALL, answered_by=AnsweredBy.MACHINE)
    await SelfServiceCall(PLAYER, facts, house=house, queue=FakeQueue(), mouth=Keys()).serve(line)

    assert line.heard == ["limited-content"]
    assert [end.outcome for end in house.ends] == [Outcome.MESSAGE_LEFT]
