"""Agents whom two campaigns share: lent while somebody waits, home again afterwards, and always in one roster."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.clock import seeded_random
from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.events import AgentLegUp, CallEnded
from dialer.domain.ids import AgentId, new_call_id
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.engine.core import CampaignCore
from dialer.engine.crew import Crew
from dialer.engine.effects import Forward
from dialer.engine.floor import Trunk
from dialer.engine.live import Seat
from dialer.engine.messages import (
    AgentCame,
    AgentOrder,
    CallBacksDue,
    ChannelsListed,
    Dial,
    Dispose,
    GoReady,
    HangUp,
    Instant,
    OpenAttemptsFound,
    Pause,
    PauseCampaign,
    SignIn,
    SignOut,
    StartCampaign,
    StopCampaign,
    Tick,
)
from dialer.engine.orders import order_from
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import CallBack, LegPhase, LiveChannel, OpenAttempt
from dialer.virtual_time import run_virtually
from pacing.trunk import TrunkLimiter
from tests.support.engine import PERSON, TUESDAY_TEN_IN_BOGOTA
from tests.support.memory_log import attempt_for
from tests.support.shared_floor import LIST_LENGTH, SharedFloor, shared_floor

ASKS = Campaign(id=1, name="asks", wrap_up_s=5.0, announce_recording=False)
LENDS = Campaign(id=2, name="lends", mode=DialMode.POWER, wrap_up_s=9.0, announce_recording=False)
ANA, BEA = AgentId("ana"), AgentId("bea")


def conduct(number: PhoneNumber) -> Conduct:
    """Whom ``asks`` calls is there; nobody answers ``lends``."""
    return PERSON if int(number.e164[-7:]) <= LIST_LENGTH else Conduct(manner=Manner.NO_ANSWER)


@contextlib.asynccontextmanager
async def somebody_waits(lends: Campaign = LENDS, *, also: str = "asks") -> AsyncIterator[SharedFloor]:
    """``asks`` has dialed its one debtor for ``ana``, who pauses then. ``bea`` signed in to ``lends``, which dials too,
    and is idle. The debtor answers in a moment."""
    async with shared_floor([ASKS, lends], conduct, debtors={"asks": 1}) as floor:
        await floor.sign_in("asks", [ANA])
        await floor.sign_in("lends", [BEA], also=[also])
        for name in ("lends", "asks"):
            floor[name].tell(StartCampaign())
        await asyncio.sleep(2.0)
        floor["asks"].tell(Pause(agent_id=ANA))
        yield floor


@contextlib.asynccontextmanager
async def lent() -> AsyncIterator[SharedFloor]:
    """``bea`` talks for ``asks``."""
    async with somebody_waits() as floor:
        await asyncio.sleep(8.0)
        assert seat(floor, BEA, "asks").state is AgentState.TALKING
        yield floor


def seat(floor: SharedFloor, agent: AgentId, campaign: str) -> Seat:
    assert floor.where(agent) == [campaign]
    found = floor[campaign].seat(agent)
    assert found is not None
    return found


def outcomes(floor: SharedFloor) -> list[Outcome]:
    return [one.outcome for one in floor["asks"].log.closings.values()]


def refusals(floor: SharedFloor) -> list[tuple[str, object]]:
    return [(one.topic.partition("/")[0], one.payload["code"]) for one in floor.bus.named("command.refused")]


# ------------------------------------------------------------------------------------- lent, and home again


def test_who_is_idle_elsewhere_takes_a_person_who_finds_nobody_and_is_home_after_the_wrap_up() -> None:
    async def story() -> None:
        async with lent() as floor:
            asks, lends = floor["asks"], floor["lends"]
            leg = seat(floor, BEA, "asks").leg_id
            rows = {row["id"]: row for row in asks.core.state_payload(asks.runner.now())["agents"]}  # type: ignore[attr-defined]
            assert rows["bea"]["home"] == "lends"
            assert lends.core.state_payload(lends.runner.now())["lent"] == [{"id": "bea", "name": "bea", "to": "asks"}]
            await asyncio.sleep(30.0 + LENDS.wrap_up_s - 2.0)  # the talk, and more than the wrap-up of asks
            assert seat(floor, BEA, "lends").state is AgentState.READY
            assert seat(floor, BEA, "lends").leg_id == leg
            (closing,) = asks.log.closings.values()
            assert (closing.outcome, closing.agent_id) == (Outcome.CONVERSATION, "bea")
            moved = [(one.payload["campaign"], one.payload["to"]) for one in floor.bus.named("agent.moved")]
            assert moved == [("lends", "asks"), ("asks", "lends")]

    run_virtually(story())


@pytest.mark.parametrize(
    ("lends", "also", "orders"),
    [
        (LENDS, "asks", [Pause(agent_id=BEA)]),
        (LENDS, "others", []),
        (replace(LENDS, inbound_reserve=1), "asks", []),
        (replace(LENDS, mode=DialMode.PREVIEW), "asks", []),
        (replace(LENDS, mode=DialMode.PROGRESSIVE), "asks", []),  # a call is out for her
        (LENDS, "asks", [Dial(agent_id=BEA, debtor_id=LIST_LENGTH + 700)]),
    ],
    ids=["on a break", "not shared", "kept for inbound", "in preview", "counted on", "held for a named call"],
)
def test_nobody_is_lent_who(lends: Campaign, also: str, orders: list[AgentOrder]) -> None:
    async def story() -> None:
        async with somebody_waits(lends, also=also) as floor:
            for order in orders:
                floor["lends"].tell(order)
            await asyncio.sleep(30.0)
            assert floor.where(BEA) == ["lends"]
            assert outcomes(floor) == [Outcome.ABANDONED]

    run_virtually(story())


def test_a_campaign_where_somebody_waits_lends_nobody() -> None:
    async def story() -> None:
        async with somebody_waits() as floor:
            waiting = floor["lends"].core.floor
            call = next(iter(waiting.calls.values()))
            call.be(CallState.WAITING)
            assert floor["asks"].core.floor.crew.borrow(floor["asks"].core.floor, floor["asks"].runner.now()) is None

    run_virtually(story())


def test_while_home_has_nothing_to_dial_an_agent_sits_with_the_other_campaign_and_is_counted_there() -> None:
    async def story() -> None:
        async with shared_floor([ASKS, LENDS], lambda _number: PERSON) as floor:
            await floor.sign_in("lends", [BEA], also=["asks"])
            floor["asks"].tell(StartCampaign())
            await asyncio.sleep(20.0)
            assert seat(floor, BEA, "asks").state is AgentState.TALKING
            floor["lends"].tell(StartCampaign())
            floor["asks"].tell(StopCampaign())
            await asyncio.sleep(30.0)
            assert floor.where(BEA) == ["lends"]

    run_virtually(story())


# ------------------------------------------------------------------------------------- orders find them


def test_orders_given_at_home_reach_whoever_is_lent() -> None:
    async def story() -> None:
        async with lent() as floor:
            floor["lends"].tell(HangUp(agent_id=BEA))
            await asyncio.sleep(0.5)
            there = seat(floor, BEA, "asks")
            assert there.state is AgentState.WRAP_UP
            assert there.last_call_id is not None
            floor["lends"].tell(Dispose(agent_id=BEA, call_id=there.last_call_id, code="PTP"))
            await asyncio.sleep(0.5)
            assert seat(floor, BEA, "lends").state is AgentState.READY
            assert [one.code for one in floor["asks"].log.disposed] == ["PTP"]
            assert refusals(floor) == []

    run_virtually(story())


def test_a_break_asked_for_while_lent_begins_at_home_after_the_wrap_up() -> None:
    async def story() -> None:
        async with lent() as floor:
            floor["lends"].tell(Pause(agent_id=BEA, reason="lunch"))
            await asyncio.sleep(0.5)
            assert seat(floor, BEA, "asks").wants is AgentState.PAUSED
            await asyncio.sleep(40.0)
            assert seat(floor, BEA, "lends").state is AgentState.PAUSED
            paused = [one for one in floor.bus.messages if one.topic == "lends/agent.paused"]
            assert paused[-1].payload["reason"] == "lunch"
            floor["lends"].tell(GoReady(agent_id=BEA))
            await asyncio.sleep(0.5)
            assert seat(floor, BEA, "lends").state is AgentState.READY

    run_virtually(story())


def test_whoever_is_lent_may_sign_out_and_their_phone_may_drop() -> None:
    async def story(*, drops: bool) -> None:
        async with lent() as floor:
            if drops:
                await floor.pbx.hang_up(seat(floor, BEA, "asks").leg_id)
            else:
                floor["lends"].tell(SignOut(agent_id=BEA))
            await asyncio.sleep(0.5 if drops else 40.0)
            assert floor.where(BEA) == []
            assert [one.topic for one in floor.bus.named("agent.offline")] == ["asks/agent.offline"]
            await floor.until_idle()
            assert outcomes(floor) == [Outcome.CONVERSATION]

    run_virtually(story(drops=False))
    run_virtually(story(drops=True))


def test_an_agent_signs_in_once() -> None:
    async def story() -> None:
        async with lent() as floor:
            for name in ("asks", "lends"):
                floor[name].tell(SignIn(agent_id=BEA, name="Bea", dial_string="Fake/bea"))
            await asyncio.sleep(0.5)
            assert refusals(floor) == [("asks", "agent-already-signed-in"), ("lends", "agent-already-signed-in")]
            assert floor.where(BEA) == ["asks"]

    run_virtually(story())


def test_an_event_of_a_leg_that_comes_to_the_wrong_core_is_handed_on() -> None:
    async def story() -> None:
        async with lent() as floor:
            stamp = floor["lends"].runner.now()
            leg = seat(floor, BEA, "asks").leg_id
            floor["lends"].tell(AgentLegUp(at=stamp.at, monotonic=stamp.monotonic, agent_id=BEA, leg_id=leg))
            await asyncio.sleep(0.5)
            assert seat(floor, BEA, "asks").state is AgentState.TALKING

    run_virtually(story())


def test_a_call_by_hand_brings_an_idle_agent_to_the_campaign_of_its_debtor() -> None:
    async def story() -> None:
        async with shared_floor([ASKS, LENDS], conduct) as floor:
            await floor.sign_in("lends", [BEA], also=["asks"])
            for name in ("lends", "asks"):
                floor[name].tell(StartCampaign())
            floor["asks"].tell(Dial(agent_id=BEA, debtor_id=700, request_id="r"))
            await asyncio.sleep(10.0)
            assert seat(floor, BEA, "asks").state is AgentState.TALKING
            floor["lends"].tell(Dial(agent_id=BEA, debtor_id=LIST_LENGTH + 700))
            await asyncio.sleep(40.0)
            assert refusals(floor) == [("lends", "agent-busy")]
            assert floor.where(BEA) == ["lends"]
            floor["asks"].tell(StopCampaign())
            floor["asks"].tell(Dial(agent_id=BEA, debtor_id=701))
            await asyncio.sleep(0.5)
            assert refusals(floor)[-1] == ("asks", "not-dialing-now")
            assert floor.where(BEA) == ["lends"]

    run_virtually(story())


def test_the_order_to_sign_in_names_the_other_campaigns() -> None:
    order = {"verb": "agent.sign_in", "agent_id": "bea", "dial_string": "PJSIP/bea", "also": ["asks", "others"]}
    assert order_from(order) == SignIn(agent_id=BEA, name="bea", dial_string="PJSIP/bea", also=("asks", "others"))
    for wrong in ("asks", [7], [""], ["x" * 65], ["x"] * 33):
        with pytest.raises(ValueError, match="also"):
            order_from({**order, "also": wrong})


# ------------------------------------------------------------------------------------- after a restart


def test_a_talk_that_outlived_the_engine_ends_with_the_agent_at_home() -> None:
    crew, cores = Crew(), {}
    trunk = Trunk(name="t", dial_string="Fake/{number}", caller_id="", limiter=TrunkLimiter(10, 20.0))
    for campaign in (ASKS, LENDS):
        cores[campaign.name] = CampaignCore(campaign, trunk, entropy=seeded_random(1).randbytes, crew=crew)
    asks, lends = cores["asks"], cores["lends"]
    now = Instant(TUESDAY_TEN_IN_BOGOTA, 1000.0)
    began = now.at - timedelta(seconds=30)
    attempt = attempt_for(1, new_call_id(began, bytes(10)))
    record = OpenAttempt(
        attempt=attempt, reserved_at=began, dialed_at=None, answered_at=began, verdict=None, bridged_at=began,
        agent_id=BEA,
    )  # fmt: skip
    channels = [
        LiveChannel(channel_id=ident, name=ident, phase=LegPhase.UP, bridge_id="b1", duration_s=30, **whose)  # type: ignore[arg-type]
        for ident, whose in ((attempt.call_id, {}), ("leg-1", {"agent_id": BEA, "home": "lends"}))
    ]
    asks.handle(OpenAttemptsFound(attempts=[record], channels=channels), now)
    asks.handle(ChannelsListed(channels=channels), now)
    assert crew.floor_of(BEA) is asks.floor
    later = Instant(now.at + timedelta(seconds=10), 1010.0)
    asks.handle(CallEnded(at=later.at, monotonic=later.monotonic, call_id=attempt.call_id, cause=16), later)
    after = Instant(later.at + timedelta(seconds=6), 1016.0)
    effects = asks.handle(Tick(), after)
    assert crew.floor_of(BEA) is lends.floor
    assert Forward("lends", AgentCame()) in effects


@contextlib.asynccontextmanager
async def list_at_its_end() -> AsyncIterator[SharedFloor]:
    """``lends`` has called its one debtor, and so ``bea`` works for ``asks``."""
    lends = replace(LENDS, mode=DialMode.PROGRESSIVE)
    async with shared_floor([ASKS, lends], lambda _: PERSON, debtors={"lends": 1}) as floor:
        for name in ("asks", "lends"):
            floor[name].tell(StartCampaign())
        await floor.sign_in("lends", [BEA], also=["asks"])
        await asyncio.sleep(120.0)
        assert floor.where(BEA) == ["asks"]
        yield floor


def test_agents_come_home_when_the_list_at_home_has_grown() -> None:
    async def story() -> None:
        async with list_at_its_end() as floor:
            floor["lends"].log.debtors += 1000
            await asyncio.sleep(600.0)
            assert len(floor["lends"].log.closings) > 1

    run_virtually(story())


def test_a_promised_call_is_made_by_an_agent_who_was_lent() -> None:
    async def story() -> None:
        async with list_at_its_end() as floor:
            home = floor["lends"]
            due = CallBack(id=1, debtor_id=LIST_LENGTH + 1, at=home.runner.now().at, number=None, agent_id=BEA)
            for _ in range(60):
                home.tell(CallBacksDue(call_backs=(due,)))
                await asyncio.sleep(2.0)
                if home.log.contacts:
                    break
            (asked,) = home.log.contacts
            assert asked.source == "call-back:1"
            await asyncio.sleep(1.0)
            assert floor.where(BEA) == ["lends"]

    run_virtually(story())


def test_whoever_is_kept_for_people_who_call_in_stays_when_home_is_paused() -> None:
    async def story() -> None:
        lends = replace(LENDS, mode=DialMode.PROGRESSIVE, inbound_reserve=1)
        async with shared_floor([ASKS, lends], lambda _: PERSON) as floor:
            for name in ("asks", "lends"):
                floor[name].tell(StartCampaign())
            await floor.sign_in("lends", [ANA, BEA], also=["asks"])
            floor["lends"].tell(PauseCampaign())
            await asyncio.sleep(180.0)
            assert len(floor["lends"].core.floor.roster) == 1

    run_virtually(story())
