"""Whom an agent may see and write of: the debtor on their call, and nobody else."""

from __future__ import annotations

from fastapi import Request

from agent_console.api.wiring import Rooms
from agent_console.ports import CallParty
from agent_console.seat import call_in_hand, seat_of
from agent_console.who import who_of
from dialer.errors import NotYourDebtor


async def only_on_own_call(
    request: Request,
    rooms: Rooms,
    *,
    debtor: int | None = None,
    debt: int | None = None,
    number: str | None = None,
    call_id: str | None = None,
) -> None:
    """Of those that are given, every one must belong to the call that the agent has now, on the line, in wrap-up or
    shown for a preview. Supervisors, administrators and programs may see every debtor. Raises NotYourDebtor."""
    if not who_of(request).is_agent:
        return
    party = await _party(request, rooms)
    fits = party is not None and (
        debtor in (None, party.debtor_id)
        and (debt is None or debt in party.debts)
        and (number is None or number in party.numbers)
        and call_id in (None, party.call_id)
    )
    if not fits:
        raise NotYourDebtor


def only_as_oneself(request: Request, agent_id: str | None) -> None:
    """An agent acts for no other agent. Raises NotYourDebtor."""
    who = who_of(request)
    if who.is_agent and (who.person is None or agent_id != who.person.agent_id):
        raise NotYourDebtor("An agent acts under their own agent id, and no other.")


async def _party(request: Request, rooms: Rooms) -> CallParty | None:
    seat = seat_of(request, rooms)
    if seat is None:
        return None
    here, agent = rooms.live.whereabouts(seat.campaign, seat.agent_id)
    call_id = call_in_hand(here, agent, rooms)
    return None if call_id is None else await rooms.context.queries.call_party(call_id)
