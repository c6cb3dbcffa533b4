"""Which keys are told of, and once each."""

from __future__ import annotations

import pytest

from dialer.pbx.key_events import KeyEvents

CALL = "019aa000-0000-7000-8000-000000000001"


def key(digit: str, at: float, **changes: str) -> dict[str, str]:
    event = {"event": "DTMFEnd", "uniqueid": CALL, "digit": digit, "direction": "Received", "timestamp": f"{at:.6f}"}
    return event | changes


def told(*events: dict[str, str]) -> str:
    heard: list[str] = []
    keys = KeyEvents()
    keys.hear(CALL, heard.append)
    for event in events:
        keys.take(event, 0.0)
    return "".join(heard)


def test_keys_are_told_in_their_order() -> None:
    assert told(key("1", 5.0), key("*", 5.1), key("1", 5.2), key("1", 5.3), key("#", 5.4)) == "1*11#"


def begun(digit: str, at: float) -> dict[str, str]:
    return key(digit, at, event="DTMFBegin")


def test_a_key_that_had_to_wait_for_the_one_before_is_told_once() -> None:
    events = [begun("1", 5.0), key("1", 5.08), begun("2", 5.1), key("2", 5.18), key("2", 5.3), begun("2", 5.4)]
    assert told(*events, key("2", 5.5)) == "122"


def test_where_no_beginnings_are_told_time_tells_one_press_from_two() -> None:
    assert told(key("1", 5.0), key("2", 5.08), key("2", 5.12), key("2", 5.3)) == "122"


def test_keys_that_a_busy_asterisk_reads_at_once_are_all_told() -> None:
    ones = [event for at in (5.0, 5.001, 5.002, 5.003) for event in (begun("1", at), key("1", at))]
    assert told(*ones) == "1111"


@pytest.mark.parametrize("digit", ["D", "A", "", "12", "x"])
def test_what_no_telephone_has_is_no_key(digit: str) -> None:
    assert told(key(digit, 5.0)) == ""


def test_keys_that_we_press_and_those_of_others_are_not_told_of() -> None:
    assert told(key("1", 5.0, direction="Sent"), key("1", 5.0, uniqueid="1795354793.1")) == ""


def test_without_asterisks_time_that_of_arrival_counts() -> None:
    keys, heard = KeyEvents(), list[str]()
    keys.hear(CALL, heard.append)
    for at in (1.0, 1.02, 1.5):
        keys.take(key("7", 0.0, timestamp=""), at)

    assert heard == ["7", "7"]


def test_nobody_is_told_who_does_not_want_to_know() -> None:
    keys, heard = KeyEvents(), list[str]()
    keys.hear(CALL, heard.append)
    keys.hear(CALL, None)
    keys.take(key("7", 0.0), 0.0)

    assert heard == []
