"""A payment that settles a debt while its call is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.bus.topics import matches
from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import BusHandler, BusMessage
from dialer.virtual_time import run_virtually
from tests.support.engine import PERSON, Bench, ListeningBus, engine, everyone
from tests.support.memory_log import MemoryLog

CAMPAIGN = Campaign(id=1, name="cobranza", wrap_up_s=5.0, announce_recording=False)
RINGS_ON = Conduct(manner=Manner.NO_ANSWER)
MINIMUM_S = 15.0  # what the attempt's law asks a phone to ring


class HandingBus(ListeningBus):
    """Hands every message to whoever asked for it."""

    def __init__(self) -> None:
        super().__init__()
        self._handlers: list[tuple[str, BusHandler]] = []

    async def publish(self, message: BusMessage) -> None:
        await super().publish(message)
        for pattern, handler in self._handlers:
            if matches(pattern, message.topic):
                await handler(message)

    def subscribe(self, pattern: str, handler: BusHandler, *, name: str) -> Callable[[], None]:  # type: ignore[override]
        one = (pattern, handler)
        self._handlers.append(one)
        return lambda: self._handlers.remove(one)


async def paid(bench: Bench, debt_id: int, *, settled: bool = True, told_in: str = "cobranza") -> None:
    payload = {
        "campaign": told_in, "at": bench.clock.now().isoformat(), "v": 1, "debtor_id": 1, "debt_id": debt_id,
        "amount_minor": 100, "currency": "COP", "paid_on": "2026-11-24", "settled": settled,
    }  # fmt: skip
    await bench.bus.publish(BusMessage(topic=f"{told_in}/payment.received", payload=payload))


def test_a_call_that_rings_for_a_settled_debt_is_given_up_once_it_has_rung_as_long_as_the_law_asks() -> None:
    async def story() -> None:
        log = MemoryLog(debtors=1)
        async with engine(CAMPAIGN, everyone(RINGS_ON), log=log, bus=HandingBus()) as bench:
            await asyncio.sleep(3.0)
            await paid(bench, 1, told_in="another")
            await bench.until_idle()
        (closing,) = log.closings.values()
        assert closing.outcome is Outcome.CANCELLED
        assert closing.ringing_at is not None
        assert MINIMUM_S <= (closing.ended_at - closing.ringing_at).total_seconds() < MINIMUM_S + 1.0

    run_virtually(story())


@pytest.mark.parametrize(("debts", "settled"), [((1, 2), True), ((1,), False)], ids=["one of two", "a part"])
def test_a_call_that_still_has_a_debt_to_speak_of_rings_on(debts: tuple[int, ...], settled: bool) -> None:
    async def story() -> None:
        log = MemoryLog(debtors=1, obligations={"debt_ids": debts})
        async with engine(CAMPAIGN, everyone(RINGS_ON), log=log, bus=HandingBus()) as bench:
            await asyncio.sleep(3.0)
            await paid(bench, 1, settled=settled)
            await bench.until_idle()
        (closing,) = log.closings.values()
        assert closing.outcome is Outcome.NO_ANSWER

    run_virtually(story())


def test_when_the_last_of_several_debts_is_settled_the_call_is_given_up() -> None:
    async def story() -> None:
        log = MemoryLog(debtors=1, obligations={"debt_ids": (1, 2)})
        async with engine(CAMPAIGN, everyone(RINGS_ON), log=log, bus=HandingBus()) as bench:
            await asyncio.sleep(3.0)
            await paid(bench, 1)
            await paid(bench, 1)  # told twice
            await asyncio.sleep(1.0)
            assert not any(call.cancelled for call in bench.core.floor.calls.values())
            await paid(bench, 2)
            await bench.until_idle()
        assert list(log.outcomes()) == [Outcome.CANCELLED]

    run_virtually(story())


@pytest.mark.parametrize("at_s", [10.0, 3.0], ids=["answered already", "answers before it may be cut"])
def test_whoever_has_answered_is_spoken_with(at_s: float) -> None:
    async def story() -> None:
        log = MemoryLog(debtors=1)
        async with engine(CAMPAIGN, everyone(PERSON), log=log, bus=HandingBus()) as bench:
            await asyncio.sleep(at_s)
            await paid(bench, 1)
            await bench.until_idle()
        assert list(log.outcomes()) == [Outcome.CONVERSATION]

    run_virtually(story())


def test_a_debtor_who_is_shown_for_a_preview_goes_back_unasked() -> None:
    async def story() -> None:
        log = MemoryLog(debtors=1)
        async with engine(Campaign(id=1, name="cobranza", mode=DialMode.PREVIEW), log=log, bus=HandingBus()) as bench:
            await asyncio.sleep(3.0)
            await paid(bench, 1)
            await asyncio.sleep(1.0)
            seat = bench.core.floor.roster.get(AgentId("agent000"))
            assert seat is not None
            assert seat.state is AgentState.READY
        assert log.released == list(log.reserved)
        assert bench.pbx.placed == []

    run_virtually(story())
