"""A whole engine in virtual time: core, runner, fake PBX and a log in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dialer.bus.topics import problems
from dialer.clock import seeded_random
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AgentId
from dialer.domain.phone import PhoneNumber
from dialer.engine.core import CampaignCore
from dialer.engine.floor import Trunk
from dialer.engine.messages import Message, SignIn, StartCampaign
from dialer.engine.runner import CampaignRunner
from dialer.engine.switchboard import Switchboard
from dialer.pbx.fake import Conduct, FakePbx, Manner
from dialer.ports import BusMessage, CallBackBook, SelfService
from dialer.virtual_time import LoopClock
from pacing.trunk import TrunkLimiter
from tests.support.memory_log import MemoryLog

TUESDAY_TEN_IN_BOGOTA = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class ListeningBus:
    """An EventBus that keeps every message and calls subscribers at once."""

    def __init__(self) -> None:
        self.messages: list[BusMessage] = []

    async def publish(self, message: BusMessage) -> None:
        assert not problems(message), f"{message.topic}: {problems(message)}"
        self.messages.append(message)

    def subscribe(self, pattern: str, handler: object, *, name: str) -> Callable[[], None]:
        return lambda: None

    def named(self, what: str) -> list[BusMessage]:
        return [message for message in self.messages if message.topic.endswith(f"/{what}")]


@dataclass
class Bench:
    """What a test holds: everything it may look at or push."""

    pbx: FakePbx
    log: MemoryLog
    bus: ListeningBus
    core: CampaignCore
    runner: CampaignRunner
    clock: LoopClock
    switchboard: Switchboard
    wrap_ups: dict[AgentId, float] = field(default_factory=dict)

    def tell(self, message: Message) -> None:
        self.runner.post(message)

    async def sign_in(self, agents: int) -> None:
        for index in range(agents):
            agent = AgentId(f"agent{index:03d}")
            self.tell(SignIn(agent_id=agent, name=agent, dial_string=f"Fake/{agent}", ready=True))
        await asyncio.sleep(0.5)

    async def until_idle(self, at_most_s: float = 3600.0) -> None:
        """Wait until nothing is out any more, and nothing has been for as long as an agent may wrap up."""
        quiet_s = 0.0
        async with asyncio.timeout(at_most_s):
            while quiet_s < self.core.floor.campaign.wrap_up_s + 1.0:
                await asyncio.sleep(0.2531)  # between the beats: what a beat brings is no sign of unrest
                quiet_s = quiet_s + 0.25 if self.runner.idle else 0.0


def everyone(conduct: Conduct) -> Callable[[PhoneNumber], Conduct]:
    return lambda _number: conduct


PERSON = Conduct(manner=Manner.PERSON, ring_s=6.0, detect_s=1.2, talk_s=30.0)


@contextlib.asynccontextmanager
async def engine(
    campaign: Campaign,
    conduct_of: Callable[[PhoneNumber], Conduct] = everyone(PERSON),  # noqa: B008  # a pure function
    *,
    log: MemoryLog | None = None,
    agents: int = 1,
    max_lines: int = 100,
    calls_per_second: float = 50.0,
    start: bool = True,
    call_backs: CallBackBook | None = None,
    trunk_caller_id: str = "+576015550100",
    caller_id_demands: frozenset[str] = frozenset(),
    bus: ListeningBus | None = None,
    service: SelfService | None = None,
) -> AsyncIterator[Bench]:
    clock = LoopClock(asyncio.get_running_loop(), TUESDAY_TEN_IN_BOGOTA)
    pbx = FakePbx(clock, conduct_of)
    log = log or MemoryLog()
    bus = bus or ListeningBus()
    limiter = TrunkLimiter(max_lines, calls_per_second)
    trunk = Trunk(name="fake", dial_string="Fake/{number}", caller_id=trunk_caller_id, limiter=limiter)
    core = CampaignCore(
        campaign,
        trunk,
        entropy=seeded_random(3).randbytes,
        seats=agents,
        caller_id_demands=caller_id_demands,
        has_service=service is not None,
    )
    switchboard = Switchboard()
    runner = CampaignRunner(
        core,
        telephony=pbx,
        detector=pbx,
        attempts=log,
        bus=bus,
        clock=clock,
        on_placed=lambda call_id: switchboard.placed(campaign.name, call_id),
        on_closed=switchboard.closed,
        call_backs=call_backs,
        service=service,
    )
    switchboard.add(campaign.name, runner)
    pbx.subscribe(switchboard)
    task = asyncio.create_task(runner.run(), name="runner")
    bench = Bench(pbx=pbx, log=log, bus=bus, core=core, runner=runner, clock=clock, switchboard=switchboard)
    try:
        await runner.recover()
        await bench.sign_in(agents)
        if start:
            bench.tell(StartCampaign())
        yield bench
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
