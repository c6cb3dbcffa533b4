"""The law's abandonment rates and the pacer: no over-dialing without headroom, nor without knowing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from dialer.compliance.ratios import RatioStanding
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import CallId
from dialer.engine.abandonment import STALE_S, WRITTEN_IN_S, AbandonmentLedger
from dialer.engine.messages import Instant
from dialer.errors import StoreError
from dialer.pbx.fake import Conduct, Manner
from dialer.virtual_time import run_virtually
from tests.support.engine import Bench, engine, everyone
from tests.support.memory_log import MemoryLog

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
POWER = Campaign(id=1, name="cobranza", mode=DialMode.POWER, ratio=3.0, wrap_up_s=5.0, announce_recording=False)
RINGS_ON = everyone(Conduct(manner=Manner.NO_ANSWER))


def standing(
    headroom: int | None, *, rule: str = "us-tsr/abandon-3pct", overdial: bool | None = None, **more: float
) -> RatioStanding:
    figures = {"numerator": 1.0, "denominator": 100.0, "rate": 0.01, "maximum": 0.03, "target": 0.025, **more}
    return RatioStanding(
        rule=rule,
        window_from=NOON - timedelta(days=1),
        window_to=NOON + timedelta(days=1),
        breach=False,
        headroom=headroom,
        overdial=headroom != 0 if overdial is None else overdial,
        **figures,
    )


def at(seconds: float) -> Instant:
    return Instant(NOON + timedelta(seconds=seconds), seconds)


# ------------------------------------------------------------------------------------- the account


def test_nothing_is_overdialed_before_the_log_has_answered_nor_long_after_it_last_did() -> None:
    ledger = AbandonmentLedger()
    assert not ledger.may_overdial(at(0))
    ledger.read([], at(0))
    assert ledger.may_overdial(at(STALE_S))
    assert not ledger.may_overdial(at(STALE_S + 0.1))
    ledger.read([], at(100))
    assert ledger.may_overdial(at(101))


@pytest.mark.parametrize(
    ("standings", "may"),
    [
        ([standing(3)], True),
        ([standing(None)], True),
        ([standing(0)], False),
        ([standing(3), standing(0, rule="uk-ofcom/abandon-3pct")], False),
        ([standing(3, overdial=False)], False),
    ],
)
def test_every_rule_must_leave_room(standings: Sequence[RatioStanding], may: bool) -> None:
    ledger = AbandonmentLedger()
    ledger.read(standings, at(0))
    assert ledger.may_overdial(at(1)) is may


def test_whoever_is_abandoned_uses_up_headroom_at_once_and_until_the_log_is_certain_to_know() -> None:
    ledger = AbandonmentLedger()
    ledger.read([standing(1)], at(0))
    ledger.abandoned(CallId("a"))
    assert not ledger.may_overdial(at(1))
    ledger.read([standing(1)], at(5))  # the message still plays: the log cannot know
    assert not ledger.may_overdial(at(6))
    ledger.closed(CallId("a"), at(12))
    ledger.read([standing(1)], at(12 + WRITTEN_IN_S - 1))
    assert not ledger.may_overdial(at(17))
    ledger.read([standing(1)], at(12 + WRITTEN_IN_S + 1))
    assert ledger.may_overdial(at(20))


def test_an_answer_that_another_has_overtaken_changes_nothing() -> None:
    ledger = AbandonmentLedger()
    ledger.read([standing(0)], at(10))
    ledger.read([standing(9)], at(5))
    assert not ledger.may_overdial(at(11))


def test_the_pacer_sees_the_rule_that_is_nearest_to_its_maximum_and_no_rule_of_another_kind() -> None:
    ledger = AbandonmentLedger()
    ledger.read(
        [
            standing(3, numerator=1.0, denominator=200.0, rate=0.005),
            standing(2, rule="uk-ofcom/abandon-3pct", numerator=1.4, denominator=60.0, rate=0.0233),
            standing(None, rule="br-anatel/short", numerator=80.0, denominator=100.0, rate=0.8, maximum=0.85),
        ],
        at(0),
    )
    ledger.abandoned(CallId("a"))
    assert ledger.counts() == (58, 3)


# ------------------------------------------------------------------------------------- over a campaign


async def calls_out(bench: Bench) -> int:
    """Once the governor has let the whole ratio in."""
    await asyncio.sleep(55)
    return len(bench.core.floor.calls)


class AbsentLog(MemoryLog):
    async def standings(self, campaign_id: int, now: datetime) -> Sequence[RatioStanding]:
        raise StoreError


@pytest.mark.parametrize(
    ("log", "out"),
    [
        (MemoryLog(debtors=100), 6),
        (MemoryLog(debtors=100, standing=[standing(4)]), 6),
        (MemoryLog(debtors=100, standing=[standing(0)]), 2),
        (AbsentLog(debtors=100), 2),
    ],
    ids=["no rule", "headroom", "no headroom", "no answer"],
)
def test_more_lines_than_agents_are_dialed_only_with_headroom(log: MemoryLog, out: int) -> None:
    async def story() -> None:
        async with engine(POWER, RINGS_ON, agents=2, log=log) as bench:
            assert await calls_out(bench) == out

    run_virtually(story())


def test_the_ratio_comes_back_when_the_headroom_does() -> None:
    async def story() -> None:
        log = MemoryLog(debtors=200, standing=[standing(0)])
        async with engine(POWER, RINGS_ON, agents=2, log=log) as bench:
            assert await calls_out(bench) == 2
            (account,) = bench.core.state_payload(bench.runner.now())["abandonment"]  # type: ignore[misc]
            assert (account["rule"], account["headroom"], account["overdial"]) == ("us-tsr/abandon-3pct", 0, False)
            reasons = {message.payload["reason"] for message in bench.bus.named("pacing.decided")}
            assert "no-headroom" in reasons
            log.standing = [standing(4)]
            await asyncio.sleep(55)
            assert len(bench.core.floor.calls) == 6

    run_virtually(story())


def test_power_mode_cuts_itself_by_the_rate_of_the_laws_window() -> None:
    async def story() -> None:
        bad_month = standing(2, numerator=50.0, denominator=1000.0, rate=0.05, maximum=0.06)
        async with engine(POWER, RINGS_ON, agents=2, log=MemoryLog(debtors=100, standing=[bad_month])) as bench:
            assert await calls_out(bench) == 2
            assert bench.core.floor.last_decision is not None
            assert bench.core.floor.last_decision.reason.value == "ratio-cut-abandonment"

    run_virtually(story())
