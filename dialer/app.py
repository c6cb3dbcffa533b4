"""The composition root: builds one process of Cadencia from its settings, and takes it down again in order.

This is the only room that knows every adapter. Start: data folder, database, bus, telephony, campaigns. Shutdown is
the reverse, so that everything decided is still carried out and written down.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import structlog

from dialer.amd.audio_keeping import AudioShare
from dialer.audit_keeper import AuditKeeper
from dialer.bus.memory import MemoryBus
from dialer.bus.mqtt import Broker, MqttBus
from dialer.bus.relay import OutboxRelay
from dialer.bus.webhooks import Endpoint, WebhookSender
from dialer.clock import Clock, entropy
from dialer.compliance.facts import Candidate, Facts, GateQuery
from dialer.compliance.gate import Gate
from dialer.compliance.rulebook import GateSettings
from dialer.compliance.verdict import Obligations
from dialer.detector_audio import DetectorAudio
from dialer.domain.campaign import Campaign, CampaignState
from dialer.domain.events import LinkRestored, TelephonyEvent
from dialer.engine.core import CampaignCore
from dialer.engine.crew import Crew
from dialer.engine.floor import Entropy, Trunk
from dialer.engine.messages import CallCameIn, DrainCampaign, Reconfigure, SetMode, StartCampaign
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
from dialer.installation import EngineLock, prepare_data_dir
from dialer.ivr_desk import IvrDesk, SoundsOfFlows
from dialer.pacing_keeper import PacingKeeper
from dialer.pbx.agi import AgiServer
from dialer.ports import AttemptLog, BusMessage, Detector, EventBus, Telephony
from dialer.presence_keeper import PresenceKeeper
from dialer.promise_keeper import PromiseKeeper
from dialer.provision.ivr_sounds import Sentences, voices_of
from dialer.recording_keeper import RecordingKeeper
from dialer.schedule_keeper import ScheduleKeeper
from dialer.settings import Settings
from dialer.store.attempts import SqlAttemptLog
from dialer.store.call_backs import CallBacks
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.decisions import RING_MINIMUM_S
from dialer.store.forecasts import Forecasts
from dialer.store.local_day import zones_of
from dialer.store.outbox import Outbox
from dialer.strays import Strays
from dialer.task_owner import TaskOwner
from ivr_flows.shelf import Shelf
from pacing.trunk import TrunkLimiter

log = structlog.get_logger(__name__)

SEATS = 10  # agents to expect before any has signed in; the pacers learn the true number
NEW_CAMPAIGNS_EVERY_S = 5.0
FLOWS_EVERY_S = 10.0
RECOVERIES = 10  # times that the link may break while it is being found out what an earlier engine left
RECOVER_AGAIN_S = 1.0
DRAIN_AT_MOST_S = 600.0
SETTLE_S = 5.0


class FlowLine(NamedTuple):
    """Where calls come to be played a flow, and the folder of its sounds: as this process, and as Asterisk sees it."""

    agi: AgiServer
    sounds: Path
    asterisk_sounds: str


class Pbx:
    """A telephone system and the detector that listens on it."""

    def __init__(
        self,
        telephony: Telephony,
        detector: Detector,
        recordings_spool: Path | None = None,
        cdr_file: Path | None = None,
        audio_share: AudioShare | None = None,
        flows: FlowLine | None = None,
    ) -> None:
        self.telephony = telephony
        self.detector = detector
        self.recordings_spool = recordings_spool  #: where raw recordings appear, as this process sees it
        self.cdr_file = cdr_file  #: where Asterisk writes its records of calls, likewise
        self.flows = flows  #: None: no self-service
        self.audio_share = audio_share  #: what the detector hears of a random share of the calls


#: Builds the telephone side around the sink of its events; torn down when the context ends.
PbxMaker = Callable[[Switchboard, Clock], AbstractAsyncContextManager[Pbx]]


class Station:
    """One engine. ``async with`` starts it; campaigns are hosted by ``host`` or ``host_all``."""

    def __init__(self, settings: Settings, *, clock: Clock, make_pbx: PbxMaker, randomness: Entropy = entropy) -> None:
        self.settings = settings
        self.clock = clock
        self.switchboard = Switchboard()
        self.crew = Crew()
        self.runners: dict[str, CampaignRunner] = {}
        self._make_pbx = make_pbx
        self._entropy = randomness
        self._stack = AsyncExitStack()
        self._closing = False
        self._caller_id = ""  # the trunks', where they agree
        self._limiters: dict[str, TrunkLimiter] = {}
        self.bus: EventBus
        self.database: Database
        self.campaigns: Campaigns
        self.attempts: AttemptLog
        self.gate: Gate
        self.call_backs: CallBacks
        self.pbx: Pbx
        self.forecasts: Forecasts
        self.recordings: RecordingKeeper
        self.audit: AuditKeeper
        self.tasks: TaskOwner
        self.ivr: IvrDesk | None = None

    # ------------------------------------------------------------------------------------- life

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def _start(self) -> None:
        stack, settings = self._stack, self.settings
        prepare_data_dir(settings.data_dir)
        lock = EngineLock(settings.data_dir)
        lock.acquire()
        stack.callback(lock.release)
        self.database = Database(settings.effective_database_url, durability=settings.database_durability)
        stack.push_async_callback(self.database.close)
        await self.database.migrate()
        self.campaigns = Campaigns(self.database)
        self.gate = Gate.shipped()
        shown = {trunk.caller_id for trunk in settings.trunks.values()}
        self._caller_id = shown.pop() if len(shown) == 1 else ""
        self.attempts = self._log_with(self._caller_id)
        self.call_backs = CallBacks(self.database)
        # Taken down in the reverse order: campaigns, then what they still have to tell, then what listens to it.
        self.bus = await self._open_bus()
        self.pbx = await stack.enter_async_context(self._make_pbx(self.switchboard, self.clock))
        self.pbx.telephony.subscribe(self.switchboard)
        self.recordings = RecordingKeeper(self.database, spool=self.pbx.recordings_spool, root=settings.recordings_dir)
        stack.push_async_callback(self.recordings.close)
        stack.callback(self.bus.subscribe("+/call.closed", self.recordings.on_call_closed, name="recordings"))
        if self.pbx.audio_share is not None:
            audio = DetectorAudio(self.pbx.audio_share, self.database, settings.recordings_dir)
            stack.callback(self.bus.subscribe("+/call.closed", audio.on_call_closed, name="detector audio"))
        self.forecasts = Forecasts(self.database)
        stack.callback(PacingKeeper(self.forecasts, self._campaign_id).start(self.bus))
        stack.callback(self.bus.subscribe("+/campaign.changed", self._on_campaign_changed, name="campaign states"))
        stack.callback(
            self.bus.subscribe("+/campaign.configured", self._on_campaign_configured, name="campaign settings")
        )
        stack.callback(await PresenceKeeper(self.database).start(self.bus, self.clock.now()))
        # A full collection that walks all that was loaded by now holds up every call for some 70 ms.
        gc.collect()
        gc.freeze()
        stack.callback(gc.unfreeze)
        await self._open_webhooks()
        relay = OutboxRelay(Outbox(self.database), self.bus, self.clock, poll_s=0.5)
        stack.push_async_callback(self._settle, relay)
        self.audit = self._audit_keeper()
        await self.audit.start(close_guard_s=GateSettings().close_guard_s, version=version("cadencia"))
        stack.push_async_callback(self.audit.close)
        self.tasks = TaskOwner()
        self._strays = Strays(
            self.runners, self.switchboard, self.pbx.telephony, self.tasks, closing=lambda: self._closing
        )
        stack.push_async_callback(self._let_agents_go)
        stack.push_async_callback(self.tasks.close)
        self.ivr = self._open_ivr()
        self.tasks.spawn(relay.run(), "outbox relay")
        self.tasks.spawn(self.audit.run(), "audit keeper")
        self.tasks.spawn(PromiseKeeper(self.database, self.clock).run(), "promise keeper")
        self.recordings.catch_up()

    def _open_ivr(self) -> IvrDesk | None:
        flows = self.pbx.flows
        if flows is None:
            return None
        settings = self.settings
        most_bytes = settings.voice.sentences_mb * 1_000_000
        sentences = Sentences(flows.sounds, voices_of(settings.voice), most_bytes=most_bytes) if most_bytes else None
        desk = IvrDesk(
            database=self.database,
            gate=self.gate,
            clock=self.clock,
            entropy=self._entropy,
            sink=self.switchboard,
            shelf=Shelf(settings.ivr.flows_dir),
            sounds=SoundsOfFlows(
                folder=flows.sounds, in_asterisk=flows.asterisk_sounds, speak=sentences.speak if sentences else None
            ),
            caller_id_of=lambda campaign: campaign.caller_id or settings.trunks[campaign.trunk].caller_id,
            tasks=self.tasks,
            floors=self._floors,
            arrive=self._arrive,
            take_in=self.pbx.telephony.take_in,
            closed=self.switchboard.closed,
        )
        flows.agi.route("ivr", desk.on_call)
        flows.agi.route("inbound", desk.on_inbound)
        self.tasks.spawn(self._watch_flows(desk), "self-service flows")
        return desk

    def _floors(self) -> list[Campaign]:
        """The campaigns hosted here; first those that run, and of them those with agents."""
        floors = [runner.core.floor for runner in self.runners.values()]
        floors.sort(key=lambda floor: (floor.state is not CampaignState.RUNNING, len(floor.roster) == 0))
        return [floor.campaign for floor in floors]

    def _arrive(self, name: str, call: CallCameIn) -> bool:
        """A call came in for that campaign. Whether anybody is signed in there."""
        runner = self.runners[name]
        self.switchboard.placed(name, call.call_id)
        runner.post(call)
        return len(runner.core.floor.roster) > 0

    async def _watch_flows(self, desk: IvrDesk) -> None:
        """An edited flow is taken for new calls, a broken one is refused."""
        told: set[str] = set()
        while True:
            await asyncio.sleep(FLOWS_EVERY_S)
            refused = await asyncio.to_thread(desk.shelf.refresh)
            for name in refused.keys() - told:
                log.error("ivr.flow_refused", flow=name, findings=len(refused[name]))
            told = set(refused)

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

    def _audit_keeper(self) -> AuditKeeper:
        return AuditKeeper(
            self.database,
            self.clock,
            folder=self.settings.data_dir,
            recordings=self.settings.recordings_dir,
            settings=self.settings.audit,
            audio_age=timedelta(days=self.settings.amd.keep_audio_days),
            gate=self.gate,
            attempts=self.attempts,
            live=self._live_calls,
            cdr_file=self.pbx.cdr_file,
            trunks=[trunk.dial_string for trunk in self.settings.trunks.values()],
        )

    async def _live_calls(self) -> Collection[str]:
        return {channel.channel_id for channel in await self.pbx.telephony.live_channels()}

    async def _settle(self, relay: OutboxRelay) -> None:
        """Let everybody hear the last events."""
        await relay.drain()
        if isinstance(self.bus, MemoryBus):
            await self.bus.settle(SETTLE_S)

    async def _open_webhooks(self) -> None:
        if not self.settings.webhooks:
            return
        endpoints = [
            Endpoint(url=hook.url, secrets=tuple(hook.secrets), topics=tuple(hook.topics), name=name)
            for name, hook in self.settings.webhooks.items()
        ]
        sender = WebhookSender(endpoints, self.clock)
        sender.start()
        self._stack.push_async_callback(sender.close)
        self._stack.callback(self.bus.subscribe("#", sender.enqueue, name="webhooks"))

    async def _open_bus(self) -> EventBus:
        mqtt = self.settings.mqtt
        if not mqtt.host:
            memory = MemoryBus(queue_size=20_000)
            self._stack.push_async_callback(memory.close)
            return memory
        broker = Broker(host=mqtt.host, port=mqtt.port, username=mqtt.username, password=mqtt.password)
        bus = MqttBus(broker, self.clock, queue_size=20_000)
        bus.start()
        self._stack.push_async_callback(bus.close)
        return bus

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    # ------------------------------------------------------------------------------------- campaigns

    async def host(self, campaign: Campaign) -> CampaignRunner:
        """Run ``campaign`` from now on, beginning with what an earlier run left open. Raises ConfigurationError for
        a trunk that the settings do not name."""
        trunk = self._trunk(campaign)
        duties = self._duties(campaign)
        core = CampaignCore(
            campaign,
            trunk,
            entropy=self._entropy,
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
            attempts=self._log_for(trunk),
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
            if await self.campaigns.state(campaign.id) is CampaignState.RUNNING:
                runner.post(StartCampaign())
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
        self.command(name, StartCampaign() if starts else DrainCampaign())
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

    def _campaign_id(self, name: str) -> int | None:
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

    def _log_with(self, caller_id: str) -> AttemptLog:
        return SqlAttemptLog(self.database, self.gate, self.clock, entropy=self._entropy, caller_id=caller_id)

    def _log_for(self, trunk: Trunk) -> AttemptLog:
        """The log that tells the gate which number this trunk shows."""
        return self.attempts if trunk.caller_id == self._caller_id else self._log_with(trunk.caller_id)

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

    async def _let_agents_go(self) -> None:
        """Hang up the phones of agents who talk with nobody: nobody will call them before they sign in again."""
        seats = [seat for runner in self.runners.values() for seat in runner.core.floor.roster]
        try:
            for seat in seats:
                if seat.call_id is None:
                    await self.pbx.telephony.hang_up(seat.leg_id)
        except TelephonyError as exc:
            log.warning("agents.not_hung_up", error=exc.message)

    async def _on_campaign_changed(self, message: BusMessage) -> None:
        runner = self.runners.get(str(message.payload.get("campaign")))
        if runner is None or self._closing:
            return
        campaign, state = runner.campaign, CampaignState(str(message.payload["state"]))
        await self.campaigns.set_pacing(
            campaign.id, state, mode=campaign.mode, ratio=campaign.ratio, target=campaign.target_abandonment
        )

    async def _on_campaign_configured(self, message: BusMessage) -> None:
        runner = self.runners.get(str(message.payload.get("campaign")))
        if runner is not None:
            runner.post(Reconfigure(campaign=await self.campaigns.by_id(runner.campaign.id)))

    def command(self, name: str, order: StartCampaign | DrainCampaign | SetMode) -> None:
        """Give an order to a hosted campaign from inside the process."""
        self.runners[name].post(order)
