"""Several campaigns in one process of virtual time, on one PBX, with agents that they may share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from dialer.clock import seeded_random
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.engine.core import CampaignCore
from dialer.engine.crew import Crew
from dialer.engine.floor import Trunk
from dialer.engine.live import Seat
from dialer.engine.messages import Message, SignIn
from dialer.engine.runner import CampaignRunner
from dialer.engine.switchboard import Switchboard
from dialer.pbx.fake import Conduct, FakePbx
from dialer.virtual_time import LoopClock
from pacing.trunk import TrunkLimiter
from tests.support.engine import TUESDAY_TEN_IN_BOGOTA, ListeningBus
from tests.support.memory_log import MemoryLog

LIST_LENGTH = 1_000_000


@dataclass
class Hosted:
    """One campaign."""

    core: CampaignCore
    runner: CampaignRunner
    log: MemoryLog

    @property
    def name(self) -> str:
        return self.core.floor.campaign.name

    def tell(self, message: Message) -> None:
        self.runner.post(message)

    def seat(self, agent: str) -> Seat | None:
        return self.core.floor.roster.get(AgentId(agent))

    @property
    def worked_s(self) -> float:
        """Seconds that agents spent on its people: talk, and the whole of every wrap-up."""
        talks = [one.talk_s for one in self.log.closings.values() if one.outcome is Outcome.CONVERSATION]
        return sum(talk or 0.0 for talk in talks) + len(talks) * self.core.floor.campaign.wrap_up_s


@dataclass
class SharedFloor:
    campaigns: dict[str, Hosted]
    pbx: FakePbx
    bus: ListeningBus
    clock: LoopClock

    def __getitem__(self, name: str) -> Hosted:
        return self.campaigns[name]

    async def sign_in(self, home: str, agents: Sequence[str], also: Sequence[str] = ()) -> None:
        for agent in agents:
            order = SignIn(
                agent_id=AgentId(agent), name=agent, dial_string=f"Fake/{agent}", ready=True, also=tuple(also)
            )
            self[home].tell(order)
        await asyncio.sleep(0.5)

    def where(self, agent: str) -> list[str]:
        """The campaigns in whose rosters the agent is."""
        return [name for name, hosted in self.campaigns.items() if hosted.seat(agent) is not None]

    async def until_idle(self, at_most_s: float = 3600.0) -> None:
        """Until nothing has been out for as long as an agent may wrap up."""
        longest_s = max(hosted.core.floor.campaign.wrap_up_s for hosted in self.campaigns.values()) + 1.0
        quiet_s = 0.0
        async with asyncio.timeout(at_most_s):
            while quiet_s < longest_s:
                await asyncio.sleep(0.2531)
                quiet_s = quiet_s + 0.25 if all(one.runner.idle for one in self.campaigns.values()) else 0.0


@contextlib.asynccontextmanager
async def shared_floor(
    campaigns: Sequence[Campaign],
    conduct_of: Callable[[PhoneNumber], Conduct],
    *,
    seats: int = 10,
    debtors: Mapping[str, int] | None = None,
    max_lines: int = 200,
) -> AsyncIterator[SharedFloor]:
    """The n-th campaign's debtors begin after n × LIST_LENGTH; ``debtors`` says how many, by its name. Nothing is
    started, nobody is signed in."""
    clock = LoopClock(asyncio.get_running_loop(), TUESDAY_TEN_IN_BOGOTA)
    pbx, bus, crew, switchboard = FakePbx(clock, conduct_of), ListeningBus(), Crew(), Switchboard()
    limiter = TrunkLimiter(max_lines, 50.0)
    trunk = Trunk(name="fake", dial_string="Fake/{number}", caller_id="", limiter=limiter)
    hosted: dict[str, Hosted] = {}
    tasks = []
    for index, campaign in enumerate(campaigns):
        name = campaign.name
        first = index * LIST_LENGTH
        length = (debtors or {}).get(name, LIST_LENGTH - 1)
        log = MemoryLog(debtors=first + length, next_debtor=first + 1, seed=7 + index)
        core = CampaignCore(campaign, trunk, entropy=seeded_random(3 + index).randbytes, seats=seats, crew=crew)
        runner = CampaignRunner(
            core,
            telephony=pbx,
            detector=pbx,
            attempts=log,
            bus=bus,
            clock=clock,
            on_placed=lambda call_id, name=name: switchboard.placed(name, call_id),  # type: ignore[misc]
            on_closed=switchboard.closed,
            forward=switchboard.post,
        )
        switchboard.add(name, runner)
        hosted[name] = Hosted(core=core, runner=runner, log=log)
    pbx.subscribe(switchboard)
    for name, one in hosted.items():
        tasks.append(asyncio.create_task(one.runner.run(), name=f"runner of {name}"))
        await one.runner.recover()
    try:
        await asyncio.sleep(0.1)
        yield SharedFloor(campaigns=hosted, pbx=pbx, bus=bus, clock=clock)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
