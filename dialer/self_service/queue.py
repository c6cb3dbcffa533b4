"""The line of those who want an agent, between one self-service call and its campaign."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Protocol

from dialer.clock import Clock
from dialer.domain.events import AgentNotWanted, AgentWanted, TelephonyEvent
from dialer.domain.ids import CallId
from dialer.ivr.ports import QueueNews
from dialer.ports import AgentJoined, CallOver, NobodyCame, PlaceInLine, ServiceNews
from ivr_flows.inputs import AgentAnswered, NoAgent, QueuePosition

#: The engine says why it took a channel well before: this is for news that never comes.
_LAST_WORD_S: Final = 5.0
_MOST_NEWS: Final = 100


class Sink(Protocol):
    def __call__(self, event: TelephonyEvent) -> None: ...


class CallQueue:
    """``dialer.ivr.ports.Queue``."""

    def __init__(self, call_id: CallId, sink: Sink, clock: Clock) -> None:
        self._call_id = call_id
        self._sink = sink
        self._clock = clock
        self._news: deque[ServiceNews] = deque(maxlen=_MOST_NEWS)
        self._came = asyncio.Event()

    def ask(self, reason: str, wait_s: float) -> None:
        self._news.clear()
        self._sink(
            AgentWanted(
                at=self._clock.now(),
                monotonic=self._clock.monotonic(),
                call_id=self._call_id,
                reason=reason,
                wait_s=wait_s,
            )
        )

    def leave(self) -> None:
        self._sink(AgentNotWanted(at=self._clock.now(), monotonic=self._clock.monotonic(), call_id=self._call_id))

    def tell(self, news: ServiceNews) -> None:
        self._news.append(news)
        self._came.set()

    def poll(self) -> QueueNews | None:
        while self._news:
            match self._news.popleft():
                case PlaceInLine(position):
                    if not any(isinstance(later, PlaceInLine) for later in self._news):
                        return QueuePosition(position)
                case AgentJoined():
                    return AgentAnswered()
                case NobodyCame(channel_lost=False):
                    return NoAgent()
                case NobodyCame() as lost:
                    self._news.appendleft(lost)  # the channel goes first, and comes again
                    return None
                case CallOver():
                    pass
        return None

    async def last_word(self) -> QueueNews | None:
        try:
            async with asyncio.timeout(_LAST_WORD_S):
                while True:
                    while self._news:
                        match self._news.popleft():
                            case AgentJoined():
                                return AgentAnswered()
                            case NobodyCame():
                                return NoAgent()
                            case CallOver():
                                return None
                            case PlaceInLine():
                                pass
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return None
