from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.ids import new_call_id
from dialer.errors import InvalidCallId
from recordings.naming import made_at, relative_path

WHEN = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(at=WHEN, entropy=st.binary(min_size=10, max_size=10))
def test_every_call_id_has_a_place_of_its_own_under_its_day(at: datetime, entropy: bytes) -> None:
    call_id = new_call_id(at, entropy)
    place = relative_path(call_id, "wav")
    assert place.parts == (*made_at(call_id).strftime("%Y-%m-%d").split("-"), f"{call_id}.wav")
    assert abs((made_at(call_id) - at).total_seconds()) < 0.002


@given(text=st.text() | st.from_regex(r"[0-9a-f./-]{30,40}"))
def test_no_text_leads_out_of_the_library(text: str) -> None:
    try:
        place = relative_path(text, "wav")
    except InvalidCallId:
        return
    assert not place.is_absolute()
    assert ".." not in place.parts
    assert len(place.parts) == 4
