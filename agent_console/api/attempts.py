"""The log of attempts, and the recording of each."""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from agent_console.api.wiring import FromRooms, Rooms
from agent_console.ports import AttemptDetail, AttemptFilter, AttemptPage
from agent_console.schemas import CallIdText
from dialer.domain.outcome import Outcome
from dialer.errors import InputError, RecordingMissing, UnknownAttempt

router = APIRouter(prefix="/attempts", tags=["attempts"])

AUDIO_TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".opus": "audio/ogg"}

CallIdPath = Annotated[CallIdText, Path()]


@router.get("")
async def list_attempts(
    rooms: FromRooms,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    campaign: Annotated[str | None, Query(max_length=64)] = None,
    outcome: Outcome | None = None,
    agent: Annotated[str | None, Query(max_length=64)] = None,
    number: Annotated[str | None, Query(max_length=40)] = None,
    debtor: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> AttemptPage:
    """Newest first. ``number`` is any part of a phone number, at least three digits, as people write it."""
    wanted = AttemptFilter(
        campaign=campaign or None,
        outcome=outcome,
        agent_id=agent or None,
        number_digits=_digits(number),
        debtor_id=debtor,
    )
    return await rooms.context.queries.attempts(wanted, cursor=cursor, limit=limit)


@router.get("/{call_id}")
async def attempt(call_id: CallIdPath, rooms: FromRooms) -> AttemptDetail:
    return await attempt_of(call_id, rooms)


@router.get("/{call_id}/recording", response_class=FileResponse)
async def recording(call_id: CallIdPath, rooms: FromRooms) -> FileResponse:
    """The audio, stereo: the debtor left, the agent right. Answers byte ranges, so that a player can seek."""
    await attempt_of(call_id, rooms)
    found = await rooms.context.find_recording(call_id)
    if found is None:
        raise RecordingMissing()
    return await run_in_threadpool(recording_file, call_id, found, rooms.context.recordings_root)


async def attempt_of(call_id: str, rooms: Rooms) -> AttemptDetail:
    found = await rooms.context.queries.attempt(call_id)
    if found is None:
        raise UnknownAttempt()
    return found


def recording_file(call_id: str, found: FilePath, root: FilePath) -> FileResponse:
    """The answer that plays ``found``, under the name of the call. Raises RecordingMissing where it is not there, or
    lies outside ``root``."""
    # The finder is trusted for the name, not for the place: links and ``..`` are resolved before the comparison.
    path = found.resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise RecordingMissing()
    media_type = AUDIO_TYPES.get(path.suffix.lower())
    if media_type is None:
        raise RecordingMissing()
    return FileResponse(
        path,
        media_type=media_type,
        filename=f"{call_id}{path.suffix.lower()}",
        content_disposition_type="inline",
    )


def _digits(number: str | None) -> str | None:
    if not number or not number.strip():
        return None
    digits = re.sub(r"[\s().+-]", "", number)
    if not (digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 15):
        raise InputError("Search for at least three digits of the number, such as 4567.")
    return digits
