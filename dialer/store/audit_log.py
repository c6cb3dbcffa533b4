"""Writing to the audit trail: rows that wait for the sequencer, in the transaction of what they tell of.

A payload is canonical JSON: sorted keys, instants in UTC as RFC 3339 with ``Z``, whole numbers as integers. It is
bound by a hash over 16 random bytes and itself, so that payload and salt can be erased and nobody can guess from the
hash what they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import orjson
import sqlalchemy as sa

from dialer.clock import entropy
from dialer.store.compliance_tables import audit_records
from dialer.store.statements import insert_many

SALT_BYTES = 16

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing to keep for good. ``at`` is aware UTC; ``ref`` names the call, contact or row it tells of (at most 64
    characters); ``payload`` is what may one day be erased: personal data belongs there and nowhere else."""

    kind: str
    at: datetime
    payload: Mapping[str, object]
    ref: str = ""
    debtor_id: int | None = None


def canonical_payload(payload: Mapping[str, object]) -> bytes:
    """The bytes that are hashed. Decimals, paths and the like are written as text."""
    return orjson.dumps(payload, default=str, option=_OPTIONS)


def append(connection: sa.Connection, entries: Sequence[AuditEntry]) -> None:
    """Insert ``entries`` in their order, not chained yet. One statement, whatever their number."""
    if not entries:
        return
    salts = entropy(SALT_BYTES * len(entries))
    rows = [_row(entry, salts[SALT_BYTES * n : SALT_BYTES * (n + 1)]) for n, entry in enumerate(entries)]
    insert_many(connection, audit_records, rows)


def _row(entry: AuditEntry, salt: bytes) -> dict[str, object]:
    payload = canonical_payload(entry.payload)
    return {
        "kind": entry.kind,
        "at": entry.at,
        "ref": entry.ref,
        "debtor_id": entry.debtor_id,
        "payload": payload,
        "salt": salt,
        "payload_hash": sha256(salt + payload).digest(),
    }
