"""The line over AGI, against a peer that answers as Asterisk does."""

from __future__ import annotations

from collections import deque

import pytest

from dialer.errors import AgiHungUp
from dialer.ivr.line import AgiLine
from dialer.pbx.agi import AgiResult


class Peer:
    """Answers in order; keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = deque(answers)
        self.asked: list[tuple[str, ...]] = []

    async def command(self, name: str, *arguments: str, timeout_s: float | None = None) -> AgiResult:
        self.asked.append((name, *arguments))
        return AgiResult(self._answers.popleft())

    async def hangup(self) -> None:
        self.asked.append(("HANGUP",))


async def test_a_list_of_sounds_is_one_command_so_that_there_is_no_gap() -> None:
    peer = Peer("0")

    assert await AgiLine(peer, "/sounds/").play(["es/ivr/a", "es/ivr/b"]) == ""
    assert peer.asked == [("EXEC", "Background", "/sounds/es/ivr/a&/sounds/es/ivr/b")]


async def test_the_key_that_stops_a_prompt_is_given_back_and_the_rest_is_not_played() -> None:
    peer = Peer("0", "55")
    sounds = [f"es/ivr/{'x' * 60}{number}" for number in range(60)]

    assert await AgiLine(peer, "/sounds").play([*sounds, *sounds]) == "7"
    assert len(peer.asked) == 2
    assert max(len(asked[-1]) for asked in peer.asked) < 4096


async def test_keys_are_collected_by_one_command() -> None:
    peer = Peer("123")

    assert await AgiLine(peer, "/sounds").more_keys(3, 2.5) == "123"
    assert peer.asked == [("GET DATA", "", "2500", "3")]


async def test_no_key_in_time_is_an_empty_text() -> None:
    assert await AgiLine(Peer("0"), "/sounds").key(1.0) == ""


@pytest.mark.parametrize("what", ["play", "key", "more"])
async def test_a_caller_who_has_gone_is_told_of(what: str) -> None:
    line = AgiLine(Peer("-1"), "/sounds")

    with pytest.raises(AgiHungUp):
        await {"play": lambda: line.play(["a"]), "key": lambda: line.key(1.0), "more": lambda: line.more_keys(2, 1.0)}[
            what
        ]()
