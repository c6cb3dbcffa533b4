"""Checkpoints: a signed root over a stretch of the chain, each naming the one before it.

A chain alone can be rewritten whole by whoever has the database. A head that was signed and carried off the machine
cannot be taken back: that is what ``audit-heads.jsonl`` and the topic ``audit.checkpoint`` are for.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dialer.audit import merkle
from dialer.audit.canonical import canonical, instant
from dialer.clock import entropy
from dialer.errors import ConfigurationError

KEY_FILE = "audit-key.pem"
HEADS_FILE = "audit-heads.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """``root`` is over the hashes of the records ``first_seq`` to ``last_seq``, ``head`` the last of them;
    ``previous`` is the hash of the checkpoint before, empty for the first; ``hash`` is over the canonical body."""

    number: int
    first_seq: int
    last_seq: int
    at: datetime
    root: bytes
    head: bytes
    previous: bytes
    key_id: str
    hash: bytes
    signature: bytes


class Signer:
    """The installation's key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public)

    def sign(self, body: bytes) -> bytes:
        return self._key.sign(body)


def key_id(public: bytes) -> str:
    """The name of a public key: 16 hexadecimal digits of its SHA-256."""
    return sha256(public).hexdigest()[:16]


def load_signer(folder: Path) -> Signer:
    """The key that signs checkpoints, made now if there is none. Raises ConfigurationError for a damaged file."""
    path = folder / KEY_FILE
    if not path.exists():
        pem = Ed25519PrivateKey.from_private_bytes(entropy(32)).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass  # another process was faster: its key is ours
        else:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as exc:
        raise ConfigurationError(
            f"The key in {path}, which signs the audit trail, cannot be read. Restore it from a backup. If it is lost, "
            "move the file away: a new key is made at the next start, and checkpoints signed before keep the old one."
        ) from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"The key in {path} is not an Ed25519 key. Restore it from a backup.")
    return Signer(key)


def make(
    entries: Sequence[bytes], *, number: int, first_seq: int, at: datetime, previous: bytes, signer: Signer
) -> Checkpoint:
    """A signed checkpoint over the hashes of at least one record, in the order of the chain."""
    last_seq = first_seq + len(entries) - 1
    root, head = merkle.root(entries), entries[-1]
    body = canonical(_body(number, first_seq, last_seq, at, root=root, head=head, previous=previous, key=signer.key_id))
    return Checkpoint(
        number=number,
        first_seq=first_seq,
        last_seq=last_seq,
        at=at,
        root=root,
        head=head,
        previous=previous,
        key_id=signer.key_id,
        hash=sha256(body).digest(),
        signature=signer.sign(body),
    )


def body_object(checkpoint: Checkpoint) -> dict[str, object]:
    """What is hashed and signed, in canonical form."""
    return _body(
        checkpoint.number,
        checkpoint.first_seq,
        checkpoint.last_seq,
        checkpoint.at,
        root=checkpoint.root,
        head=checkpoint.head,
        previous=checkpoint.previous,
        key=checkpoint.key_id,
    )


def published(checkpoint: Checkpoint, public: bytes) -> dict[str, object]:
    """A checkpoint as it is exported, appended to the file of heads and told on the bus."""
    return {
        **body_object(checkpoint),
        "hash": checkpoint.hash.hex(),
        "signature": base64.b64encode(checkpoint.signature).decode(),
        "public_key": base64.b64encode(public).decode(),
    }


def is_genuine(checkpoint: Checkpoint, public: bytes) -> bool:
    """Whether hash and signature are those of the body."""
    body = canonical(body_object(checkpoint))
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(checkpoint.signature, body)
    except (InvalidSignature, ValueError):
        return False
    return sha256(body).digest() == checkpoint.hash and checkpoint.key_id == key_id(public)


def _body(
    number: int, first_seq: int, last_seq: int, at: datetime, *, root: bytes, head: bytes, previous: bytes, key: str
) -> dict[str, object]:
    return {
        "at": instant(at),
        "first_seq": first_seq,
        "head": head.hex(),
        "key_id": key,
        "last_seq": last_seq,
        "number": number,
        "previous": previous.hex(),
        "root": root.hex(),
    }
