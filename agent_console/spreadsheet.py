"""CSV for spreadsheets, in which no cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

FORMULA_SIGNS = frozenset("=+-@\t\r")


def csv_line(cells: Sequence[str]) -> bytes:
    """One line, in UTF-8, with an apostrophe before whatever a spreadsheet might reckon."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([guarded(cell) for cell in cells])
    return written.getvalue().encode()


def guarded(cell: str) -> str:
    return f"'{cell}" if cell[:1] in FORMULA_SIGNS else cell
