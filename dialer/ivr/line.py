"""A line over FastAGI. Measured on Asterisk 22: Background plays a list of files without a gap, and ends at a key.

Between two commands Asterisk throws keys away. So they come from elsewhere, all of them and in their order (``KeyBox``,
filled by the manager interface), and a command's answer only says that it is over. Where a key came in the moment
before a command, Asterisk does not end that command by itself, and we do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import structlog

from dialer.errors import AgiHungUp
from dialer.ivr.keys import KEYS, KeyBox
from dialer.ivr.ports import SPOKEN

log = structlog.get_logger(__name__)

_LONGEST_LIST = 3000  # characters; Asterisk takes a command of 8 KiB, our session 4096 an argument
_LONGEST_PROMPT_S = 300.0
_MARGIN_S = 10.0
_ENDS_BY_ITSELF_S = 0.1  # a command at a key
_STOPS_S = 0.5  # and once it was told to; then it is told again
_TOLD_WITHIN_S = 2.0  # of a key: Asterisk's two interfaces are apart by milliseconds
#: What comes earlier than this was meant for what was said before: nobody has understood anything yet.
_UNHEARD_S = 0.4
_MOST_TIMES_ANEW = 30


class Answer(Protocol):
    @property
    def value(self) -> str: ...


class Channel(Protocol):
    """What of an AGI session is used here."""

    async def command(self, name: str, *arguments: str, timeout_s: float | None = None) -> Answer: ...

    async def hangup(self) -> None: ...


class AgiLine:
    """``dialer.ivr.ports.Line``. ``sounds`` is the folder of flows' sounds as Asterisk names it; ``stop`` asks Asterisk
    to end what it is doing for this channel, soon, by the key ``SPOKEN``; ``told``: keys reach the box now. While they
    do not, a command's answer counts, and what is pressed between two of them is lost."""

    def __init__(
        self,
        channel: Channel,
        sounds: str,
        box: KeyBox,
        *,
        stop: Callable[[], None],
        told: Callable[[], bool] = lambda: True,
    ) -> None:
        self._channel = channel
        self._sounds = sounds.rstrip("/")
        self._box = box
        self._stop = stop
        self._told = told

    async def play(self, sounds: Sequence[str], *, afresh: bool = False) -> str:
        for batch in _batches([f"{self._sounds}/{sound}" for sound in sounds]):
            if afresh:
                await self._play_afresh(batch)
                afresh = False
            else:
                await self._play(batch)
            key = self._box.take()
            if key:
                return key
        return ""

    async def key(self, wait_s: float) -> str:
        for _ in range(_MOST_TIMES_ANEW):
            if self._box.has_news:
                break
            if not await self._do("WAIT FOR DIGIT", str(round(wait_s * 1000)), timeout_s=wait_s + _MARGIN_S):
                break
        return self._box.take()

    async def more_keys(self, most: int, between_s: float) -> str:
        keys = ""
        while len(keys) < most:
            key = await self.key(between_s)
            if key in ("", "#"):
                break
            if key != SPOKEN:
                keys += key
        return keys

    def forget_keys(self) -> None:
        self._box.forget()

    async def hang_up(self) -> None:
        await self._channel.hangup()

    # ------------------------------------------------------------------------------------- inside

    async def _play(self, batch: str) -> None:
        """Until it is over or there is something to take, which may be now."""
        for _ in range(_MOST_TIMES_ANEW):
            if self._box.has_news:
                return
            if not await self._do("EXEC", "Background", batch, timeout_s=_LONGEST_PROMPT_S):
                return

    async def _play_afresh(self, batch: str) -> None:
        """As ``_play``, but whoever still presses keys while it begins is told it from the beginning."""
        for _ in range(_MOST_TIMES_ANEW):
            self._box.forget()
            playing = asyncio.create_task(self._play(batch), name="agi play")
            try:
                await asyncio.wait({playing}, timeout=_UNHEARD_S)
                early = self._box.has_key
                await playing
            finally:
                await _ended(playing)
            if not early:
                return

    async def _do(self, name: str, *arguments: str, timeout_s: float) -> bool:
        """One command, until it is over; it is ended where there is something to take. True where it was ended for
        something that was taken before it began: it is to be done again."""
        before = self._box.pressed
        command = asyncio.create_task(
            self._channel.command(name, *arguments, timeout_s=timeout_s), name=f"agi {name.lower()}"
        )
        try:
            either: set[asyncio.Future[Any]] = {command, self._box.news()}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not command.done() and self._box.has_key:
                await asyncio.wait({command}, timeout=_ENDS_BY_ITSELF_S)
            while not command.done():
                self._stop()
                await asyncio.wait({command}, timeout=_STOPS_S)
        finally:
            await _ended(command)
        ended_by = _key(command.result())
        if ended_by in KEYS and self._box.pressed == before:
            await self._learn(ended_by)
        return ended_by == SPOKEN and not self._box.has_news

    async def _learn(self, key: str) -> None:
        """Asterisk has a key for us that we were not told yet."""
        if self._told() and not self._box.shut:
            told = self._box.next_key()
            await asyncio.wait({told}, timeout=_TOLD_WITHIN_S)
            if told.done():
                return
            log.warning("ivr.keys_not_told")
            self._box.shut = True
        self._box.put(key)


async def _ended(task: asyncio.Task[Any]) -> None:
    """A task of ours is over when we are; what it raised is its owner's to ask for."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})


def _key(answer: Answer) -> str:
    """The key in an answer that is the code of a sign; empty for none. Asterisk answers -1 once the caller has gone."""
    if not answer.value.isdecimal():
        raise AgiHungUp
    key = chr(int(answer.value))
    return key if key in KEYS or key == SPOKEN else ""


def _batches(names: Sequence[str]) -> Iterator[str]:
    batch = ""
    for name in names:
        if batch and len(batch) + len(name) >= _LONGEST_LIST:
            yield batch
            batch = ""
        batch = f"{batch}&{name}" if batch else name
    if batch:
        yield batch
