"""What came of a call: written down in one step with what belongs to it, and kept as a draft until then."""

from __future__ import annotations

import hashlib

import orjson
from fastapi import APIRouter, Request

from agent_console.api.wiring import FromRooms, Rooms
from agent_console.call_backs import promise_call_back
from agent_console.ports_promises import PromiseAsked, PromiseView
from agent_console.schemas_desk import DeskAgent, DeskPromise, DispositionIn, DraftIn, DraftKept, Written
from agent_console.seat import call_in_hand, required_seat
from agent_console.who import person_of
from dialer.domain.card_numbers import has_card_number
from dialer.domain.promise import Instalment
from dialer.errors import CardNumberRefused, CommandRefused, InputError, NotYourDebtor

router = APIRouter(prefix="/desk", tags=["desk"])

PROMISED = "PTP"
#: After these nobody calls, so nobody can have promised to.
FINAL = frozenset(
    {"PTP", "PAID", "DO_NOT_CALL", "DECEASED", "CEASE", "ATTORNEY", "BANKRUPTCY", "MORATORIUM", "DISPUTE"}
)


@router.post("/disposition")
async def disposition(body: DispositionIn, request: Request, rooms: FromRooms) -> Written:
    """What came of the conversation, with the promise or the call-back that it ended in. Only for the call that is this
    agent's now; the same word again, the button pressed twice say, is answered and changes nothing.

    A call-back that the rules do not allow then is the problem ``call-back-denied``, with ``sentences`` and
    ``next_allowed_at``; a promise beyond the terms ``promise-refused`` with ``objections``. Nothing is recorded then.
    """
    seat = required_seat(request, rooms)
    here, agent = rooms.live.whereabouts(seat.campaign, seat.agent_id)
    campaign = await rooms.campaign(here)
    if body.code not in campaign.dispositions:
        raise CommandRefused("This campaign has no such disposition.", code="unknown-disposition")
    if has_card_number(body.notes):
        raise CardNumberRefused
    if body.promise is not None and body.code != PROMISED:
        raise InputError("A promise belongs to the disposition PTP.")
    if body.call_back is not None and body.code in FINAL:
        raise InputError("After this disposition nobody calls back.")
    if agent is None or agent.call_id != body.call_id:
        if await _is_written(body, seat, rooms):
            return Written(repeated=True)
        raise CommandRefused("This call is no longer yours.", code="not-your-call")
    if body.call_back is not None:
        party = await rooms.context.queries.call_party(body.call_id)
        if party is None:
            raise CommandRefused("This call is no longer yours.", code="not-your-call")
        await promise_call_back(body.call_back, here, party.debtor_id, seat, rooms, language=body.lang)
    promise = None
    if body.promise is not None:
        promise = await _promise(body.promise, body.call_id, here, request, rooms)
    await rooms.commands.send(
        here,
        "agent.disposition",
        agent_id=seat.agent_id,
        call_id=body.call_id,
        code=body.code,
        notes=body.notes,
    )
    await rooms.context.desk.drop_draft(seat.agent_id, body.call_id)
    return Written(promise=promise, call_back_at=body.call_back.at if body.call_back else None)


async def _is_written(body: DispositionIn, seat: DeskAgent, rooms: Rooms) -> bool:
    found = await rooms.context.queries.attempt(body.call_id)
    if found is None or found.row.agent_id != seat.agent_id:
        return False
    return (found.row.disposition, found.notes) == (body.code, body.notes)


async def _promise(asked: DeskPromise, call_id: str, campaign: str, request: Request, rooms: Rooms) -> PromiseView:
    """The same promise of the same call is one, however often it is sent; another one takes its place."""
    party = await rooms.context.queries.call_party(call_id)
    if party is None or asked.debt not in party.debts:
        raise NotYourDebtor
    content = hashlib.sha256(orjson.dumps(asked.model_dump(mode="json"))).hexdigest()[:24]
    return await rooms.context.promises.promise(
        PromiseAsked(
            request_key=f"desk:{call_id}:{content}",
            campaign=campaign,
            debt_id=asked.debt,
            instalments=tuple(
                Instalment(due_on=each.due_on, amount_minor=each.amount_minor) for each in asked.instalments
            ),
            discount=asked.discount,
            captured_by=person_of(request).login,
            by_agent=True,
            call_id=call_id,
        )
    )


@router.put("/draft")
async def keep_draft(body: DraftIn, request: Request, rooms: FromRooms) -> DraftKept:
    """What the agent has written so far of the call that is theirs: it outlives a reload, and every tab shows it. It is
    deleted once the call is written down."""
    seat = required_seat(request, rooms)
    here, agent = rooms.live.whereabouts(seat.campaign, seat.agent_id)
    if call_in_hand(here, agent, rooms) != body.call_id:
        raise CommandRefused("This call is no longer yours.", code="not-your-call")
    if any(has_card_number(text) for text in (body.content.notes, *body.content.fields.values())):
        raise CardNumberRefused
    content = body.content.model_dump()
    version = await rooms.context.desk.keep_draft(seat.agent_id, body.call_id, content)
    rooms.live.tell_draft(here, seat.agent_id, body.call_id, version)
    return DraftKept(version=version)
