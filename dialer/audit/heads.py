"""The file of heads: every checkpoint as one line of JSON, to be copied off the machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import orjson

from dialer.audit.canonical import canonical


def last_number(path: Path) -> int:
    """The number of the last checkpoint in the file; 0 where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 8192))
            lines = [line for line in file.read().splitlines() if line.strip()]
    except FileNotFoundError:
        return 0
    return int(orjson.loads(lines[-1])["number"]) if lines else 0


def append(path: Path, heads: Iterable[dict[str, object]]) -> None:
    """Add heads as ``checkpoint.published`` writes them, and see them on the disk."""
    lines = b"".join(canonical(head) + b"\n" for head in heads)
    if lines:
        with path.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())


def read(path: Path) -> list[dict[str, object]]:
    """All heads of a file, oldest first. Raises OSError, and ValueError for a line that is no JSON."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
