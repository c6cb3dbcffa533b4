"""Supervisors' ears: opened on orders from the bus, and every call that one of them hears is on the audit trail.

Some laws ask who listened to which call, and when: it is noted here, where it happens, not where it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.ids import AgentId, uuid7
from dialer.engine.floor import Entropy
from dialer.engine.live import Seat
from dialer.errors import CadenciaError, StoreError, TelephonyError
from dialer.ports import BusMessage, EventBus
from dialer.ports.ears import EarClosed, EarId, EarMode, EarNews, EarOpened, Ears
from dialer.store import audit_log
from dialer.store.accounts import CONSOLE
from dialer.store.audit_log import AuditEntry
from dialer.store.database import Database
from dialer.task_owner import TaskOwner

log = structlog.get_logger(__name__)

LISTEN, STOP = "supervision.listen", "supervision.stop"


class _Refused(Exception):
    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True, kw_only=True)
class _Ear:
    ear_id: EarId
    by: str
    role: str
    agent_id: AgentId
    campaign: str
    dial_string: str
    mode: EarMode
    up: bool = False
    hears: str = ""  #: the call that it was last noted to hear, and how


class EarDesk:
    """Each supervisor has one ear: opening another closes it. ``seat_of`` finds an agent's seat, wherever they sit."""

    def __init__(
        self,
        ears: Ears,
        bus: EventBus,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        tasks: TaskOwner,
        seat_of: Callable[[AgentId], Seat | None],
    ) -> None:
        self._ears = ears
        self._bus = bus
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._tasks = tasks
        self._seat_of = seat_of
        self._open: dict[EarId, _Ear] = {}

    def start(self) -> Callable[[], None]:
        """Listen to orders until the returned call."""
        self._ears.subscribe(self._on_news)
        ends = (
            self._bus.subscribe("+/command", self.on_command, name="supervision"),
            self._bus.subscribe("+/agent.talking", self.on_talking, name="supervision"),
        )

        def end() -> None:
            for one in ends:
                one()

        return end

    # ------------------------------------------------------------------------------------- orders

    async def on_command(self, message: BusMessage) -> None:
        """For the bus: ``command``."""
        payload, campaign = message.payload, message.topic.partition("/")[0]
        try:
            match payload.get("verb"):
                case verb if verb == LISTEN:
                    await self._listen(campaign, payload)
                case verb if verb == STOP:
                    await self._stop(str(payload.get("by", "")))
                case _:
                    return
        except _Refused as refused:
            await self._answer(campaign, "command.refused", payload, code=refused.code, message=refused.message)
        except TelephonyError as exc:
            await self._answer(campaign, "command.refused", payload, code=exc.code, message=exc.message)
        else:
            await self._answer(campaign, "command.done", payload)

    async def _listen(self, campaign: str, payload: dict[str, object]) -> None:
        by, agent_id = str(payload.get("by", "")), AgentId(str(payload.get("agent_id", "")))
        dial_string = str(payload.get("dial_string", ""))
        if not by or not dial_string or payload.get("mode") not in list(EarMode):
            raise _Refused("invalid-command")
        mode, seat = EarMode(str(payload["mode"])), self._seat_of(agent_id)
        if seat is None:
            raise _Refused("agent-not-signed-in")
        if seat.state is AgentState.CONNECTING or not seat.leg_up:
            raise _Refused("agent-has-no-phone")
        if dial_string == seat.dial_string:
            raise _Refused("own-phone")
        now = self._of(by)
        if now is not None and now.up and (now.agent_id, now.dial_string) == (agent_id, dial_string):
            await self._ears.change(now.ear_id, mode)
            now.mode = mode
            await self._note_hearing(now)
            return
        if now is not None:
            await self._ears.close(now.ear_id)
        ear_id = EarId(f"ear-{uuid7(self._clock.now(), self._entropy(10))}")
        ear = _Ear(
            ear_id=ear_id,
            by=by,
            role=str(payload.get("role", "")),
            agent_id=agent_id,
            campaign=campaign,
            dial_string=dial_string,
            mode=mode,
        )
        self._open[ear_id] = ear
        try:
            await self._ears.open(ear_id, seat.leg_id, dial_string, mode)
        except TelephonyError:
            self._open.pop(ear_id, None)
            raise

    async def _stop(self, by: str) -> None:
        ear = self._of(by)
        if ear is not None:
            await self._ears.close(ear.ear_id)

    def _of(self, by: str) -> _Ear | None:
        return next((ear for ear in self._open.values() if ear.by == by), None)

    async def _answer(self, campaign: str, what: str, order: dict[str, object], **more: object) -> None:
        payload = {**self._shared(campaign), "request_id": str(order.get("request_id", "")), **more}
        await self._bus.publish(BusMessage(topic=f"{campaign}/{what}", payload=payload))

    # ------------------------------------------------------------------------------------- what they hear

    async def on_talking(self, message: BusMessage) -> None:
        """For the bus: ``agent.talking``."""
        for ear in list(self._open.values()):
            if ear.up and ear.agent_id == message.payload.get("agent_id"):
                await self._note_hearing(ear)

    def _on_news(self, news: EarNews) -> None:
        ear = self._open.get(news.ear_id)
        if ear is None:
            return
        match news:
            case EarOpened():
                ear.up = True
                self._tasks.spawn(self._opened(ear), "a supervisor's ear opened")
            case EarClosed():
                del self._open[news.ear_id]
                self._tasks.spawn(self._closed(ear), "a supervisor's ear closed")

    async def _opened(self, ear: _Ear) -> None:
        await self._tell(ear, "supervision.began")
        await self._note_hearing(ear)

    async def _closed(self, ear: _Ear) -> None:
        await self._tell(ear, "supervision.ended")
        if ear.hears:
            await self._note(ear, "stopped listening", ear.hears.partition(" ")[0])

    async def _note_hearing(self, ear: _Ear) -> None:
        seat = self._seat_of(ear.agent_id)
        if seat is None or seat.state is not AgentState.TALKING or seat.call_id is None:
            return
        hears = f"{seat.call_id} {ear.mode}"
        if hears == ear.hears:
            return
        ear.hears = hears
        await self._note(ear, "listened to a call", seat.call_id)
        await self._tell(ear, "supervision.heard", call_id=seat.call_id)

    async def _note(self, ear: _Ear, what: str, call_id: str) -> None:
        payload = {
            "what": what,
            "by": ear.by,
            "role": ear.role,
            "mode": ear.mode.value,
            "agent": ear.agent_id,
            "call_id": call_id,
        }
        try:
            entry = AuditEntry(kind=CONSOLE, at=self._clock.now(), payload=payload)
            await self._database.write(audit_log.append, [entry])
        except StoreError as exc:
            # Nobody listens unnoted.
            log.error("supervision.not_noted", by=ear.by, call_id=call_id, code=exc.code)
            await self._close_quietly(ear)

    async def _close_quietly(self, ear: _Ear) -> None:
        try:
            await self._ears.close(ear.ear_id)
        except CadenciaError as exc:
            log.error("supervision.not_closed", by=ear.by, code=exc.code)

    async def _tell(self, ear: _Ear, what: str, **more: object) -> None:
        payload = {
            **self._shared(ear.campaign), "agent_id": ear.agent_id, "by": ear.by, "mode": ear.mode.value, **more
        }  # fmt: skip
        await self._bus.publish(BusMessage(topic=f"{ear.campaign}/{what}", payload=payload))

    def _shared(self, campaign: str) -> dict[str, object]:
        at: datetime = self._clock.now()
        return {"campaign": campaign, "at": at.isoformat(), "v": 1}
