"""The voice that speaks sentences for calls: a few at a time, those first that nothing else could say.

It has threads of its own, or a hundred calls that begin at once would leave none to anything else. A sentence that has
to wait for too many others is not spoken: the call puts it together from phrases.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

Speak = Callable[[Iterable[str], str], int]  #: blocks; ``dialer.provision.ivr_sounds.Sentences.speak``

_AT_ONCE: Final = 2
#: Waiting sentences, above which no more are taken that phrases could say, and none at all.
_MOST_WAITING: Final = 6
_MOST_NEEDED: Final = 300


class CallVoice:
    """One for a station. ``run`` does the work until it is cancelled. ``not_taken`` counts what was left to phrases."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._queue: asyncio.PriorityQueue[tuple[int, int, str, str]] = asyncio.PriorityQueue(2 * _MOST_NEEDED)
        self._begun: set[tuple[str, str]] = set()
        self._count = 0
        self.not_taken = 0

    def begin(self, text: str, language: str, *, needed: bool) -> None:
        """Speak this, if there is time for it. ``needed``: nothing else can say it."""
        if (language, text) in self._begun:
            return
        if self._queue.qsize() >= (_MOST_NEEDED if needed else _MOST_WAITING):
            self.not_taken += 1
            return
        self._begun.add((language, text))
        self._count += 1
        self._queue.put_nowait((0 if needed else 1, self._count, language, text))

    def at_work(self, text: str, language: str) -> bool:
        return (language, text) in self._begun

    async def run(self) -> None:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="voice") as threads:
            async with asyncio.TaskGroup() as group:
                for number in range(_AT_ONCE):
                    group.create_task(self._work(threads), name=f"voice {number}")

    async def _work(self, threads: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            _, _, language, text = await self._queue.get()
            try:
                await loop.run_in_executor(threads, self._speak, (text,), language)
            finally:
                self._begun.discard((language, text))
