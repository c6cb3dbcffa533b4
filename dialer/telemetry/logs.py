"""What is logged and how: one line an event, as JSON for machines or in colour for people, with no personal data.

Personal data may be logged only under keys that begin with ``pii_``, and is hidden unless it was explicitly asked for.
A phone number that slips into any other place (a message, a traceback, another library's log) is masked. Every line
carries the ``call_id`` that was bound with ``structlog.contextvars``.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "[hidden]"
PERSONAL_PREFIX = "pii_"

_PHONE = re.compile(r"\+\d{8,15}(?!\d)")  # E.164
_DEEPEST = 6
#: Libraries whose INFO lines would show addresses with their tokens, or one line a request.
_QUIET = ("alembic", "httpx", "httpcore", "uvicorn.access", "aiosqlite", "sqlalchemy", "panoramisk", "mqtt", "asyncio")


def configure_logs(
    *,
    level: Literal["debug", "info", "warning", "error"] = "info",
    form: Literal["console", "json"] = "console",
    show_personal: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Set up structlog and the standard library's logging, once per process. ``stream`` is standard error by default:
    standard output belongs to what a command prints."""
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: Processor = structlog.processors.JSONRenderer(serializer=_to_json)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=target.isatty())
    to_text: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _Discreet(show_personal),
        renderer,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    foreign: list[Processor] = [*shared, structlog.stdlib.ExtraAdder()]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=to_text))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class _Discreet:
    """Hides what is under ``pii_`` keys, at any depth, and masks phone numbers everywhere else."""

    def __init__(self, show_personal: bool) -> None:
        self._show_personal = show_personal

    def __call__(self, logger: Any, method: str, event: EventDict) -> EventDict:
        return {key: self._value(key, value, 0) for key, value in event.items()}

    def _value(self, key: str, value: object, depth: int) -> object:
        if key.startswith(PERSONAL_PREFIX):
            return value if self._show_personal else HIDDEN
        if isinstance(value, bool | int | float) or value is None:
            return value
        if isinstance(value, str):
            return _mask(value)
        if depth >= _DEEPEST:
            return _mask(repr(value))
        if isinstance(value, MutableMapping | dict):
            return {str(k): self._value(str(k), v, depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value("", item, depth + 1) for item in value]
        return _mask(repr(value))


def _mask(text: str) -> str:
    """The same text, the middle of every E.164 number hidden as dialer.domain.phone hides it."""
    return _PHONE.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 5) + found[0][-2:], text)


def _to_json(event: EventDict, **_options: object) -> str:
    try:
        return orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS, default=repr).decode()
    except TypeError:  # half a surrogate pair, or an integer beyond 64 bits: the line matters more than the speed
        return json.dumps(event, default=repr)
