"""The composition root: builds one process of Cadencia from its settings, and takes it down again in order.

This is the only room that knows every adapter. Start: data folder, database, bus, telephony, campaigns. Shutdown is
the reverse, so that everything decided is still carried out and written down.
"""

from __future__ import annotations

import gc
from collections.abc import Collection
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import version
from types import TracebackType
from typing import Self

import structlog

from dialer.bus.memory import MemoryBus
from dialer.bus.mqtt import Broker, MqttBus
from dialer.bus.relay import OutboxRelay
from dialer.bus.webhooks import Endpoint, WebhookSender
from dialer.clock import Clock, entropy
from dialer.compliance.gate import Gate
from dialer.compliance.rulebook import GateSettings
from dialer.detector_audio import DetectorAudio
from dialer.domain.campaign import Campaign
from dialer.ear_desk import EarDesk
from dialer.engine.crew import Crew
from dialer.engine.floor import Entropy
from dialer.engine.messages import DrainCampaign, PauseCampaign, SetMode, StartCampaign
from dialer.engine.runner import CampaignRunner
from dialer.engine.switchboard import Switchboard
from dialer.hosting import DRAIN_AT_MOST_S, Hosting
from dialer.installation import EngineLock, prepare_data_dir
from dialer.keepers.audit import AuditKeeper
from dialer.keepers.pacing import PacingKeeper
from dialer.keepers.presence import PresenceKeeper
from dialer.keepers.promise import PromiseKeeper
from dialer.keepers.recording import RecordingKeeper
from dialer.ports import AttemptLog, EventBus
from dialer.provision.ivr_sounds import Sentences, voices_of
from dialer.self_service.desk import IvrDesk, SoundsOfFlows
from dialer.settings import Settings
from dialer.store.call_backs import CallBacks
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.forecasts import Forecasts
from dialer.store.outbox import Outbox
from dialer.task_owner import TaskOwner
from dialer.telephone_side import Pbx, PbxMaker
from ivr_flows.shelf import Shelf

log = structlog.get_logger(__name__)

FLOWS_EVERY_S = 10.0
SETTLE_S = 5.0


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
        self.tasks = TaskOwner()
        self.ivr: IvrDesk | None = None
        self.hosting: Hosting

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
        self.gate = Gate.standing(settings.own_packs)
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
        self.hosting = self._hosting()
        self.attempts = self.hosting.log_of(self._caller_id())
        stack.callback(PacingKeeper(self.forecasts, self.hosting.campaign_id).start(self.bus))
        for topic, handler in (
            ("+/campaign.changed", self.hosting.on_campaign_changed),
            ("+/campaign.configured", self.hosting.on_campaign_configured),
        ):
            stack.callback(self.bus.subscribe(topic, handler, name=topic))
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
        stack.push_async_callback(self.hosting.let_agents_go)
        stack.push_async_callback(self.tasks.close)
        self.ivr = self.hosting.ivr = self._open_ivr()
        self._open_ears()
        self.tasks.spawn(relay.run(), "outbox relay")
        self.tasks.spawn(self.audit.run(), "audit keeper")
        self.tasks.spawn(PromiseKeeper(self.database, self.clock).run(), "promise keeper")
        self.recordings.catch_up()

    def _hosting(self) -> Hosting:
        return Hosting(
            settings=self.settings,
            clock=self.clock,
            entropy=self._entropy,
            database=self.database,
            gate=self.gate,
            campaigns=self.campaigns,
            call_backs=self.call_backs,
            forecasts=self.forecasts,
            bus=self.bus,
            pbx=self.pbx,
            switchboard=self.switchboard,
            crew=self.crew,
            tasks=self.tasks,
            runners=self.runners,
        )

    def _caller_id(self) -> str:
        """The one that every trunk shows; empty where they differ."""
        shown = {trunk.caller_id for trunk in self.settings.trunks.values()}
        return shown.pop() if len(shown) == 1 else ""

    def _open_ears(self) -> None:
        if self.pbx.ears is None:
            return
        desk = EarDesk(
            self.pbx.ears, self.bus, self.database, self.clock, self._entropy, self.tasks, self.hosting.seat_of
        )
        self._stack.callback(desk.start())

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
            floors=self.hosting.floors,
            arrive=self.hosting.arrive,
            telephone=self.pbx.telephony,
            closed=self.switchboard.closed,
            ears=flows.ears,
        )
        flows.agi.route("ivr", desk.on_call)
        flows.agi.route("inbound", desk.on_inbound)
        self.tasks.spawn(desk.watch_flows(FLOWS_EVERY_S), "self-service flows")
        return desk

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

    def dial_with(self, log: AttemptLog) -> None:
        """Campaigns hosted from now on write to ``log``, which goes on to ``attempts`` as it was."""
        self.attempts = log
        self.hosting.use_log(self._caller_id(), log)

    async def host(self, campaign: Campaign) -> CampaignRunner:
        """See ``Hosting.host``."""
        return await self.hosting.host(campaign)

    async def host_all(self) -> None:
        """See ``Hosting.host_all``."""
        await self.hosting.host_all()

    async def end_strays(self) -> bool:
        """See ``Strays.end``."""
        return await self.hosting.end_strays()

    async def drain(self, *, at_most_s: float = DRAIN_AT_MOST_S) -> bool:
        """See ``Hosting.drain``."""
        return await self.hosting.drain(at_most_s=at_most_s)

    def command(self, name: str, order: StartCampaign | PauseCampaign | DrainCampaign | SetMode) -> None:
        """Give an order to a hosted campaign from inside the process."""
        self.runners[name].post(order)
