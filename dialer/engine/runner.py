"""The shell around a campaign's core: feeds it, and carries out what it wants.

One task owns the core. Requests to Asterisk and to the log run beside it and answer with messages, so that nothing
that waits ever holds up an event. Closings are written in batches: while one batch is being committed the next one
gathers.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import structlog

from dialer.clock import Clock
from dialer.domain.campaign import Campaign, CampaignState
from dialer.domain.events import BridgeFailed
from dialer.domain.ids import CallId
from dialer.engine.core import CampaignCore
from dialer.engine.effects import (
    Bridge,
    Effect,
    Expect,
    Forget,
    Forward,
    ListChannels,
    LookAgain,
    Place,
    PromiseCallBack,
    Publish,
    Recheck,
    Release,
    Reserve,
    ReserveContact,
    SendToService,
    SettleCallBack,
    TakeBack,
    TellAnswered,
    TellService,
    TellVerdict,
    WriteClosing,
    WriteDisposition,
    WriteProgress,
)
from dialer.engine.errands import Errands
from dialer.engine.hearing import Hearing
from dialer.engine.ledger_watch import LedgerWatch
from dialer.engine.messages import (
    AttemptsReserved,
    CallBackPromised,
    ChannelsListed,
    ContactAnswered,
    ContactFailed,
    DeadlineCame,
    Instant,
    Message,
    OpenAttemptsFound,
    PlacingFailed,
    Rechecked,
    ReservationFailed,
    Tick,
)
from dialer.engine.requests import ask
from dialer.engine.writer import LogWriter
from dialer.errors import AmiDisconnected, AmiTimeout, CadenciaError, StoreError
from dialer.ports import AttemptLog, BusMessage, CallBackBook, Detector, EventBus, SelfService, Telephony

log = structlog.get_logger(__name__)

TICK_S = 0.25
SHORTEST_BEAT_S = 0.2  # after a late beat; the pacers are not asked more often
STATE_EVERY_S = 0.5
INBOX_WARNING = 10_000  # messages waiting; the loop is far behind

T = TypeVar("T")


class CampaignRunner:
    """Runs one campaign until it is cancelled. ``post`` may be called from the event loop's thread at any time."""

    def __init__(
        self,
        core: CampaignCore,
        *,
        telephony: Telephony,
        detector: Detector,
        attempts: AttemptLog,
        bus: EventBus,
        clock: Clock,
        on_placed: Callable[[CallId], None],
        on_closed: Callable[[CallId], None],
        call_backs: CallBackBook | None = None,
        service: SelfService | None = None,
        forward: Callable[[str, Message], None] | None = None,
    ) -> None:
        self._core = core
        self._telephony = telephony
        self._detector = detector
        self._attempts = attempts
        self._bus = bus
        self._clock = clock
        self._on_placed = on_placed
        self._on_closed = on_closed
        self._service = service
        self._forward = forward
        self._inbox: deque[Message] = deque()
        self._asleep: asyncio.Future[None] | None = None  # the loop, while it waits
        self._quiet = asyncio.Event()
        self._caught_up = asyncio.Event()
        self._call_backs = call_backs
        self._writer = LogWriter(attempts, name=core.floor.campaign.name)
        self._watch = LedgerWatch(
            core.floor.campaign.id,
            attempts,
            call_backs,
            clock,
            self.post,
            lambda: core.floor.state is CampaignState.RUNNING,
        )
        self._errands = Errands(core.floor.campaign.name)
        self._outgoing: deque[BusMessage] = deque()
        self._next_state_at = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = math.inf

    @property
    def core(self) -> CampaignCore:
        return self._core

    @property
    def campaign(self) -> Campaign:
        return self._core.floor.campaign

    @property
    def idle(self) -> bool:
        return self._core.idle and not self._inbox and self._writer.idle

    async def wait_idle(self) -> None:
        """Return when nothing is out, asked for or unwritten; at once where that is so already."""
        while not self.idle:
            self._quiet.clear()
            await self._quiet.wait()

    async def wait_recovered(self) -> None:
        """Return when what ``recover`` found has been taken over or ended."""
        await self._caught_up.wait()

    def post(self, message: Message) -> None:
        self._inbox.append(message)
        if len(self._inbox) == INBOX_WARNING:
            log.warning("inbox.far_behind", campaign=self.campaign.name, waiting=len(self._inbox))
        self._rouse()

    def now(self) -> Instant:
        return Instant(self._clock.now(), self._clock.monotonic())

    async def run(self) -> None:
        """Until cancelled. What was decided is written before this returns."""
        stop_hearing = Hearing(self.campaign.name, self._bus, self.now, self.post).start()
        try:
            async with asyncio.TaskGroup() as group:
                self._errands.open(group)
                writer = group.create_task(self._writer.run(), name=f"log writer of {self.campaign.name}")
                watch = group.create_task(self._watch.run(), name=f"ledger watch of {self.campaign.name}")
                try:
                    await self._main_loop()
                finally:
                    if self._alarm is not None:
                        self._alarm.cancel()
                    writer.cancel()
                    watch.cancel()
                    self._errands.close()
        finally:
            stop_hearing()
            with contextlib.suppress(StoreError):  # it was logged; the attempts stay open and are recovered at start
                await asyncio.shield(self._writer.flush())

    async def recover(self) -> None:
        """Compare what the log has open with what Asterisk has, before anything is dialed."""
        attempts = await self._attempts.open_attempts(self.campaign.id)
        channels = await self._telephony.live_channels()
        for record in attempts:
            self._on_placed(record.attempt.call_id)
        self.post(OpenAttemptsFound(attempts=attempts, channels=channels))
        if attempts:
            log.info("campaign.recovered", campaign=self.campaign.name, open_attempts=len(attempts))

    # ------------------------------------------------------------------------------------- the loop

    async def _main_loop(self) -> None:
        next_tick = deadline = self._clock.monotonic()
        while True:
            now = self.now()
            while self._inbox:
                self._carry_out(self._core.handle(self._inbox.popleft(), now))
                if self._inbox:
                    now = self.now()
            if not self._caught_up.is_set():
                self._caught_up.set()
            if now.monotonic >= next_tick:
                self._carry_out(self._core.handle(Tick(), now))
                next_tick = max(next_tick + TICK_S, now.monotonic + SHORTEST_BEAT_S)
            elif now.monotonic >= deadline:
                self._carry_out(self._core.handle(DeadlineCame(), now))
            if now.monotonic >= self._next_state_at:
                self._next_state_at = now.monotonic + STATE_EVERY_S
                topic = f"{self.campaign.name}/state"
                self._outgoing.append(BusMessage(topic=topic, payload=self._core.state_payload(now)))
            while self._outgoing:
                await self._bus.publish(self._outgoing.popleft())
            if not self._quiet.is_set() and self.idle:
                self._quiet.set()
            deadline = self._core.next_deadline
            if self._inbox:
                await asyncio.sleep(0)
                continue
            self._wake_by(min(next_tick, max(deadline, now.monotonic)))
            await self._sleep()

    def _wake_by(self, until: float) -> None:
        """Have the loop woken at ``until`` (monotonic) at the latest. Most waits end by a message before, and the next
        one is until the same instant: the alarm stays as it is. A time-out costs ten times as much."""
        if until >= self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        after_s = max(0.0, until - self._clock.monotonic())
        self._alarm, self._alarm_at = asyncio.get_running_loop().call_later(after_s, self._ring), until

    def _ring(self) -> None:
        self._alarm, self._alarm_at = None, math.inf
        self._rouse()

    async def _sleep(self) -> None:
        self._asleep = asyncio.get_running_loop().create_future()
        await self._asleep

    def _rouse(self) -> None:
        if self._asleep is not None and not self._asleep.done():
            self._asleep.set_result(None)

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Publish(message=message):
                    self._outgoing.append(message)
                case Forward(campaign=campaign, message=forwarded):
                    if self._forward is not None:
                        self._forward(campaign, forwarded)
                case WriteProgress(progress=progress):
                    self._writer.add_progress(progress)
                case WriteClosing(closing=closing):
                    self._writer.add_closing(closing)
                    self._on_closed(closing.call_id)
                case WriteDisposition(disposition=disposition):
                    self._writer.add_disposition(disposition)
                case Release(call_id=call_id):
                    self._errands.give("release", self._attempts.release([call_id], self._clock.now()))
                case Expect():
                    self._detector.expect(
                        effect.call_id,
                        mode=effect.mode,
                        wait_for_message=effect.wait_for_message,
                        language=effect.language,
                        decide_by=effect.decide_by,
                        second_look_s=effect.second_look_s,
                    )
                case TellAnswered(call_id=call_id):
                    self._detector.answered(call_id)
                case LookAgain(call_id=call_id):
                    self._detector.look_again(call_id)
                    self._errands.give("second look", self._telephony.listen_along(call_id))
                case TakeBack(call_id=call_id):
                    self._detector.await_message_time(call_id)
                    self._errands.give("take back", self._telephony.take_back(call_id))
                case TellVerdict(call_id=call_id, verdict=verdict):
                    self._errands.give("tell verdict", self._telephony.tell_verdict(call_id, verdict))
                case Forget(call_id=call_id):
                    self._detector.forget(call_id)
                case Reserve():
                    self._errands.give("reserve", self._reserve(effect))
                case ReserveContact():
                    self._errands.give("reserve contact", self._reserve_contact(effect))
                case Recheck(call_id=call_id):
                    self._errands.give("recheck", self._recheck(call_id))
                case PromiseCallBack():
                    self._errands.give("promise", self._promise(effect))
                case SettleCallBack():
                    self._errands.give("settle call-back", self._settle(effect))
                case Place():
                    self._on_placed(effect.call.call_id)
                    self._errands.give("place", self._place(effect))
                case Bridge():
                    self._errands.give("bridge", self._bridge(effect))
                case ListChannels():
                    self._errands.give("list channels", self._list_channels())
                case SendToService(call=served) if self._service is not None:
                    self._service.expect(served)
                    self._errands.give("self-service", self._telephony.serve_itself(served.call_id, served.language))
                case TellService(call_id=call_id, news=news) if self._service is not None:
                    self._service.tell(call_id, news)
                case SendToService() | TellService():
                    pass  # nobody plays flows here
                case _:
                    self._errands.give(type(effect).__name__, ask(self._telephony, effect))

    # ------------------------------------------------------------------------------------- requests

    async def _reserve(self, effect: Reserve) -> None:
        try:
            reservation = await self._attempts.reserve(self.campaign.id, effect.count, self._clock.now())
        except CadenciaError as exc:
            log.error("reservation.failed", campaign=self.campaign.name, error=exc.message)
            self.post(ReservationFailed(requested=effect.count, detail=exc.message, for_agent=effect.for_agent))
            return
        self.post(AttemptsReserved(reservation=reservation, requested=effect.count, for_agent=effect.for_agent))

    async def _reserve_contact(self, effect: ReserveContact) -> None:
        try:
            answer = await self._attempts.reserve_contact(effect.request, self._clock.now())
        except CadenciaError as exc:
            log.warning("contact.not_reserved", campaign=self.campaign.name, code=exc.code, error=exc.message)
            self.post(ContactFailed(asked=effect, code=exc.code, detail=exc.message))
            return
        self.post(ContactAnswered(asked=effect, answer=answer))

    async def _recheck(self, call_id: CallId) -> None:
        asked = self.now()
        try:
            denial = await self._attempts.recheck(call_id, asked.at)
        except CadenciaError as exc:
            log.warning("contact.not_rechecked", call_id=call_id, code=exc.code, error=exc.message)
            self.post(Rechecked(call_id=call_id, asked=asked, failed=True))
            return
        self.post(Rechecked(call_id=call_id, asked=asked, denial=denial))

    async def _promise(self, effect: PromiseCallBack) -> None:
        if self._call_backs is None:
            self.post(CallBackPromised(request_id=effect.request_id, code="no-call-backs"))
            return
        try:
            await self._call_backs.promise(
                self.campaign.id,
                effect.debtor_id,
                effect.at,
                self._clock.now(),
                number=effect.number,
                agent_id=effect.agent_id,
            )
        except CadenciaError as exc:
            self.post(CallBackPromised(request_id=effect.request_id, code=exc.code, detail=exc.message))
            return
        self.post(CallBackPromised(request_id=effect.request_id))

    async def _settle(self, effect: SettleCallBack) -> None:
        if self._call_backs is not None:
            await self._call_backs.settle(effect.call_back_id, again_at=effect.again_at)

    async def _place(self, effect: Place) -> None:
        call_id = effect.call.call_id
        try:
            await self._telephony.place(effect.call)
        except CadenciaError as exc:
            certain = not _doubtful(exc)
            log.warning("call.not_placed", call_id=call_id, code=exc.code, error=exc.message, certain=certain)
            self.post(PlacingFailed(call_id=call_id, detail=exc.message, certain=certain))

    async def _bridge(self, effect: Bridge) -> None:
        try:
            await self._telephony.bridge(effect.call_id, effect.leg_id)
        except CadenciaError as exc:
            if _doubtful(exc):
                raise  # they may be talking: the bridge's deadline or the next comparison will tell
            now = self.now()
            self.post(
                BridgeFailed(
                    at=now.at,
                    monotonic=now.monotonic,
                    call_id=effect.call_id,
                    leg_id=effect.leg_id,
                    detail=exc.message,
                )
            )

    async def _list_channels(self) -> None:
        self.post(ChannelsListed(channels=await self._telephony.live_channels()))


def _doubtful(failure: CadenciaError) -> bool:
    """Whether Asterisk may have done what was asked all the same: a time-out, or a link lost in mid-request."""
    return isinstance(failure, AmiTimeout) or (
        isinstance(failure, AmiDisconnected) and failure.details.get("sent") is not False
    )
