"""Where a recording is kept: ``2026/11/22/<call id>.wav``, by the UTC day on which the call was made.

The day is in the call id itself (a version 7 UUID begins with its time), so that the id alone finds the file. Only a
well-formed id ever becomes part of a path.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Literal

from dialer.domain.ids import CallId
from dialer.errors import InvalidCallId

Form = Literal["wav", "mp3", "opus"]
FORMS: tuple[Form, ...] = ("wav", "mp3", "opus")

_CALL_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def checked(call_id: str) -> CallId:
    """``call_id`` if it is one: a lower-case version 7 UUID with hyphens. Raises InvalidCallId."""
    if not _CALL_ID.fullmatch(call_id):
        raise InvalidCallId()
    return CallId(call_id)


def made_at(call_id: str) -> datetime:
    """When the id was made, aware UTC, to the millisecond. Raises InvalidCallId."""
    millis = int(checked(call_id).replace("-", "")[:12], 16)
    try:
        return datetime.fromtimestamp(millis / 1000, UTC)
    except (OverflowError, ValueError, OSError) as exc:  # a time beyond the year 9999
        raise InvalidCallId() from exc


def relative_path(call_id: str, form: Form) -> PurePosixPath:
    """The recording's place under the library's root. Raises InvalidCallId."""
    return PurePosixPath(made_at(call_id).strftime("%Y/%m/%d")) / f"{call_id}.{form}"


def raw_name(call_id: str) -> str:
    """The name under which Asterisk writes it: ``<call id>.raw``. Raises InvalidCallId."""
    return f"{checked(call_id)}.raw"
