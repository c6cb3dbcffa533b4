"""Calls to a debtor whom somebody named, and decisions that grow old: every way to dial goes through the gate."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdMode
from dialer.engine.messages import (
    AcceptPreview,
    CallBackLater,
    Dial,
    GoReady,
    Pause,
    SetMode,
    StartCampaign,
    StopCampaign,
)
from dialer.engine.orders import order_from
from dialer.errors import StoreError
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import CallBack, ContactAnswer, ContactRequest, Reservation
from dialer.virtual_time import run_virtually
from tests.support.engine import Bench, engine, everyone
from tests.support.memory_log import MemoryLog

CAMPAIGN = Campaign(id=1, name="cobranza", wrap_up_s=5.0, announce_recording=False, mode=DialMode.PREVIEW)
AGENT = AgentId("agent000")
OTHER = AgentId("agent001")


def quiet_log(**more: object) -> MemoryLog:
    """A log whose list gives nobody out: only named debtors are called."""
    log = MemoryLog(**more)  # type: ignore[arg-type]
    log.next_debtor = log.debtors + 1
    return log


def answers(bench: Bench, request_id: str) -> list[tuple[str, str]]:
    return [
        (message.topic.rpartition("/")[2], str(message.payload.get("code", "")))
        for message in bench.bus.messages
        if message.payload.get("request_id") == request_id
    ]


# ------------------------------------------------------------------------------------- by hand


def test_an_agent_calls_a_debtor_by_hand_and_talks_to_whoever_answers() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=quiet_log(), agents=2) as bench:
            bench.tell(Dial(request_id="r", agent_id=OTHER, debtor_id=7, number="+573100000007"))
            await bench.until_idle()
        (asked,) = bench.log.contacts
        assert (asked.mode, asked.agent_guaranteed, asked.debtor_id) == ("manual", True, 7)
        assert asked.number == "+573100000007"
        (call,) = bench.pbx.placed
        assert call.amd is AmdMode.OFF
        (closing,) = bench.log.closings.values()
        assert (closing.outcome, closing.agent_id) == (Outcome.CONVERSATION, OTHER)
        assert answers(bench, "r") == [("command.done", "")]

    run_virtually(story())


def test_a_denial_answers_the_order_with_its_reasons_and_frees_the_agent() -> None:
    async def story() -> None:
        log = quiet_log(denials={7: "co-ley-2300/window"})
        async with engine(CAMPAIGN, log=log) as bench:
            bench.tell(Dial(request_id="r", agent_id=AGENT, debtor_id=7))
            await asyncio.sleep(1)
            seat = bench.core.floor.roster.get(AGENT)
            assert seat is not None
            assert seat.state is AgentState.READY
        assert bench.pbx.placed == []
        (refused,) = bench.bus.named("command.refused")
        assert (refused.payload["code"], refused.payload["reasons"]) == ("denied", ["co-ley-2300/window"])
        assert bench.core.floor.tally.denied == {"co-ley-2300/window": 1}

    run_virtually(story())


@pytest.mark.parametrize(
    ("debtor", "code"), [(8, "debtor-on-the-line"), (999_999, "unknown-debtor")], ids=["busy", "unknown"]
)
def test_a_debtor_who_is_on_the_line_or_unknown_is_not_called(debtor: int, code: str) -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=quiet_log(on_the_line={8})) as bench:
            bench.tell(Dial(request_id="r", agent_id=AGENT, debtor_id=debtor))
            await asyncio.sleep(1)
        assert answers(bench, "r") == [("command.refused", code)]
        assert bench.pbx.placed == []

    run_virtually(story())


def test_an_agent_on_a_break_may_call_by_hand_and_is_on_the_break_again_afterwards() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=quiet_log()) as bench:
            bench.tell(Pause(agent_id=AGENT))
            bench.tell(Dial(agent_id=AGENT, debtor_id=7))
            await bench.until_idle()
            seat = bench.core.floor.roster.get(AGENT)
            assert seat is not None
            assert seat.state is AgentState.PAUSED
        assert bench.log.outcomes() == {Outcome.CONVERSATION: 1}

    run_virtually(story())


def test_nobody_calls_by_hand_in_the_middle_of_a_call_nor_while_the_campaign_stands_still() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=quiet_log()) as bench:
            bench.tell(Dial(request_id="first", agent_id=AGENT, debtor_id=7))
            await asyncio.sleep(12)
            bench.tell(Dial(request_id="second", agent_id=AGENT, debtor_id=8))
            await asyncio.sleep(60)
            bench.tell(StopCampaign())
            bench.tell(Dial(request_id="third", agent_id=AGENT, debtor_id=9))
            bench.tell(Dial(request_id="fourth", agent_id=AgentId("nobody"), debtor_id=9))
            await asyncio.sleep(1)
        assert answers(bench, "second") == [("command.refused", "agent-busy")]
        assert answers(bench, "third") == [("command.refused", "not-dialing-now")]
        assert answers(bench, "fourth") == [("command.refused", "agent-not-signed-in")]
        assert len(bench.pbx.placed) == 1

    run_virtually(story())


class SlowLog(MemoryLog):
    """The database takes its time over everything that asks the gate."""

    takes_s = 0.0
    recheck_takes_s = 0.0

    async def reserve_contact(self, request: ContactRequest, now: datetime) -> ContactAnswer:
        answer = await super().reserve_contact(request, now)
        await asyncio.sleep(self.takes_s)
        return answer

    async def reserve(self, campaign_id: int, count: int, now: datetime) -> Reservation:
        answer = await super().reserve(campaign_id, count, now)
        await asyncio.sleep(self.takes_s)
        return answer

    async def recheck(self, call_id: object, now: datetime) -> object:  # type: ignore[override]
        if self.recheck_takes_s < 0:
            raise StoreError
        await asyncio.sleep(self.recheck_takes_s)
        return await super().recheck(call_id, now)  # type: ignore[arg-type]


def test_an_agent_who_leaves_while_the_gate_is_asked_leaves_no_reservation_behind() -> None:
    async def story() -> None:
        log = SlowLog()
        log.takes_s, log.next_debtor = 1.0, log.debtors + 1
        async with engine(CAMPAIGN, log=log) as bench:
            bench.tell(Dial(request_id="r", agent_id=AGENT, debtor_id=7))
            await asyncio.sleep(0.5)
            seat = bench.core.floor.roster.get(AGENT)
            assert seat is not None
            await bench.pbx.hang_up(seat.leg_id)
            await asyncio.sleep(2)
        assert bench.pbx.placed == []
        assert not bench.log.unaccounted
        assert answers(bench, "r") == [("command.refused", "agent-not-signed-in")]

    run_virtually(story())


# ------------------------------------------------------------------------------------- decisions that grow old


def test_a_preview_that_was_looked_at_for_long_is_asked_about_again_before_it_is_dialed() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=MemoryLog(debtors=1)) as bench:
            await asyncio.sleep(20)
            bench.tell(AcceptPreview(request_id="r", agent_id=AGENT))
            await bench.until_idle()
        assert len(bench.log.rechecked) == 1
        assert bench.log.outcomes() == {Outcome.CONVERSATION: 1}
        assert answers(bench, "r") == [("command.done", "")]

    run_virtually(story())


def test_a_preview_that_may_no_longer_be_called_is_taken_away_with_the_reason() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=MemoryLog(debtors=1, recheck_denials={1: "co-ley-2300/window"})) as bench:
            await asyncio.sleep(20)
            bench.tell(AcceptPreview(request_id="r", agent_id=AGENT))
            await asyncio.sleep(1)
            seat = bench.core.floor.roster.get(AGENT)
            assert seat is not None
            assert seat.state is AgentState.READY
        assert bench.pbx.placed == []
        assert answers(bench, "r") == [("command.refused", "denied")]
        assert not bench.log.unaccounted
        assert bench.log.released == bench.log.rechecked  # by the log itself, and by nobody else

    run_virtually(story())


@pytest.mark.parametrize(("takes_s", "asked_again"), [(0.5, 0), (3.0, 1)])
def test_what_a_slow_database_allowed_is_asked_about_again(takes_s: float, asked_again: int) -> None:
    async def story() -> None:
        log = SlowLog(debtors=1)
        log.takes_s = takes_s
        campaign = replace(CAMPAIGN, mode=DialMode.PROGRESSIVE)
        async with engine(campaign, log=log) as bench:
            await asyncio.sleep(8)
        assert len(bench.log.rechecked) == asked_again
        assert len(bench.pbx.placed) == 1

    run_virtually(story())


@pytest.mark.parametrize("recheck_takes_s", [3.0, -1.0], ids=["too slow", "away"])
def test_where_the_gate_cannot_be_asked_in_time_nothing_is_dialed(recheck_takes_s: float) -> None:
    async def story() -> None:
        log = SlowLog(debtors=1)
        log.takes_s, log.recheck_takes_s = 3.0, recheck_takes_s
        async with engine(replace(CAMPAIGN, mode=DialMode.PROGRESSIVE), log=log) as bench:
            await asyncio.sleep(12)
        assert bench.pbx.placed == []
        assert not bench.log.unaccounted

    run_virtually(story())


def test_a_decision_whose_window_has_closed_is_not_dialed_upon_however_young_it_is() -> None:
    async def story() -> None:
        closes = datetime.fromisoformat("2026-11-24T15:00:00.600000+00:00")
        log = SlowLog(debtors=1, obligations={"holds_until": closes}, recheck_denials={1: "co-ley-2300/window"})
        log.takes_s = 1.0
        async with engine(replace(CAMPAIGN, mode=DialMode.PROGRESSIVE), log=log) as bench:
            await asyncio.sleep(8)
        assert len(bench.log.rechecked) == 1
        assert bench.pbx.placed == []

    run_virtually(story())


def test_what_was_allowed_as_a_preview_is_not_dialed_by_a_pacer() -> None:
    async def story() -> None:
        log = MemoryLog(debtors=3, obligations={"mode": "preview"})
        async with engine(replace(CAMPAIGN, mode=DialMode.PROGRESSIVE), log=log) as bench:
            await asyncio.sleep(5)
        assert bench.pbx.placed == []
        assert not bench.log.unaccounted

    run_virtually(story())


# ------------------------------------------------------------------------------------- promised calls


class Book:
    """Promises in memory."""

    def __init__(self) -> None:
        self.open: dict[int, CallBack] = {}
        self.settled: list[tuple[int, datetime | None]] = []

    async def promise(
        self, campaign_id: int, debtor_id: int, at: datetime, now: datetime, *, number: str | None = None,
        agent_id: AgentId | None = None,
    ) -> int:  # fmt: skip
        ident = len(self.open) + 1
        self.open[ident] = CallBack(id=ident, debtor_id=debtor_id, at=at, number=number, agent_id=agent_id)
        return ident

    async def due(self, campaign_id: int, now: datetime, most: int) -> list[CallBack]:
        return [one for one in self.open.values() if one.at <= now][:most]

    async def settle(self, call_back_id: int, *, again_at: datetime | None) -> None:
        self.settled.append((call_back_id, again_at))
        promise = self.open.pop(call_back_id)
        if again_at is not None:
            self.open[call_back_id] = replace(promise, at=again_at)


def later(bench: Bench, seconds: float, **more: object) -> CallBackLater:
    return CallBackLater(request_id="r", debtor_id=7, at=bench.clock.now() + timedelta(seconds=seconds), **more)  # type: ignore[arg-type]


def test_a_promised_call_is_made_at_its_hour_by_the_agent_who_promised_it() -> None:
    async def story() -> None:
        book = Book()
        async with engine(CAMPAIGN, log=quiet_log(), agents=2, call_backs=book) as bench:
            bench.tell(later(bench, 60, agent_id=OTHER))
            await asyncio.sleep(58)
            assert bench.pbx.placed == []
            await asyncio.sleep(60)
        assert answers(bench, "r") == [("command.done", "")]
        (asked,) = bench.log.contacts
        assert (asked.mode, asked.agent_guaranteed) == ("callback", True)
        (closing,) = bench.log.closings.values()
        assert (closing.outcome, closing.agent_id) == (Outcome.CONVERSATION, OTHER)
        assert book.settled == [(1, None)]

    run_virtually(story())


def test_a_promised_call_that_the_rules_forbid_waits_until_they_allow_it() -> None:
    async def story() -> None:
        book = Book()
        async with engine(CAMPAIGN, log=quiet_log(denials={7: "co-ley-2300/window"}), call_backs=book) as bench:
            bench.tell(later(bench, 5))
            await asyncio.sleep(20)
        assert bench.pbx.placed == []
        assert book.settled == [(1, None)]  # the rule names no later hour
        assert [message.payload["debtor_id"] for message in bench.bus.named("compliance.denied")] == [7]

    run_virtually(story())


def test_a_promised_call_waits_for_an_agent_and_others_keep_the_promise_of_one_who_is_not_there() -> None:
    async def story() -> None:
        book = Book()
        async with engine(CAMPAIGN, log=quiet_log(), agents=1, call_backs=book) as bench:
            bench.tell(Pause(agent_id=AGENT))
            bench.tell(later(bench, 5, agent_id=AgentId("gone")))
            await asyncio.sleep(300)
            bench.tell(GoReady(agent_id=AGENT))
            await asyncio.sleep(200)
            assert bench.pbx.placed == []  # their own agent may still come
            await asyncio.sleep(200)
            assert len(bench.pbx.placed) == 1

    run_virtually(story())


def test_a_busy_debtor_is_called_back_a_minute_later() -> None:
    async def story() -> None:
        book = Book()
        async with engine(CAMPAIGN, log=quiet_log(on_the_line={7}), call_backs=book) as bench:
            bench.tell(later(bench, 5))
            await asyncio.sleep(30)
            bench.log.on_the_line.clear()
            await asyncio.sleep(60)
            assert len(bench.pbx.placed) == 1

    run_virtually(story())


def test_nobody_is_promised_a_call_in_the_past() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, log=quiet_log(), call_backs=Book()) as bench:
            bench.tell(later(bench, -3600))
            await asyncio.sleep(1)
        assert answers(bench, "r") == [("command.refused", "time-has-passed")]

    run_virtually(story())


# ------------------------------------------------------------------------------------- orders, and the number shown


def test_orders_to_dial_are_read_from_the_bus() -> None:
    dial = order_from({"verb": "agent.dial", "request_id": "r", "agent_id": "ana", "debtor_id": 7, "number": None})
    assert dial == Dial(request_id="r", agent_id=AgentId("ana"), debtor_id=7)
    back = order_from({"verb": "campaign.call_back", "debtor_id": 7, "at": "2026-11-24T10:00:00-05:00"})
    assert isinstance(back, CallBackLater)
    assert back.at == datetime.fromisoformat("2026-11-24T15:00:00+00:00")
    for wrong in (
        {"verb": "agent.dial", "agent_id": "ana", "debtor_id": "7"},
        {"verb": "agent.dial", "agent_id": "ana", "debtor_id": True},
        {"verb": "campaign.call_back", "debtor_id": 7, "at": "2026-11-24T10:00:00"},
    ):
        with pytest.raises(ValueError, match=r"debtor_id|at"):
            order_from(wrong)


@pytest.mark.parametrize(("caller_id", "starts"), [("", False), ("+576015550100", True)])
def test_a_campaign_whose_packs_demand_a_caller_id_does_not_start_without_one(caller_id: str, starts: bool) -> None:
    async def story() -> None:
        demands = frozenset({"truthful_callable"})
        async with engine(
            replace(CAMPAIGN, caller_id=caller_id), trunk_caller_id="", caller_id_demands=demands, start=False
        ) as bench:
            bench.tell(StartCampaign(request_id="r"))
            bench.tell(SetMode(mode=DialMode.PROGRESSIVE))
            await asyncio.sleep(3)
        assert answers(bench, "r") == ([("command.done", "")] if starts else [("command.refused", "caller-id-missing")])
        assert bool(bench.pbx.placed) is starts

    run_virtually(story())


def test_conversations_are_announced_as_recorded_where_the_law_asks_though_the_campaign_does_not() -> None:
    async def story() -> None:
        log = MemoryLog(debtors=1, obligations={"announcements": ("recording_notice",)})
        async with engine(
            replace(CAMPAIGN, mode=DialMode.PROGRESSIVE), everyone(Conduct(manner=Manner.PERSON)), log=log
        ) as bench:
            await bench.until_idle()
        assert bench.pbx.announced == bench.pbx.recorded
        assert len(bench.pbx.announced) == 1

    run_virtually(story())
