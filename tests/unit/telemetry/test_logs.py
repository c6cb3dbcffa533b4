from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from dialer.domain.phone import PhoneNumber
from dialer.telemetry.logs import HIDDEN, configure_logs

NUMBER = "+573101234567"
MASKED = "+57********67"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the lines go; afterwards logging is as it was."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "uvicorn.access")}
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_name_and_the_bound_call(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    structlog.contextvars.bind_contextvars(call_id="c1")
    structlog.get_logger("dialer.engine").info("call.closed", outcome="busy", tries=2)
    (line,) = lines(stream)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "event": "call.closed", "level": "info", "logger": "dialer.engine", "call_id": "c1", "outcome": "busy",
        "tries": 2,
    }  # fmt: skip


def test_personal_data_is_hidden_at_any_depth(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    structlog.get_logger().info("debtor.found", pii_name="Ana", debtor={"pii_document": 7, "list": [{"pii_x": "y"}]})
    (line,) = lines(stream)
    assert line["pii_name"] == HIDDEN
    assert line["debtor"] == {"pii_document": HIDDEN, "list": [{"pii_x": HIDDEN}]}


def test_personal_data_is_shown_where_it_was_asked_for(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream, show_personal=True)
    structlog.get_logger().info("debtor.found", pii_name="Ana")
    assert lines(stream)[0]["pii_name"] == "Ana"


def test_a_phone_number_anywhere_else_is_masked(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    log = structlog.get_logger()
    log.info(
        "dialed",
        channel=f"PJSIP/{NUMBER}@carrier",
        numbers=[NUMBER],
        number=PhoneNumber(NUMBER),
        nested={"a": (NUMBER,)},
    )
    logging.getLogger("another.library").warning("cannot reach %s", NUMBER)
    text = stream.getvalue()
    assert NUMBER not in text
    assert text.count(MASKED) == 5


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_phone_number_in_a_traceback_is_masked(stream: io.StringIO, form: str) -> None:
    configure_logs(form="json" if form == "json" else "console", stream=stream)
    try:
        raise LookupError(f"no route to {NUMBER}")
    except LookupError:
        structlog.get_logger().exception("dial.failed")
    text = stream.getvalue()
    assert "LookupError" in text
    assert NUMBER not in text
    assert MASKED in text


def test_times_and_short_numbers_are_left_alone(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    structlog.get_logger().info("x", at="2026-11-22T13:00:00+00:00", offset="+0530", seq=573101234567)
    line = lines(stream)[0]
    assert (line["at"], line["offset"], line["seq"]) == ("2026-11-22T13:00:00+00:00", "+0530", 573101234567)


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    configure_logs(level="warning", form="json", stream=stream)
    structlog.get_logger().info("quiet")
    logging.getLogger("another.library").info("quiet too")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_another_librarys_lines_have_the_same_form(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    logging.getLogger("another.library").warning("cannot %s", "connect")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == ("cannot connect", "another.library", "warning")


def test_request_lines_with_addresses_are_not_written(stream: io.StringIO) -> None:
    configure_logs(level="debug", form="json", stream=stream)
    logging.getLogger("httpx").info("HTTP Request: POST https://example.com/?token=secret")
    assert stream.getvalue() == ""


def test_the_console_form_is_one_readable_line(stream: io.StringIO) -> None:
    configure_logs(form="console", stream=stream)
    structlog.get_logger("dialer.engine").info("call.closed", outcome="busy", pii_name="Ana")
    text = stream.getvalue()
    assert "call.closed" in text
    assert "outcome=busy" in text
    assert "Ana" not in text


def test_configuring_twice_writes_every_line_once(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    configure_logs(form="json", stream=stream)
    structlog.get_logger().info("once")
    assert len(lines(stream)) == 1


def test_a_value_that_json_does_not_know_is_shown_by_its_repr(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    structlog.get_logger().info("odd", value=object, number={1: {2: {3: {4: {5: {6: {7: NUMBER}}}}}}})
    assert lines(stream)[0]["value"] == "<class 'object'>"
    assert NUMBER not in stream.getvalue()


@pytest.mark.parametrize("odd", ["half a \ud83d", 1 << 80])
def test_a_value_that_cannot_be_written_as_it_is_does_not_lose_the_line(stream: io.StringIO, odd: object) -> None:
    configure_logs(form="json", stream=stream)
    structlog.get_logger().info("odd", value=odd)
    assert lines(stream)[0]["value"] == odd
