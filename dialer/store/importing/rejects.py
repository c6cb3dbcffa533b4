"""rejected.csv: the lines that were not taken in, as they were, with their line number and the reason.

It can be corrected and imported again: the two columns it adds are known and passed over.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from dialer.errors import ConfigurationError
from dialer.store.importing.reasons import Reason, text

FORMULA_SIGNS = frozenset("=+-@\t\r")
_ADDED = ("cadencia_line", "cadencia_reason")


class RejectFile:
    """Written beside the target and moved over it at the end, so that correcting ``rejected.csv`` and importing that
    very file works. Nothing is written where nothing was rejected."""

    def __init__(self, path: Path, header: Sequence[str], delimiter: str, language: str) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._header = header
        self._delimiter = delimiter
        self._language = language
        self._file: TextIO | None = None
        self._known = tuple(index for index, name in enumerate(header) if name.strip() not in _ADDED)
        self.reasons: Counter[Reason] = Counter()
        try:
            self._part.touch()  # better now than after a million rows
            self._part.unlink()
        except OSError as error:
            raise ConfigurationError(
                f"Rejected lines would go to {path}, but nothing can be written there ({error.strerror}). "
                "Name another place for them."
            ) from error

    def add(self, line: int, cells: Sequence[str], reason: Reason, value: str = "") -> None:
        """Keep a line. ``cells`` as they stood in the file; a broken line is one cell."""
        self.reasons[reason] += 1
        if self._file is None:
            self._file = self._part.open("w", encoding="utf-8-sig", newline="")
            self._write([*(self._header[index] for index in self._known), *_ADDED])
        kept = [cells[index] if index < len(cells) else "" for index in self._known]
        extra = [each for each in cells[len(self._header) :] if each]
        words = text(reason, self._language, value)
        self._write([*kept, str(line), f"{reason}: {words}", *extra])

    def finish(self) -> Path | None:
        """Put the file in its place; return it, or None where there was nothing to write."""
        if self._file is None:
            return None
        self._file.close()
        self._file = None
        self._part.replace(self._path)
        return self._path

    def abandon(self) -> None:
        """Close without a result, after a failure; what was written so far is put in its place all the same."""
        with suppress(OSError):
            self.finish()

    def _write(self, cells: Sequence[str]) -> None:
        if self._file is not None:
            csv.writer(self._file, delimiter=self._delimiter).writerow([guarded(cell) for cell in cells])


def guarded(cell: str) -> str:
    """``cell`` with an apostrophe before it where a spreadsheet might run it as a formula: telephone numbers with a
    plus sign too, for what looks like one may be reckoned. Reading the file again takes the apostrophe away."""
    return f"'{cell}" if cell[:1] in FORMULA_SIGNS else cell
