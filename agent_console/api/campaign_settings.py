"""Campaigns as configured: made, copied, changed. What runs now is in ``campaigns``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, Response, status

from agent_console.api.wiring import FromRooms
from agent_console.etags import matches, text_etag
from agent_console.ports_campaigns import CampaignChoices, CampaignSetup, LastHour
from agent_console.schemas_campaigns import CampaignFull, CampaignRow, CampaignRows, CampaignSettings, NewCampaign
from dialer.domain.campaign import SETTLED_AT_START, Campaign, CampaignState
from dialer.errors import Changed

router = APIRouter(tags=["campaigns"])


@router.get("/campaign-settings")
async def list_settings(rooms: FromRooms) -> CampaignRows:
    """Every campaign in short, with what its schedule does next."""
    found = await rooms.context.campaigns.setups()
    return CampaignRows(
        campaigns=[
            CampaignRow(
                name=each.campaign.name,
                state=each.state,
                mode=each.campaign.mode,
                creditor=each.campaign.creditor,
                country=each.campaign.country,
                trunk=each.campaign.trunk,
                target_abandonment=each.campaign.target_abandonment,
                next_at=each.next_at,
                next_starts=each.next_starts,
            )
            for each in found
        ]
    )


@router.get("/campaign-choices")
async def choices(rooms: FromRooms) -> CampaignChoices:
    """What settings may be chosen from: trunks, rule packs, flows, countries."""
    return await rooms.context.campaigns.choices()


@router.post("/campaigns", status_code=status.HTTP_201_CREATED)
async def create(body: NewCampaign, response: Response, rooms: FromRooms) -> CampaignFull:
    """Make a campaign, stopped and without debtors."""
    room = rooms.context.campaigns
    base = Campaign(id=0, name=body.name)
    if body.copy_of is not None:
        base = replace((await room.setup(body.copy_of)).campaign, id=0, name=body.name)
    wanted = base if body.settings is None else body.settings.campaign(base)
    return _answer(await room.create(wanted), response)


@router.get("/campaigns/{name}/settings")
async def read(name: str, response: Response, rooms: FromRooms) -> CampaignFull:
    """All settings. The ETag, sent back as If-Match, is needed to change them."""
    return _answer(await rooms.context.campaigns.setup(name), response)


@router.put("/campaigns/{name}/settings")
async def change(
    name: str,
    body: CampaignSettings,
    response: Response,
    rooms: FromRooms,
    if_match: Annotated[str, Header(max_length=200)],
) -> CampaignFull:
    """Replace all settings, where nobody else has changed them since they were read. The engine goes on with them
    within a second; of ``restart``, once it is started anew."""
    before = await rooms.context.campaigns.setup(name)
    if not matches(if_match, _tag(before)):
        raise Changed
    wanted = body.campaign(before.campaign)
    setup = await rooms.context.campaigns.change(wanted, before.campaign)
    late = sorted(each for each in SETTLED_AT_START if getattr(wanted, each) != getattr(before.campaign, each))
    waits = before.state is not CampaignState.STOPPED or rooms.live.state(name) is not None
    return _answer(setup, response, late if waits else [])


@router.get("/campaigns/{name}/last-hour")
async def last_hour(name: str, rooms: FromRooms) -> LastHour:
    """How the campaign's calls of the last hour went, by the log: answers, people, and how long they waited."""
    return await rooms.context.campaigns.last_hour(name)


def _answer(setup: CampaignSetup, response: Response, restart: list[str] | None = None) -> CampaignFull:
    response.headers["etag"] = _tag(setup)
    return CampaignFull.of(setup, restart)


def _tag(setup: CampaignSetup) -> str:
    return text_etag(CampaignSettings.of(setup.campaign).model_dump_json().encode())
