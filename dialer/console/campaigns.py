"""The console's campaigns: made and changed in the store, checked against what this installation has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from phonenumbers import SUPPORTED_REGIONS

from agent_console.ports_campaigns import CampaignChoices, CampaignSetup, LastHour, TrunkChoice
from dialer.clock import Clock
from dialer.compliance.loader import packs_in_force
from dialer.compliance.zones import zone
from dialer.domain.campaign import Campaign, CampaignState
from dialer.errors import InvalidFlow, SettingsRefused, UnknownFlow
from dialer.settings import Settings
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.last_hour import calls_since
from dialer.store.local_day import zones_of
from ivr_flows.loader import shipped_flows
from ivr_flows.shelf import checked

HOUR = timedelta(hours=1)


class ConsoleCampaigns:
    """Implements ``agent_console.ports_campaigns.CampaignsRoom``."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._campaigns = Campaigns(database)
        self._clock = clock
        self._packs = frozenset(packs_in_force(settings.own_packs))
        self._settings = settings

    async def setup(self, name: str) -> CampaignSetup:
        campaign = await self._campaigns.get(name)
        return self._setup(campaign, await self._campaigns.state(campaign.id))

    async def setups(self) -> Sequence[CampaignSetup]:
        return [self._setup(each, await self._campaigns.state(each.id)) for each in await self._campaigns.all()]

    async def create(self, campaign: Campaign) -> CampaignSetup:
        self._check(campaign)
        made = await self._campaigns.create(campaign, self._clock.now())
        return self._setup(made, CampaignState.STOPPED)

    async def change(self, wanted: Campaign, seen: Campaign) -> CampaignSetup:
        self._check(wanted)
        await self._campaigns.change(wanted, seen, self._clock.now())
        return self._setup(wanted, await self._campaigns.state(wanted.id))

    async def last_hour(self, name: str) -> LastHour:
        until = self._clock.now()
        since = until - HOUR
        campaign = await self._campaigns.get(name)
        found = await self._database.read(calls_since, campaign.id, since)
        return LastHour(
            since=since,
            until=until,
            answer_rate=found.answered / found.dialed if found.dialed else None,
            **asdict(found),
        )

    async def choices(self) -> CampaignChoices:
        return CampaignChoices(
            trunks=tuple(
                TrunkChoice(
                    name=name,
                    dial_string=trunk.dial_string,
                    max_lines=trunk.max_lines,
                    calls_per_second=trunk.calls_per_second,
                    caller_id=trunk.caller_id,
                )
                for name, trunk in self._settings.trunks.items()
            ),
            packs=tuple(sorted(self._packs)),
            flows=tuple(self._flows()),
            countries=tuple(sorted(SUPPORTED_REGIONS)),
        )

    def _flows(self) -> list[str]:
        own = self._settings.ivr.flows_dir
        theirs = {path.stem for path in own.glob("*.yaml")} if own is not None and own.is_dir() else set()
        return sorted({*shipped_flows(), *theirs})

    def _setup(self, campaign: Campaign, state: CampaignState) -> CampaignSetup:
        where = zone(campaign.schedule.zone) or zones_of(campaign.country)[0]
        edge = campaign.schedule.next_edge(self._clock.now(), where)
        if edge is None:
            return CampaignSetup(campaign=campaign, state=state)
        return CampaignSetup(campaign=campaign, state=state, next_at=edge.at, next_starts=edge.starts)

    def _check(self, campaign: Campaign) -> None:
        """Refuse what this installation could not carry out."""
        wrong: list[dict[str, str]] = []

        def refuse(field: str, message: str) -> None:
            wrong.append({"field": field, "kind": "unknown", "message": message})

        if campaign.trunk not in self._settings.trunks:
            refuse("trunk", f"CADENCIA_TRUNKS names no trunk {campaign.trunk}.")
        if campaign.country not in SUPPORTED_REGIONS:
            refuse("country", f"{campaign.country} is no country.")
        if campaign.schedule.zone and zone(campaign.schedule.zone) is None:
            refuse("schedule.zone", f"There is no time zone {campaign.schedule.zone}.")
        if unknown := sorted(set(campaign.packs) - self._packs):
            refuse("packs", f"There is no rule pack {unknown[0]}.")
        if campaign.serves_itself and not self._plays(campaign.ivr_flow):
            refuse("ivr_flow", f"There is no flow {campaign.ivr_flow} that may be used. Look at: cadencia ivr validate")
        if wrong:
            raise SettingsRefused(fields=wrong)

    def _plays(self, name: str) -> bool:
        own = self._settings.ivr.flows_dir
        place = own / f"{name}.yaml" if own is not None and name in self._flows() else None
        try:
            checked(place if place is not None and place.is_file() else name)
        except (InvalidFlow, UnknownFlow):
            return False
        return True
