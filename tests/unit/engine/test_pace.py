"""Predictive pacing inside a campaign: what it is given, what it may take back, and what is told of it."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.engine.abandonment import AbandonmentLedger
from dialer.engine.forecast_account import INTERVAL_S, ForecastAccount
from dialer.engine.messages import DrainCampaign, GoReady, Instant, Pause, SetMode, SignOut
from dialer.engine.own_windows import OwnWindows
from dialer.engine.pace import TELL_EVERY_S
from dialer.engine.pacers import Pacers, info_for
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import NOTHING_PAST, PastCalls, PastInterval
from dialer.virtual_time import run_virtually
from pacing.decision import Decision, Reason
from pacing.snapshot import State
from tests.support.engine import PERSON, Bench, engine, everyone
from tests.support.memory_log import MemoryLog
from tests.unit.engine.test_abandonment import standing

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
PREDICTIVE = Campaign(id=1, name="c", mode=DialMode.PREDICTIVE, wrap_up_s=5.0, announce_recording=False)


def at(seconds: float) -> Instant:
    return Instant(NOON + timedelta(seconds=seconds), seconds)


# ------------------------------------------------------------------------------------- windows


def test_the_campaigns_own_promise_holds_today_for_a_day_and_for_thirty() -> None:
    yesterday, last_week = NOON - timedelta(hours=20), NOON - timedelta(days=7)
    past = PastCalls(
        intervals=(
            PastInterval(at=yesterday, people=100, abandoned=4),
            PastInterval(at=last_week, people=1000, abandoned=20),
            PastInterval(at=NOON - timedelta(days=40), people=5000, abandoned=500),
        )
    )
    windows = OwnWindows(ZoneInfo("America/Bogota"), past)
    windows.count(NOON, 1, 1)
    windows.count(NOON, 1, 0)
    today, day, month = windows.budgets(0.02, NOON)
    assert (today.people, today.abandoned, today.remaining_s) == (2, 1, 12 * 3600.0)
    assert (day.people, day.abandoned) == (102, 5)
    assert (month.people, month.abandoned) == (1102, 25)
    assert {one.limit for one in (today, day, month)} == {0.02}


def test_the_laws_windows_count_people_whose_conversation_is_not_over() -> None:
    ledger = AbandonmentLedger()
    law = standing(3, numerator=2.5, denominator=150.0, rate=0.0167)
    other = standing(None, rule="br-anatel/short", numerator=80.0, denominator=100.0, rate=0.8, maximum=0.85)
    ledger.read([law, other], at(0))
    ledger.abandoned(CallId("a"))
    (budget,) = ledger.budgets(at(1), talking=12)
    assert (budget.people, budget.abandoned) == (163.0, 3.5)
    assert budget.limit == min(law.target, law.maximum)
    assert budget.remaining_s == (law.window_to - at(1).at).total_seconds()
    assert ledger.budgets(at(100), talking=12) == []  # so old a reading says nothing


# ------------------------------------------------------------------------------------- forecasts


def test_forecasts_are_held_against_what_came() -> None:
    account = ForecastAccount()
    assert account.close(at(0)) is None
    for chance in (0.012, 0.013, 0.25, None):
        account.dialed(chance, at(1))
    account.answered(0.012, at(5), abandoned=False)
    account.answered(0.25, at(6), abandoned=True)
    account.answered(None, at(7), abandoned=False)
    assert not account.is_over(at(INTERVAL_S))
    assert account.is_over(at(1 + INTERVAL_S))
    told = account.close(at(301))
    assert told is not None
    assert (told["people"], told["abandoned"], told["forecast_people"], told["expected"]) == (3, 1, 2, 0.262)
    assert told["bins"] == [
        {"low": 0.01, "calls": 2, "people": 1, "expected": 0.012, "abandoned": 0},
        {"low": 0.2, "calls": 1, "people": 1, "expected": 0.25, "abandoned": 1},
    ]
    assert account.close(at(302)) is None


def test_the_last_minutes_are_told_when_the_campaign_stops() -> None:
    async def story() -> None:
        async with engine(PREDICTIVE, agents=2, log=MemoryLog(debtors=4)) as bench:
            await asyncio.sleep(90.0)
            assert not bench.bus.named("pacing.compared")
            bench.tell(DrainCampaign())
            await bench.until_idle()
            (told,) = bench.bus.named("pacing.compared")
            assert told.payload["people"] == bench.core.floor.tally.bridged == 4

    run_virtually(story())


def test_a_decision_is_told_on_change_and_at_most_once_a_second() -> None:
    async def story() -> None:
        async with engine(PREDICTIVE, agents=5, log=MemoryLog(debtors=400), max_lines=50) as bench:
            await asyncio.sleep(120.0)
            told = bench.bus.named("pacing.decided")
            times = [datetime.fromisoformat(str(one.payload["at"])) for one in told]
            gaps = [(later - sooner).total_seconds() for sooner, later in itertools.pairwise(times)]
            assert min(gaps) >= TELL_EVERY_S
            said = [(one.payload["calls"], one.payload["reason"]) for one in told]
            assert all(one != other for one, other in itertools.pairwise(said))
            forecast = told[-1].payload["forecast"]
            assert isinstance(forecast, dict)
            assert set(forecast) == {"horizon_s", "people", "agents_free", "abandonment"}
            shown = bench.core.state_payload(bench.runner.now())["last_decision"]
            assert isinstance(shown, dict)
            assert set(shown["forecast"]) == set(forecast)

    run_virtually(story())


# ------------------------------------------------------------------------------------- what was learned


def test_mode_and_target_change_and_what_was_learned_stays() -> None:
    campaign = replace(PREDICTIVE, mode=DialMode.PROGRESSIVE)
    pacers = Pacers(campaign, info_for(campaign, seats=3, ring_minimum_s=15.0, past=NOTHING_PAST))
    for call in range(300):
        pacers.on_event(float(call), "dial", f"c{call}")
        pacers.on_event(call + 8.0, "answer", f"c{call}", 8.0)
        pacers.on_event(call + 9.0, "live", f"c{call}", 8.0)
    pacers.change(PREDICTIVE)
    learned = pacers.governor.pacer
    state = State(now=400.0, idle={f"a{n}": 399.0 for n in range(30)}, lines_free=99, logged_in=30)
    first = pacers.governor.decide(state)
    assert first.forecast is not None
    pacers.change(replace(PREDICTIVE, target_abandonment=0.01))
    assert pacers.governor.pacer is learned
    pacers.change(campaign)
    pacers.change(PREDICTIVE)
    assert pacers.governor.pacer is learned
    assert pacers.info.target == PREDICTIVE.target_abandonment
    again = pacers.governor.decide(replace(state, now=431.0, ringing={f"c{n}": 425.0 for n in range(400, 430)}))
    assert again.forecast is not None
    assert again.forecast.people > 20  # nearly everybody answered so far, and a fresh pacer would expect a third


def test_a_campaigns_past_is_what_its_pacer_believes_first() -> None:
    usual = info_for(PREDICTIVE, seats=4, ring_minimum_s=15.0, past=NOTHING_PAST)
    assert (usual.prior_wrap, usual.seats, usual.min_ring) == (5.0, 4, 15.0)
    known = info_for(PREDICTIVE, seats=4, ring_minimum_s=20.0, past=PastCalls(answer_rate=0.11, talk_s=240.0))
    assert (known.prior_answer_rate, known.prior_talk, known.prior_wrap, known.min_ring) == (0.11, 240.0, 5.0, 20.0)


def test_a_target_is_changed_by_an_order_while_the_campaign_runs() -> None:
    async def story() -> None:
        async with engine(PREDICTIVE, agents=2) as bench:
            bench.tell(SetMode(mode=DialMode.PREDICTIVE, target=0.01))
            await asyncio.sleep(1.0)
            assert bench.core.floor.campaign.target_abandonment == 0.01
            assert bench.core.floor.pacers.info.target == 0.01
            assert bench.core.floor.pacers.info.seats == 2
            assert bench.bus.named("campaign.changed")[-1].payload["target_abandonment"] == 0.01

    run_virtually(story())


# ------------------------------------------------------------------------------------- calls taken back


class GivesUp:
    """Dials one call for each idle agent, and wants every ringing call back."""

    def __init__(self, bench: Bench) -> None:
        self._governor = bench.core.floor.pacers.governor
        self.asked: list[frozenset[str]] = []

    def decide(self, state: State, *_: object) -> Decision:
        wanted = max(0, len(state.idle) - len(state.ringing) - len(state.amd)) if state.now < 1000 else 0
        return Decision(calls_to_place=wanted, reason=Reason.PREDICTED)

    def cancel(self, state: State) -> list[str]:
        self.asked.append(frozenset(state.ringing))
        return [*state.ringing, "nobody-knows-it"]


@pytest.mark.parametrize("minimum", [15.0, 18.0])
def test_a_call_is_taken_back_only_after_its_own_ring_time_and_tried_again_soon(minimum: float) -> None:
    async def story() -> None:
        rings_on = everyone(Conduct(manner=Manner.NO_ANSWER))
        log = MemoryLog(debtors=3, obligations={"ring_minimum_s": minimum})
        async with engine(PREDICTIVE, rings_on, agents=3, log=log) as bench:
            governor = bench.core.floor.pacers.governor
            greedy = GivesUp(bench)
            governor.decide = greedy.decide  # type: ignore[method-assign]
            governor.cancel = greedy.cancel  # type: ignore[method-assign]
            await asyncio.sleep(minimum - 1.0)
            assert not log.closings
            await asyncio.sleep(4.0)
            assert len(log.closings) == 3
            for closing in log.closings.values():
                assert closing.outcome is Outcome.CANCELLED
                assert closing.ringing_at is not None
                assert (closing.ended_at - closing.ringing_at).total_seconds() >= minimum
                assert closing.breaches == ()
                assert closing.retry.at - closing.ended_at <= timedelta(hours=1)  # type: ignore[union-attr]
            payload = bench.core.state_payload(bench.runner.now())
            assert payload["today"]["given_up"] == 3  # type: ignore[index]

    run_virtually(story())


# ------------------------------------------------------------------------------------- announced pauses


def test_whoever_announces_a_pause_is_counted_out_before_they_leave_and_in_again_if_they_stay() -> None:
    async def story() -> None:
        long_talk = everyone(replace(PERSON, talk_s=600.0))
        async with engine(PREDICTIVE, long_talk, agents=3, log=MemoryLog(debtors=3)) as bench:
            await asyncio.sleep(60.0)

            def coming_free() -> set[str]:
                state = bench.core.floor.snapshot(bench.runner.now())
                return {*state.talk, *state.wrap, *state.idle}

            first, second = AgentId("agent000"), AgentId("agent001")
            assert len(coming_free()) == 3
            bench.tell(Pause(agent_id=first))
            bench.tell(SignOut(agent_id=second))
            await asyncio.sleep(0.1)
            assert coming_free() == {"agent002"}
            agents = bench.core.state_payload(bench.runner.now())["agents"]
            assert [each["wants"] for each in agents] == ["paused", "offline", None]  # type: ignore[attr-defined]
            bench.tell(GoReady(agent_id=first))
            await asyncio.sleep(0.1)
            assert coming_free() == {"agent000", "agent002"}
            seat = bench.core.floor.roster.get(first)
            assert seat is not None
            assert seat.state is AgentState.TALKING

    run_virtually(story())


# ------------------------------------------------------------------------------------- people who call in


@pytest.mark.parametrize(("kept", "idle", "busy"), [(0, 2, 3), (1, 1, 3), (2, 0, 3), (4, 0, 1), (9, 0, 0)])
def test_dialing_leaves_agents_for_people_who_call_in_and_the_next_to_come_free_where_too_few_are(
    kept: int, idle: int, busy: int
) -> None:
    async def story() -> None:
        campaign = replace(PREDICTIVE, inbound_reserve=0)
        long_talk = everyone(replace(PERSON, talk_s=600.0))
        async with engine(campaign, long_talk, agents=5, log=MemoryLog(debtors=3)) as bench:
            await asyncio.sleep(60.0)
            bench.core.floor.campaign = replace(campaign, inbound_reserve=kept)
            state = bench.core.floor.snapshot(bench.runner.now())
            assert (len(state.idle), len(state.talk) + len(state.wrap)) == (idle, busy)

    run_virtually(story())


def test_progressive_dialing_does_not_touch_the_reserve() -> None:
    async def story() -> None:
        campaign = replace(PREDICTIVE, mode=DialMode.PROGRESSIVE, inbound_reserve=2)
        async with engine(campaign, everyone(Conduct(manner=Manner.NO_ANSWER)), agents=5) as bench:
            await asyncio.sleep(10.0)
            assert len(bench.core.floor.calls) == 3

    run_virtually(story())
