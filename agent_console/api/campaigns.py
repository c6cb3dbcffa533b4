"""Campaigns: what they are, how they do, and the supervisor's controls."""

from __future__ import annotations

from datetime import UTC, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import AwareDatetime

from agent_console.api.wiring import FromRooms
from agent_console.etags import etag, matches
from agent_console.ports import CampaignView
from agent_console.schemas import BacklogNow, CalibrationNow, CampaignFloor, CampaignList, Done, ForecastBin, ModeChange
from agent_console.who import who_of
from dialer.errors import Changed

router = APIRouter(prefix="/campaigns", tags=["campaigns"])


class CampaignVerb(StrEnum):
    START = "start"
    PAUSE = "pause"  #: places nothing new until it is started again; everything in progress goes on
    DRAIN = "drain"  #: places nothing new; everything in progress ends by itself
    STOP = "stop"  #: also hangs up what has not been answered yet


@router.get("")
async def list_campaigns(request: Request, rooms: FromRooms) -> CampaignList:
    """All of them. An agent sees what they are, and not how they do."""
    campaigns = await rooms.context.queries.campaigns()
    is_agent = who_of(request).is_agent
    return CampaignList(
        now=rooms.context.clock.now(),
        campaigns=[CampaignFloor(campaign=c, live=None if is_agent else rooms.live.state(c.name)) for c in campaigns],
    )


@router.get("/{name}", responses={304: {"description": "It is still as the If-None-Match that was sent says."}})
async def one(
    name: str,
    response: Response,
    rooms: FromRooms,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> CampaignView:
    """A campaign as configured. Its ETag, sent back as If-Match, keeps a change from undoing somebody else's."""
    campaign = await rooms.campaign(name)
    tag = etag(campaign)
    if matches(if_none_match, tag):
        return Response(status_code=304, headers={"etag": tag})  # type: ignore[return-value]  # no body to check
    response.headers["etag"] = tag
    return campaign


@router.get("/{name}/backlog")
async def backlog(name: str, rooms: FromRooms) -> BacklogNow:
    """Where the campaign's debtors stand: half of the answer to "why is nobody being dialed?"."""
    campaign = await rooms.campaign(name)
    now = rooms.context.clock.now()
    return BacklogNow(now=now, backlog=await rooms.context.queries.backlog(campaign.name, now))


@router.get("/{name}/calibration")
async def calibration(name: str, rooms: FromRooms, since: AwareDatetime | None = None) -> CalibrationNow:
    """Did the pacer's forecasts come true, from ``since`` (a day ago) to now?"""
    campaign = await rooms.campaign(name)
    now = rooms.context.clock.now()
    begin = now - timedelta(days=1) if since is None else since.astimezone(UTC)
    found = await rooms.context.queries.calibration(campaign.name, begin)
    return CalibrationNow(
        since=begin,
        until=now,
        people=found.people,
        abandoned=found.abandoned,
        whole=ForecastBin.of(found.whole),
        bins=[ForecastBin.of(one) for one in found.bins],
    )


@router.put("/{name}/mode")
async def set_mode(
    name: str,
    change: ModeChange,
    rooms: FromRooms,
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Done:
    """With ``If-Match``, only where the campaign is still as it was read."""
    campaign = await rooms.campaign(name)
    if if_match is not None and not matches(if_match, etag(campaign)):
        raise Changed
    arguments: dict[str, object] = {"mode": change.mode.value}
    if change.ratio is not None:
        arguments["ratio"] = change.ratio
    if change.target is not None:
        arguments["target"] = change.target
    await rooms.commands.send(campaign.name, "campaign.set_mode", **arguments)
    return Done()


@router.post("/{name}/{verb}")
async def command(name: str, verb: CampaignVerb, rooms: FromRooms) -> Done:
    campaign = await rooms.campaign(name)
    await rooms.commands.send(campaign.name, f"campaign.{verb.value}")
    return Done()
