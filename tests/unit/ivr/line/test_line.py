"""The line over AGI, against a channel that does as Asterisk does; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dialer.errors import AgiHungUp
from dialer.ivr.keys import KeyBox
from dialer.ivr.line import AgiLine
from dialer.ivr.ports import SPOKEN
from dialer.virtual_time import run_virtually
from tests.support.agi_channel import SOUND_S, AgiChannel


class Room:
    def __init__(self, *, told: bool = True, connected: bool = True, tell_after_s: float = 0.003) -> None:
        self.box = KeyBox()
        self.channel = AgiChannel(self.box.press if told else None, tell_after_s=tell_after_s)
        self.line = AgiLine(self.channel, "/sounds/", self.box, stop=self.channel.stop, told=lambda: connected)

    def presses(self, keys: str, *, after_s: float = 0.0, every_s: float = 0.15) -> asyncio.Task[None]:
        return asyncio.create_task(self.channel.press_all(keys, after_s=after_s, every_s=every_s))


def test_a_list_of_sounds_is_one_command_so_that_there_is_no_gap() -> None:
    async def story() -> None:
        room = Room()
        assert await room.line.play(["es/ivr/a", "es/ivr/b"]) == ""
        assert room.channel.done == [("EXEC", "Background", "/sounds/es/ivr/a&/sounds/es/ivr/b")]

    run_virtually(story())


def test_the_key_that_stops_a_prompt_is_given_back_and_the_rest_is_not_played() -> None:
    async def story() -> None:
        room = Room()
        names = [f"es/ivr/{'x' * 60}{number}" for number in range(60)]
        pressing = room.presses("7", after_s=61 * SOUND_S)
        assert await room.line.play([*names, *names]) == "7"
        await pressing
        commands = room.channel.done
        assert len(commands) == 2
        assert max(len(command[-1]) for command in commands) < 4096

    run_virtually(story())


def test_keys_that_come_while_nothing_is_asked_are_there_in_their_order() -> None:
    async def story() -> None:
        room = Room()
        await room.presses("1234#5")
        await asyncio.sleep(1)
        assert room.channel.thrown_away == 6

        assert await room.line.play(["a"]) == "1"
        assert await room.line.more_keys(9, 2.0) == "234"
        assert await room.line.key(1.0) == "5"
        assert await room.line.key(1.0) == ""
        assert room.channel.heard == []

    run_virtually(story())


def test_a_key_of_which_is_told_only_when_the_next_sound_plays_stops_it() -> None:
    async def story() -> None:
        room = Room(tell_after_s=0.3)
        room.channel.press("4")
        began = asyncio.get_running_loop().time()
        assert await room.line.play(["a"]) == "4"
        assert asyncio.get_running_loop().time() - began < 0.3 + 0.2
        assert await room.line.key(3.0) == ""

    run_virtually(story())


def test_what_was_to_stop_one_sound_does_not_stop_the_next() -> None:
    async def story() -> None:
        room = Room()
        asyncio.get_running_loop().call_later(1.0, room.channel.press, "D")
        assert await room.line.play(["a", "b"]) == ""
        assert room.channel.heard_out == ["a", "b"]

        asyncio.get_running_loop().call_later(1.0, room.channel.press, "D")
        waiting = room.presses("3", after_s=3.0)
        assert await room.line.key(5.0) == "3"
        await waiting

    run_virtually(story())


def test_no_key_in_time_is_an_empty_text() -> None:
    async def story() -> None:
        assert await Room().line.key(1.0) == ""

    run_virtually(story())


def test_words_stop_what_is_played_and_end_a_wait_and_a_key_counts_before_them() -> None:
    async def story() -> None:
        room = Room()
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, room.box.wake)
        assert await room.line.play(["a"]) == SPOKEN
        loop.call_later(0.5, room.box.wake)
        assert await room.line.key(9.0) == SPOKEN
        assert loop.time() < 1.5
        room.box.wake()
        room.box.press("6")
        assert [await room.line.key(1.0), await room.line.key(1.0), await room.line.key(1.0)] == ["6", SPOKEN, ""]

    run_virtually(story())


def test_who_goes_on_pressing_is_told_it_from_the_beginning_when_they_have_stopped() -> None:
    async def story() -> None:
        room = Room()
        room.box.press("9")
        pressing = room.presses("1234", every_s=0.15)
        assert await room.line.play(["a", "b"], afresh=True) == ""
        await pressing
        assert room.channel.heard_out == ["a", "b"]

    run_virtually(story())


def test_a_key_after_something_was_heard_is_an_answer_also_to_what_is_told_afresh() -> None:
    async def story() -> None:
        room = Room()
        room.box.press("9")
        pressing = room.presses("2", after_s=0.5)
        assert await room.line.play(["a", "b"], afresh=True) == "2"
        await pressing
        assert room.channel.heard == ["a"]

    run_virtually(story())


def test_without_a_link_to_the_manager_a_commands_answer_counts() -> None:
    async def story() -> None:
        room = Room(told=False, connected=False)
        pressing = room.presses("45", after_s=0.5, every_s=2.0)
        assert await room.line.play(["a"]) == "4"
        assert await room.line.key(5.0) == "5"
        assert asyncio.get_running_loop().time() < 3
        await pressing

    run_virtually(story())


def test_an_asterisk_that_does_not_tell_of_keys_is_found_out_once() -> None:
    async def story() -> None:
        room = Room(told=False)
        pressing = room.presses("45", after_s=0.5, every_s=4.0)
        assert await room.line.play(["a"]) == "4"
        room.box.press("4")  # which comes after all, when nobody believes in it any more
        assert await room.line.key(5.0) == "5"
        assert await room.line.key(1.0) == ""
        await pressing

    run_virtually(story())


@pytest.mark.parametrize("what", ["play", "key", "more"])
def test_a_caller_who_has_gone_is_told_of(what: str) -> None:
    async def story() -> None:
        room = Room()
        ways: dict[str, Callable[[], Awaitable[str]]] = {
            "play": lambda: room.line.play(["a"]),
            "key": lambda: room.line.key(9.0),
            "more": lambda: room.line.more_keys(2, 9.0),
        }
        asyncio.get_running_loop().call_later(0.5, room.channel.go)
        with pytest.raises(AgiHungUp):
            await ways[what]()

    run_virtually(story())


def test_too_many_keys_are_counted_and_forgotten() -> None:
    box = KeyBox()
    for _ in range(130):
        box.press("1")
    box.press("x")

    assert (box.pressed, box.dropped) == (130, 30)
    box.forget()
    assert box.take() == ""
