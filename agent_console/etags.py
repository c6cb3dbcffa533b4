"""ETags: a short name for how something is now, so that nobody changes what they have not seen."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def etag(value: DataclassInstance) -> str:
    """A strong ETag of a dataclass's content."""
    content: dict[str, Any] = asdict(value)
    return text_etag(orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS))


def text_etag(content: bytes) -> str:
    """A strong ETag of what is sent."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether an If-Match or If-None-Match names ``tag``, or anything at all. None names nothing."""
    if header is None:
        return False
    named = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in named or tag in named
