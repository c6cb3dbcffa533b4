"""Lists of debtors and files of payments: handed in as a stream, looked at, tried without effect, taken in."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, status
from fastapi.responses import FileResponse

from agent_console.api.wiring import FromRooms
from agent_console.ports_uploads import Kind, UploadLook, UploadView
from agent_console.schemas import CallIdText
from agent_console.schemas_uploads import ReadingIn, UploadList
from agent_console.who import who_of

router = APIRouter(tags=["uploads"])

UploadId = Annotated[CallIdText, Path()]
FileName = Annotated[str, Query(min_length=1, max_length=200, description="The file's name, to tell it from others.")]
ContentLength = Annotated[int | None, Header(ge=0, include_in_schema=False)]
BYTES = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


@router.post("/campaigns/{name}/lists", status_code=status.HTTP_201_CREATED, openapi_extra=BYTES)
async def hand_in_list(
    name: str, file_name: FileName, request: Request, rooms: FromRooms, content_length: ContentLength = None
) -> UploadView:
    """A list of debtors for a campaign: the bytes of a CSV file. Nothing is taken in yet."""
    campaign = await rooms.campaign(name)
    by = who_of(request).name
    room = rooms.context.uploads
    return await room.receive("leads", campaign.name, file_name, by, request.stream(), content_length)


@router.post("/payments/files", status_code=status.HTTP_201_CREATED, openapi_extra=BYTES)
async def hand_in_payments(
    file_name: FileName, request: Request, rooms: FromRooms, content_length: ContentLength = None
) -> UploadView:
    """A file of payments: the bytes of a CSV file. Nothing is taken in yet."""
    by = who_of(request).name
    return await rooms.context.uploads.receive("payments", "", file_name, by, request.stream(), content_length)


@router.get("/uploads")
async def list_uploads(
    rooms: FromRooms, kind: Kind | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> UploadList:
    """The newest first."""
    return UploadList(uploads=list(await rooms.context.uploads.latest(kind, limit)))


@router.get("/uploads/{upload_id}")
async def one(upload_id: UploadId, rooms: FromRooms) -> UploadView:
    return await rooms.context.uploads.get(upload_id)


@router.get("/uploads/{upload_id}/look")
async def look(
    upload_id: UploadId, rooms: FromRooms, delimiter: Literal[",", ";", "\t", "|"] | None = None
) -> UploadLook:
    """How the file is written, what each column would be taken for, and the first rows."""
    return await rooms.context.uploads.look(upload_id, delimiter)


@router.post("/uploads/{upload_id}/check")
async def check(upload_id: UploadId, body: ReadingIn, rooms: FromRooms) -> UploadView:
    """Read all of it without taking anything in. It goes on after the answer: look again, or listen to the push."""
    return await rooms.context.uploads.check(upload_id, body.options())


@router.post("/uploads/{upload_id}/import")
async def take_in(upload_id: UploadId, body: ReadingIn, rooms: FromRooms) -> UploadView:
    """Take it in. It goes on after the answer."""
    return await rooms.context.uploads.take_in(upload_id, body.options())


@router.post("/uploads/{upload_id}/discard")
async def discard(upload_id: UploadId, rooms: FromRooms) -> UploadView:
    """Delete the file."""
    return await rooms.context.uploads.discard(upload_id)


@router.get("/uploads/{upload_id}/rejected", response_class=FileResponse)
async def rejected(upload_id: UploadId, rooms: FromRooms) -> FileResponse:
    """The lines that were refused, each with its reason: correct them and hand this very file in."""
    path = await rooms.context.uploads.rejected(upload_id)
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=f"rejected-{upload_id[:8]}.csv")
