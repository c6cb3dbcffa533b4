"""Calls kept for review: who has listened says who answered, and the report says how often the detector was right."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, status
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from agent_console.api.attempts import recording_file
from agent_console.api.wiring import FromRooms, Rooms
from agent_console.ports_review import ReviewCall, ReviewFilter, ReviewPage, ReviewReport, SpeechModelView
from agent_console.schemas import CallIdText, Done
from agent_console.schemas_compliance import Moment, Spoken
from agent_console.speaker import speaker
from dialer.domain.review import Label
from dialer.domain.verdict import AmdCategory
from dialer.errors import RecordingMissing, UnknownAttempt

router = APIRouter(prefix="/amd", tags=["review"])

CallIdPath = Annotated[CallIdText, Path()]


class LabelIn(Spoken):
    label: Label


@router.get("/reviews")
async def list_calls(
    rooms: FromRooms,
    campaign: Annotated[str | None, Query(max_length=64)] = None,
    verdict: AmdCategory | None = None,
    labelled: bool | None = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewPage:
    """Answered calls of the random share whose beginning is kept: those that nobody has labelled first."""
    wanted = ReviewFilter(campaign=campaign or None, verdict=verdict, labelled=labelled)
    return await rooms.context.reviews.calls(wanted, cursor=cursor, limit=limit)


@router.get("/reviews/{call_id}")
async def one_call(call_id: CallIdPath, rooms: FromRooms) -> ReviewCall:
    return await _call(call_id, rooms)


@router.get("/reviews/{call_id}/audio", response_class=FileResponse)
async def audio(call_id: CallIdPath, rooms: FromRooms) -> FileResponse:
    """The first ten seconds after the answer, as the detector heard them. Answers byte ranges."""
    await _call(call_id, rooms)
    found: FilePath | None = await rooms.context.reviews.audio(call_id)
    if found is None:
        raise RecordingMissing()
    return await run_in_threadpool(recording_file, call_id, found, rooms.context.recordings_root)


@router.post("/reviews/{call_id}", status_code=status.HTTP_201_CREATED)
async def label(call_id: CallIdPath, body: LabelIn, request: Request, rooms: FromRooms) -> Done:
    """Say who answered. An earlier word on the call stays in the records; the latest counts."""
    by = speaker(request, body.by)
    await rooms.context.reviews.label(call_id, body.label, by=by)
    return Done()


@router.get("/models")
async def models(rooms: FromRooms) -> list[SpeechModelView]:
    """The speech models that listen to calls, and whether their words may decide a verdict."""
    return list(rooms.context.reviews.models())


@router.get("/report")
async def report(
    rooms: FromRooms,
    campaign: Annotated[str | None, Query(max_length=64)] = None,
    since: Moment | None = None,
) -> ReviewReport:
    """Labels against verdicts, with the shares that follow and their 95 % intervals."""
    return await rooms.context.reviews.report(campaign or None, since)


async def _call(call_id: str, rooms: Rooms) -> ReviewCall:
    found = await rooms.context.reviews.call(call_id)
    if found is None:
        raise UnknownAttempt()
    return found
