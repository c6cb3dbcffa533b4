"""Checks the whole trail of a database, record by record, against its checkpoints and the heads that were kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from dialer.audit import merkle
from dialer.audit.canonical import GENESIS, Header, payload_hash, record_hash
from dialer.audit.checkpoint import Checkpoint, is_genuine

_ERASES = ("erasure", "purge")
_MOST_FINDINGS = 100  # one cut spoils everything after it: nobody reads more


class Row(Protocol):
    """A chained row of the audit records."""

    seq: Any
    kind: Any
    at: Any
    ref: Any
    debtor_id: Any
    payload: Any
    salt: Any
    payload_hash: Any
    hash: Any


@dataclass(slots=True)
class ChainCheck:
    """Feed checkpoints with ``expect`` and rows with ``add``, both in order; ``finish`` says what is wrong.

    ``keys`` are public keys by id, ``heads`` the kept checkpoints, as JSON.
    """

    keys: Mapping[str, bytes]
    heads: Sequence[Mapping[str, object]] = ()
    records: int = 0
    erased: int = 0
    checkpoints: int = 0
    findings: list[str] = field(default_factory=list)
    _previous: bytes = GENESIS
    _last_seq: int = 0
    _hashes: list[bytes] = field(default_factory=list)  #: since the last checkpoint
    _awaited: list[Checkpoint] = field(default_factory=list)
    _before: Checkpoint | None = None
    _gone: list[list[int]] = field(default_factory=list)  #: ranges of records without a payload
    _excused: list[tuple[int, int]] = field(default_factory=list)
    _numbers: dict[int, str] = field(default_factory=dict)

    def expect(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Add checkpoints; those that a row completes must be known before the row is added."""
        self._awaited.extend(checkpoints)

    def add(self, row: Row) -> None:
        self.records += 1
        if row.seq != self._last_seq + 1:
            self._say(f"record {self._last_seq + 1} is missing: the next one is {row.seq}")
        header = Header(
            seq=row.seq,
            kind=row.kind,
            at=row.at,
            ref=row.ref,
            debtor=row.debtor_id,
            payload_hash=bytes(row.payload_hash),
        )
        if record_hash(self._previous, header) != row.hash:
            self._say(f"record {row.seq} ({row.kind}) was changed, or does not follow the one before it")
        self._check_payload(row)
        self._previous, self._last_seq = bytes(row.hash), row.seq
        self._hashes.append(self._previous)
        while self._awaited and self._awaited[0].last_seq <= row.seq:
            self._close(self._awaited.pop(0))

    def finish(self) -> list[str]:
        """Everything that is wrong, at most 100 findings."""
        for checkpoint in self._awaited:
            self._say(f"checkpoint {checkpoint.number} speaks of records that are not there: the trail was cut")
        for first, last in self._gone:
            covered = first
            for since, until in sorted(self._excused):
                if since <= covered <= until:
                    covered = until + 1
            if covered <= last:
                self._say(f"record {covered} has lost its payload, and no erasure names it")
        for head in self.heads:
            number = int(str(head["number"]))
            if self._numbers.get(number) != head["hash"]:
                what = "is not there any more" if number not in self._numbers else "is another one now"
                self._say(f"checkpoint {number} of the kept heads {what}: history was rewritten or cut")
        return self.findings

    def _check_payload(self, row: Row) -> None:
        if row.payload is None or row.salt is None:
            self.erased += 1
            if self._gone and self._gone[-1][1] == row.seq - 1:
                self._gone[-1][1] = row.seq
            else:
                self._gone.append([row.seq, row.seq])
            return
        if payload_hash(bytes(row.salt), bytes(row.payload)) != row.payload_hash:
            self._say(f"record {row.seq} ({row.kind}) was changed: its payload does not fit its hash")
        elif row.kind in _ERASES:
            for first, last in orjson.loads(row.payload)["records"]:
                self._excused.append((first, min(last, row.seq - 1)))

    def _close(self, checkpoint: Checkpoint) -> None:
        self.checkpoints += 1
        self._numbers[checkpoint.number] = checkpoint.hash.hex()
        name = f"checkpoint {checkpoint.number}"
        before = self._before
        if before is not None and checkpoint.previous != before.hash:
            self._say(f"{name} does not follow the one before it")
        if checkpoint.first_seq != (1 if before is None else before.last_seq + 1):
            self._say(f"{name} leaves records out")
        public = self.keys.get(checkpoint.key_id)
        if public is None:
            self._say(f"{name} is signed by key {checkpoint.key_id}, which nobody knows")
        elif not is_genuine(checkpoint, public):
            self._say(f"{name} has no valid signature")
        entries = self._hashes[: len(self._hashes) - (self._last_seq - checkpoint.last_seq)]
        if not entries or merkle.root(entries) != checkpoint.root or entries[-1] != checkpoint.head:
            self._say(f"{name} is not over the records that are there: some were changed, cut or put in")
        self._hashes = self._hashes[len(entries) :]
        self._before = checkpoint

    def _say(self, finding: str) -> None:
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(finding)
