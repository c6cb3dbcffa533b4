"""The agent's desk. Who sits here is in a signed cookie, so a reload loses nothing and nobody acts for another."""

from __future__ import annotations

from enum import StrEnum

from fastapi import APIRouter, Request, Response

from agent_console.api.wiring import FromRooms, Rooms
from agent_console.cookies import DESK, CookieJar
from agent_console.live_state import LiveAgent
from agent_console.ports import DebtorCard
from agent_console.schemas import DeskAgent, DeskSignIn, DeskState, DispositionIn, Done
from agent_console.who import person_of, who_of
from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.errors import CommandRefused, NoAgentId, NotSignedIn

router = APIRouter(prefix="/desk", tags=["desk"])

NOT_THERE = "agent-not-signed-in"  #: the engine's word for an agent it does not know


class DeskVerb(StrEnum):
    READY = "ready"
    PAUSE = "pause"  #: during a call it takes effect when the call is over
    HANG_UP = "hang-up"
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
        return DeskState(
            now=now, desk=None, campaign=None, agent=None, card=None, wrap_up_s=None, preview_s=None, dispositions=[]
        )
    here, agent = rooms.live.whereabouts(seat.campaign, seat.agent_id)
    campaign = await rooms.campaign(here)
    return DeskState(
        now=now,
        desk=seat,
        campaign=here,
        agent=agent,
        card=await _card(here, agent, rooms),
        wrap_up_s=campaign.wrap_up_s,
        preview_s=campaign.preview_s,
        dispositions=list(campaign.dispositions),
    )


@router.post("/sign-in")
async def sign_in(body: DeskSignIn, request: Request, response: Response, rooms: FromRooms) -> DeskAgent:
    """Rings the agent's phone. The desk is theirs once it is answered; until then the state is ``connecting``."""
    person = person_of(request)
    if person.agent_id is None:
        raise NoAgentId
    campaign = await rooms.campaign(body.campaign)
    also = [(await rooms.campaign(name)).name for name in body.also if name != body.campaign]
    if not (body.take_over and rooms.live.whereabouts(campaign.name, person.agent_id)[1]):
        await rooms.commands.send(
            campaign.name,
            "agent.sign_in",
            agent_id=person.agent_id,
            name=person.name,
            dial_string=body.phone,
            also=also,
        )
    seat = DeskAgent(campaign=campaign.name, agent_id=person.agent_id, name=person.name, phone=body.phone)
    CookieJar(rooms.context, DESK).put(request, response, seat.model_dump())
    return seat


@router.post("/sign-out")
async def sign_out(request: Request, response: Response, rooms: FromRooms) -> Done:
    """Leaves the desk, also where the engine no longer knows the agent."""
    seat = _required_seat(request, rooms)
    try:
        await rooms.commands.send(seat.campaign, "agent.sign_out", agent_id=seat.agent_id)
    except CommandRefused as refused:
        if refused.details.get("code") != NOT_THERE:
            raise
    CookieJar(rooms.context, DESK).clear(request, response)
    return Done()


@router.post("/disposition")
async def disposition(body: DispositionIn, request: Request, rooms: FromRooms) -> Done:
    """What came of the conversation. Only for the call that is this agent's now."""
    seat = _required_seat(request, rooms)
    here, agent = rooms.live.whereabouts(seat.campaign, seat.agent_id)
    campaign = await rooms.campaign(here)
    if body.code not in campaign.dispositions:
        raise CommandRefused("This campaign has no such disposition.", code="unknown-disposition")
    if agent is None or agent.call_id != body.call_id:
        raise CommandRefused("This call is no longer yours.", code="not-your-call")
    await rooms.commands.send(
        here,
        "agent.disposition",
        agent_id=seat.agent_id,
        call_id=body.call_id,
        code=body.code,
        notes=body.notes,
    )
    return Done()


@router.post("/{verb}")
async def act(verb: DeskVerb, request: Request, rooms: FromRooms) -> Done:
    seat = _required_seat(request, rooms)
    await rooms.commands.send(seat.campaign, verb.command, agent_id=seat.agent_id)
    return Done()


def seat_of(request: Request, rooms: Rooms) -> DeskAgent | None:
    """The desk that this browser sits at, if it is that of who is signed in."""
    person = who_of(request).person
    value = CookieJar(rooms.context, DESK).read(request)
    seat = DeskAgent.model_validate(value) if value else None
    return seat if seat is not None and person is not None and seat.agent_id == person.agent_id else None


def _required_seat(request: Request, rooms: Rooms) -> DeskAgent:
    seat = seat_of(request, rooms)
    if seat is None:
        raise NotSignedIn()
    return seat


def call_in_hand(campaign: str, agent: LiveAgent | None, rooms: Rooms) -> str | None:
    """The call whose debtor this agent may see: on the line, in wrap-up, or shown for a preview."""
    state = rooms.live.state(campaign)
    if state is None or agent is None or agent.call_id is None:
        return None
    if agent.state is AgentState.RESERVED and state.mode is not DialMode.PREVIEW:
        return None  # nobody is on the line yet
    return agent.call_id


async def _card(campaign: str, agent: LiveAgent | None, rooms: Rooms) -> DebtorCard | None:
    call_id = call_in_hand(campaign, agent, rooms)
    return None if call_id is None else await rooms.context.queries.debtor_card(call_id, rooms.context.clock.now())
