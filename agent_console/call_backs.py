"""A call-back from the desk: the gate is asked before it is promised, so that nobody promises what is not allowed."""

from __future__ import annotations

from datetime import datetime

from agent_console.api.wiring import Rooms
from agent_console.schemas_desk import DeskAgent, DeskCallBack
from dialer.errors import CommandRefused


async def promise_call_back(
    asked: DeskCallBack, campaign: str, debtor_id: int, seat: DeskAgent, rooms: Rooms, *, language: str
) -> datetime:
    """Raises CommandRefused: ``time-has-passed``, or ``call-back-denied`` with what the rules say and when they allow
    it."""
    if asked.at <= rooms.context.clock.now():
        raise CommandRefused("Choose a time that is still to come.", code="time-has-passed")
    room = rooms.context.desk
    answer = await room.may_call(campaign, debtor_id, phone_id=asked.phone, at=asked.at, language=language)
    if not answer.allowed:
        later = answer.next_allowed_at
        raise CommandRefused(
            "The rules do not allow a call at that time.",
            code="call-back-denied",
            sentences=list(answer.sentences),
            reasons=list(answer.reasons),
            next_allowed_at=None if later is None else later.isoformat(),
        )
    arguments: dict[str, object] = {"debtor_id": debtor_id, "at": asked.at.isoformat()}
    if asked.mine:
        arguments["agent_id"] = seat.agent_id
    if asked.phone is not None:
        arguments["number"] = await room.number(debtor_id, asked.phone)
    await rooms.commands.send(campaign, "campaign.call_back", **arguments)
    return asked.at
