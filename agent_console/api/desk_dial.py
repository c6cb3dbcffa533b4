"""Calls by hand: finding a debtor of the agent's own campaigns, asking whether they may be called, calling them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, status

from agent_console.api.wiring import FromRooms, Rooms
from agent_console.call_backs import promise_call_back
from agent_console.ports_desk import Answered
from agent_console.schemas_compliance import CallPlaced, Moment
from agent_console.schemas_desk import (
    CallBackAsked,
    CallBackMade,
    DeskAgent,
    DialIn,
    FoundDebtors,
    MayCallIn,
    PausesNow,
    SearchIn,
)
from agent_console.seat import call_in_hand, own_campaigns, required_seat
from dialer.errors import CommandRefused, NotYourDebtor

router = APIRouter(tags=["desk"])

PAUSES_SHOWN = timedelta(hours=12)


@router.post("/desk/search")
async def search(body: SearchIn, request: Request, rooms: FromRooms) -> FoundDebtors:
    """Debtors of the campaigns that the agent works for. What they owe is not told before they are on the line."""
    seat = required_seat(request, rooms)
    return FoundDebtors(debtors=list(await rooms.context.desk.search(own_campaigns(seat), body.text)))


@router.post("/desk/may-call")
async def may_call(body: MayCallIn, request: Request, rooms: FromRooms) -> Answered:
    """What the rules say of a call then, in words, and when they allow one."""
    seat = required_seat(request, rooms)
    campaign = await _campaign_of(body.debtor, seat, rooms)
    at = body.at or rooms.context.clock.now()
    return await rooms.context.desk.may_call(campaign, body.debtor, phone_id=body.phone, at=at, language=body.lang)


@router.post("/desk/dial", status_code=status.HTTP_201_CREATED)
async def dial(body: DialIn, request: Request, rooms: FromRooms) -> CallPlaced:
    """Call a debtor by hand. A denial has ``sentences``, ``reasons`` and ``next_allowed_at``."""
    seat = required_seat(request, rooms)
    campaign = await _campaign_of(body.debtor, seat, rooms)
    room = rooms.context.desk
    arguments: dict[str, object] = {"agent_id": seat.agent_id, "debtor_id": body.debtor}
    if body.phone is not None:
        arguments["number"] = await room.number(body.debtor, body.phone)
    try:
        answer = await rooms.commands.send(campaign, "agent.dial", **arguments)
    except CommandRefused as refused:
        if refused.details.get("code") != "denied":
            raise
        now = rooms.context.clock.now()
        said = await room.may_call(campaign, body.debtor, phone_id=body.phone, at=now, language=body.lang)
        raise CommandRefused(
            refused.message, **{**refused.details, "sentences": [] if said.allowed else list(said.sentences)}
        ) from refused
    return CallPlaced(call_id=str(answer["call_id"]))


@router.post("/desk/call-back", status_code=status.HTTP_201_CREATED)
async def call_back(body: CallBackAsked, request: Request, rooms: FromRooms) -> CallBackMade:
    """Promise a debtor a call who was found and may not be called now."""
    seat = required_seat(request, rooms)
    campaign = await _campaign_of(body.debtor, seat, rooms)
    return CallBackMade(at=await promise_call_back(body, campaign, body.debtor, seat, rooms, language=body.lang))


@router.get("/campaigns/{name}/pauses")
async def pauses(
    name: Annotated[str, Path(max_length=64)],
    rooms: FromRooms,
    since: Annotated[Moment | None, Query()] = None,
) -> PausesNow:
    """The breaks of a campaign's agents by reason, that began from ``since`` (twelve hours ago) on."""
    campaign = await rooms.campaign(name)
    now: datetime = rooms.context.clock.now()
    begin = since or now - PAUSES_SHOWN
    return PausesNow(since=begin, until=now, pauses=list(await rooms.context.desk.pauses(campaign.name, begin, now)))


async def _campaign_of(debtor_id: int, seat: DeskAgent, rooms: Rooms) -> str:
    """Of the debtor on their call, the campaign that they work for now; else that of their own which has the debtor.
    Raises NotYourDebtor."""
    here, agent = rooms.live.whereabouts(seat.campaign, seat.agent_id)
    call_id = call_in_hand(here, agent, rooms)
    party = None if call_id is None else await rooms.context.queries.call_party(call_id)
    if party is not None and party.debtor_id == debtor_id:
        return here
    found = await rooms.context.desk.found(own_campaigns(seat), debtor_id)
    if found is None:
        raise NotYourDebtor
    return found.campaign
