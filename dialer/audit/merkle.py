"""The hash tree of RFC 6962, section 2.1: one root over many records, and short proofs that a record is among them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(entries: Sequence[bytes]) -> bytes:
    """The root over ``entries`` in their order; of none, the hash of nothing."""
    if not entries:
        return sha256(b"").digest()
    level = [leaf(entry) for entry in entries]
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def proof(entries: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of ``entries[index]``, from the leaf up: what ``root_from`` needs besides the entry."""
    path: list[bytes] = []
    level = [leaf(entry) for entry in entries]
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = _parents(level)
        index //= 2
    return path


def root_from(entry: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that ``path`` leads to; None where it has the wrong length for entry ``index`` of ``size``."""
    found, siblings, last = leaf(entry), iter(path), size - 1
    while last > 0:
        if index % 2 or index < last:
            sibling = next(siblings, None)
            if sibling is None:
                return None
            found = node(sibling, found) if index % 2 else node(found, sibling)
        index //= 2
        last //= 2
    return found if next(siblings, None) is None else None


def _parents(level: Sequence[bytes]) -> list[bytes]:
    """An odd one out at the end rises as it is: the same tree as the RFC's split at powers of two."""
    paired = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*paired, level[-1]] if len(level) % 2 else paired
