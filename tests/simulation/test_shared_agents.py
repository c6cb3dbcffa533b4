"""Two predictive campaigns with three agents each, in virtual time: what sharing is worth, and that nothing is lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from dialer.clock import seeded_random
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.engine.messages import DrainCampaign, StartCampaign
from dialer.pbx.fake import Conduct, Manner
from dialer.virtual_time import run_virtually
from tests.support.shared_floor import shared_floor

HOURS, AGENTS = 1.0, 3
A = Campaign(
    id=1, name="a", wrap_up_s=20.0, announce_recording=False, mode=DialMode.PREDICTIVE, target_abandonment=0.03
)
CAMPAIGNS = (A, replace(A, id=2, name="b"))


def people(number: PhoneNumber) -> Conduct:
    """Three in ten are there and talk for a minute and a half or so; what the others do, and when, is chance too."""
    chance = seeded_random(f"shared {number.e164}")
    lot, ring_s = chance.random(), min(24.0, 2.0 + chance.gammavariate(4.0, 2.5))
    if lot < 0.3:
        talk_s = max(5.0, chance.lognormvariate(4.2, 0.8))
        return Conduct(manner=Manner.PERSON, ring_s=ring_s, detect_s=chance.uniform(1.0, 2.0), talk_s=talk_s)
    if lot < 0.55:
        return Conduct(manner=Manner.MACHINE, ring_s=ring_s + 4.0, detect_s=chance.uniform(1.5, 2.5))
    if lot < 0.85:
        return Conduct(manner=Manner.NO_ANSWER)
    return Conduct(manner=Manner.BUSY if lot < 0.93 else Manner.UNALLOCATED, ring_s=chance.uniform(1.0, 3.0))


@dataclass(frozen=True, slots=True)
class Hour:
    utilisation: float
    abandonment: tuple[float, ...]  #: of each campaign
    moves: int


async def hour(*, shared: bool) -> Hour:
    async with shared_floor(CAMPAIGNS, people, seats=AGENTS) as floor:
        for home, other in (("a", "b"), ("b", "a")):
            await floor.sign_in(home, [f"{home}{index}" for index in range(AGENTS)], [other] if shared else [])
        began = floor.clock.monotonic()
        for one in floor.campaigns.values():
            one.tell(StartCampaign())
        await asyncio.sleep(HOURS * 3600)
        present_s = 2 * AGENTS * (floor.clock.monotonic() - began)
        for one in floor.campaigns.values():
            one.tell(DrainCampaign())
        await floor.until_idle()
        for name, one in floor.campaigns.items():
            tally, log = one.core.floor.tally, one.log
            assert not log.unaccounted
            assert not log.closed_twice
            assert dict(tally.outcomes) == log.outcomes()
            assert tally.abandoned == log.outcomes().get(Outcome.ABANDONED, 0)
            for index in range(AGENTS):
                assert floor.where(AgentId(f"{name}{index}")) == [name], "an agent is not at home"
        assert len(floor.pbx.placed) == sum(len(one.log.closings) for one in floor.campaigns.values())
        return Hour(
            utilisation=sum(one.worked_s for one in floor.campaigns.values()) / present_s,
            abandonment=tuple(one.core.floor.tally.abandonment_rate for one in floor.campaigns.values()),
            moves=len(floor.bus.named("agent.moved")),
        )


def test_shared_agents_talk_more_than_two_halves_do_and_each_campaign_keeps_its_promise() -> None:
    shared, halves = run_virtually(hour(shared=True)), run_virtually(hour(shared=False))
    assert halves.moves == 0
    assert shared.moves > 0
    assert all(rate <= A.target_abandonment for rate in shared.abandonment)
    assert shared.utilisation > halves.utilisation
    assert sum(shared.abandonment) <= sum(halves.abandonment)
