"""The audit trail: a debtor's file with its proofs, incidents, legal holds, erasure, and what a purge would delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from agent_console.api.wiring import FromRooms
from agent_console.ports_trail import ErasureView, IncidentPage, PurgeCount, TrailCheck
from agent_console.schemas import Done
from agent_console.schemas_compliance import EraseIn, HoldIn, HoldList, IncidentEnd, RowId
from agent_console.speaker import speaker
from dialer.errors import NotConfirmed

router = APIRouter(tags=["audit"])


@router.get(
    "/debtors/{debtor_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "The file, for dialer/audit/verifier.py."}},
)
async def debtor_file(debtor_id: RowId, rooms: FromRooms) -> Response:
    """Every decision and contact of one debtor, with proofs that an outsider can check alone."""
    content = await rooms.context.compliance.trail.file(debtor_id)
    name = f'attachment; filename="debtor-{debtor_id}.json"'
    return Response(content, media_type="application/json", headers={"content-disposition": name})


@router.get("/compliance/verify")
async def verify(rooms: FromRooms) -> TrailCheck:
    """Check every record of this installation's trail against its checkpoints and the file of heads."""
    return await rooms.context.compliance.trail.verify()


@router.get("/compliance/incidents")
async def list_incidents(
    rooms: FromRooms,
    resolved: bool = False,
    cursor: Annotated[str | None, Query(max_length=32)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> IncidentPage:
    """What does not add up and nobody has explained yet; with ``resolved``, what somebody has. Newest first."""
    return await rooms.context.compliance.trail.incidents(resolved=resolved, cursor=cursor, limit=limit)


@router.post("/compliance/incidents/{incident_id}/resolve")
async def resolve(incident_id: RowId, body: IncidentEnd, request: Request, rooms: FromRooms) -> Done:
    by = speaker(request, body.by)
    await rooms.context.compliance.trail.resolve(incident_id, by=by, note=body.note)
    return Done()


@router.get("/compliance/holds")
async def list_holds(rooms: FromRooms) -> HoldList:
    """The legal holds in force."""
    return HoldList(holds=list(await rooms.context.compliance.trail.holds()))


@router.post("/compliance/holds", status_code=status.HTTP_201_CREATED)
async def place_hold(body: HoldIn, request: Request, rooms: FromRooms) -> Done:
    """Nothing of the debtor, or of everybody, is purged or erased from now on."""
    by = speaker(request, body.by)
    await rooms.context.compliance.trail.place_hold(body.debtor, reason=body.reason, by=by)
    return Done()


@router.post("/compliance/holds/lift")
async def lift_hold(body: HoldIn, request: Request, rooms: FromRooms) -> Done:
    by = speaker(request, body.by)
    await rooms.context.compliance.trail.lift_hold(body.debtor, reason=body.reason, by=by)
    return Done()


@router.post("/debtors/{debtor_id}/erase")
async def erase(debtor_id: RowId, body: EraseIn, request: Request, rooms: FromRooms) -> ErasureView:
    """Erase a person at their request: what a law still keeps stays, and is named. The trail goes on verifying."""
    by = speaker(request, body.by)
    if body.confirm != debtor_id:
        raise NotConfirmed
    return await rooms.context.compliance.trail.erase(debtor_id, reason=body.reason, by=by)


@router.get("/compliance/purge")
async def what_would_be_purged(rooms: FromRooms) -> PurgeCount:
    """How much no rule keeps any longer. Deletes nothing: the daily upkeep does, or cadencia compliance purge."""
    return await rooms.context.compliance.trail.what_would_be_purged()
