"""The call in hand, from the agent's desk: hold, keys, mute, announcements, and whoever else is brought into it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator

from agent_console.api.wiring import FromRooms, Rooms
from agent_console.schemas import AgentIdText, Body, CallIdText, Done
from agent_console.seat import required_seat
from dialer.domain.agent import AgentState
from dialer.domain.talk import LONGEST_LABEL, MOST_KEYS, TalkVerb

router = APIRouter(prefix="/desk/call", tags=["desk"])


class CallVerb(StrEnum):
    """What needs nothing but the call."""

    HOLD = "hold"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"
    COMPLETE = "complete"  #: leave the debtor to whoever was consulted
    CONFERENCE = "conference"
    CANCEL = "cancel"  #: back to the debtor alone; from the consulted agent: leave
    TO_IVR = "to-ivr"  #: the debtor, whom the agent has identified, makes a promise by themselves


class OnCall(Body):
    """``call_id``: the call that is meant. Refused where the agent has another one by now."""

    call_id: CallIdText


class KeysIn(OnCall):
    """``digits`` are pressed towards the debtor's side, one after the other."""

    digits: str = Field(pattern=r"^[0-9*#]+$", max_length=MOST_KEYS)


class AnnounceIn(OnCall):
    """Said to both: that the call may be ``recording``, or the ``disclosure`` that the law wants."""

    notice: Literal["recording", "disclosure"]


class TargetIn(OnCall):
    """An ``agent`` who is ready, or a ``number`` by the name under which the campaign lists it."""

    agent: AgentIdText | None = None
    number: str | None = Field(default=None, min_length=1, max_length=LONGEST_LABEL)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.agent is None) == (self.number is None):
            raise ValueError("name an agent or a number of the campaign's list, and not both")
        return self


class ReadyAgent(BaseModel):
    id: str
    name: str


class ListedNumber(BaseModel):
    name: str
    number: str


class Targets(BaseModel):
    """To whom the call can be given at this moment."""

    agents: list[ReadyAgent]
    numbers: list[ListedNumber]


@router.get("/targets")
async def targets(request: Request, rooms: FromRooms) -> Targets:
    seat = required_seat(request, rooms)
    here, _ = rooms.live.whereabouts(seat.campaign, seat.agent_id)
    campaign = await rooms.campaign(here)
    state = rooms.live.state(here)
    ready = [
        ReadyAgent(id=agent.id, name=agent.name or agent.id)
        for agent in (state.agents if state is not None else ())
        if agent.state is AgentState.READY and agent.id != seat.agent_id
    ]
    numbers = [ListedNumber(name=name, number=number) for name, number in sorted(campaign.transfer_numbers.items())]
    return Targets(agents=sorted(ready, key=lambda one: one.name.casefold()), numbers=numbers)


@router.post("/keypad")
async def keypad(body: KeysIn, request: Request, rooms: FromRooms) -> Done:
    return await _order(rooms, request, TalkVerb.KEYPAD, body, digits=body.digits)


@router.post("/announce")
async def announce(body: AnnounceIn, request: Request, rooms: FromRooms) -> Done:
    return await _order(rooms, request, TalkVerb.ANNOUNCE, body, notice=body.notice)


@router.post("/transfer")
async def transfer(body: TargetIn, request: Request, rooms: FromRooms) -> Done:
    """At once. Whoever cannot be reached gives the debtor back."""
    return await _order(rooms, request, TalkVerb.TRANSFER, body, to_agent=body.agent, to_number=body.number)


@router.post("/consult")
async def consult(body: TargetIn, request: Request, rooms: FromRooms) -> Done:
    """The debtor is on hold while the agent talks with somebody else. Then complete, conference or cancel."""
    return await _order(rooms, request, TalkVerb.CONSULT, body, to_agent=body.agent, to_number=body.number)


@router.post("/{verb}")
async def act(verb: CallVerb, body: OnCall, request: Request, rooms: FromRooms) -> Done:
    return await _order(rooms, request, TalkVerb(verb.value), body)


async def _order(rooms: Rooms, request: Request, verb: TalkVerb, body: OnCall, **more: str | None) -> Done:
    seat = required_seat(request, rooms)
    given = {name: value for name, value in more.items() if value is not None}
    await rooms.commands.send(
        seat.campaign, f"call.{verb.value}", agent_id=seat.agent_id, call_id=body.call_id, **given
    )
    return Done()
