"""Everything the database holds about one debtor's contacts, read at one instant: what an export is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from dialer.audit.canonical import GENESIS
from dialer.audit.checkpoint import Checkpoint
from dialer.compliance.canonical import RuleSource
from dialer.errors import UnknownDebtor
from dialer.store import audit_chain, rule_sources
from dialer.store.compliance_tables import audit_records, contact_debts, contacts
from dialer.store.tables import attempt_debts, attempts, campaigns, debtors

#: Records of the trail itself: never erased, and part of every export that they concern.
RULES_LOADED, ERASURE, PURGE = "rules_loaded", "erasure", "purge"
OF_THE_TRAIL = (RULES_LOADED, ERASURE, PURGE, "incident", "legal_hold", "console")

_records = audit_records.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainedRecord:
    """A row of the trail with the hash before it."""

    seq: int
    kind: str
    at: datetime
    ref: str
    debtor_id: int | None
    payload: bytes | None
    salt: bytes | None
    payload_hash: bytes
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorFile:
    """``hashes`` are those under each checkpoint, by its number. ``ledger`` has one entry for each attempt and each
    contact on another channel, oldest first."""

    debtor_id: int
    external_ref: str
    began_at: datetime | None  #: when the trail began
    records: Sequence[ChainedRecord]
    checkpoints: Sequence[Checkpoint]
    hashes: Mapping[int, Sequence[bytes]]
    sources: Mapping[str, RuleSource]
    keys: Mapping[str, bytes]  #: public, by their ids
    ledger: Sequence[dict[str, Any]]


def read_debtor_file(connection: sa.Connection, debtor_id: int) -> DebtorFile:
    """Raises UnknownDebtor. Records that are not chained yet are left out: chain and make a checkpoint first."""
    person = connection.execute(sa.select(debtors).where(debtors.c.id == debtor_id)).first()
    if person is None:
        raise UnknownDebtor(f"There is no debtor {debtor_id}. The number is the one that the console shows.")
    records = _records_of(connection, debtor_id)
    found = list(audit_chain.checkpoints_of(connection, [record.seq for record in records]))
    began_at = connection.scalar(sa.select(_records.at).where(_records.seq == 1))
    return DebtorFile(
        debtor_id=debtor_id,
        external_ref=person.external_ref,
        began_at=began_at,
        records=records,
        checkpoints=found,
        hashes={one.number: audit_chain.hashes(connection, one.first_seq, one.last_seq) for one in found},
        sources=rule_sources.load(connection, _digests(records)),
        keys=rule_sources.keys(connection),
        ledger=_ledger(connection, debtor_id, began_at),
    )


def _records_of(connection: sa.Connection, debtor_id: int) -> list[ChainedRecord]:
    own = connection.scalars(
        sa.select(_records.seq).where(_records.debtor_id == debtor_id, _records.seq.is_not(None))
    ).all()
    if not own:
        return []
    first, last = min(own), max(own)
    of_the_trail = sa.select(_records.seq, _records.kind, _records.payload).where(
        _records.kind.in_((RULES_LOADED, PURGE)), _records.seq.is_not(None), _records.debtor_id.is_(None)
    )
    loaded: list[int] = []
    wanted = set(own)
    for row in connection.execute(of_the_trail.order_by(_records.seq)):
        if row.kind == RULES_LOADED and row.seq < last:
            loaded.append(row.seq)
        elif row.kind == PURGE and row.seq > first and _concerns(row.payload, own):
            wanted.add(row.seq)
    before = [seq for seq in loaded if seq < first]
    wanted.update(before[-1:], (seq for seq in loaded if seq > first))
    return _read(connection, sorted(wanted))


def _concerns(payload: bytes, seqs: Sequence[int]) -> bool:
    return any(first <= seq <= last for first, last in orjson.loads(payload)["records"] for seq in seqs)


def _read(connection: sa.Connection, seqs: Sequence[int]) -> list[ChainedRecord]:
    """The records of these places, each with the hash before it."""
    before = sa.alias(audit_records, "before")
    statement = sa.select(audit_records, before.c.hash.label("previous")).select_from(
        audit_records.outerjoin(before, before.c.seq == _records.seq - 1)
    )
    found: list[ChainedRecord] = []
    for start in range(0, len(seqs), 500):
        some = statement.where(_records.seq.in_(seqs[start : start + 500])).order_by(_records.seq)
        found.extend(_record(row) for row in connection.execute(some))
    return found


def _record(row: sa.Row[Any]) -> ChainedRecord:
    return ChainedRecord(
        seq=row.seq,
        kind=row.kind,
        at=row.at,
        ref=row.ref,
        debtor_id=row.debtor_id,
        payload=row.payload,
        salt=row.salt,
        payload_hash=row.payload_hash,
        previous=row.previous or GENESIS,
        hash=row.hash,
    )


def _digests(records: Iterable[ChainedRecord]) -> set[str]:
    found: set[str] = set()
    for record in records:
        if record.kind == RULES_LOADED and record.payload is not None:
            payload = orjson.loads(record.payload)
            found.update(pack["digest"] for pack in payload["packs"])
            found.update((payload["calendars"], payload["tzdata"]["digest"]))
    return found


def _ledger(connection: sa.Connection, debtor_id: int, began_at: datetime | None) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    calls = sa.select(attempts, campaigns.c.name.label("campaign")).join(campaigns)
    owed = _debts(connection, attempt_debts, attempt_debts.c.call_id, attempts, attempts.c.call_id, debtor_id)
    for row in connection.execute(calls.where(attempts.c.debtor_id == debtor_id)).mappings():
        own = {name: value for name, value in row.items() if name not in ("call_id", "campaign_id", "reserved_at")}
        entries.append(
            own
            | {
                "id": row["call_id"],
                "at": row["reserved_at"],
                "channel": "call",
                "direction": "out",
                "debts": owed.get(row["call_id"], []),
                "in_trail": began_at is not None and row["reserved_at"] >= began_at,
            }
        )
    others = sa.select(contacts).where(contacts.c.debtor_id == debtor_id)
    owed = _debts(connection, contact_debts, contact_debts.c.contact_id, contacts, contacts.c.id, debtor_id)
    for row in connection.execute(others).mappings():
        in_trail = began_at is not None and row["at"] >= began_at
        entries.append(dict(row) | {"debts": owed.get(row["id"], []), "in_trail": in_trail})
    return sorted(entries, key=lambda entry: (entry["at"], entry["id"]))


def _debts(
    connection: sa.Connection,
    link: sa.Table,
    link_id: sa.ColumnElement[str],
    owner: sa.Table,
    owner_id: sa.ColumnElement[str],
    debtor_id: int,
) -> dict[str, list[int]]:
    statement = (
        sa.select(link_id, link.c.debt_id).join(owner, owner_id == link_id).where(owner.c.debtor_id == debtor_id)
    )
    found: dict[str, list[int]] = {}
    for contact, debt in connection.execute(statement.order_by(link.c.debt_id)):
        found.setdefault(contact, []).append(debt)
    return found
