"""Self-service calls of a station: each gets its flow, a queue to its campaign's agents, and the house behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import structlog

from dialer.clock import Clock
from dialer.domain.campaign import Campaign
from dialer.domain.events import ServiceBegan
from dialer.domain.ids import CallId, new_call_id
from dialer.domain.phone import PhoneNumber
from dialer.engine.messages import CallCameIn
from dialer.engine.serving import INBOUND_FLOW
from dialer.errors import CadenciaError, InvalidPhoneNumber, TelephonyError
from dialer.ivr.call import SelfServiceCall
from dialer.ivr.keys import KeyBox
from dialer.ivr.line import AgiLine
from dialer.ivr.mouth import PlannedMouth
from dialer.ivr.voice import CallVoice, Speak
from dialer.pbx.agi import AgiSession
from dialer.ports import CallOver, ServedCall, ServiceMode, ServiceNews
from dialer.provision.ivr_sounds import FolderLibrary
from dialer.self_service.ears import IvrEars
from dialer.self_service.facts import ServedCaller, call_facts, people_of, slots_for, zone_of
from dialer.self_service.house import StoreHouse
from dialer.self_service.queue import CallQueue, Sink
from dialer.store.database import Database
from dialer.store.facts import Gate
from dialer.store.local_day import zones_of
from dialer.store.self_service import ServedPerson, read_person
from dialer.task_owner import TaskOwner
from ivr_flows.actions import Outcome
from ivr_flows.facts import AnsweredBy
from ivr_flows.findings import Finding
from ivr_flows.shelf import Shelf
from ivr_flows.spoken.sound_plan import SoundPlan
from ivr_flows.state import State

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Served:
    """A call from the moment that it is expected until it is over."""

    call: ServedCall | None
    queue: CallQueue
    keys: KeyBox = field(default_factory=KeyBox)
    caller: ServedCaller | None = None
    house: StoreHouse | None = None
    flow: SelfServiceCall | None = None
    on_line: bool = False
    ended: bool = False


class Telephone(Protocol):
    """What of ``dialer.ports.Telephony`` is used here."""

    @property
    def connected(self) -> bool: ...

    def take_in(self, call_id: CallId, channel_id: str, name: str) -> None: ...

    def hear_keys(self, call_id: CallId, heard: Callable[[str], None] | None) -> None: ...

    async def stop_playing(self, call_id: CallId) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundsOfFlows:
    """``folder``: as this process sees it; ``in_asterisk``: as Asterisk does. ``speak`` as of ``Sentences``."""

    folder: Path
    in_asterisk: str
    speak: Speak | None = None


@dataclass(slots=True, kw_only=True)
class IvrDesk:
    """``dialer.ports.SelfService``. ``caller_id_of`` is the number that a campaign's calls show, and that is told as
    the one to call back. ``floors`` are the campaigns that this station hosts, those that run first; ``arrive`` tells
    one of them of a call, and whether somebody is signed in there; ``closed`` says that an inbound call is over."""

    database: Database
    gate: Gate
    clock: Clock
    entropy: Callable[[int], bytes]
    sink: Sink
    shelf: Shelf
    sounds: SoundsOfFlows
    caller_id_of: Callable[[Campaign], str]
    tasks: TaskOwner
    floors: Callable[[], Sequence[Campaign]]
    arrive: Callable[[str, CallCameIn], bool]
    telephone: Telephone
    closed: Callable[[CallId], None]
    ears: IvrEars | None = None
    #: Flows whose text is broken now, and what is wrong with them: new calls get the text before.
    refused: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    _calls: dict[CallId, Served] = field(default_factory=dict)
    _voice: CallVoice | None = None
    _slots_in_turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def expect(self, call: ServedCall) -> None:
        known = self._calls.get(call.call_id)
        if known is not None and _done_with(known, call):  # an agent had them since, and sends them to a flow anew
            self.tasks.spawn(_put_away(known), "self-service before an agent")
            known = None
        if known is None:
            queue = CallQueue(call.call_id, self.sink, self.clock)
            self._calls[call.call_id] = Served(call=call, queue=queue)

    def tell(self, call_id: CallId, news: ServiceNews) -> None:
        served = self._calls.get(call_id)
        if served is None:
            return
        served.queue.tell(news)
        if isinstance(news, CallOver):
            served.ended = True
            if not served.on_line:
                self.tasks.spawn(self._close(call_id, served), "self-service call")

    @property
    def live(self) -> int:
        return len(self._calls)

    def where(self, number: str) -> State | None:
        """Where the flow of the call with this number (E.164) is; None while there is none."""
        for served in self._calls.values():
            if served.flow is not None and served.call is not None and served.call.number == number:
                return served.flow.state
        return None

    async def watch_flows(self, every_s: float) -> None:
        """Take edited flows for new calls, as long as this runs."""
        while True:
            await asyncio.sleep(every_s)
            refused = await asyncio.to_thread(self.shelf.refresh)
            for name in refused.keys() - self.refused.keys():
                log.error("ivr.flow_refused", flow=name, findings=len(refused[name]))
            for name in self.refused.keys() - refused.keys():
                log.info("ivr.flow_mended", flow=name)
            self.refused = refused

    async def on_call(self, session: AgiSession) -> None:
        """A call that the engine has sent here. One that nobody announced goes back to the dialplan."""
        call_id = CallId(session.request.query.get("call_id", ""))
        served = self._calls.get(call_id)
        if served is None or served.ended:
            log.warning("ivr.call_unknown", call_id=call_id)
            return
        if served.flow is None and served.call is not None:
            await self._prepare(served, served.call)
        await self.play(session, call_id, served)

    async def play(self, session: AgiSession, call_id: CallId, served: Served) -> None:
        """Play a prepared call's flow on this line."""
        if served.flow is None:
            return
        served.on_line = True
        served.keys.forget()
        self.telephone.hear_keys(call_id, served.keys.press)
        line = AgiLine(
            session,
            self.sounds.in_asterisk,
            served.keys,
            stop=lambda: self._stop_playing(call_id),
            told=lambda: self.telephone.connected,
        )
        try:
            self.sink(ServiceBegan(at=self.clock.now(), monotonic=self.clock.monotonic(), call_id=call_id))
            await served.flow.serve(line)
            end = served.flow.end
            if end is not None and end.outcome is Outcome.AGENT and served.house is not None:
                await served.house.talked_with_agent()
        finally:
            served.on_line = False
            self.telephone.hear_keys(call_id, None)
            if served.ended:
                await self._close(call_id, served)

    def _stop_playing(self, call_id: CallId) -> None:
        async def told() -> None:
            try:
                await self.telephone.stop_playing(call_id)
            except TelephonyError as exc:  # the call has just ended
                log.info("ivr.not_stopped", call_id=call_id, code=exc.code)

        self.tasks.spawn(told(), "self-service playing")

    async def _close(self, call_id: CallId, served: Served) -> None:
        self._calls.pop(call_id, None)
        if self.ears is not None:
            self.ears.forget(call_id)
        await _put_away(served)
        if served.call is None:
            self.closed(call_id)

    async def on_inbound(self, session: AgiSession) -> None:
        """A call that comes in from a carrier. Whom the flow cannot take hears from the dialplan who we are."""
        campaigns = self.floors()
        if not campaigns:
            return
        now = self.clock.now()
        call_id = new_call_id(now, self.entropy(10))
        number = _e164(session.request.headers.get("agi_callerid", ""), {each.country for each in campaigns})
        people = await self.database.read(people_of, number=number) if number else ()
        hosted = {each.id: each for each in campaigns}
        campaign = next((hosted[each.campaign.id] for each in people if each.campaign.id in hosted), campaigns[0])
        caller = ServedCaller(
            call_id=call_id, mode=ServiceMode.INBOUND, number=number, flow=INBOUND_FLOW, people=people
        )
        person = caller.only
        language = (person.language if person is not None else "") or campaign.language
        served = Served(call=None, queue=CallQueue(call_id, self.sink, self.clock))
        for name, value in (("CADENCIA_CALL_ID", call_id), ("CADENCIA_LANG", language)):
            await session.set_variable(name, value)
        self._calls[call_id] = served
        self.telephone.take_in(call_id, session.request.uniqueid, session.request.headers.get("agi_channel", ""))
        arrived = CallCameIn(
            call_id=call_id, debtor_id=person.debtor_id if person else 0, number=number, language=language
        )
        agents = self.arrive(campaign.name, arrived)
        country = person.country if person is not None else campaign.country
        await self.open(served, caller, campaign=campaign, language=language, country=country, agents=agents)
        if person is not None and served.house is not None:
            await served.house.call_began(person)
        await self.play(session, call_id, served)

    async def _prepare(self, served: Served, call: ServedCall) -> None:
        person = await self.database.read(read_person, call.debtor_id, call.campaign_id)
        if person is None:
            return
        caller = ServedCaller(
            call_id=call.call_id, mode=call.mode, number=call.number, flow=call.flow, people=(person,)
        )
        if call.identified:
            caller.who = person
        campaign = person.campaign
        await self.open(
            served,
            caller,
            campaign=campaign,
            language=call.language,
            country=person.country,
            agents=call.agents,
            answered_by=AnsweredBy.MACHINE if call.machine else AnsweredBy.PERSON,
            limited_wording=call.wording,
        )

    async def open(
        self,
        served: Served,
        caller: ServedCaller,
        *,
        campaign: Campaign,
        language: str,
        country: str,
        agents: bool,
        answered_by: AnsweredBy = AnsweredBy.PERSON,
        limited_wording: str = "limited-content",
    ) -> None:
        """Choose the flow and everything it needs. Raises UnknownFlow, InvalidFlow."""
        person = caller.only
        where = zone_of(person) if person is not None else zones_of(country)[0]
        facts = call_facts(
            caller,
            campaign=campaign,
            language=language,
            country=country,
            callback=self.caller_id_of(campaign),
            now=self.clock.now(),
            zone=where,
            agents=agents,
            answered_by=answered_by,
            limited_wording=limited_wording,
            speech=self.ears is not None and self.ears.understands(language),
        )
        player = self.shelf.player(caller.flow)
        plan = SoundPlan(FolderLibrary(self.sounds.folder), player.flows.catalogue.text)
        mouth = PlannedMouth(plan, country=country, zone=where, voice=self._voice_of_calls())
        served.caller = caller
        served.house = StoreHouse(caller, self.database, self.gate, self.clock, self.entropy)
        file = await served.house.file(caller.who) if caller.who is not None else None
        ear = self.ears.open(CallId(caller.call_id), country, served.keys.wake) if self.ears is not None else None
        served.flow = SelfServiceCall(
            player, facts, house=served.house, queue=served.queue, mouth=mouth, file=file, ear=ear
        )

        if person is not None:
            self.tasks.spawn(self._learn_slots(served.flow, person, campaign), "call-back times")

    async def _learn_slots(self, flow: SelfServiceCall, person: ServedPerson, campaign: Campaign) -> None:
        """While the call is being greeted: the gate is asked about many times, and one call after the other."""
        async with self._slots_in_turn:
            if flow.over:
                return
            try:
                slots = await self.database.read(
                    slots_for, person, self.gate, self.clock.now(), self.caller_id_of(campaign)
                )
            except CadenciaError as exc:
                log.warning("ivr.slots_not_known", code=exc.code)
                return
            flow.learn_slots(slots)

    def _voice_of_calls(self) -> CallVoice | None:
        if self._voice is None and self.sounds.speak is not None:
            self._voice = CallVoice(self.sounds.speak)
            self.tasks.spawn(self._voice.run(), "voice of calls")
        return self._voice


def _done_with(known: Served, call: ServedCall) -> bool:
    """Whether what was played of this call before has nothing to do with what it is sent here for now."""
    changed = known.call is not None and call.identified and not known.call.identified
    return changed or (known.flow is not None and known.flow.over)


async def _put_away(served: Served) -> None:
    if served.flow is not None:
        await served.flow.abandon()
    if served.house is not None:
        await served.house.call_over()


def _e164(shown: str, countries: Iterable[str]) -> str:
    """A caller's number, however the carrier writes it; empty where it is none."""
    for country in sorted(countries):
        for text in (shown, f"+{shown.lstrip('+')}"):
            try:
                return PhoneNumber.parse(text, country).e164
            except InvalidPhoneNumber:
                continue
    return ""
