"""The time-zone data of a release, whole, so that local times can be read again as they were read then."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from importlib import resources

import orjson
import tzdata  # type: ignore[import-untyped]

from dialer.audit.canonical import canonical


@lru_cache(maxsize=1)
def packed_zones() -> bytes:
    """Every zone of the pinned package: compressed JSON of name and TZif data in base64."""
    root = resources.files(tzdata)
    names = (root / "zones").read_text("utf-8").split()
    found = {
        name: base64.b64encode((root / "zoneinfo").joinpath(*name.split("/")).read_bytes()).decode() for name in names
    }
    return zlib.compress(canonical(found), 9)


def index_of(packed: bytes) -> bytes:
    """Canonical JSON of name and SHA-256 of each zone's data: what binds a few zones to the whole release."""
    zones: dict[str, str] = orjson.loads(zlib.decompress(packed))
    return canonical({name: sha256(base64.b64decode(data)).hexdigest() for name, data in zones.items()})


def unpacked(packed: bytes, names: Iterable[str]) -> dict[str, str]:
    """The data of those zones that the release has, in base64."""
    zones: dict[str, str] = orjson.loads(zlib.decompress(packed))
    return {name: zones[name] for name in sorted(set(names)) if name in zones}
