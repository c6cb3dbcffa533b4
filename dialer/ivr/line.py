"""A line over FastAGI. Measured on Asterisk 22: Background plays a list of files without a gap and gives back the key
that stopped it; keys between two commands are lost, which takes them to be closer together than fingers are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from dialer.errors import AgiHungUp
from dialer.ivr.ports import SPOKEN

_LONGEST_LIST = 3000  # characters; Asterisk takes a command of 8 KiB, our session 4096 an argument
_LONGEST_PROMPT_S = 300.0
_MARGIN_S = 10.0
_KEYS = frozenset("0123456789*#" + SPOKEN)


class Answer(Protocol):
    @property
    def value(self) -> str: ...


class Channel(Protocol):
    """What of an AGI session is used here."""

    async def command(self, name: str, *arguments: str, timeout_s: float | None = None) -> Answer: ...

    async def hangup(self) -> None: ...


class AgiLine:
    """``dialer.ivr.ports.Line``. ``sounds`` is the folder of flows' sounds as Asterisk names it."""

    def __init__(self, channel: Channel, sounds: str) -> None:
        self._channel = channel
        self._sounds = sounds.rstrip("/")

    async def play(self, sounds: Sequence[str]) -> str:
        for batch in _batches([f"{self._sounds}/{sound}" for sound in sounds]):
            answer = await self._channel.command("EXEC", "Background", batch, timeout_s=_LONGEST_PROMPT_S)
            key = _key(answer)
            if key:
                return key
        return ""

    async def key(self, wait_s: float) -> str:
        answer = await self._channel.command("WAIT FOR DIGIT", str(round(wait_s * 1000)), timeout_s=wait_s + _MARGIN_S)
        return _key(answer)

    async def more_keys(self, most: int, between_s: float) -> str:
        wait_s = between_s * (most + 1) + _MARGIN_S
        answer = await self._channel.command("GET DATA", "", str(round(between_s * 1000)), str(most), timeout_s=wait_s)
        if answer.value == "-1":
            raise AgiHungUp
        return "".join(key for key in answer.value if key in _KEYS and key != SPOKEN)

    async def hang_up(self) -> None:
        await self._channel.hangup()


def _key(answer: Answer) -> str:
    """The key in an answer that is the code of a sign, 0 for none. Asterisk answers -1 once the caller has gone."""
    if not answer.value.isdecimal():
        raise AgiHungUp
    key = chr(int(answer.value))
    return key if key in _KEYS else ""


def _batches(names: Sequence[str]) -> Iterator[str]:
    batch = ""
    for name in names:
        if batch and len(batch) + len(name) >= _LONGEST_LIST:
            yield batch
            batch = ""
        batch = f"{batch}&{name}" if batch else name
    if batch:
        yield batch
