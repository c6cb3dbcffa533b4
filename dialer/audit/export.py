"""One debtor's file as a document that an outsider can check with ``verifier.py`` alone.

Other people's records are not in it: a record is proved by its own header, the hash before it, and its path to the
root of a signed checkpoint. The whole document is signed, so that nobody changes it after it was handed over.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import orjson

from dialer.audit import merkle, zone_data
from dialer.audit.canonical import Header, canonical, header_object, instant
from dialer.audit.checkpoint import Checkpoint, Signer, published

FORMAT = "cadencia-audit-export/1"


class _Record(Protocol):
    @property
    def seq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def ref(self) -> str: ...
    @property
    def debtor_id(self) -> int | None: ...
    @property
    def payload(self) -> bytes | None: ...
    @property
    def salt(self) -> bytes | None: ...
    @property
    def payload_hash(self) -> bytes: ...
    @property
    def previous(self) -> bytes: ...
    @property
    def hash(self) -> bytes: ...


class _Source(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def content(self) -> bytes: ...


class _DebtorFile(Protocol):
    """What ``dialer/store/debtor_file.py`` reads."""

    @property
    def debtor_id(self) -> int: ...
    @property
    def external_ref(self) -> str: ...
    @property
    def began_at(self) -> datetime | None: ...
    @property
    def records(self) -> Sequence[_Record]: ...
    @property
    def checkpoints(self) -> Sequence[Checkpoint]: ...
    @property
    def hashes(self) -> Mapping[int, Sequence[bytes]]: ...
    @property
    def sources(self) -> Mapping[str, _Source]: ...
    @property
    def keys(self) -> Mapping[str, bytes]: ...
    @property
    def ledger(self) -> Sequence[Mapping[str, Any]]: ...


def assemble(file: _DebtorFile, signer: Signer, *, now: datetime, version: str) -> bytes:
    """The document, signed, as canonical JSON. ``version`` is that of the program that makes it."""
    body: dict[str, Any] = {
        "format": FORMAT,
        "manifest": {
            "debtor": file.debtor_id,
            "external_ref": file.external_ref,
            "made_at": instant(now),
            "trail_began_at": None if file.began_at is None else instant(file.began_at),
            "first_seq": file.records[0].seq if file.records else None,
            "last_seq": file.records[-1].seq if file.records else None,
            "records": len(file.records),
            "versions": {"cadencia": version, "tzdata": sorted(_zones_by_release(file))},
        },
        "public_keys": {
            name: base64.b64encode(key).decode() for name, key in {**file.keys, signer.key_id: signer.public}.items()
        },
        "signed_by": signer.key_id,
        "records": [_record(record, _proof(file, record)) for record in file.records],
        "checkpoints": [
            {name: value for name, value in published(one, signer.public).items() if name != "public_key"}
            for one in file.checkpoints
        ],
        "rule_sources": {
            digest: {"kind": source.kind, "name": source.name, "content": source.content.decode()}
            for digest, source in file.sources.items()
            if source.kind != "tzdata"
        },
        "time_zones": _zones_by_release(file),
        "ledger": [plain(dict(entry)) for entry in file.ledger],
        "recordings": [
            {
                "call_id": entry["id"],
                "file": entry["recording_file"],
                "bytes": entry["recording_bytes"],
                "sha256": entry["recording_sha256"],
            }
            for entry in file.ledger
            if entry.get("recording_file")
        ],
    }
    return canonical(body | {"signature": base64.b64encode(signer.sign(canonical(body))).decode()})


def plain(value: Any) -> Any:
    """JSON that is written in one way everywhere: instants as text, fractions with three digits at most."""
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, 3)
    return str(value) if isinstance(value, Decimal) else value


def _record(record: _Record, proof: dict[str, object] | None) -> dict[str, object]:
    header = Header(
        seq=record.seq,
        kind=record.kind,
        at=record.at,
        ref=record.ref,
        debtor=record.debtor_id,
        payload_hash=record.payload_hash,
    )
    return {
        "header": header_object(header),
        "previous": record.previous.hex(),
        "hash": record.hash.hex(),
        "payload": None if record.payload is None else record.payload.decode(),
        "salt": None if record.salt is None else record.salt.hex(),
        "proof": proof,
    }


def _proof(file: _DebtorFile, record: _Record) -> dict[str, object] | None:
    for checkpoint in file.checkpoints:
        if checkpoint.first_seq <= record.seq <= checkpoint.last_seq:
            path = merkle.proof(file.hashes[checkpoint.number], record.seq - checkpoint.first_seq)
            return {"checkpoint": checkpoint.number, "path": [each.hex() for each in path]}
    return None


def _zones_by_release(file: _DebtorFile) -> dict[str, dict[str, object]]:
    """Of each release of the time-zone database that decisions rest on: its index, and the zones that were read."""
    names = {
        name
        for record in file.records
        if record.kind == "decision" and record.payload is not None
        for name in orjson.loads(record.payload)["zones"]
    }
    return {
        source.name: {
            "index": zone_data.index_of(source.content).decode(),
            "zones": zone_data.unpacked(source.content, names),
        }
        for source in file.sources.values()
        if source.kind == "tzdata"
    }
