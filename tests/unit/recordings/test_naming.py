from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from dialer.domain.ids import new_call_id
from dialer.errors import InvalidCallId
from recordings.naming import made_at, raw_name, relative_path

AT = datetime(2026, 11, 22, 23, 59, 59, 999000, tzinfo=UTC)
CALL = new_call_id(AT, bytes(range(10)))
HOSTILE = [
    "",
    "../../etc/passwd",
    f"../{CALL}",
    f"{CALL}/../../x",
    f"{CALL}\n",
    f"{CALL}.raw",
    CALL.upper(),
    CALL.replace("-", ""),
    "00000000-0000-4000-8000-000000000000",
    "/" + CALL[1:],
    CALL[:-1] + "\x00",
    CALL[:-1] + "٣",
    "ffffffff-ffff-7fff-bfff-ffffffffffff",
]


def test_a_recording_lies_under_the_day_on_which_its_call_was_made() -> None:
    assert relative_path(CALL, "wav") == PurePosixPath("2026/11/22") / f"{CALL}.wav"


def test_the_time_of_a_call_is_in_its_id() -> None:
    assert made_at(CALL) == AT


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_id_never_becomes_a_path(hostile: str) -> None:
    with pytest.raises(InvalidCallId):
        relative_path(hostile, "wav")
    if hostile != HOSTILE[-1]:
        with pytest.raises(InvalidCallId):
            raw_name(hostile)
