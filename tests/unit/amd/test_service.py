"""The detector as the engine sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dialer.amd.service import AmdService
from dialer.amd.transcript import Heard
from dialer.clock import Clock, ManualClock
from dialer.domain.events import MessageTimeReached, SecondLookTaken, TelephonyEvent, VerdictReached
from dialer.domain.ids import CallId
from dialer.domain.verdict import AmdCategory, AmdMode
from dialer.ports import Detector
from tests.support.telephone_audio import Sound, call, frames, silence, speech, tone

CALL = CallId("01890000-0000-7000-8000-000000000001")
OTHER = CallId("01890000-0000-7000-8000-000000000002")


class Inbox:
    def __init__(self) -> None:
        self.events: list[TelephonyEvent] = []
        self._arrived = asyncio.Event()

    def __call__(self, event: TelephonyEvent) -> None:
        self.events.append(event)
        self._arrived.set()

    async def next(self) -> TelephonyEvent:
        async with asyncio.timeout(5):
            await self._arrived.wait()
        self._arrived.clear()
        return self.events[-1]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))


def play(service: AmdService, clock: ManualClock, call_id: CallId, *parts: Sound) -> None:
    handler = service.on_connect(call_id)
    assert handler is not None
    for frame in frames(call(*parts)):
        clock.advance(0.02)
        handler.audio(frame)


async def test_it_is_the_detector_that_the_engine_asks_for(clock: ManualClock) -> None:
    make: Callable[[Clock, Inbox], Detector] = AmdService
    inbox = Inbox()
    detector = make(clock, inbox)
    detector.expect(CALL, mode=AmdMode.OFF, wait_for_message=False, language="es")
    detector.answered(CALL)
    [event] = inbox.events
    assert isinstance(event, VerdictReached)
    assert (event.call_id, event.verdict.reason) == (CALL, "amd-off")
    assert event.at == clock.now()
    detector.forget(CALL)
    detector.forget(CALL)


async def test_a_verdict_and_the_time_for_the_message_reach_the_sink(clock: ManualClock) -> None:
    inbox = Inbox()
    service = AmdService(clock, inbox)
    service.expect(CALL, mode=AmdMode.CAREFUL, wait_for_message=True, language="es")
    service.answered(CALL)
    play(service, clock, CALL, silence(300), speech(6000), silence(500), tone(400, 1000), silence(400))
    verdict, message = inbox.events
    assert isinstance(verdict, VerdictReached)
    assert verdict.verdict.category is AmdCategory.MACHINE
    assert isinstance(message, MessageTimeReached)
    assert message.heard_beep
    assert service.verdicts["machine", "long-greeting"] == 1
    service.close()


async def test_an_answered_call_without_audio_gets_its_verdict_from_the_timer(clock: ManualClock) -> None:
    inbox = Inbox()
    service = AmdService(clock, inbox)
    service.expect(CALL, mode=AmdMode.CAREFUL, wait_for_message=False, language="es")
    service.answered(CALL)
    clock.advance(5)
    event = await inbox.next()
    assert isinstance(event, VerdictReached)
    assert event.verdict.reason in ("no-audio", "time-limit")
    assert len(inbox.events) == 1
    service.close()


async def test_audio_of_a_call_that_nobody_expects_is_refused(clock: ManualClock) -> None:
    service = AmdService(clock, Inbox())
    service.expect(CALL, mode=AmdMode.CAREFUL, wait_for_message=False, language="es")
    assert service.on_connect(OTHER) is None
    assert service.on_connect(CALL) is service.on_connect(CALL)
    service.forget(CALL)
    assert service.on_connect(CALL) is None
    assert service.counters.refused_audio == 2


async def test_an_answer_to_a_call_that_nobody_expects_changes_nothing(clock: ManualClock) -> None:
    inbox = Inbox()
    AmdService(clock, inbox).answered(CALL)
    assert inbox.events == []


async def test_calls_beyond_the_bound_are_given_the_benefit_of_the_doubt(clock: ManualClock) -> None:
    inbox = Inbox()
    service = AmdService(clock, inbox, max_sessions=1)
    for call_id in (CALL, OTHER):
        service.expect(call_id, mode=AmdMode.STRICT, wait_for_message=False, language="en")
    service.answered(OTHER)
    [event] = inbox.events
    assert isinstance(event, VerdictReached)
    assert event.verdict.category is AmdCategory.HUMAN
    assert service.counters.refused_sessions == 1


async def test_a_finished_call_costs_no_timer(clock: ManualClock) -> None:
    service = AmdService(clock, Inbox())
    service.expect(CALL, mode=AmdMode.CAREFUL, wait_for_message=False, language="es")
    service.answered(CALL)
    service.forget(CALL)
    assert service.sessions == 0
    service.close()


class Fluent:
    """A transcriber whose recognisers understand a machine in whatever they hear."""

    name = "a-model"

    def __init__(self, *, may_decide: bool) -> None:
        self.may_decide = may_decide
        self.open_streams = 0

    def open(self, on_heard: Callable[[Heard], None]) -> FluentStream:
        self.open_streams += 1
        return FluentStream(self, on_heard)


class FluentStream:
    def __init__(self, owner: Fluent, on_heard: Callable[[Heard], None]) -> None:
        self._owner = owner
        self._on_heard = on_heard
        self._frames = 0

    def accept(self, frame: bytes) -> None:
        self._frames += 1
        if self._frames == 10:
            self._on_heard(Heard("deje su mensaje después del tono"))

    def close(self) -> None:
        self._owner.open_streams -= 1


@pytest.mark.parametrize(("may_decide", "reason"), [(True, "machine-phrase"), (False, "short-greeting")])
async def test_the_words_of_a_recogniser_decide_where_they_may(
    clock: ManualClock, may_decide: bool, reason: str
) -> None:
    inbox = Inbox()
    fluent = Fluent(may_decide=may_decide)
    service = AmdService(clock, inbox, transcribers={"es": fluent})
    service.expect(CALL, mode=AmdMode.CAREFUL, wait_for_message=False, language="es")
    service.answered(CALL)
    play(service, clock, CALL, silence(100), speech(500), silence(800))
    [event] = inbox.events
    assert isinstance(event, VerdictReached)
    assert event.verdict.reason == reason
    assert fluent.open_streams == 0
    service.close()


async def test_what_the_second_look_hears_reaches_the_sink_and_its_time_is_kept(clock: ManualClock) -> None:
    inbox = Inbox()
    service = AmdService(clock, inbox)
    service.expect(CALL, mode=AmdMode.CAREFUL, wait_for_message=False, language="es", second_look_s=3.0)
    service.answered(CALL)
    play(service, clock, CALL, silence(300), speech(500), silence(600))
    service.look_again(CALL)
    play(service, clock, CALL, silence(300), tone(400, 1000), silence(400))
    _, look = inbox.events
    assert isinstance(look, SecondLookTaken)
    assert (look.call_id, look.look.reason, look.at) == (CALL, "beep", look.at)
    assert service.second_looks["beep"] == 1
    service.look_again(OTHER)
    service.await_message_time(OTHER)
    service.close()


async def test_in_shadow_the_verdict_is_what_careful_would_say(clock: ManualClock) -> None:
    inbox = Inbox()
    service = AmdService(clock, inbox)
    service.expect(CALL, mode=AmdMode.SHADOW, wait_for_message=False, language="es")
    service.answered(CALL)
    play(service, clock, CALL, silence(300), speech(6000))
    [event] = inbox.events
    assert isinstance(event, VerdictReached)
    assert event.verdict.category is AmdCategory.MACHINE
    service.close()
