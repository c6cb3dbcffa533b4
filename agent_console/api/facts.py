"""What is known of people, debts and numbers and binds the rules; and rules of the house set aside by two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, status

from agent_console.api.wiring import FromRooms
from agent_console.own_call import only_on_own_call
from agent_console.schemas import Done
from agent_console.schemas_compliance import (
    FactIn,
    FactList,
    Made,
    Moment,
    OverrideIn,
    OverrideList,
    RowId,
    Spoken,
)
from agent_console.speaker import speaker
from dialer.domain.phone import PhoneNumber
from dialer.errors import InputError

router = APIRouter(tags=["compliance"])

PAST_SHOWN = timedelta(days=31)


@router.get("/facts")
async def list_facts(
    rooms: FromRooms,
    debtor: Annotated[RowId | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=32)] = None,
) -> FactList:
    """All facts about a debtor and their debts, or about a number; ended ones too."""
    facts = rooms.context.compliance.facts
    if (debtor is None) == (number is None):
        raise InputError('Ask either for a "debtor" or for a "number".')
    if debtor is not None:
        return FactList(facts=list(await facts.of_debtor(debtor)))
    return FactList(facts=list(await facts.of_number(PhoneNumber.parse(number or "").e164)))


@router.post("/facts", status_code=status.HTTP_201_CREATED)
async def record_fact(body: FactIn, request: Request, rooms: FromRooms) -> Made:
    """A fact is never changed, only ended. From now on every decision is made with it."""
    subjects = {"debtor": body.debtor, "debt": body.debt, "number": body.number}
    named = [name for name, value in subjects.items() if value is not None]
    if len(named) != 1:
        raise InputError('A fact speaks of exactly one "debtor", "debt" or "number".')
    number = None if body.number is None else PhoneNumber.parse(body.number).e164
    await only_on_own_call(request, rooms, debtor=body.debtor, debt=body.debt, number=number)
    made = await rooms.context.compliance.facts.record(
        body.kind,
        named[0],
        body.value,
        source=body.source,
        by=speaker(request, body.by),
        debtor_id=body.debtor,
        debt_id=body.debt,
        number=number,
        at=body.at,
    )
    return Made(id=made)


@router.post("/facts/{fact_id}/end")
async def end_fact(fact_id: RowId, body: Spoken, request: Request, rooms: FromRooms) -> Done:
    await rooms.context.compliance.facts.end(fact_id, speaker(request, body.by))
    return Done()


@router.get("/overrides")
async def list_overrides(rooms: FromRooms, since: Moment | None = None) -> OverrideList:
    """All that end after ``since``, whatever became of them; without it, those of the last 31 days and later."""
    now = rooms.context.clock.now()
    found = await rooms.context.compliance.facts.overrides(since or now - PAST_SHOWN)
    return OverrideList(now=now, overrides=list(found))


@router.post("/overrides", status_code=status.HTTP_201_CREATED)
async def ask_override(body: OverrideIn, request: Request, rooms: FromRooms) -> Made:
    """Ask that a rule be set aside. Only a rule whose basis is policy can be, and nothing changes until another person
    approves."""
    made = await rooms.context.compliance.facts.ask_override(
        body.rule,
        reason=body.reason,
        from_at=body.from_at,
        until_at=body.until_at,
        by=speaker(request, body.by),
        campaign=body.campaign,
        debtor_id=body.debtor,
    )
    return Made(id=made)


@router.post("/overrides/{override_id}/approve")
async def approve_override(override_id: RowId, body: Spoken, request: Request, rooms: FromRooms) -> Done:
    """Refused to whoever asked for it."""
    await rooms.context.compliance.facts.approve_override(override_id, speaker(request, body.by))
    return Done()


@router.post("/overrides/{override_id}/revoke")
async def revoke_override(override_id: RowId, body: Spoken, request: Request, rooms: FromRooms) -> Done:
    """End it, or turn the request down."""
    await rooms.context.compliance.facts.revoke_override(override_id, speaker(request, body.by))
    return Done()
