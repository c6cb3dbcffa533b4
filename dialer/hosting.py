"""The campaigns that one process runs: hosted with what they need, recovered, watched for new ones, drained."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

from dialer.clock import Clock
from dialer.compliance.facts import Candidate, Facts, GateQuery
from dialer.compliance.gate import Gate
from dialer.compliance.verdict import Obligations
from dialer.domain.campaign import Campaign, CampaignState
from dialer.domain.events import LinkRestored, TelephonyEvent
from dialer.domain.ids import AgentId
from dialer.engine.core import CampaignCore
from dialer.engine.crew import Crew
from dialer.engine.floor import Entropy, Trunk
from dialer.engine.live import Seat
from dialer.engine.messages import CallCameIn, DrainCampaign, Reconfigure, StartCampaign
from dialer.engine.runner import CampaignRunner
from dialer.engine.switchboard import Switchboard
from dialer.errors import (
    AmiDisconnected,
    AmiTimeout,
    ConfigurationError,
    InvalidFlow,
    StoreError,
    TelephonyError,
    UnknownFlow,
)
from dialer.keepers.schedule import ScheduleKeeper
from dialer.ports import AttemptLog, BusMessage, EventBus
from dialer.self_service.desk import IvrDesk
from dialer.settings import Settings
from dialer.store.attempts import SqlAttemptLog
from dialer.store.call_backs import CallBacks
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.decisions import RING_MINIMUM_S
from dialer.store.forecasts import Forecasts
from dialer.store.local_day import zones_of
from dialer.strays import Strays
from dialer.task_owner import TaskOwner
from dialer.telephone_side import Pbx
from pacing.trunk import TrunkLimiter

log = structlog.get_logger(__name__)

SEATS = 10  # agents to expect before any has signed in; the pacers learn the true number
NEW_CAMPAIGNS_EVERY_S = 5.0
RECOVERIES = 10  # times that the link may break while it is being found out what an earlier engine left
RECOVER_AGAIN_S = 1.0
DRAIN_AT_MOST_S = 600.0


@dataclass(slots=True, kw_only=True)
class Hosting:
    """``runners`` is shared with whoever looks on; ``ivr`` is set once the rest of the station stands."""

    settings: Settings
    clock: Clock
    entropy: Entropy
    database: Database
    gate: Gate
    campaigns: Campaigns
    call_backs: CallBacks
    forecasts: Forecasts
    bus: EventBus
    pbx: Pbx
    switchboard: Switchboard
    crew: Crew
    tasks: TaskOwner
    runners: dict[str, CampaignRunner]
    ivr: IvrDesk | None = None
    _closing: bool = False
    _limiters: dict[str, TrunkLimiter] = field(default_factory=dict)
    _logs: dict[str, AttemptLog] = field(default_factory=dict)
    _strays: Strays = field(init=False)

    def __post_init__(self) -> None:
        self._strays = Strays(
            self.runners, self.switchboard, self.pbx.telephony, self.tasks, closing=lambda: self._closing
        )

    async def host(self, campaign: Campaign) -> CampaignRunner:
        """Run ``campaign`` from now on, beginning with what an earlier run left open. Raises ConfigurationError for
        a trunk that the settings do not name."""
        trunk = self._trunk(campaign)
        duties = self._duties(campaign)
        core = CampaignCore(
            campaign,
            trunk,
            entropy=self.entropy,
            seats=SEATS,
            caller_id_demands=frozenset(duties.caller_id),
            ring_minimum_s=max(RING_MINIMUM_S, duties.ring_min_s),
            past=await self.forecasts.past(campaign.id, self.clock.now()),
            zone=zones_of(campaign.country)[0],
            has_service=self._has_flow(campaign),
            crew=self.crew,
        )
        name = campaign.name
        runner = CampaignRunner(
            core,
            telephony=self.pbx.telephony,
            detector=self.pbx.detector,
            attempts=self.log_of(trunk.caller_id),
            bus=self.bus,
            clock=self.clock,
            on_placed=lambda call_id: self.switchboard.placed(name, call_id),
            on_closed=self.switchboard.closed,
            call_backs=self.call_backs,
            service=self.ivr,
            forward=self.switchboard.post,
        )
        self.runners[name] = runner
        self.switchboard.add(name, runner)
        try:
            await self._recover(runner)
            state = await self.campaigns.state(campaign.id)
            if state in (CampaignState.RUNNING, CampaignState.PAUSED):
                runner.post(StartCampaign(paused=state is CampaignState.PAUSED))
        except BaseException:
            self.switchboard.remove(name)
            self.crew.leave(name)
            del self.runners[name]
            raise
        self.tasks.spawn(runner.run(), f"campaign {name}")
        return runner

    async def _recover(self, runner: CampaignRunner) -> None:
        """Asterisk was there a moment ago: a link that breaks just now is waited for."""
        for _ in range(RECOVERIES):
            try:
                await runner.recover()
            except (AmiDisconnected, AmiTimeout) as exc:
                log.warning("campaign.recovery_interrupted", campaign=runner.campaign.name, error=exc.message)
                await asyncio.sleep(RECOVER_AGAIN_S)
            else:
                return
        await runner.recover()

    async def host_all(self) -> None:
        """Run every campaign of the database, end what no campaign knows, then watch for new campaigns."""
        for campaign in await self.campaigns.all():
            await self.host(campaign)
        self.pbx.telephony.subscribe(self._on_telephony)
        await self._strays.tidy_up()
        self.tasks.spawn(self._watch_campaigns(), "new campaigns")
        self.tasks.spawn(ScheduleKeeper(self.campaigns, self.clock, self._ordered).run(), "schedules of campaigns")

    def _ordered(self, name: str, *, starts: bool) -> bool:
        """Start or drain a campaign by its schedule. False where it is not hosted here, or the process is about to
        end: whoever comes next does it."""
        if self._closing or name not in self.runners:
            return False
        self.runners[name].post(StartCampaign() if starts else DrainCampaign())
        return True

    async def _watch_campaigns(self) -> None:
        while True:
            await asyncio.sleep(NEW_CAMPAIGNS_EVERY_S)
            try:
                for campaign in await self.campaigns.all():
                    if campaign.name not in self.runners:
                        await self.host(campaign)
            except (ConfigurationError, StoreError, TelephonyError) as exc:  # looked at again in a moment
                log.error("campaigns.not_hosted", error=exc.message)

    async def end_strays(self) -> bool:
        """See ``Strays.end``."""
        return await self._strays.end()

    def _on_telephony(self, event: TelephonyEvent) -> None:
        if isinstance(event, LinkRestored) and not self._closing:
            self.tasks.spawn(self._strays.tidy_up(), "strays after a lost link")

    def campaign_id(self, name: str) -> int | None:
        runner = self.runners.get(name)
        return None if runner is None else runner.campaign.id

    def _trunk(self, campaign: Campaign) -> Trunk:
        configured = self.settings.trunks.get(campaign.trunk)
        if configured is None:
            known = ", ".join(self.settings.trunks) or "none"
            raise ConfigurationError(
                f"Campaign {campaign.name} dials over trunk {campaign.trunk!r}, which CADENCIA_TRUNKS does not name "
                f"(it names: {known})."
            )
        limiter = self._limiters.setdefault(
            campaign.trunk, TrunkLimiter(configured.max_lines, configured.calls_per_second)
        )
        return Trunk(
            name=campaign.trunk,
            dial_string=configured.dial_string,
            caller_id=configured.caller_id,
            limiter=limiter,
        )

    def use_log(self, caller_id: str, log: AttemptLog) -> None:
        """Campaigns hosted from now on that show this number write to ``log``."""
        self._logs[caller_id] = log

    def log_of(self, caller_id: str) -> AttemptLog:
        """The log that tells the gate that this number is shown."""
        if caller_id not in self._logs:
            self._logs[caller_id] = SqlAttemptLog(
                self.database, self.gate, self.clock, entropy=self.entropy, caller_id=caller_id
            )
        return self._logs[caller_id]

    def _duties(self, campaign: Campaign) -> Obligations:
        """What the packs of the campaign, and those that its country brings in, ask of its calls."""
        anybody = Candidate(
            debtor=0,
            debts=(),
            number="",
            country=campaign.country,
            language=campaign.language,
            purpose=campaign.purpose,
            party=campaign.party,
        )
        verdict = self.gate.check(
            GateQuery(candidate=anybody, facts=Facts(), now=self.clock.now(), packs=campaign.packs)
        )
        return verdict.obligations

    async def drain(self, *, at_most_s: float = DRAIN_AT_MOST_S) -> bool:
        """Place nothing more and wait until every call is over and written. False where the time ran out.

        This is the process's end and no supervisor's order: campaigns that run now run again after the next start.
        """
        self._closing = True
        for runner in self.runners.values():
            runner.post(DrainCampaign())
        try:
            async with asyncio.timeout(at_most_s):
                for runner in self.runners.values():
                    await runner.wait_idle()
        except TimeoutError:
            return False
        return True

    async def let_agents_go(self) -> None:
        """Hang up the phones of agents who talk with nobody: nobody will call them before they sign in again."""
        seats = [seat for runner in self.runners.values() for seat in runner.core.floor.roster]
        try:
            for seat in seats:
                if seat.call_id is None:
                    await self.pbx.telephony.hang_up(seat.leg_id)
        except TelephonyError as exc:
            log.warning("agents.not_hung_up", error=exc.message)

    async def on_campaign_changed(self, message: BusMessage) -> None:
        runner = self.runners.get(str(message.payload.get("campaign")))
        if runner is None or self._closing:
            return
        campaign, state = runner.campaign, CampaignState(str(message.payload["state"]))
        if message.payload.get("paced") is not True:  # what was saved a moment ago may not have reached the engine yet
            await self.campaigns.set_state(campaign.id, state)
            return
        await self.campaigns.set_pacing(
            campaign.id, state, mode=campaign.mode, ratio=campaign.ratio, target=campaign.target_abandonment
        )

    async def on_campaign_configured(self, message: BusMessage) -> None:
        runner = self.runners.get(str(message.payload.get("campaign")))
        if runner is not None:
            runner.post(Reconfigure(campaign=await self.campaigns.by_id(runner.campaign.id)))

    def floors(self) -> list[Campaign]:
        """The campaigns hosted here; first those that run, and of them those with agents."""
        floors = [runner.core.floor for runner in self.runners.values()]
        floors.sort(key=lambda floor: (floor.state is not CampaignState.RUNNING, len(floor.roster) == 0))
        return [floor.campaign for floor in floors]

    def seat_of(self, agent_id: AgentId) -> Seat | None:
        """Where an agent sits now, whichever campaign has them."""
        seats = (runner.core.floor.roster.get(agent_id) for runner in self.runners.values())
        return next((seat for seat in seats if seat is not None), None)

    def arrive(self, name: str, call: CallCameIn) -> bool:
        """A call came in for that campaign. Whether anybody is signed in there."""
        runner = self.runners[name]
        self.switchboard.placed(name, call.call_id)
        runner.post(call)
        return len(runner.core.floor.roster) > 0

    def _has_flow(self, campaign: Campaign) -> bool:
        """Whether the campaign's self-service flow can be played here."""
        if self.ivr is None:
            return False
        try:
            self.ivr.shelf.player(campaign.ivr_flow)
        except (InvalidFlow, UnknownFlow) as exc:
            if campaign.serves_itself:
                log.error("ivr.flow_unusable", campaign=campaign.name, flow=campaign.ivr_flow, error=exc.message)
            return False
        return True
