"""The one way in which a record is written before it is hashed. Frozen: tests/unit/audit has vectors.

    hash_n = SHA-256(hash_(n-1) || header_n)

``header_n`` is JSON with sorted keys, no spaces and UTF-8, and ``hash_0`` is 32 zero bytes. The header binds the
payload by ``payload_hash`` = SHA-256(salt || payload), so the payload and its salt may be erased and the chain stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import orjson

GENESIS = bytes(32)  #: the hash before the first record


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What of a record stays for good. ``seq`` counts from 1 without gaps; ``debtor`` is the row's id."""

    seq: int
    kind: str
    at: datetime
    ref: str
    debtor: int | None
    payload_hash: bytes


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, always with six digits of the second: ``2026-11-24T15:00:00.000000Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: object) -> bytes:
    """JSON of texts, integers, lists and objects, in its one form."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def header_object(header: Header) -> dict[str, object]:
    return {
        "at": instant(header.at),
        "debtor": header.debtor,
        "kind": header.kind,
        "payload_hash": header.payload_hash.hex(),
        "ref": header.ref,
        "seq": header.seq,
    }


def record_hash(previous: bytes, header: Header) -> bytes:
    return sha256(previous + canonical(header_object(header))).digest()


def payload_hash(salt: bytes, payload: bytes) -> bytes:
    return sha256(salt + payload).digest()
