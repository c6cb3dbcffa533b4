"""The agent's desk. Who sits here is in a signed cookie, so a reload loses nothing and nobody acts for another."""

from __future__ import annotations

from enum import StrEnum

from fastapi import APIRouter, Request, Response

from agent_console.api.wiring import FromRooms
from agent_console.cookies import DESK, CookieJar
from agent_console.schemas import Done
from agent_console.schemas_desk import DeskAct, DeskAgent, DeskSignIn, DeskState
from agent_console.seat import call_in_hand, required_seat, seat_of
from agent_console.who import person_of, who_of
from dialer.errors import CommandRefused, NoAgentId

router = APIRouter(prefix="/desk", tags=["desk"])

BROWSER = "browser"  #: sits down at the telephone of this very browser
NOT_THERE = "agent-not-signed-in"  #: the engine's word for an agent it does not know


class DeskVerb(StrEnum):
    READY = "ready"
    PAUSE = "pause"  #: during a call it takes effect when the call is over
    HANG_UP = "hang-up"
    EXTEND_WRAP_UP = "extend-wrap-up"  #: once for each call
    PREVIEW_ACCEPT = "preview-accept"
    PREVIEW_SKIP = "preview-skip"

    @property
    def command(self) -> str:
        return "agent." + self.value.replace("-", "_")


@router.get("")
async def desk(request: Request, rooms: FromRooms) -> DeskState:
    seat = seat_of(request, rooms)
    now = rooms.context.clock.now()
    if seat is None:
        return DeskState(now=now)
    here, agent = rooms.live.whereabouts(seat.campaign, seat.agent_id)
    campaign = await rooms.campaign(here)
    call_id = call_in_hand(here, agent, rooms)
    room = rooms.context.desk
    live = rooms.live.state(here)
    logged = None if call_id is None else await rooms.context.queries.attempt(call_id)
    return DeskState(
        now=now,
        desk=seat,
        campaign=here,
        mode=campaign.mode if live is None else live.mode,
        agent=agent,
        card=None if call_id is None else await rooms.context.queries.debtor_card(call_id, now),
        help=None if call_id is None else await room.help(call_id, here, now),
        draft=None if call_id is None else await room.draft(seat.agent_id, call_id),
        written=None if logged is None else logged.row.disposition,
        wrap_up_s=campaign.wrap_up_s,
        wrap_up_extension_s=campaign.wrap_up_extension_s,
        preview_s=campaign.preview_s,
        dispositions=list(campaign.dispositions),
        pause_reasons=list(campaign.pause_reasons),
        messages=rooms.live.notes(seat.agent_id),
    )


@router.post("/sign-in")
async def sign_in(body: DeskSignIn, request: Request, response: Response, rooms: FromRooms) -> DeskAgent:
    """Rings the agent's phone. The desk is theirs once it is answered; until then the state is ``connecting``."""
    person = person_of(request)
    if person.agent_id is None:
        raise NoAgentId
    campaign = await rooms.campaign(body.campaign)
    dial_string = body.phone
    if dial_string == BROWSER:
        dial_string = rooms.context.phones.phone_of(who_of(request).session).dial_string
    also = [(await rooms.campaign(name)).name for name in body.also if name != body.campaign]
    if not (body.take_over and rooms.live.whereabouts(campaign.name, person.agent_id)[1]):
        await rooms.commands.send(
            campaign.name,
            "agent.sign_in",
            agent_id=person.agent_id,
            name=person.name,
            dial_string=dial_string,
            also=also,
        )
    seat = DeskAgent(campaign=campaign.name, agent_id=person.agent_id, name=person.name, phone=body.phone, also=also)
    CookieJar(rooms.context, DESK).put(request, response, seat.model_dump())
    return seat


@router.post("/sign-out")
async def sign_out(request: Request, response: Response, rooms: FromRooms) -> Done:
    """Leaves the desk, also where the engine no longer knows the agent."""
    seat = required_seat(request, rooms)
    try:
        await rooms.commands.send(seat.campaign, "agent.sign_out", agent_id=seat.agent_id)
    except CommandRefused as refused:
        if refused.details.get("code") != NOT_THERE:
            raise
    CookieJar(rooms.context, DESK).clear(request, response)
    return Done()


@router.post("/{verb}")
async def act(verb: DeskVerb, request: Request, rooms: FromRooms, body: DeskAct | None = None) -> Done:
    """A button of the desk. A pause has the ``reason`` that the agent chose from the campaign's list."""
    seat = required_seat(request, rooms)
    more: dict[str, object] = {}
    if body is not None and body.reason:
        here, _ = rooms.live.whereabouts(seat.campaign, seat.agent_id)
        if verb is not DeskVerb.PAUSE or body.reason not in (await rooms.campaign(here)).pause_reasons:
            raise CommandRefused("This campaign has no such reason for a break.", code="unknown-pause-reason")
        more["reason"] = body.reason
    await rooms.commands.send(seat.campaign, verb.command, agent_id=seat.agent_id, **more)
    return Done()
