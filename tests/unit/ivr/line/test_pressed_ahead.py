"""Whole self-service calls of people who do not wait for the questions; in virtual time, on a channel that throws keys
away between two commands as Asterisk does, and in a house that takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from dialer.ivr.call import SelfServiceCall
from dialer.ivr.keys import KeyBox
from dialer.ivr.line import AgiLine
from dialer.virtual_time import run_virtually
from ivr_flows.actions import Outcome, SavePromise
from ivr_flows.facts import IdentityMethod, PersonFact
from ivr_flows.inputs import IdentityChecked, Refused, Saved
from ivr_flows.loader import load
from ivr_flows.play.player import Player
from tests.support.agi_channel import AgiChannel
from tests.support.fake_line import FakeHouse, FakeQueue, Keys
from tests.support.self_service import CALL, person

PLAYER = Player(load("self-service"))
UP_TO_THE_READ_BACK = "1" + "1234" + "1" + "1" + "2711"
EVERY_S = (0.05, 0.15, 0.4)


class SlowHouse(FakeHouse):
    async def check(self, answers: Mapping[IdentityMethod, str]) -> IdentityChecked:
        await asyncio.sleep(0.7)
        return await super().check(answers)

    async def save_promise(self, wanted: SavePromise) -> Saved | Refused:
        await asyncio.sleep(0.7)
        return await super().save_promise(wanted)


class Caller:
    def __init__(self) -> None:
        self.box = KeyBox()
        self.channel = AgiChannel(self.box.press, takes_s=0.02)
        self.house = SlowHouse(person())
        self.call = SelfServiceCall(PLAYER, CALL, house=self.house, queue=FakeQueue(), mouth=Keys())
        line = AgiLine(self.channel, "/sounds", self.box, stop=self.channel.stop)
        self.serving = asyncio.create_task(self.call.serve(line))

    async def hears(self, sound: str) -> None:
        async with asyncio.timeout(600):
            while sound not in self.channel.heard:  # noqa: ASYNC110 - in virtual time
                await asyncio.sleep(0.05)

    async def leaves(self) -> None:
        self.channel.go()
        await self.serving

    @property
    def promises(self) -> list[SavePromise]:
        return [each for each in self.house.done if isinstance(each, SavePromise)]

    @property
    def outcomes(self) -> list[Outcome]:
        return [end.outcome for end in self.house.ends]


@pytest.mark.parametrize("every_s", EVERY_S)
def test_keys_over_many_questions_are_all_there_and_what_they_answer_is_not_said(every_s: float) -> None:
    async def story() -> None:
        caller = Caller()
        await caller.channel.press_all(UP_TO_THE_READ_BACK, every_s=every_s, after_s=0.3)
        await caller.hears("readback_choices")
        await caller.channel.press_all("1", every_s=0.0, after_s=0.6)
        await caller.hears("promise_saved")
        await caller.leaves()

        (promise,) = caller.promises
        assert promise.proposal.instalments[0].due_on.isoformat() == "2026-11-27"
        assert "ask_document_last" not in caller.channel.heard_out
        assert {"not_understood", "nothing_heard"}.isdisjoint(caller.channel.heard)

    run_virtually(story())


@pytest.mark.parametrize("every_s", EVERY_S)
def test_nothing_is_promised_that_was_not_read_back(every_s: float) -> None:
    async def story() -> None:
        caller = Caller()
        await caller.channel.press_all(UP_TO_THE_READ_BACK + "111", every_s=every_s, after_s=0.3)
        await caller.hears("readback_choices")
        await caller.leaves()

        assert caller.promises == []
        assert caller.outcomes == [Outcome.HUNG_UP]

    run_virtually(story())


def test_a_sign_for_the_end_behind_digits_that_were_complete_answers_nothing() -> None:
    async def story() -> None:
        caller = Caller()
        await caller.channel.press_all("1" + "1234#" + "1" + "1" + "2711#", every_s=0.15)
        await caller.hears("readback_choices")
        await caller.channel.press_all("1", every_s=0.0, after_s=0.6)
        await caller.hears("promise_saved")
        await caller.leaves()

        assert len(caller.promises) == 1
        assert "not_understood" not in caller.channel.heard

    run_virtually(story())


@pytest.mark.parametrize("every_s", EVERY_S)
def test_keys_behind_a_wrong_document_are_not_taken_for_another_one(every_s: float) -> None:
    """Three wrong ones would lock the debt."""

    async def story() -> None:
        caller = Caller()
        await caller.channel.press_all("1" + "9999" + "11" + "27111", every_s=every_s)
        await caller.hears("identity_failed")
        await asyncio.sleep(3)
        await caller.channel.press_all("1234", every_s=0.15)
        await caller.hears("main_menu")
        await caller.leaves()

        assert caller.house.done == []
        assert "identity_impossible" not in caller.channel.heard

    run_virtually(story())


def test_who_presses_one_key_twice_has_not_said_who_else_they_are() -> None:
    async def story() -> None:
        caller = Caller()
        await caller.channel.press_all("22", every_s=0.15, after_s=3.0)
        await caller.hears("who_are_you")
        await caller.channel.press_all("1", every_s=0.0, after_s=1.0)
        await caller.serving

        assert caller.house.done == [PersonFact.WRONG_NUMBER]

    run_virtually(story())


def test_a_farewell_is_heard_whatever_was_pressed_before() -> None:
    async def story() -> None:
        caller = Caller()
        await caller.channel.press_all("1" + "1234", every_s=0.15)
        await caller.hears("main_menu")
        await caller.channel.press_all("9111", every_s=0.1)
        await caller.serving

        assert "farewell" in caller.channel.heard

    run_virtually(story())
