"""Writes down when agents come and go, and their breaks, from what the engine says of them on the bus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from dialer.errors import StoreError
from dialer.ports import BusMessage, EventBus
from dialer.store import pauses
from dialer.store.database import Database
from dialer.store.presence import Presence

log = structlog.get_logger(__name__)

_CAME = ("agent.ready", "agent.reserved", "agent.preview", "agent.talking", "agent.wrap_up")
_WENT = ("agent.paused", "agent.offline", "agent.moved")


class PresenceKeeper:
    """Told of every change, it writes only the few that begin or end a stretch of presence."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._presence = Presence(database)
        self._on_a_break: dict[tuple[str, str], str] = {}
        self._there: set[tuple[str, str]] = set()

    async def start(self, bus: EventBus, now: datetime) -> Callable[[], None]:
        """Listen until the returned call. Whoever an earlier engine left behind is gone."""
        await self._presence.nobody(now)
        await self._database.write(pauses.end_all)
        ends = [bus.subscribe(f"+/{what}", self.on_agent, name="presence of agents") for what in (*_CAME, *_WENT)]

        def end() -> None:
            for one in ends:
                one()

        return end

    async def on_agent(self, message: BusMessage) -> None:
        """For the bus: ``agent.*``."""
        payload = message.payload
        who = str(payload["campaign"]), str(payload["agent_id"])
        await self._note_break(message, who)
        came = message.topic.partition("/")[2] in _CAME
        if came == (who in self._there):
            return
        at = datetime.fromisoformat(str(payload["at"]))
        try:
            await (self._presence.came if came else self._presence.went)(*who, at)
        except StoreError as exc:  # the what-if is the poorer for it; calls are not
            log.warning("presence.not_written", campaign=who[0], agent_id=who[1], error=exc.message)
            return
        (self._there.add if came else self._there.discard)(who)

    async def _note_break(self, message: BusMessage, who: tuple[str, str]) -> None:
        """A break has a reason; who has just signed in, and is not ready yet, is on none."""
        reason = str(message.payload.get("reason") or "") if message.topic.endswith("/agent.paused") else ""
        if reason == self._on_a_break.get(who, ""):
            return
        at = datetime.fromisoformat(str(message.payload["at"]))
        try:
            if reason:
                await self._database.write(pauses.begin, *who, reason, at)
            else:
                await self._database.write(pauses.end, *who, at)
        except StoreError as exc:  # the report is the poorer for it; calls are not
            log.warning("presence.break_not_written", campaign=who[0], agent_id=who[1], error=exc.message)
            return
        self._on_a_break.pop(who, None)
        if reason:
            self._on_a_break[who] = reason
