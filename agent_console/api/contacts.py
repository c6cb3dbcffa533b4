"""Contacts that somebody asks for by name: messages and visits, calls by hand, call-backs; and those nobody asked for.

All pass the same gate. A denial is a problem of the code ``denied`` with the rules in ``reasons``.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, status

from agent_console.api.attempts import CallIdPath
from agent_console.api.wiring import FromRooms
from agent_console.own_call import only_as_oneself, only_on_own_call
from agent_console.ports_ledger import PastContactIn
from agent_console.schemas import Done
from agent_console.schemas_compliance import (
    CallBackIn,
    CallIn,
    CallPlaced,
    ContactAllowed,
    ContactEnd,
    ContactIn,
    PastContact,
)
from dialer.domain.phone import PhoneNumber
from dialer.errors import CommandRefused
from dialer.ports import ContactRequest

router = APIRouter(tags=["contacts"])

CampaignName = Annotated[str, Path(max_length=64)]


@router.post("/contacts", status_code=status.HTTP_201_CREATED)
async def reserve(body: ContactIn, rooms: FromRooms) -> ContactAllowed:
    """Leave to make a contact on another channel. It counts from now on, until it is released."""
    contacts, now = rooms.context.compliance.contacts, rooms.context.clock.now()
    answer = await contacts.reserve(
        ContactRequest(
            campaign_id=await contacts.campaign_id(body.campaign),
            debtor_id=body.debtor,
            number=body.address or None,
            debts=None if body.debts is None else tuple(body.debts),
            channel=str(body.channel),
            mode="api",
            source=body.source,
        ),
        now,
    )
    if answer.denial is not None:
        until = answer.denial.next_allowed_at
        raise CommandRefused(
            "The rules do not allow this contact now.",
            code="denied",
            reasons=list(answer.denial.reasons),
            next_allowed_at=None if until is None else until.isoformat(),
        )
    if answer.contact_id is None:
        raise CommandRefused("Another contact with this person is under way.", code="debtor-on-the-line")
    return ContactAllowed(contact_id=answer.contact_id)


@router.post("/contacts/recorded", status_code=status.HTTP_201_CREATED)
async def record(body: PastContact, rooms: FromRooms) -> ContactAllowed:
    """Write down a contact that asked nobody: somebody called us, or another system made it."""
    made = await rooms.context.compliance.contacts.record(
        PastContactIn(
            debtor_id=body.debtor,
            at=body.at,
            channel=body.channel,
            direction=body.direction,
            outcome=body.outcome,
            ended_at=body.ended_at,
            number=body.address,
            debts=tuple(body.debts),
            source=body.source,
        )
    )
    return ContactAllowed(contact_id=made)


@router.post("/contacts/{call_id}/finish")
async def finish(call_id: CallIdPath, body: ContactEnd, rooms: FromRooms) -> Done:
    """What a contact came to."""
    ended_at = body.ended_at or rooms.context.clock.now()
    await rooms.context.compliance.contacts.finish(call_id, body.outcome, ended_at)
    return Done()


@router.post("/contacts/{call_id}/release")
async def release(call_id: CallIdPath, rooms: FromRooms) -> Done:
    """It was certainly never made: it counts for nothing."""
    await rooms.context.compliance.contacts.release(call_id, rooms.context.clock.now())
    return Done()


@router.post("/campaigns/{name}/calls", status_code=status.HTTP_201_CREATED)
async def call(name: CampaignName, body: CallIn, request: Request, rooms: FromRooms) -> CallPlaced:
    """An agent who is signed in calls a debtor by hand. Answers once the gate has spoken and the call has left."""
    only_as_oneself(request, body.agent)
    campaign = await rooms.campaign(name)
    arguments: dict[str, object] = {"agent_id": body.agent, "debtor_id": body.debtor}
    if body.number is not None:
        arguments["number"] = PhoneNumber.parse(body.number).e164
    answer = await rooms.commands.send(campaign.name, "agent.dial", **arguments)
    return CallPlaced(call_id=str(answer["call_id"]))


@router.post("/campaigns/{name}/call-backs", status_code=status.HTTP_201_CREATED)
async def call_back(name: CampaignName, body: CallBackIn, request: Request, rooms: FromRooms) -> Done:
    """Promise a debtor a call. The gate is asked when its hour has come, as for any other."""
    number = None if body.number is None else PhoneNumber.parse(body.number).e164
    await only_on_own_call(request, rooms, debtor=body.debtor, number=number)
    if body.agent is not None:
        only_as_oneself(request, body.agent)
    campaign = await rooms.campaign(name)
    arguments: dict[str, object] = {"debtor_id": body.debtor, "at": body.at.isoformat()}
    if body.agent is not None:
        arguments["agent_id"] = body.agent
    if number is not None:
        arguments["number"] = number
    await rooms.commands.send(campaign.name, "campaign.call_back", **arguments)
    return Done()
