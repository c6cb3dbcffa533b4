"""Who sits at this browser's desk, and which call is theirs."""

from __future__ import annotations

from fastapi import Request

from agent_console.api.wiring import Rooms
from agent_console.cookies import DESK, CookieJar
from agent_console.live_state import LiveAgent
from agent_console.schemas_desk import DeskAgent
from agent_console.who import who_of
from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.errors import NotSignedIn


def seat_of(request: Request, rooms: Rooms) -> DeskAgent | None:
    """The desk that this browser sits at, if it is that of who is signed in."""
    person = who_of(request).person
    value = CookieJar(rooms.context, DESK).read(request)
    seat = DeskAgent.model_validate(value) if value else None
    return seat if seat is not None and person is not None and seat.agent_id == person.agent_id else None


def required_seat(request: Request, rooms: Rooms) -> DeskAgent:
    """Raises NotSignedIn."""
    seat = seat_of(request, rooms)
    if seat is None:
        raise NotSignedIn()
    return seat


def own_campaigns(seat: DeskAgent) -> list[str]:
    """Those whose debtors the agent may call by hand."""
    return list(dict.fromkeys([seat.campaign, *seat.also]))


def call_in_hand(campaign: str, agent: LiveAgent | None, rooms: Rooms) -> str | None:
    """The call whose debtor this agent may see: on the line, in wrap-up, or shown for a preview."""
    state = rooms.live.state(campaign)
    if state is None or agent is None or agent.call_id is None:
        return None
    if agent.state is AgentState.RESERVED and state.mode is not DialMode.PREVIEW:
        return None  # nobody is on the line yet
    return agent.call_id
