"""What came from the person and was not asked for yet: keys in the order in which they were pressed, and the sign that
words were heard. Keys pressed ahead wait here for the questions that they answer."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from dialer.ivr.ports import SPOKEN

KEYS: Final = frozenset("0123456789*#")
_MOST: Final = 100


class KeyBox:
    """One call's. ``pressed`` counts all keys that ever came, ``dropped`` those that found it full. ``shut``: nobody
    tells us keys any more, and what comes late is not to be believed."""

    def __init__(self) -> None:
        self._keys: deque[str] = deque()
        self._woken = False
        self._news: asyncio.Future[None] | None = None
        self._next: asyncio.Future[None] | None = None
        self.shut = False
        self.pressed = 0
        self.dropped = 0

    def press(self, key: str) -> None:
        """We are told of a key. Anything else than a key of a telephone is ignored."""
        if not self.shut and key in KEYS:
            self.put(key)

    def put(self, key: str) -> None:
        self.pressed += 1
        if len(self._keys) < _MOST:
            self._keys.append(key)
        else:
            self.dropped += 1
        _done(self._next)
        _done(self._news)

    def wake(self) -> None:
        """Words were heard: whoever waits for a key is to look."""
        self._woken = True
        _done(self._news)

    def take(self) -> str:
        """The first key; ``SPOKEN`` where there is none and words were heard; else an empty text."""
        if self._keys:
            return self._keys.popleft()
        woken, self._woken = self._woken, False
        return SPOKEN if woken else ""

    def forget(self) -> None:
        """The keys that are here were meant for something else."""
        self._keys.clear()

    @property
    def has_key(self) -> bool:
        return bool(self._keys)

    @property
    def has_news(self) -> bool:
        return bool(self._keys) or self._woken

    def news(self) -> asyncio.Future[None]:
        """Done once there is something to take, which may be now."""
        self._news = _awaited(self._news, begin_anew=not self.has_news)
        if self.has_news:
            _done(self._news)
        return self._news

    def next_key(self) -> asyncio.Future[None]:
        """Done once a key comes after now."""
        self._next = _awaited(self._next, begin_anew=True)
        return self._next


def _awaited(future: asyncio.Future[None] | None, *, begin_anew: bool) -> asyncio.Future[None]:
    if future is None or (begin_anew and future.done()):
        return asyncio.get_running_loop().create_future()
    return future


def _done(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
